"""The story of a lifecycle: lanes, events, stretches of time, links; and what it says of gaps and bounds."""

from typing import Any

from msgspec.structs import replace

from mqstudio.model.lifecycle import Lifecycle, LifePart
from mqstudio.model.rows import LifeStep, MessageRow, MessageState
from mqstudio.viewmodel import lifecycle_story
from mqstudio.viewmodel.lifecycle_story import DELAYED, HELD, WAITING, spoken, story_of

S = 1_000_000


def row(queue: str, state: MessageState, message_id: int = 1, **fields: Any) -> MessageRow:
    return MessageRow(message_id, queue, state, "ex", "eu.new", 2, "{}", 0, 0, **fields)


def step(at_us: int, what: str, queue: str = "", detail: str = "", **fields: Any) -> LifeStep:
    return LifeStep(at_us, what, queue, detail, fields.pop("message_id", 1), **fields)


def a_life() -> Lifecycle:
    """Published to two queues; in one held twice and dead-lettered, in the other still held."""
    first = LifePart(
        1, "/", "ex", "eu.new", 0, 2, "app",
        steps=(
            step(0, "published", detail="by app", exchange="ex", routing_key="eu.new", client="app"),
            step(12, "routed", detail="to orders, audit"),
            step(200, "enqueued", "orders"),
            step(200, "enqueued", "audit"),
            step(3 * S, "delivered", "orders", "to w · t", client="w", tag="t", delivery_tag=1, channel=1),
            step(4 * S, "settled", "orders", "released", outcome="released", client="w"),
            step(4 * S, "requeued", "orders"),
            step(5 * S, "delivered", "orders", "to w · t (again)", client="w", tag="t", delivery_tag=2),
            step(6 * S, "settled", "orders", "rejected", outcome="rejected", client="w"),
            step(6 * S, "dead_lettered", "orders", "rejected; …", successor_id=2, reason="rejected"),
            step(7 * S, "delivered", "audit", "to v", client="v", delivery_tag=3),
        ),
        rows=(
            row("orders", MessageState.DEAD_LETTERED, ended_because="rejected", ended_at_us=6 * S),
            row("audit", MessageState.IN_FLIGHT, delivered_at_us=7 * S, holder="v", lease_until_us=37 * S),
        ),
    )  # fmt: skip
    second = LifePart(
        2, "/", "", "dead", 6 * S, 2, "app", 1,
        steps=(
            step(6 * S, "published", exchange="", routing_key="dead", message_id=2),
            step(6 * S, "enqueued", "dead", message_id=2),
        ),
        rows=(row("dead", MessageState.READY, 2, expires_at_us=10 * S),),
    )  # fmt: skip
    return Lifecycle(1, 8 * S, (first, second))


def test_each_message_and_queue_has_a_lane_and_links_lead_from_one_to_the_next() -> None:
    story = story_of(a_life())
    assert [(lane.message_id, lane.queue) for lane in story.lanes] == [
        (1, ""), (1, "orders"), (1, "audit"), (2, ""), (2, "dead"),
    ]  # fmt: skip
    assert [(link.from_lane, link.to_lane) for link in story.links] == [(0, 1), (0, 2), (3, 4), (1, 3)]
    assert [lane.is_own for lane in story.lanes] == [True, True, True, False, False]
    assert (story.begins_us, story.ends_us, story.until_us(9 * S)) == (0, None, 9 * S)
    assert story.lanes[3].about == "dead letter of 1 · (default) › dead"


def test_times_of_waiting_and_being_held_are_told_with_who_held_it() -> None:
    bars = [bar for bar in story_of(a_life()).bars if bar.lane == 1]
    assert [(bar.what, bar.from_us, bar.until_us, bar.title, bar.is_good) for bar in bars] == [
        (WAITING, 200, 3 * S, "waited 3.0 s", True),
        (WAITING, 4 * S, 5 * S, "waited 1.0 s", True),
        (HELD, 3 * S, 4 * S, "w · t held it 1.0 s", False),
        (HELD, 5 * S, 6 * S, "w · t held it 1.0 s", False),
    ]
    (held,) = [bar for bar in story_of(a_life()).bars if bar.lane == 2 and bar.what == HELD]
    assert (held.until_us, held.title) == (None, "held by v")


def test_where_it_is_now_and_what_is_left_of_its_time_are_told() -> None:
    story = story_of(a_life())
    words = [lifecycle_story.state_words(lane, 10 * S - 500) for lane in story.lanes]
    assert words[2] == "in flight: v has it since 3.0 s, 27.0 s left of its lease"
    assert words[4] == "ready, waits since 10.0 s, 500 µs left to live"
    assert lifecycle_story.state_words(story.lanes[4], 11 * S).endswith("no time left to live")


def test_a_life_that_is_over_ends_with_its_last_event() -> None:
    life = a_life()
    done = row("orders", MessageState.DONE, ended_at_us=5 * S)
    over = Lifecycle(1, 90 * S, (replace(life.parts[0], steps=life.parts[0].steps[:6], rows=(done,)),))
    story = story_of(over)
    assert (story.ends_us, story.until_us(99 * S)) == (4 * S, 4 * S)


def test_a_delay_lasts_until_the_message_goes_on_or_still() -> None:
    held = LifePart(1, "/", "later", "", 0, 2, steps=(step(0, "published"), step(1, "delayed")))
    (bar,) = story_of(Lifecycle(1, S, (held,))).bars
    assert (bar.what, bar.until_us) == (DELAYED, None)
    onward = LifePart(2, "/", "later", "", 5, 2, parent_id=1, steps=(step(5, "published", message_id=2),))
    story = story_of(Lifecycle(1, S, (held, onward)))
    assert story.bars[0].until_us == 5
    assert [(link.from_lane, link.to_lane) for link in story.links] == [(0, 1)]
    assert story.lanes[1].about.startswith("1, after its delay")


def test_gaps_and_bounds_are_said() -> None:
    life = a_life()
    first = replace(life.parts[0], is_trimmed=True, left_out=7)
    unrecorded = replace(life.parts[1], is_unrecorded=True, steps=())
    told = story_of(Lifecycle(1, 8 * S, (first, unrecorded), recorded_one_in=8, left_out=2))
    says = " ".join(told.notes)
    assert "forgotten the first events of message 1" in says
    assert "Of message 1 7 earlier events are not shown" in says
    assert "Message 2 was not recorded" in says and "one in 8" in says
    assert "2 more relatives are not shown" in says
    assert [lane.queue for lane in told.lanes if lane.message_id == 2] == ["", "dead"]
    orphan = story_of(Lifecycle(2, 8 * S, (life.parts[1],)))
    assert orphan.notes == ("The ledger has forgotten what it was before: message 1.",)


def test_more_queues_than_lanes_are_counted(monkeypatch: Any) -> None:
    monkeypatch.setattr(lifecycle_story, "LANES_MAX", 2)
    story = story_of(a_life())
    assert len(story.lanes) == 3  # each message has at least its own
    assert story.notes == ("2 more queues are not shown.",)


def test_names_cannot_act() -> None:
    hostile = LifePart(
        1, "/", "e\u202ex", "k\n", 0, 2,
        steps=(step(0, "published", exchange="e\u202ex", client="\x1b[31m"), step(1, "enqueued", "q\u202e")),
    )  # fmt: skip
    story = story_of(Lifecycle(1, S, (hostile,)))
    shown = "".join(
        [lane.title + lane.about for lane in story.lanes]
        + [line for mark in story.marks for line in mark.facts]
    )
    assert shown.isprintable()
    assert spoken(story, S).isprintable()
