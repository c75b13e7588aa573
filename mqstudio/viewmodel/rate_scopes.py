"""What rates can be shown of, for people to choose from."""

from datetime import datetime
from typing import Final, NamedTuple

from mqstudio.model.rates import ScopeKind
from mqstudio.model.rows import SubscriptionRow
from mqstudio.viewmodel.wording import plain
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import NATIVE, Workspace

CHOICES_MAX: Final = 200
"""Of each kind; those that have seen the most. A queue's own page shows any of them."""


class Shown(NamedTuple):
    """One thing that has rates. name and vhost: of a queue; id: of a connection or subscription."""

    kind: ScopeKind
    title: str
    name: str = ""
    vhost: str = ""
    id: int = 0


ALL_QUEUES: Final = Shown(ScopeKind.TOTAL, "All queues")


def of_queue(vhost: str, name: str) -> Shown:
    """A queue."""
    return Shown(ScopeKind.QUEUE, plain(name, 60), name, vhost)


def of_client(workspace: Workspace, connection_id: int) -> Shown:
    """A client."""
    connection = workspace.connections.get(connection_id)
    name = connection.name if connection else f"connection {connection_id}"
    return Shown(ScopeKind.CLIENT, f"Client {plain(name, 60)}", id=connection_id)


def of_consumer(workspace: Workspace, row: SubscriptionRow) -> Shown:
    """A consumer."""
    connection = workspace.connections.get(row.connection_id)
    name = connection.name if connection else f"connection {row.connection_id}"
    title = tr("Consumer {name} of {queue}", name=plain(name, 40), queue=plain(row.queue, 40))
    return Shown(ScopeKind.CONSUMER, title, id=row.id)


def choices(workspace: Workspace, subscriptions: list[SubscriptionRow]) -> list[Shown]:
    """All there are: together, queues, clients, consumers; each kind by name."""
    queues = sorted(workspace.queues.values(), key=lambda queue: -queue.counters.published)[:CHOICES_MAX]
    clients = sorted(workspace.apps(), key=lambda app: -app.published - app.delivered)[:CHOICES_MAX]
    natives = {each.id for each in workspace.connections.values() if each.protocol == NATIVE}
    theirs = [row for row in subscriptions if row.connection_id not in natives][:CHOICES_MAX]
    return [
        ALL_QUEUES,
        *sorted((of_queue(queue.vhost, queue.name) for queue in queues), key=_by_title),
        *sorted((of_client(workspace, client.id) for client in clients), key=_by_title),
        *sorted((of_consumer(workspace, row) for row in theirs), key=_by_title),
    ]


def _by_title(shown: Shown) -> tuple[str, int]:
    return shown.title, shown.id


def counters_of(workspace: Workspace, shown: Shown) -> tuple[int | None, int | None]:
    """How many messages there are now, and how many in flight; None where samples do not tell."""
    if shown.kind is ScopeKind.TOTAL:
        return workspace.totals.ready + workspace.totals.in_flight, workspace.totals.in_flight
    if shown.kind is ScopeKind.QUEUE:
        queue = workspace.queue(shown.vhost, shown.name)
        return (queue.ready + queue.in_flight, queue.in_flight) if queue else (0, 0)
    if shown.kind is ScopeKind.CLIENT:
        client = workspace.connections.get(shown.id)
        return (client.unacked, client.unacked) if client else (0, 0)
    return None, None


def time_filter(from_us: int, until_us: int) -> str:
    """A filter for messages that were published within a time."""
    begin, end = (datetime.fromtimestamp(each // 1000 / 1000) for each in (from_us, until_us))
    return f"time >= {_moment(begin)} and time < {_moment(end)}"


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
