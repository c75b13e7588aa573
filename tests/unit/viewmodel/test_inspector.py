"""The inspector shows one message, and never one that is no longer asked for."""

import base64
import gzip

import pytest

from mqstudio.model.limits import BODY_HEAD_BYTES, BODY_SHOWN_BYTES
from mqstudio.model.message import Header, Properties
from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.registry import discover
from mqstudio.viewers.base import Hints, View
from mqstudio.viewmodel.chains import Chains
from mqstudio.viewmodel.inspector import Inspector
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import ListBroker, run_now


@pytest.fixture
def inspector(workspace: Workspace) -> Inspector:
    unwrappers = discover("mqstudio.viewers", "UNWRAPPERS").found.values()
    return Inspector(
        workspace,
        list(discover("mqstudio.viewers", "VIEWER").found.values()),
        [each for found in unwrappers for each in found],
    )


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
    inspector.choose(("Text",))
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


def test_chosen_steps_are_remembered_for_the_queue(inspector: Inspector, broker: ListBroker) -> None:
    """For this queue and the next start, not for other queues; until they are to be guessed again."""
    body = base64.b64encode(gzip.compress(b'{"id": 1}'))
    first = broker.add_message("orders", body)
    run_now(inspector.show("/", row_of(broker, first)))
    assert inspector.chain_words == "base64 → gzip → JSON"
    assert not inspector.is_chosen
    inspector.choose_step(2, "Hex")
    inspector.remove_step(1)
    assert (inspector.chain, inspector.is_chosen) == (("base64", "Hex"), True)
    broker.add_message("mail", body)
    run_now(inspector.show("/", broker.queues["mail"][0]))
    assert inspector.chain_words == "base64 → gzip → JSON"
    kept = Chains()
    kept.restore(inspector.chains.to_text())
    assert kept.of(("/", "orders")) == ("base64", "Hex")
    run_now(inspector.show("/", row_of(broker, first)))
    inspector.insert_step(1, "gzip")
    assert inspector.chain == ("base64", "gzip", "Hex")
    inspector.guess_again()
    assert (inspector.chain[-1], inspector.is_chosen) == ("JSON", False)


def test_what_was_chosen_and_does_not_fit_is_said(inspector: Inspector, broker: ListBroker) -> None:
    """The body is then shown as guessed, and the choice kept for those that it fits."""
    first, second = (broker.add_message("orders", body) for body in (gzip.compress(b"one"), b"two"))
    run_now(inspector.show("/", row_of(broker, first)))
    inspector.choose(("gzip", "Text"))
    run_now(inspector.show("/", row_of(broker, second)))
    assert inspector.chain == ("Text",)
    assert inspector.problem == "Not read as chosen for this queue. gzip: it is not gzip."
    run_now(inspector.show("/", row_of(broker, first)))
    assert (inspector.chain, inspector.problem) == (("gzip", "Text"), "")


def test_a_viewer_that_fails_costs_only_its_view(
    workspace: Workspace, broker: ListBroker, caplog: pytest.LogCaptureFixture
) -> None:
    """A plug-in with a bug is told; the message's other tabs are there."""

    class Broken:
        title, rank, reads_text = "Broken", 99, False

        def suits(self, body: bytes, hints: Hints, *, is_whole: bool) -> bool:
            return True

        def view(self, body: bytes, *, is_whole: bool) -> View:
            raise ZeroDivisionError

    inspector = Inspector(workspace, [Broken()])
    run_now(inspector.show("/", row_of(broker, broker.add_message("orders"))))
    assert inspector.problem.startswith("A viewer failed over this body (ZeroDivisionError())")
    assert inspector.detail is not None
    assert "a viewer failed" in caplog.text


def test_more_of_what_is_inside_is_shown_on_demand(inspector: Inspector, broker: ListBroker) -> None:
    """A small body may hold a long one: its head first, then more, up to what is ever shown."""
    body = gzip.compress(b"x" * (20 * BODY_HEAD_BYTES))
    run_now(inspector.show("/", row_of(broker, broker.add_message("orders", body))))
    assert inspector.shown is not None
    sizes = [len(inspector.shown.data)]
    while inspector.has_more:
        run_now(inspector.load_more())
        sizes.append(len(inspector.shown.data))
    assert sizes == [BODY_HEAD_BYTES, 4 * BODY_HEAD_BYTES, BODY_SHOWN_BYTES]


def test_a_huge_body_comes_piece_by_piece(inspector: Inspector, broker: ListBroker) -> None:
    """What is here already is not asked for again, and what moves on keeps what was read."""
    body = bytes(range(256)) * (BODY_SHOWN_BYTES // 128)
    message_id = broker.add_message("orders", body)
    run_now(inspector.show("/", row_of(broker, message_id)))
    run_now(inspector.load_more())
    assert inspector.detail is not None
    assert inspector.detail.body == body[: 4 * BODY_HEAD_BYTES]
    broker.change("orders", message_id, state=MessageState.DONE)
    run_now(inspector.show("/", row_of(broker, message_id)))
    assert inspector.detail.body == body[: 4 * BODY_HEAD_BYTES]
    run_now(inspector.load_all())
    assert inspector.detail.body == body[:BODY_SHOWN_BYTES]
    assert not inspector.has_more
    assert not inspector.is_whole
