"""What the filter line says and offers while one types."""

import pytest

from mqstudio.model.message import Header, Properties
from mqstudio.viewmodel.filter_line import LEARN_FROM, FilterLine
from mqstudio.viewmodel.saved_filters import SavedFilters
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import ListBroker, run_now


@pytest.fixture
def line(workspace: Workspace) -> FilterLine:
    return FilterLine(workspace, SavedFilters(), "/", "orders")


def typed(line: FilterLine, text: str) -> None:
    line.edit(text, len(text))


def test_mistakes_are_marked_and_explained(line: FilterLine) -> None:
    """And nothing is shown by them."""
    typed(line, "state == redy")
    assert line.error is not None
    assert (line.error.position, line.error.length) == (9, 4)
    assert line.says.startswith("'redy' is no state. States are ready")
    assert not line.apply()
    assert line.active == ""
    typed(line, "state == ready")
    assert line.error is None
    assert line.says == ""


def test_enter_shows_what_the_filter_finds_and_remembers_it(line: FilterLine) -> None:
    heard: list[str] = []
    note = heard.append
    line.applied.connect(note)
    typed(line, " state == ready ")
    assert line.apply()
    assert line.active == "state == ready"
    typed(line, "")
    assert line.active == ""
    assert heard == ["state == ready", ""]
    assert line.saved.history == ["state == ready"]


def test_candidates_come_from_what_was_seen(line: FilterLine, broker: ListBroker) -> None:
    """Headers and paths of messages that are there; what is chosen replaces what was typed."""
    broker.add_queue("orders")
    broker.add_message("orders", b'{"total": 7}')
    broker.properties[1] = Properties(headers=[Header("tenant", "string", "acme")])
    run_now(line.learn(list(broker.queues["orders"])))
    typed(line, "body.to")
    assert [each.text for each in line.candidates] == ["body.total"]
    assert line.choose(line.candidates[0]) == len("body.total ")
    assert line.text == "body.total "
    assert line.candidates[0].text == "=="
    typed(line, "headers.tenant == ")
    assert line.candidates[0].text == '"acme"'
    typed(line, "tot and x")
    line.edit("tot and x", 3)
    assert line.choose(line.candidates[0]) == len("body.total")
    assert line.text == "body.total and x"


def test_it_looks_into_a_few_messages_once(line: FilterLine, broker: ListBroker) -> None:
    broker.add_queue("orders", 3 * LEARN_FROM)
    rows = list(broker.queues["orders"])
    asked: list[int] = []
    ask = broker.message

    async def message(queue: str, message_id: int, **options: object) -> object:
        asked.append(message_id)
        return await ask(queue, message_id)

    broker.message = message  # type: ignore[method-assign,assignment]  # to count
    run_now(line.learn(rows))
    run_now(line.learn(rows))
    assert asked == [row.message_id for row in rows[:LEARN_FROM]]


def test_a_message_that_has_gone_is_passed_over(line: FilterLine, broker: ListBroker) -> None:
    broker.add_queue("orders", 2)
    gone, there = broker.queues["orders"]
    broker.queues["orders"] = [there]
    broker.bodies[there.message_id] = b'{"n": 1}'
    run_now(line.learn([gone, there]))
    assert ".n" in line.seen.paths


def test_arrows_go_through_what_was_used_and_back_to_what_was_typed(line: FilterLine) -> None:
    for text in ("a", "b"):
        line.use(text)
    typed(line, "new")
    texts = []
    for go in (line.older, line.older, line.older, line.newer, line.newer, line.newer):
        go()
        texts.append(line.text)
    assert texts == ["b", "a", "a", "b", "new", "new"]


def test_a_filter_can_be_saved_and_narrowed(line: FilterLine) -> None:
    typed(line, "state ==")
    assert line.save("x").startswith("Only a filter without mistakes")
    line.use("a or b")
    assert line.save("either") == ""
    assert line.is_saved
    line.narrow("key == x")
    assert line.active == "(a or b) and key == x"
    assert not line.is_saved
    line.narrow("redelivered")
    assert line.active == "(a or b) and key == x and redelivered"
    line.clear()
    line.narrow("key == x")
    assert line.active == "key == x"
