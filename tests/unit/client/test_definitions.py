"""Taking definitions over, with what fails, and taking that back."""

import asyncio
from typing import Any

import msgspec
import pytest

from mqstudio.client import definitions
from mqstudio.client.definition_items import Item, Verdict
from mqstudio.model.access import AccessTable, GetAccess
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.queries import GetTopology
from mqstudio.model.replies import QueueStatus
from mqstudio.model.rows import QueueRow, Topology
from mqstudio.model.topology import QueueSpec, VhostSpec
from mqstudio.protocols.native.messages import DeclareQueue, DeleteQueue
from mqstudio.viewmodel.jobs import StoppedError


class Caller:
    """Remembers what it was asked, and refuses some."""

    def __init__(self, *refused: str) -> None:
        self.refused, self.asked = refused, list[Any]()

    async def call(self, request: Any, returns: Any) -> Any:
        if isinstance(request, GetTopology):
            queue = QueueRow(QueueSpec("orders", True), "/", 1, 0, 0, 0, [])
            return Topology([], [queue], [VhostSpec("/")], [], ["direct"])
        if isinstance(request, GetAccess):
            return AccessTable([], [], [], [], [])
        if request in self.refused:
            raise RefusedError(Refusal.TOO_MANY, f"{request} is one too many.")
        self.asked.append(request)
        return None


def item(name: str) -> Item:
    return Item("queue", "/", name, Verdict.NEW, "", (f"make {name}",), (f"delete {name}",))


ITEMS = [item("a"), item("b"), item("c")]


def test_what_is_refused_is_told_and_the_others_go_on() -> None:
    caller, seen = Caller("make b"), list[int]()
    taken = asyncio.run(definitions.take(caller, ITEMS, seen.append))
    assert caller.asked == ["make a", "make c"]
    assert [each.name for each in taken.done] == ["a", "c"]
    assert [(each.item.name, each.says) for each in taken.failed] == [("b", "make b is one too many.")]
    assert seen == [1, 2, 3]


def test_it_is_taken_back_the_last_first() -> None:
    caller = Caller("delete b")
    failed = asyncio.run(definitions.take_back(caller, ITEMS))
    assert caller.asked == ["delete c", "delete a"]
    assert [each.item.name for each in failed] == ["b"]


def test_one_who_stops_it_is_told_nothing_is_half_done() -> None:
    caller = Caller()

    def stop(done: int) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        asyncio.run(definitions.take(caller, ITEMS, stop))
    assert caller.asked == ["make a"]


def test_what_is_exported_is_the_same_when_it_is_read() -> None:
    for vhost in (None, "/"):
        data = asyncio.run(definitions.export(Caller(), vhost))
        assert msgspec.json.decode(data)["queues"][0]["name"] == "orders"
        found = asyncio.run(definitions.preview(Caller(), data))
        assert {each.verdict for each in found} == {Verdict.SAME}


def test_a_queue_that_holds_messages_meanwhile_is_not_taken_back() -> None:
    class Holding(Caller):
        async def call(self, request: Any, returns: Any) -> Any:
            await super().call(request, returns)
            return QueueStatus("safe", 3, 0) if isinstance(request, DeclareQueue) else None

    caller = Holding()
    undo = (DeclareQueue("safe", is_passive=True), DeleteQueue("safe"))
    quorum = Item("queue", "/", "safe", Verdict.NEW, "", (), undo)
    (failure,) = asyncio.run(definitions.take_back(caller, [quorum]))
    assert failure.says == "Queue 'safe' holds 3 messages now: purge it, then delete it by hand."
    assert caller.asked == [undo[0]]
