"""Two recordings side by side: alike whatever the times, different where messages or their fates are."""

import pytest
from msgspec.structs import replace

from mqstudio.exporters.base import Record
from mqstudio.exporters.comparing import Side, compare
from mqstudio.model.message import Header, Properties
from mqstudio.model.rows import LifeStep, MessageState
from tests.unit.exporters.test_shape import a_record


def named(name: str, body: bytes = b"{}", **row: object) -> Record:
    record = a_record(body, Properties(message_id=name))
    return replace(record, row=replace(record.row, **row))


def test_another_run_of_the_same_is_alike() -> None:
    one = [named("a"), named("b"), a_record(b"no name"), a_record(b"no name")]
    other = [
        replace(each, row=replace(each.row, message_id=100 + place, published_at_us=5))
        for place, each in enumerate(one)
    ]
    found = compare(one, reversed(other))
    assert (found.same, found.differences) == (4, [])


def test_what_is_in_one_only() -> None:
    found = compare([named("a"), named("b"), a_record(b"x")], [named("b"), a_record(b"y")])
    assert (found.same, found.left_only, found.right_only, found.different) == (1, 2, 1, 0)
    sides = {(each.side, each.name[:7]) for each in found.differences}
    assert sides == {(Side.LEFT, "a"), (Side.LEFT, "content"), (Side.RIGHT, "content")}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (replace(named("a"), body=b"[]"), "its body"),
        (replace(named("a"), properties=Properties(message_id="a", app_id="x")), "its properties"),
        (
            replace(named("a"), properties=Properties(message_id="a", headers=[Header("n", "int32", 1)])),
            "its properties",
        ),
        (named("a", state=MessageState.DROPPED, ended_because="expired"), "state: done / dropped"),
        (named("a", routing_key="us"), "routing key: eu.new / us"),
        (
            replace(named("a"), life=(LifeStep(1, "settled", "orders", "", outcome="rejected"),)),
            "life: published / settled rejected",
        ),
    ],
)
def test_how_it_differs_is_said(change: Record, says: str) -> None:
    found = compare([named("a")], [change])
    assert found.different == 1
    assert says in found.differences[0].what


def test_the_same_name_in_another_queue_is_another_message() -> None:
    found = compare([named("a")], [named("a", queue="audit")])
    assert (found.left_only, found.right_only) == (1, 1)
