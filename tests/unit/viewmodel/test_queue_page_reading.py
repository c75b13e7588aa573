"""A queue's page scrolls through a long list and holds only a run of it."""

import pytest

from mqstudio.model.rows import MessageState
from mqstudio.viewmodel.queue_page import QueuePage, StateFilter
from mqstudio.viewmodel.queue_page_reading import PAGE_ROWS, ROWS_MAX
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker, run_now

COUNT = 10_000
SCREEN = 30


class Desk:
    """A page of a long queue whose wishes are granted at once, and a screen to look at it."""

    def __init__(self, broker: ListBroker, workspace: Workspace, clock: Clock) -> None:
        self.broker, self.workspace, self.clock = broker, workspace, clock
        broker.add_queue("orders", COUNT)
        broker.feed(workspace)
        self.page = QueuePage(workspace, Structure(workspace), "/", "orders")
        self.page.wants_refresh.connect(self.grant)
        self.page.wants_rows.connect(self.load)
        self.sample()

    def grant(self) -> None:
        run_now(self.page.refresh())

    def load(self) -> None:
        run_now(self.page.load())

    def sample(self, after_s: float = 1.0) -> None:
        self.clock.advance(after_s)
        self.broker.feed(self.workspace)

    def look(self, first: int) -> list[int | None]:
        """Scroll there: what the screen shows then."""
        self.page.look_at(first, first + SCREEN - 1)
        return self.screen(first)

    def screen(self, first: int) -> list[int | None]:
        shown = [self.page.rows.at(first + place) for place in range(SCREEN)]
        return [None if row is None else row.message_id for row in shown]


@pytest.fixture
def desk(broker: ListBroker, workspace: Workspace, clock: Clock) -> Desk:
    return Desk(broker, workspace, clock)


def run(newest: int) -> list[int]:
    return list(range(newest, newest - SCREEN, -1))


def test_the_table_is_as_long_as_the_queue(desk: Desk) -> None:
    """All places are there from the start; rows only where somebody looks."""
    assert len(desk.page.rows) == COUNT
    assert len(desk.page.rows.rows) == PAGE_ROWS


def test_any_place_is_reached_at_once(desk: Desk) -> None:
    """Dragged to the middle, to the end and back, the rows of the place are there with one look."""
    for first in (5_000, COUNT - SCREEN, 2_500, 0, 9_000):
        asked = len(desk.broker.pages_asked)
        assert desk.look(first) == run(COUNT - first)
        assert len(desk.broker.pages_asked) - asked <= 4
    assert len(desk.page.rows) == COUNT


def test_scrolling_leaves_no_hole(desk: Desk) -> None:
    """From the top to the end in steps, and all the way back: every message once, in order."""
    places = range(0, COUNT - SCREEN + 1, SCREEN)
    for first in [*places, *reversed(places)]:
        assert desk.look(first) == run(COUNT - first)
        assert len(desk.page.rows.rows) <= ROWS_MAX
    assert len(desk.page.rows) == COUNT


def test_scrolled_far_states_stay_fresh(desk: Desk) -> None:
    """What is looked at in the middle is read again when something moves."""
    desk.look(6_000)
    desk.broker.change("orders", 4_000, state=MessageState.DONE)
    desk.sample()
    row = desk.page.rows.at(6_000)
    assert row is not None
    assert (row.message_id, row.state) == (4_000, MessageState.DONE)


def test_new_messages_do_not_move_what_is_looked_at(desk: Desk) -> None:
    """They are counted; back at the top they are there."""
    before = desk.look(6_000)
    desk.broker.add_queue("orders", 50)
    desk.sample()
    assert desk.screen(6_000) == before
    assert desk.page.new_count == 50
    assert desk.look(0) == run(COUNT + 50)
    assert len(desk.page.rows) == COUNT + 50


def test_a_length_that_was_reckoned_wrong_is_put_right_at_the_end(desk: Desk) -> None:
    """The ledger has forgotten half of what the counters count: at the end of the rows the list ends."""
    desk.broker.queues["orders"] = [row for row in desk.broker.queues["orders"] if row.message_id > 5_000]
    for row in list(desk.broker.queues["orders"])[:2_000]:
        desk.broker.change("orders", row.message_id, state=MessageState.DONE)
    desk.sample()
    desk.page.set_filter(StateFilter.READY)
    assert len(desk.page.rows) == 3_000
    desk.broker.queues["orders"] = desk.broker.queues["orders"][-1_000:]
    assert desk.look(2_970)[-1] == COUNT - 999
    desk.look(0)
    desk.sample()
    assert len(desk.page.rows) == 1_000


def test_ids_that_others_took_do_not_matter(broker: ListBroker, workspace: Workspace, clock: Clock) -> None:
    """Where another queue's messages came in between, places are found all the same, and none is lost."""
    broker.add_queue("orders", 500)
    broker.add_queue("others", 5_000)
    desk = Desk(broker, workspace, clock)
    total = COUNT + 500
    seen: set[int | None] = set()
    for first in range(total - SCREEN, -1, -SCREEN):
        seen.update(desk.look(first))
    seen.update(desk.look(0))
    wanted = {row.message_id for row in broker.queues["orders"]}
    assert wanted <= seen
    assert desk.look(7_000)[0] is not None


def test_a_queue_that_was_emptied_meanwhile_is_empty(desk: Desk) -> None:
    """Scrolled far down in what is no longer there, one look shows that there is nothing."""
    desk.look(5_000)
    desk.broker.queues["orders"].clear()
    desk.sample()
    desk.look(9_000)
    assert len(desk.page.rows) == 0
