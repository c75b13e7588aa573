"""A page hears of what comes while it is looked at from the top, and reads no more than is on screen."""

from collections.abc import Callable

from mqstudio.model.samples import Incoming
from mqstudio.viewmodel.queue_page import QueuePage
from mqstudio.viewmodel.queue_page_reading import NEWEST_ROWS
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.workspace import ConnectionState, Workspace
from tests.support.list_broker import Clock, ListBroker, run_now


class Desk:
    """A page that was read once, and whose watch gets what a test puts there."""

    def __init__(self, broker: ListBroker, workspace: Workspace, clock: Clock) -> None:
        self.broker, self.workspace, self.clock = broker, workspace, clock
        broker.add_queue("orders", 3)
        self.page = QueuePage(workspace, Structure(workspace), "/", "orders")
        self.asked, self.published = 0, 3
        self.page.hearing.wants_task.connect(self._on_asked)
        broker.feed(workspace)
        run_now(self.page.refresh())

    def _on_asked(self) -> None:
        self.asked += 1

    def come(self, count: int = 1, after_s: float = 1.0) -> None:
        """So many messages, one notice, no sample."""
        self.clock.advance(after_s)
        for _ in range(count):
            self.broker.add_message("orders")
        self.published += count
        self.broker.incoming.items.append(Incoming(self.published))
        run_now(self.page.hearing.follow())

    @property
    def ids(self) -> list[int]:
        return [row.message_id for row in self.page.rows.rows]


def test_what_comes_is_shown_before_the_next_sample(
    broker: ListBroker, workspace: Workspace, clock: Clock
) -> None:
    desk = Desk(broker, workspace, clock)
    desk.come(2)
    assert desk.ids == [5, 4, 3, 2, 1]


def test_what_trickles_waits_for_the_sample_and_what_comes_fast_does_not(
    broker: ListBroker, workspace: Workspace, clock: Clock
) -> None:
    """One by one, ten a second, they would keep an idle window busy."""
    desk = Desk(broker, workspace, clock)
    desk.come()
    assert len(desk.ids) == 4
    desk.come(after_s=0.1)
    assert len(desk.ids) == 4
    desk.come(2, after_s=0.1)
    assert len(desk.ids) == 7
    desk.come(after_s=0.3)
    assert len(desk.ids) == 8


def test_a_flood_is_read_a_screen_at_a_time(broker: ListBroker, workspace: Workspace, clock: Clock) -> None:
    """More than a screen has come: the newest are shown, and the rest counts when the next sample is here."""
    desk = Desk(broker, workspace, clock)
    desk.come(1_000)
    assert desk.ids == list(range(1_003, 1_003 - NEWEST_ROWS, -1))
    clock.advance(1)
    broker.feed(workspace)
    run_now(desk.page.refresh())
    assert len(desk.page.rows) == 1_003


def test_it_is_wanted_only_where_new_messages_appear_by_themselves(
    broker: ListBroker, workspace: Workspace, clock: Clock
) -> None:
    """Not by one that is hidden, paused, filtered or scrolled down: then a notice reads nothing."""
    desk = Desk(broker, workspace, clock)
    page = desk.page
    ways: list[tuple[Callable[[], object], Callable[[], object]]] = [
        (lambda: page.set_visible(False), lambda: page.set_visible(True)),
        (lambda: page.set_paused(True), lambda: page.set_paused(False)),
        (lambda: page.filter.use("size > 3"), page.filter.clear),
        (lambda: page.look_at(2, 3), lambda: page.look_at(0, 1)),
        (lambda: workspace.set_seen(False), lambda: workspace.set_seen(True)),
    ]
    for leave, back in ways:
        leave()
        asked, pages = desk.asked, len(broker.pages_asked)
        page.hearing.mind()
        assert desk.asked == asked
        desk.come()
        assert len(broker.pages_asked) == pages
        back()
        assert desk.asked > asked
        run_now(page.refresh())
        page.hearing.mind()


def test_a_broker_that_is_gone_is_not_asked(broker: ListBroker, workspace: Workspace, clock: Clock) -> None:
    """It is asked anew when there is one again."""
    desk = Desk(broker, workspace, clock)
    asked = desk.asked
    workspace.lose("It went.")
    assert desk.asked == asked
    run_now(desk.page.hearing.follow())
    workspace._become(ConnectionState.LIVE)
    assert desk.asked > asked
