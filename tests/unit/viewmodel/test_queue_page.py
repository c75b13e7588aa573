"""A queue page reads only what is looked at, and keeps its place while messages come and go."""

import pytest

from mqstudio.model.rows import MessageState
from mqstudio.model.samples import Counters
from mqstudio.viewmodel.queue_page import PAGE_ROWS, REFRESH_INTERVAL_US, QueuePage, StateFilter
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker, run_now


class Desk:
    """A page whose wishes to be refreshed are granted at once."""

    def __init__(self, broker: ListBroker, workspace: Workspace, clock: Clock) -> None:
        self.broker, self.workspace, self.clock = broker, workspace, clock
        self.page = QueuePage(workspace, Structure(workspace), "/", "orders")
        self.page.wants_refresh.connect(self.grant)
        self.refreshes = 0

    def grant(self) -> None:
        self.refreshes += 1
        run_now(self.page.refresh())

    def sample(self, after_s: float = 1.0) -> None:
        self.clock.advance(after_s)
        self.broker.feed(self.workspace)

    @property
    def ids(self) -> list[int]:
        return [row.message_id for row in self.page.rows.rows]


@pytest.fixture
def desk(broker: ListBroker, workspace: Workspace, clock: Clock) -> Desk:
    broker.add_queue("orders", 3)
    desk = Desk(broker, workspace, clock)
    desk.sample()
    return desk


def test_shows_the_newest_first(desk: Desk) -> None:
    """The first page is there after the first sample."""
    assert desk.ids == [3, 2, 1]


def test_reads_nothing_while_the_queue_rests(desk: Desk) -> None:
    """A sample in which this queue did not change asks for no page."""
    asked = desk.refreshes
    desk.sample()
    desk.broker.add_message("another")
    desk.sample()
    assert desk.refreshes == asked


def test_refreshes_at_most_five_times_a_second(desk: Desk) -> None:
    """However many samples come, the next page is asked for only after the interval."""
    asked = desk.refreshes
    for _ in range(10):
        desk.broker.add_message("orders")
        desk.sample(REFRESH_INTERVAL_US / 10 / 1e6 - 0.001)
    assert desk.refreshes == asked
    desk.sample(1)
    assert desk.refreshes == asked + 1
    assert desk.ids[0] == 13


def test_pausing_freezes_the_view_only(desk: Desk) -> None:
    """Paused, rows stay and what is new is counted; resumed, it is shown."""
    desk.page.set_paused(True)
    desk.broker.add_message("orders")
    desk.sample()
    assert (desk.ids, desk.page.new_count) == ([3, 2, 1], 1)
    desk.page.set_paused(False)
    assert (desk.ids, desk.page.new_count) == ([4, 3, 2, 1], 0)


def test_a_hidden_page_reads_nothing_until_seen(desk: Desk) -> None:
    """A page behind another tab is free."""
    desk.page.set_visible(False)
    asked = desk.refreshes
    desk.broker.add_message("orders")
    desk.sample()
    assert desk.refreshes == asked
    desk.page.set_visible(True)
    assert desk.ids[0] == 4


def test_scrolling_down_reads_older_pages_once(desk: Desk) -> None:
    """Pages join without a gap and without doubles, to the very first message."""
    desk.broker.add_queue("orders", PAGE_ROWS * 2)
    desk.sample()
    assert len(desk.ids) == PAGE_ROWS
    for _ in range(4):
        run_now(desk.page.load_older())
    assert desk.ids == list(range(PAGE_ROWS * 2 + 3, 0, -1))


def test_scrolled_down_the_rows_under_the_eyes_stay(desk: Desk) -> None:
    """New messages are counted, not inserted; states below still change; going up shows the new ones."""
    desk.broker.add_queue("orders", 50)
    desk.sample()
    desk.page.look_at(10)
    before = desk.ids
    desk.broker.add_message("orders")
    desk.broker.change("orders", 20, state=MessageState.DONE)
    desk.sample()
    assert desk.ids == before
    assert desk.page.new_count == 1
    assert desk.page.rows.rows[desk.ids.index(20)].state is MessageState.DONE
    desk.page.look_at(0)
    assert desk.ids[0] == 54


def test_a_jump_of_more_than_a_page_leaves_no_hole(desk: Desk) -> None:
    """When the newest page does not reach the old rows, those go until they are scrolled to."""
    desk.broker.add_queue("orders", PAGE_ROWS + 50)
    desk.sample()
    assert desk.ids == list(range(PAGE_ROWS + 53, 53, -1))


def test_filters_ask_the_broker(desk: Desk) -> None:
    """A chip shows its states only; `Dropped` includes what was purged."""
    desk.broker.change("orders", 2, state=MessageState.PURGED)
    desk.page.set_filter(StateFilter.DROPPED)
    assert desk.ids == [2]
    desk.page.set_filter(StateFilter.ALL)
    assert desk.ids == [3, 2, 1]


def test_each_chip_has_a_count_of_its_own(desk: Desk) -> None:
    """What was dropped and what went on as a dead letter are not counted together."""
    desk.broker.counters["orders"] = Counters(published=9, settled=3, dropped=2, dead_lettered=1)
    desk.sample()
    shown = {chip: desk.page.chip_count(chip) for chip in StateFilter}
    assert shown == {
        StateFilter.ALL: None,
        StateFilter.READY: 3,
        StateFilter.IN_FLIGHT: 0,
        StateFilter.DONE: 3,
        StateFilter.DROPPED: 2,
        StateFilter.DEAD: 1,
    }


def test_ended_messages_leave_a_filtered_view(desk: Desk) -> None:
    """With `Ready` chosen, a message that is delivered goes, and an empty page is empty."""
    desk.page.set_filter(StateFilter.READY)
    for message_id in (1, 2, 3):
        desk.broker.change("orders", message_id, state=MessageState.DONE)
    desk.sample()
    assert desk.ids == []
    assert desk.page.is_loaded


def test_the_selection_is_a_message_not_a_place(desk: Desk) -> None:
    """After new messages the selected one is still the selected one."""
    desk.page.select(2)
    desk.broker.add_message("orders")
    desk.sample()
    assert desk.page.selected is not None
    assert desk.page.selected.message_id == 2


def test_a_deleted_queue_is_gone(desk: Desk) -> None:
    """Its page says so instead of failing."""
    desk.broker.queues.clear()
    desk.sample()
    assert desk.page.is_gone
    assert desk.page.sample is None


def test_time_stands_still_while_paused(desk: Desk) -> None:
    """A frozen row does not go on counting for how long it is held."""
    desk.page.set_paused(True)
    paused_at_us = desk.clock.now_us
    desk.clock.advance(10)
    assert desk.page.now_us() == paused_at_us
    desk.page.set_paused(False)
    assert desk.page.now_us() == desk.clock.now_us
