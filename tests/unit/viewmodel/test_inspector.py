"""The inspector shows one message, and never one that is no longer asked for."""

import pytest

from mqstudio.model.limits import BODY_HEAD_BYTES
from mqstudio.model.message import Header, Properties
from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.registry import discover
from mqstudio.viewmodel.inspector import Inspector
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import ListBroker, run_now


@pytest.fixture
def inspector(workspace: Workspace) -> Inspector:
    return Inspector(workspace, list(discover("mqstudio.viewers", "VIEWER").found.values()))


def row_of(broker: ListBroker, message_id: int) -> MessageRow:
    return next(row for row in broker.queues["orders"] if row.message_id == message_id)


@pytest.mark.parametrize(
    ("body", "viewer"), [(b'{"a": 1}', "JSON"), (b"hello", "Text"), (b"\x00\xff", "Hex"), (b"", "Text")]
)
def test_chooses_the_best_viewer(inspector: Inspector, broker: ListBroker, body: bytes, viewer: str) -> None:
    """JSON before text before hex, by what the body is."""
    run_now(inspector.show("/", row_of(broker, broker.add_message("orders", body))))
    assert inspector.viewer is not None
    assert inspector.viewer.title == viewer


def test_a_chosen_viewer_stays_where_it_fits(inspector: Inspector, broker: ListBroker) -> None:
    """Chosen once, kept for the next message, given up only where it cannot show the body."""
    first, second, third = (broker.add_message("orders", body) for body in (b'{"a":1}', b"[2]", b"\x00"))
    run_now(inspector.show("/", row_of(broker, first)))
    inspector.choose(next(v for v in inspector.viewers if v.title == "Text"))
    run_now(inspector.show("/", row_of(broker, second)))
    assert inspector.viewer is not None
    assert inspector.viewer.title == "Text"
    run_now(inspector.show("/", row_of(broker, third)))
    assert inspector.viewer.title == "Hex"


def test_long_bodies_come_head_first(inspector: Inspector, broker: ListBroker) -> None:
    """The head at once, all of it on demand, and all of it again when the message moves on."""
    message_id = broker.add_message("orders", b"x" * (BODY_HEAD_BYTES + 10))
    run_now(inspector.show("/", row_of(broker, message_id)))
    assert inspector.detail is not None
    assert len(inspector.detail.body) == BODY_HEAD_BYTES
    assert not inspector.is_whole
    run_now(inspector.load_all())
    assert inspector.is_whole
    broker.change("orders", message_id, state=MessageState.DONE)
    run_now(inspector.show("/", row_of(broker, message_id)))
    assert inspector.is_whole
    assert inspector.detail.row.state is MessageState.DONE


def test_a_forgotten_message_is_explained(inspector: Inspector, broker: ListBroker) -> None:
    """The ledger is bounded: what it no longer has is said, not shown empty."""
    row = row_of(broker, broker.add_message("orders"))
    broker.queues["orders"].clear()
    run_now(inspector.show("/", row))
    assert inspector.detail is None
    assert inspector.gone_because == "The ledger no longer has this message."


def test_fields_are_typed_and_nested(inspector: Inspector, broker: ListBroker) -> None:
    """Properties by name, headers with kind and depth, hostile text escaped."""
    message_id = broker.add_message("orders")
    broker.properties[message_id] = Properties(
        delivery_mode=2,
        timestamp_s=0,
        headers=[Header("x", "table", [Header("n\x00", "int32", 3)]), Header("b", "bytes", b"\x01\xff")],
    )
    run_now(inspector.show("/", row_of(broker, message_id)))
    assert [(f.name, f.value) for f in inspector.properties()] == [
        ("delivery mode", "2 (persistent)"), ("timestamp", "1970-01-01 00:00:00 UTC"),
    ]  # fmt: skip
    assert [(f.name, f.kind, f.value, f.depth) for f in inspector.headers()] == [
        ("x", "table", "1 inside", 0), ("n\\x00", "int32", "3", 1), ("b", "bytes", "01 ff", 0),
    ]  # fmt: skip


def test_life_is_a_list_of_steps(inspector: Inspector, broker: ListBroker) -> None:
    """Each step has words, a time, and details."""
    run_now(inspector.show("/", row_of(broker, broker.add_message("orders"))))
    assert [(step.title, step.detail) for step in inspector.life()] == [("Published", "by shop.py")]
