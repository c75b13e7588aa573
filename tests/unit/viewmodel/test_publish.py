"""The composer: what is wrong, where it would go, what is sent."""

import pytest

from mqstudio.model.rows import RoutePreview
from mqstudio.viewmodel.notices import NoticeKind, Notices
from mqstudio.viewmodel.publish import Composer, HeaderDraft
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import ListBroker, run_now


@pytest.fixture
def composer(workspace: Workspace, notices: Notices) -> Composer:
    return Composer(workspace, notices)


def test_sends_typed_headers_and_properties(composer: Composer, broker: ListBroker) -> None:
    """What was typed arrives with its types; what was left empty is not set."""
    broker.add_queue("orders")
    composer.aim_at("/", "orders")
    composer.edit(
        body="hi",
        properties={"priority": "5", "content_type": "text/plain", "reply_to": ""},
        headers=[HeaderDraft("retry", "int64", "3"), HeaderDraft("express", "bool", "true"), HeaderDraft()],
    )
    assert run_now(composer.send())
    exchange, key, body, properties = broker.published[0]
    assert (exchange, key, body) == ("", "orders", b"hi")
    assert (properties.priority, properties.content_type, properties.reply_to) == (5, "text/plain", None)
    assert [(h.name, h.kind, h.value) for h in properties.headers or []] == [
        ("retry", "int64", 3), ("express", "bool", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"routing_key": "x" * 256}, "routing_key", "The routing key has more than 255 bytes."),
        ({"properties": {"priority": "300"}}, "priority", "Priority is a whole number from 0 to 255."),
        ({"properties": {"expiration": "soon"}}, "expiration", "whole number"),
        ({"headers": [HeaderDraft("n", "int64", "many")]}, "headers.0", "Header n is a whole number."),
        ({"headers": [HeaderDraft("b", "bool", "perhaps")]}, "headers.0", "true or false"),
        ({"headers": [HeaderDraft("", "string", "x")]}, "headers.0", "no name"),
        ({"properties": {"content_type": "application/json"}, "body": "{"}, "body", "not the JSON"),
    ],
)
def test_problems_are_sentences(composer: Composer, fields: dict[str, object], field: str, says: str) -> None:
    """Each names its field and what would be right."""
    composer.edit(**fields)
    problem = composer.problems()[0]
    assert problem.field == field
    assert says in problem.says


def test_a_draft_with_a_problem_is_not_sent(composer: Composer, broker: ListBroker, notices: Notices) -> None:
    """It is refused with the reason."""
    composer.edit(properties={"priority": "x"})
    assert not run_now(composer.send())
    assert broker.published == []
    assert notices.shown[0].kind is NoticeKind.PROBLEM


def test_preview_names_the_queues(composer: Composer, broker: ListBroker) -> None:
    """Where it will go, before it goes."""
    broker.route = RoutePreview(["orders", "audit"], "")
    run_now(composer.preview())
    assert (composer.route, composer.is_route_good) == ("Will reach orders, audit", True)


def test_preview_explains_nowhere(composer: Composer, broker: ListBroker) -> None:
    """A message that would be dropped is told so before."""
    composer.edit(routing_key="ordres")
    run_now(composer.preview())
    assert not composer.is_route_good
    assert composer.route == "There is no queue “ordres”: the message would be dropped."


def test_a_dropped_message_is_told(composer: Composer, broker: ListBroker, notices: Notices) -> None:
    """Sent, and still reached nobody: that is a problem, not a success."""
    composer.edit(routing_key="nowhere")
    run_now(composer.send())
    assert "dropped" in notices.shown[0].text
