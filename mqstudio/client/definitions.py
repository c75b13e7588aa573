"""Definitions in and out through a client: what was chosen is taken over, what failed is told."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from mqstudio.client.definition_items import Item, compare, read_file
from mqstudio.model.access import AccessTable, GetAccess
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.queries import GetTopology
from mqstudio.model.replies import QueueStatus
from mqstudio.model.rows import Topology
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.protocols.management.definitions import content, content_of
from mqstudio.protocols.native.messages import DeclareQueue

Progress = Callable[[int], None]
"""Told after each item how many are done. It may raise, which ends it there."""

Caller = Any
"""Who can `call(request, returns)`: a client."""


class Failure(Struct, frozen=True):
    """An item that was refused, and why."""

    item: Item
    says: str


class Taken(Struct, frozen=True):
    """What has come of it: the items that are in place now, and those that failed."""

    done: list[Item]
    failed: list[Failure]


async def preview(client: Caller, data: bytes, vhost: str = DEFAULT_VHOST) -> list[Item]:
    """What a file would change. Raises: ValueError, with a sentence for people."""
    return compare(read_file(data), *await _present(client), vhost)


async def take(client: Caller, items: Iterable[Item], progress: Progress = lambda _: None) -> Taken:
    """Bring items about, one after the other. One that is refused is told, and the others go on."""
    taken = Taken([], [])
    for number, item in enumerate(items, 1):
        try:
            for request in item.do:
                await client.call(request, Any)
        except RefusedError as error:
            taken.failed.append(Failure(item, error.says))
        else:
            taken.done.append(item)
        progress(number)
    return taken


async def take_back(client: Caller, items: Sequence[Item]) -> list[Failure]:
    """Undo it, the last first; returns what could not be undone."""
    failed: list[Failure] = []
    for item in reversed(items):
        try:
            for request in item.undo:
                await _undo(client, request)
        except RefusedError as error:
            failed.append(Failure(item, error.says))
    return failed


async def _undo(client: Caller, request: Any) -> None:
    """Ask for it; a queue that was only looked at must be empty. Raises: RefusedError."""
    if not isinstance(request, DeclareQueue):
        await client.call(request, Any)
        return
    status = await client.call(request, QueueStatus)
    if status.ready:
        raise RefusedError(
            Refusal.QUEUE_NOT_EMPTY,
            f"Queue '{status.name}' holds {status.ready} messages now: purge it, then delete it by hand.",
        )


async def export(client: Caller, vhost: str | None = None) -> bytes:
    """The definitions as RabbitMQ writes them: all of them, or of a virtual host."""
    topology, table = await _present(client)
    found = content(topology, table) if vhost is None else content_of(topology, table, vhost)
    return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"


async def _present(client: Caller) -> tuple[Topology, AccessTable]:
    topology = await client.call(GetTopology(), Topology)
    return topology, await client.call(GetAccess(), AccessTable)
