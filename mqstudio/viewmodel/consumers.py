"""The consumers of a queue: who they are, which of them get messages, how many at once."""

from msgspec import Struct

from mqstudio.model.rows import SubscriptionRow
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.rowset import RowSet
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import count, plain
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

REFRESH_INTERVAL_US = 500_000
"""At most two looks a second, and only while somebody sees the list."""


class ConsumerLine(Struct, frozen=True):
    """A subscription and the name of its connection."""

    row: SubscriptionRow
    client: str


def _state(line: ConsumerLine) -> str:
    return "active" if line.row.is_active else "waiting"


def _state_tip(line: ConsumerLine) -> str:
    if line.row.is_active:
        return tr("active: it gets messages when it has room for them")
    return tr("waiting: another consumer is the single active one; this one is next")


def _acks(line: ConsumerLine) -> str:
    return "automatic" if line.row.is_auto_settled else tr("by the consumer")


CONSUMER_COLUMNS: list[Column[ConsumerLine]] = [
    Column("state", "State", 80, lambda line, _: _state(line), tip=_state_tip),
    Column("client", "Client", 170, lambda line, _: plain(line.client)),
    Column("tag", "Consumer tag", 200, lambda line, _: plain(line.row.tag), is_mono=True),
    Column("priority", "Priority", 70, lambda line, _: str(line.row.priority), is_right=True),
    Column("prefetch", "Prefetch", 76, lambda line, _: str(line.row.credit or "no limit"), is_right=True),
    Column("unacked", "Unacked", 76, lambda line, _: count(line.row.unacked), is_right=True),
    Column("acks", "Acknowledged", 120, lambda line, _: _acks(line)),
]


class Consumers:
    """The consumers of one queue. wants_refresh(): somebody should run `refresh()`."""

    def __init__(self, workspace: Workspace, vhost: str, queue: str) -> None:
        self.rows: RowSet[ConsumerLine] = RowSet(lambda line: line.row.id)
        self.changed = Signal()
        self.wants_refresh = Signal()
        self._workspace = workspace
        self._vhost, self._queue = vhost, queue
        self._is_visible = False
        self._refreshed_at_us = 0
        workspace.sampled.connect(self._poke)

    def set_visible(self, is_visible: bool) -> None:
        """A list that nobody sees is not read."""
        self._is_visible = is_visible
        self._refreshed_at_us = 0
        self._poke()

    def _poke(self) -> None:
        is_due = self._workspace.now_us() - self._refreshed_at_us >= REFRESH_INTERVAL_US
        if self._is_visible and is_due and self._workspace.is_live:
            self._refreshed_at_us = self._workspace.now_us()
            self.wants_refresh.emit()

    async def refresh(self) -> None:
        """Ask who consumes."""
        try:
            clients = await self._workspace.client.clients()
        except ConnectionError:
            return  # the workspace tells that the broker has gone; nobody asked for this look
        mine = [s for s in clients.subscriptions if (s.vhost, s.queue) == (self._vhost, self._queue)]
        mine.sort(key=lambda row: (not row.is_active, -row.priority, row.id))
        self.rows.update([ConsumerLine(row, self._name(row.connection_id)) for row in mine])
        self.changed.emit()

    def _name(self, connection_id: int) -> str:
        connection = self._workspace.connections.get(connection_id)
        return connection.name if connection else f"connection {connection_id}"
