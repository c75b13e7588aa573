"""What is declared in the broker: virtual hosts, exchanges, queues, bindings, policies.

Samples tell that something came or went; what exactly, with arguments and bindings, is asked for then.
"""

from collections.abc import Iterable
from typing import TypeVar

from mqstudio.model.policies import Policy
from mqstudio.model.rows import ExchangeRow, QueueRow, Topology
from mqstudio.model.topology import DEFAULT_VHOST, BindingSpec, DestinationKind
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.workspace import Workspace

R = TypeVar("R", QueueRow, ExchangeRow)

REFRESH_INTERVAL_US = 1_000_000
"""At most one refresh a second, however much is declared."""

LOOK_AGAIN_US = 5_000_000
"""What samples do not tell of (policies, properties of virtual hosts) is looked at this often."""

LARGE = 1_000
"""For each so many queues and exchanges the broker is asked less often: its answer has all of them."""

EXCHANGE_KINDS = ("direct", "fanout", "topic", "headers")
"""The usual kinds, offered first; the broker says which others it has."""


class Structure:
    """The latest Topology. changed(): it did. wants_refresh(): somebody should run `refresh()`."""

    def __init__(self, workspace: Workspace) -> None:
        self.changed = Signal()
        self.wants_refresh = Signal()
        self.topology = Topology([], [])
        self._workspace = workspace
        self._queues: dict[tuple[str, str], QueueRow] = {}
        self._exchanges: dict[tuple[str, str], ExchangeRow] = {}
        self._seen: object = None
        self._asked: object = None
        self._refreshed_at_us = 0
        self._is_refreshing = False
        workspace.sampled.connect(self._on_sampled)
        workspace.state_changed.connect(self.look_again)

    def _on_sampled(self) -> None:
        workspace = self._workspace
        self._seen = (
            frozenset(workspace.queues),
            frozenset((x.vhost, x.name, x.bindings) for x in workspace.exchanges.values()),
        )
        slowness = 1 + (len(self.topology.queues) + len(self.topology.exchanges)) // LARGE
        age_us = (workspace.now_us() - self._refreshed_at_us) // slowness
        is_due = age_us >= (REFRESH_INTERVAL_US if self._seen != self._asked else LOOK_AGAIN_US)
        if is_due and not self._is_refreshing and workspace.is_live:
            self.wants_refresh.emit()

    def look_again(self) -> None:
        """Something is known to have changed."""
        if self._workspace.is_live:
            self.wants_refresh.emit()

    async def refresh(self) -> None:
        """Ask the broker what there is."""
        if self._is_refreshing:
            self._asked = None  # what is under way may be too old: the next sample asks again
            return
        self._is_refreshing, self._asked = True, self._seen
        self._refreshed_at_us = self._workspace.now_us()
        try:
            topology = await self._workspace.client.topology()
        except ConnectionError:
            return  # the workspace tells that the broker has gone; nobody asked for this look
        finally:
            self._is_refreshing = False
        if topology != self.topology:
            self.topology = topology
            self._queues = {(row.vhost, row.spec.name): row for row in topology.queues}
            self._exchanges = {(row.vhost, row.spec.name): row for row in topology.exchanges}
            self.changed.emit()

    def queue(self, vhost: str, name: str) -> QueueRow | None:
        """A queue, None if it is not known (yet)."""
        return self._queues.get((vhost, name))

    def exchange(self, vhost: str, name: str) -> ExchangeRow | None:
        """An exchange, None if it is not known (yet)."""
        return self._exchanges.get((vhost, name))

    def queues(self, vhost: str) -> list[QueueRow]:
        """The queues of a virtual host, by name."""
        return _by_name(row for row in self.topology.queues if row.vhost == vhost)

    def exchanges(self, vhost: str) -> list[ExchangeRow]:
        """The exchanges of a virtual host, by name."""
        return _by_name(row for row in self.topology.exchanges if row.vhost == vhost)

    def vhosts(self) -> list[str]:
        """Names of the virtual hosts; the one that is always there even before we know of it."""
        return sorted({DEFAULT_VHOST} | {vhost.name for vhost in self.topology.vhosts})

    def policies(self, vhost: str) -> list[Policy]:
        """The policies of a virtual host."""
        return [policy for policy in self.topology.policies if policy.vhost == vhost]

    def bindings_to(self, vhost: str, name: str, kind: DestinationKind) -> list[BindingSpec]:
        """The bindings that lead to a queue or an exchange."""
        return [
            binding
            for row in self.topology.exchanges
            if row.vhost == vhost
            for binding in row.bindings
            if binding.destination == name and binding.destination_kind is kind
        ]

    def exchange_kinds(self) -> list[str]:
        """Kinds of exchange to offer."""
        return list(dict.fromkeys([*EXCHANGE_KINDS, *self.topology.exchange_kinds]))


def _by_name(rows: Iterable[R]) -> list[R]:
    return sorted(rows, key=lambda row: row.spec.name)
