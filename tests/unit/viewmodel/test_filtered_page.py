"""A queue's page with a filter: rows as they are found, how far it is, and what is said of none."""

from collections.abc import Callable

import pytest

from mqstudio.model.rows import MessageState
from mqstudio.viewmodel.queue_page import FILTERED_INTERVAL_US, QueuePage, StateFilter
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker, run_now


class Desk:
    """A page of numbered messages whose wishes to be refreshed are granted at once."""

    def __init__(self, broker: ListBroker, workspace: Workspace, clock: Clock) -> None:
        self.broker, self.workspace, self.clock = broker, workspace, clock
        broker.add_queue("orders")
        self.page = QueuePage(workspace, Structure(workspace), "/", "orders")
        self.page.wants_refresh.connect(self.grant)
        self.on_look: Callable[[], None] = lambda: None

    def grant(self) -> None:
        run_now(self.page.refresh())

    def add(self, *numbers: int) -> None:
        for number in numbers:
            self.broker.add_message("orders", b'{"n": %d}' % number)

    def sample(self, after_s: float = 1.0) -> None:
        self.clock.advance(after_s)
        self.broker.feed(self.workspace)

    @property
    def ids(self) -> list[int]:
        return [row.message_id for row in self.page.rows.rows]


@pytest.fixture
def desk(broker: ListBroker, workspace: Workspace, clock: Clock) -> Desk:
    desk = Desk(broker, workspace, clock)
    desk.add(*range(1, 101))
    desk.sample()
    return desk


def test_only_what_the_filter_finds_is_shown(desk: Desk) -> None:
    """The broker is asked, as often as it takes; where the whole queue was looked through, that is said."""
    desk.broker.sift_at_once = 30
    desk.page.filter.use("body.n in (1, 50, 99)")
    assert desk.ids == [99, 50, 1]
    assert [after for _, after in desk.broker.wheres_asked] == [None, 71, 41, 11]
    assert (desk.page.looked_at, desk.page.of) == (100, 100)
    assert desk.page.is_loaded
    assert not desk.page.is_searching
    desk.page.filter.clear()
    assert len(desk.ids) == 100


def test_rows_appear_while_it_goes_on_looking(desk: Desk) -> None:
    """The first are there with the first look."""
    desk.broker.sift_at_once = 30
    seen: list[tuple[list[int], int, bool]] = []
    note = lambda: seen.append((desk.ids, desk.page.looked_at, desk.page.is_searching))  # noqa: E731
    desk.page.changed.connect(note)
    desk.page.filter.use("body.n in (1, 99)")
    assert ([99], 30, True) in seen
    assert ([99], 90, True) in seen
    assert seen[-1] == ([99, 1], 100, False)


def test_another_filter_ends_the_search_for_the_first(desk: Desk) -> None:
    """After the look that is under way nothing more is asked by it."""
    desk.broker.sift_at_once = 10
    ask, asked = desk.broker._sifted, []

    async def sifted(queue: str, limit: int, after_id: int | None, states: object, where: str) -> object:
        asked.append(where)
        if len(asked) == 3:
            desk.page.filter.use("body.n == 7")
        return await ask(queue, limit, after_id, states, where)  # type: ignore[arg-type]

    desk.broker._sifted = sifted  # type: ignore[method-assign,assignment]  # to come in between
    desk.page.filter.use("body.n == 1")
    assert asked[:3] == ["body.n == 1"] * 3
    assert set(asked[3:]) == {"body.n == 7"}
    assert desk.ids == [7]


def test_what_comes_later_is_found_by_one_look_a_second(desk: Desk) -> None:
    desk.page.filter.use("body.n > 98")
    assert desk.ids == [100, 99]
    asked = len(desk.broker.wheres_asked)
    for number in range(5):
        desk.add(200 + number)
        desk.sample(FILTERED_INTERVAL_US / 10_000_000)
    assert len(desk.broker.wheres_asked) == asked
    desk.sample(FILTERED_INTERVAL_US / 1_000_000)
    assert desk.ids == [105, 104, 103, 102, 101, 100, 99]


def test_what_no_longer_matches_goes(desk: Desk) -> None:
    desk.page.filter.use("state == ready and body.n > 98")
    desk.broker.change("orders", 99, state=MessageState.DONE)
    desk.sample(2)
    assert desk.ids == [100]


def test_a_queue_that_runs_away_leaves_no_gap(desk: Desk) -> None:
    """Where a few looks do not come down to the rows there are, those go: nothing is missing between."""
    desk.broker.sift_at_once = 10
    desk.page.filter.use("body.n > 98")
    assert desk.ids == [100, 99]
    desk.add(*range(1_000, 1_100))
    desk.sample(2)
    assert desk.ids == list(range(200, 160, -1))
    assert desk.page.reading.next_id == 161


def test_where_nothing_matches_the_last_match_is_told(desk: Desk) -> None:
    """Whether it was here before, or is in another state."""
    desk.page.filter.use("body.n == 1000")
    assert desk.ids == []
    assert desk.page.is_loaded
    assert desk.page.last_match_us is None
    desk.page.filter.use("body.n == 50 and state == ready")
    found = desk.page.rows.rows[0]
    desk.broker.change("orders", 50, state=MessageState.DONE)
    desk.sample(2)
    assert desk.ids == []
    assert desk.page.last_match_us == found.published_at_us
    desk.page.filter.use("body.n == 50")
    desk.page.set_filter(StateFilter.DEAD)
    desk.page.filter.clear()
    desk.page.filter.use("body.n == 50")
    assert desk.ids == []
    assert desk.page.last_match_us == found.published_at_us
