"""Messages as text for the clipboard."""

import json

import pytest

from mqstudio.model.message import Header, Properties
from mqstudio.viewmodel.copying import COPIED_MAX, KINDS, Copying, headers_text
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import ListBroker, run_now


@pytest.fixture
def copying(broker: ListBroker, workspace: Workspace, notices: Notices) -> Copying:
    broker.add_message("orders", b'{"total": 1}')
    broker.add_message("orders", b"two")
    broker.feed(workspace)
    return Copying(workspace, notices)


def text(copying: Copying, broker: ListBroker, kind: str, number: int = 2) -> str | None:
    rows = list(reversed(broker.queues["orders"]))[:number]
    found: str | None = run_now(copying.text("/", "orders", rows, kind))
    return found


def test_one_body_is_copied_as_it_is(copying: Copying, broker: ListBroker, notices: Notices) -> None:
    """Nothing is added to it."""
    assert text(copying, broker, "body", 1) == "two"
    assert notices.shown[-1].text == "Copied 1 message."


def test_several_bodies_are_lines_oldest_first(copying: Copying, broker: ListBroker) -> None:
    """As they were published."""
    assert text(copying, broker, "body") == '{"total": 1}\ntwo\n'


def test_json_lines_can_be_read(copying: Copying, broker: ListBroker) -> None:
    """A JSON body is a value in them, any other text."""
    found = text(copying, broker, "json")
    assert found is not None
    assert [json.loads(line)["body"] for line in found.splitlines()] == [{"total": 1}, "two"]


@pytest.mark.parametrize("kind", KINDS[3:])
def test_programs(copying: Copying, broker: ListBroker, kind: str) -> None:
    """With the broker's port and the message."""
    found = text(copying, broker, kind, 1)
    assert found is not None and "two" in found


def test_headers_one_a_line() -> None:
    """Properties first."""
    said = Properties(type="order", headers=[Header("a", "string", "b"), Header("n", "int64", 3)])
    assert headers_text(said) == "type: order\na: b\nn: 3"


def test_too_many_are_refused_with_what_works(copying: Copying, broker: ListBroker, notices: Notices) -> None:
    """A clipboard is no file."""
    broker.add_queue("orders", COPIED_MAX)
    assert text(copying, broker, "body", COPIED_MAX + 1) is None
    assert "Export them (Ctrl+E)" in notices.shown[-1].text
