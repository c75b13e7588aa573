"""The command palette finds what people mean, by the words that they use."""

from collections.abc import AsyncIterator

import pytest

from mqstudio.model.queries import Search
from mqstudio.model.rows import Found, MessageState
from mqstudio.viewmodel.palette import RECENT_MAX, SHOWN_MAX, Item, Kind, Palette, id_in, says_found
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker, run_now


def verb(name: str, title: str, words: str = "", keys: str = "", why_not: str = "") -> Item:
    """A verb as the window hands it over."""
    return Item(Kind.VERB, ("verb", name), title, words, keys=keys, why_not=why_not)


VERBS = [
    verb("resend", "Resend", keys="R"),
    verb("requeue", "Requeue", "put back"),
    verb("redrive", "Redrive…"),
    verb("purge", "Purge", "empty delete all", "Ctrl+Shift+Del", why_not="Open a queue first."),
    verb("compose", "Publish…", "new message", "Ctrl+N"),
    verb("move", "Move to…"),
    verb("kick", "Kick client"),
    verb("preferences", "Preferences…"),
    verb("pause_queue", "Pause or resume the queue"),
]


class SearchedBroker(ListBroker):
    """Answers searches with the rows that were asked for by number."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.searches: list[Search] = []

    def watch(self, watch: object) -> AsyncIterator[Found]:  # type: ignore[override]  # searches only
        assert isinstance(watch, Search)
        self.searches.append(watch)
        return self._search(watch)

    async def _search(self, search: Search) -> AsyncIterator[Found]:
        rows = [
            row for each in self.queues.values() for row in each if f"id == {row.message_id}" == search.where
        ]
        yield Found(rows, 1, 1, False)
        yield Found([], 1, 1, True)


class Desk:
    """A palette over a broker of lists."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.broker = SearchedBroker(self.clock)
        self.workspace = Workspace(self.clock)
        self.structure = Structure(self.workspace)
        self.palette = Palette(self.workspace, self.structure)
        self.palette.verbs = lambda: VERBS

    def feed(self) -> None:
        self.broker.feed(self.workspace)
        run_now(self.structure.refresh())

    def titles(self, typed: str) -> list[str]:
        return [item.title for item in self.palette.search(typed)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("resubmit", "Resend"),
        ("republish", "Resend"),
        ("replay", "Resend"),
        ("retry", "Resend"),
        ("reprocess", "Requeue"),
        ("redrive", "Redrive…"),
        ("requeue", "Requeue"),
        ("put back", "Requeue"),
        ("empty", "Purge"),
        ("truncate", "Purge"),
        ("clear", "Purge"),
        ("send", "Resend"),
        ("produce", "Publish…"),
        ("shovel", "Move to…"),
        ("disconnect", "Kick client"),
        ("settings", "Preferences…"),
        ("theme", "Preferences…"),
        ("freeze", "Pause or resume the queue"),
        ("prefrences", "Preferences…"),
        ("kc", "Kick client"),
        ("RESEND", "Resend"),
    ],
)
def test_the_words_that_people_use(desk: Desk, typed: str, first: str) -> None:
    """Other tools' words, beginnings, initials, slips."""
    found = desk.titles(typed)
    assert first in found[:3] if typed in ("send", "retry", "replay") else found[0] == first


def test_all_words_must_fit(desk: Desk) -> None:
    """Two words find less than one, in any order."""
    assert desk.titles("client kick") == ["Kick client"]
    assert desk.titles("client zebra") == []


def test_a_verb_that_cannot_be_done_is_listed_with_its_reason(desk: Desk) -> None:
    """And its key: who looks for it learns both."""
    item = desk.palette.search("purge")[0]
    assert (item.why_not, item.keys) == ("Open a queue first.", "Ctrl+Shift+Del")


def test_queues_exchanges_and_clients_are_found(desk: Desk) -> None:
    """By any part of their names; clients by library and user too."""
    desk.broker.add_queue("orders.eu")
    desk.broker.add_client(7, name="worker-2", product="pika")
    desk.feed()
    assert desk.palette.search("orders")[0].key == ("queue", "/", "orders.eu")
    assert desk.palette.search("eu")[0].key == ("queue", "/", "orders.eu")
    assert ("exchange", "/", "amq.direct") in [item.key for item in desk.palette.search("amq")]
    assert desk.palette.search("worker")[0].key == ("client", "7")
    assert ("client", "7") in [item.key for item in desk.palette.search("pika")]


def test_names_are_shown_as_text_of_one_line(desk: Desk) -> None:
    """Names come from anybody."""
    desk.broker.add_queue("a\u202eb\nc")
    desk.feed()
    assert desk.palette.search("a")[0].title != "a\u202eb\nc"
    assert "\\u202e" in next(item.title for item in desk.palette.search("202e"))


def test_ten_thousand_queues_are_listed_to_a_bound(desk: Desk) -> None:
    """Who wants a later one types on."""
    for n in range(10_000):
        desk.broker.add_queue(f"tenant-{n}.orders")
    desk.feed()
    assert len(desk.palette.search("orders")) == SHOWN_MAX
    assert desk.titles("tenant-4711.orders")[0] == "tenant-4711.orders"


def test_without_words_what_was_used_last_comes_first(desk: Desk) -> None:
    """Then all verbs, so that they can be looked through."""
    desk.palette.note_use(VERBS[5])
    desk.palette.note_use(VERBS[3])
    assert desk.titles("")[:3] == ["Purge", "Move to…", "Resend"]
    assert len(desk.titles("")) == len(VERBS)
    for n in range(40):
        desk.palette.note_use(verb(str(n), str(n)))
    assert len(desk.palette.recent) == RECENT_MAX


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("41", "41"),
        ("#41", "41"),
        ("#order-1", "order-1"),
        ("id order-1", "order-1"),
        ("order", ""),
        ("9" * 30, ""),
    ],
)
def test_what_is_an_id(typed: str, wanted: str) -> None:
    """A number, or what follows a sign for it."""
    assert id_in(typed) == wanted


def test_a_message_is_found_by_its_id(desk: Desk) -> None:
    """In every virtual host; where it is and how it stands is said beside it."""
    message_id = desk.broker.add_message("orders", state=MessageState.IN_FLIGHT)
    desk.feed()
    run_now(desk.palette.look_up(f"#{message_id}"))
    item = desk.palette.search(f"#{message_id}")[0]
    assert (item.kind, item.key) == (Kind.MESSAGE, ("message", "/", "orders", str(message_id)))
    assert item.says.startswith("orders · in flight · ")
    assert desk.palette.search("orders")[0].kind is Kind.QUEUE


def test_a_publishers_own_id_is_asked_for_safely(desk: Desk) -> None:
    """What is typed is a text in the filter, whatever it has in it."""
    desk.feed()
    run_now(desk.palette.look_up('#a" or true or "'))
    assert desk.broker.searches[-1].where == (
        'message_id == "a\\" or true or \\"" or correlation_id == "a\\" or true or \\""'
    )


def test_what_is_no_id_is_not_looked_up(desk: Desk) -> None:
    """Nor anything while there is no broker."""
    run_now(desk.palette.look_up("#1"))
    desk.feed()
    run_now(desk.palette.look_up("orders"))
    assert desk.broker.searches == []


def test_how_many_there_are_is_said() -> None:
    """For who hears the window."""
    assert [says_found(VERBS[:n]) for n in (0, 1, 2)] == ["Nothing fits", "1 result", "2 results"]


def test_what_was_used_last_is_kept() -> None:
    """For the next time; a damaged text is nothing."""
    before, after = Desk(), Desk()
    before.palette.note_use(VERBS[5])
    after.palette.restore(before.palette.to_text())
    assert after.palette.recent == [("verb", "move")]
    assert after.titles("")[0] == "Move to…"
    for text in ("", "{}", '[["verb", 1]]', "[" * 70_000):
        after.palette.restore(text)
    assert after.palette.recent == [("verb", "move")]
    after.palette.restore(str([["verb", str(number)] for number in range(99)]).replace("'", '"'))
    assert len(after.palette.recent) == RECENT_MAX
