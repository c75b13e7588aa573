"""The bars above a table: exact, kept up to date, as fine as they fit; a marked time becomes a filter."""

from mqstudio.model import volume as v
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.queries import GetVolume
from mqstudio.model.rows import MessageState
from mqstudio.model.volume import Volume
from mqstudio.viewmodel.queue_page import QueuePage
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.volume import STEPS_MAX, VolumePanel
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker, run_now


class InParts(ListBroker):
    """A broker that answers in parts of three messages, and counts how many it was asked about."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.counted = 0
        self.size = 3

    async def volume(self, wanted: GetVolume) -> Volume:
        if self.refusal is not None:
            raise self.refusal
        rows = [row for row in self.queues["orders"] if row.message_id >= wanted.down_to_id]
        rows = [row for row in rows if wanted.before_id is None or row.message_id < wanted.before_id]
        part = rows[-self.size :]
        self.counted += len(part)
        everything = self.queues["orders"]
        self.queues["orders"] = part
        told = await super().volume(wanted)
        self.queues["orders"] = everything
        is_over = len(part) == len(rows)
        next_id = None if is_over else part[0].message_id
        return Volume(told.step_us, told.bins, next_id, 1.0 if is_over else 0.5, told.first_live_id)


class Desk:
    """A page, its bars, and whoever runs what they ask for."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.broker = InParts(self.clock)
        self.workspace = Workspace(self.clock)
        self.broker.add_queue("orders")
        self.broker.feed(self.workspace)
        self.page = QueuePage(self.workspace, Structure(self.workspace), "/", "orders")
        self.panel = VolumePanel(self.workspace, self.page)
        self.asked = 0
        self.panel.wants_refresh.connect(self.refresh)

    def refresh(self) -> None:
        self.asked += 1
        run_now(self.panel.refresh())

    def publish(self, count: int, state: MessageState = MessageState.DONE) -> None:
        for _ in range(count):
            self.broker.add_message("orders", state=state)
            self.clock.advance(1)

    def sample(self, after_s: float = 2.0) -> None:
        self.clock.advance(after_s)
        self.broker.feed(self.workspace)


def told(panel: VolumePanel) -> dict[str, int]:
    return {name: n for name, n in zip(v.OUTCOMES, panel.totals(), strict=True) if n}


def test_nothing_is_counted_for_nobody_and_all_for_somebody() -> None:
    desk = Desk()
    desk.publish(4)
    desk.publish(2, MessageState.READY)
    desk.sample()
    assert desk.asked == 0
    desk.panel.set_seen(True)
    assert told(desk.panel) == {"done": 4, "ready": 2}
    assert desk.panel.says() == "6 messages: 4 acked, 2 waiting"


def test_what_has_ended_is_not_counted_again_and_what_moves_on_is() -> None:
    desk = Desk()
    desk.publish(20)
    desk.publish(2, MessageState.READY)
    desk.panel.set_seen(True)
    desk.sample()
    first = desk.broker.counted
    desk.broker.change("orders", 21, state=MessageState.DROPPED, ended_because="expired")
    desk.publish(1, MessageState.IN_FLIGHT)
    desk.sample()
    assert told(desk.panel) == {"done": 20, "expired": 1, "ready": 1, "in_flight": 1}
    assert desk.broker.counted - first <= 9
    asked = desk.asked
    desk.sample()
    assert desk.asked == asked  # nothing has moved


def test_all_is_counted_anew_now_and_then_for_what_is_forgotten() -> None:
    desk = Desk()
    desk.publish(20)
    desk.panel.set_seen(True)
    desk.sample()
    del desk.broker.queues["orders"][:10]
    desk.publish(1)
    desk.sample(60)
    assert told(desk.panel) == {"done": 11}


def test_a_refusal_is_said() -> None:
    desk = Desk()
    desk.broker.refusal = RefusedError(Refusal.NO_SUCH_QUEUE, "There is no queue 'orders'.")
    desk.panel.set_seen(True)
    assert desk.panel.says() == "There is no queue 'orders'."


def test_a_long_time_has_longer_steps_and_loses_nothing() -> None:
    desk = Desk()
    for _ in range(30):
        desk.publish(1)
        desk.clock.advance(3_600)
    desk.panel.set_seen(True)
    desk.sample()
    assert told(desk.panel) == {"done": 30}
    assert len(desk.panel.bins()) <= STEPS_MAX
    bars = desk.panel.bars(12)
    assert len(bars) <= 13
    assert sum(bar.total for bar in bars) == 30
    assert all(bar.until_us - bar.from_us == bars[0].until_us - bars[0].from_us for bar in bars)


def test_a_marked_time_becomes_a_part_of_the_filter_and_goes_again() -> None:
    desk = Desk()
    desk.publish(10)
    desk.panel.set_seen(True)
    desk.sample()
    start = desk.broker.queues["orders"][0].published_at_us
    line = desk.page.filter
    line.use("size > 1 or size < 1")
    desk.panel.mark(start + 2_000_000, start + 5_000_000)
    assert told(desk.panel) == {"done": 3}
    desk.panel.apply()
    assert line.active.startswith("(size > 1 or size < 1) and time >= ")
    assert line.says == ""
    desk.panel.mark(start, start + 1_000_000)
    desk.panel.apply()
    assert line.active.count("time >=") == 1
    desk.panel.mark(0, 0)
    desk.panel.apply()
    assert (line.active, desk.panel.selection) == ("size > 1 or size < 1", None)


def test_a_filter_changed_by_hand_takes_the_mark_off() -> None:
    desk = Desk()
    desk.publish(3)
    desk.panel.set_seen(True)
    start = desk.broker.queues["orders"][0].published_at_us
    desk.panel.mark(start, start + 1_000_000)
    desk.panel.apply()
    assert desk.panel.selection is not None
    desk.page.filter.use("state == ready")
    assert desk.panel.selection is None
    desk.panel.apply()
    assert desk.page.filter.active == "state == ready"


def test_the_words_follow_the_pointer() -> None:
    desk = Desk()
    desk.publish(3)
    desk.panel.set_seen(True)
    desk.sample()
    start = desk.broker.queues["orders"][0].published_at_us
    assert desk.panel.says(start).endswith(": 1 message: 1 acked")
    assert desk.panel.says(start - 9_000_000).endswith(": nothing")
