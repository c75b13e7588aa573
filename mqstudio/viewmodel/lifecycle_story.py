"""A lifecycle as it is drawn and read out: a lane for each message and queue, with events and time between.

No widget, no file: whoever draws it, prints it or reads it to somebody takes it from here.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from mqstudio.model.lifecycle import ExchangePassed, Lifecycle, LifePart
from mqstudio.model.rows import LifeStep, MessageRow, MessageState
from mqstudio.viewmodel.lifecycle_spans import spans_in
from mqstudio.viewmodel.lifecycle_words import (
    facts_of,
    is_over,
    notes_of,
    parent_words,
    span,
    standing,
    step_title,
    words_of,
)
from mqstudio.viewmodel.wording import exchange_title, plain
from mqstudio.viewmodel.words import tr

LANES_MAX: Final = 200
"""Lanes that are drawn; a fanout to a thousand queues has more, and that is said."""

WAITING, HELD, DELAYED = "waiting", "held", "delayed"


class Mark(Struct, frozen=True):
    """An event on a lane. words: who, and what came of it. facts: all that is known of it, a line each.

    leads_to: the message as which it goes on, 0 if it does not.
    """

    at_us: int
    what: str
    title: str
    lane: int
    message_id: int
    words: str
    facts: tuple[str, ...]
    leads_to: int = 0
    outcome: str = ""


class Bar(Struct, frozen=True):
    """A stretch of time on a lane: it waited, was held, or was delayed. until_us None: it still is."""

    from_us: int
    until_us: int | None
    what: str
    title: str
    lane: int
    is_good: bool = True


class Lane(Struct, frozen=True):
    """A line of the picture: a message on its way (queue "") or what happened to it in one queue.

    row: how it stands there. is_own: whether it is the message that was asked about.
    """

    title: str
    message_id: int
    vhost: str
    queue: str = ""
    row: MessageRow | None = None
    is_own: bool = True
    about: str = ""


class Link(Struct, frozen=True):
    """That it went on from one lane to another at a moment."""

    from_lane: int
    to_lane: int
    at_us: int


class Passed(Struct, frozen=True):
    """An exchange that a message passed, for the list of bindings below the picture."""

    message_id: int
    told: ExchangePassed


class Story(Struct, frozen=True):
    """A whole lifecycle. ends_us None: it is not over. notes: what is not known, or not shown."""

    message_id: int
    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...]
    bars: tuple[Bar, ...]
    links: tuple[Link, ...]
    passed: tuple[Passed, ...]
    notes: tuple[str, ...]
    begins_us: int
    ends_us: int | None
    asked_us: int

    def until_us(self, now_us: int) -> int:
        """Where the picture ends: with the last event, or now."""
        return max(now_us, self.asked_us) if self.ends_us is None else self.ends_us

    def times(self, now_us: int) -> list[int]:
        """All moments that the axis has to tell apart."""
        found = [mark.at_us for mark in self.marks]
        found += [bar.until_us for bar in self.bars if bar.until_us is not None]
        return [*found, self.begins_us, self.until_us(now_us)]


def story_of(lifecycle: Lifecycle) -> Story:
    """Read a lifecycle."""
    making = _Making(lifecycle)
    for part in lifecycle.parts:
        making.add(part)
    return making.story()


class _Making:
    """A story being put together."""

    def __init__(self, lifecycle: Lifecycle) -> None:
        self._lifecycle = lifecycle
        self._first_us = min(
            min((step.at_us for step in part.steps), default=part.published_at_us) for part in lifecycle.parts
        )
        self._lanes: list[Lane] = []
        self._marks: list[Mark] = []
        self._bars: list[Bar] = []
        self._links: list[Link] = []
        self._passed: list[Passed] = []
        self._heads: dict[int, int] = {}
        """Message → the lane on which it begins."""
        self._left_out = 0

    def add(self, part: LifePart) -> None:
        """Take one message."""
        head = self._lane(part, "", None)
        self._heads[part.message_id] = head
        self._passed += [Passed(part.message_id, each) for each in part.passed]
        self._mark(part, head, [step for step in part.steps if not step.queue])
        self._delay(part, head)
        steps: dict[str, list[LifeStep]] = {row.queue: [] for row in part.rows if row.queue}
        for step in part.steps:
            if step.queue:
                steps.setdefault(step.queue, []).append(step)
        rows = {row.queue: row for row in part.rows}
        for queue, here in steps.items():
            if len(self._lanes) >= LANES_MAX:
                self._left_out += 1
                continue
            lane = self._lane(part, queue, rows.get(queue))
            self._mark(part, lane, here)
            self._stay(part, lane, rows.get(queue), here)
            if here:
                self._links.append(Link(head, lane, here[0].at_us))

    def _lane(self, part: LifePart, queue: str, row: MessageRow | None) -> int:
        is_own = part.message_id == self._lifecycle.message_id
        if queue:
            lane = Lane(plain(queue, 80), part.message_id, part.vhost, queue, row, is_own)
        else:
            title = tr("message {number}", number=part.message_id)
            lane = Lane(title, part.message_id, part.vhost, "", None, is_own, _about(part, self._lifecycle))
        self._lanes.append(lane)
        return len(self._lanes) - 1

    def _mark(self, part: LifePart, lane: int, steps: Iterable[LifeStep]) -> None:
        before_us: int | None = None
        for step in steps:
            facts = facts_of(step, part, self._first_us, before_us)
            before_us = step.at_us
            title, words = step_title(step), " · ".join(words_of(step, part))
            self._marks.append(
                Mark(step.at_us, step.what, title, lane, part.message_id, words, facts, step.successor_id,
                     step.outcome)
            )  # fmt: skip

    def _delay(self, part: LifePart, lane: int) -> None:
        held = next((step for step in part.steps if step.what == "delayed"), None)
        if held is None:
            return
        followers = [p for p in self._lifecycle.parts if p.parent_id == part.message_id]
        until_us = followers[0].published_at_us if followers else None
        self._bars.append(Bar(held.at_us, until_us, DELAYED, tr("held by its exchange"), lane))

    def _stay(self, part: LifePart, lane: int, row: MessageRow | None, steps: Sequence[LifeStep]) -> None:
        """How long it waited and was held in one queue."""
        shown = row or _nothing(part, steps[0].queue)
        spans = spans_in(part, shown, steps)
        over_us = row.ended_at_us if row is not None and is_over(row) else None
        for wait in spans.waits:
            until_us = wait.until_us if wait.until_us is not None else over_us
            title = tr("waited {time}", time=span(until_us - wait.from_us)) if until_us else tr("waits")
            self._bars.append(Bar(wait.from_us, until_us, WAITING, title, lane))
        for hold in spans.holds:
            until_us = hold.until_us if hold.until_us is not None else over_us
            who = plain(hold.holder, 60)
            if until_us is None:
                title = tr("held by {who}", who=who)
            else:
                title = tr("{who} held it {time}", who=who, time=span(until_us - hold.from_us))
            self._bars.append(Bar(hold.from_us, until_us, HELD, title, lane, hold.is_good))

    def story(self) -> Story:
        """What it came to."""
        for mark in self._marks:
            to = self._heads.get(mark.leads_to)
            if to is not None:
                self._links.append(Link(mark.lane, to, mark.at_us))
        for part in self._lifecycle.parts:  # a delayed message's event does not say as what it went on
            parent = self._heads.get(part.parent_id)
            is_linked = any(mark.leads_to == part.message_id for mark in self._marks)
            if parent is not None and not is_linked:
                self._links.append(Link(parent, self._heads[part.message_id], part.published_at_us))
        is_alive = any(lane.row is not None and not is_over(lane.row) for lane in self._lanes)
        is_alive = is_alive or any(bar.until_us is None and bar.what == DELAYED for bar in self._bars)
        last_us = max((mark.at_us for mark in self._marks), default=self._first_us)
        return Story(
            self._lifecycle.message_id,
            tuple(self._lanes),
            tuple(self._marks),
            tuple(self._bars),
            tuple(self._links),
            tuple(self._passed),
            notes_of(self._lifecycle, self._left_out),
            self._first_us,
            None if is_alive else last_us,
            self._lifecycle.now_us,
        )


def _about(part: LifePart, lifecycle: Lifecycle) -> str:
    key = f" › {plain(part.routing_key, 60)}" if part.routing_key else ""
    about = f"{exchange_title(part.exchange)}{key}"
    before = parent_words(part, lifecycle)
    return f"{before} · {about}" if before else about


def _nothing(part: LifePart, queue: str) -> MessageRow:
    """A row for a queue of which nobody knows how the message stands in it."""
    return MessageRow(
        part.message_id, queue, MessageState.READY, part.exchange, part.routing_key, part.size_bytes, "",
        part.published_at_us,
    )  # fmt: skip


def state_words(lane: Lane, now_us: int) -> str:
    """How it stands in a lane's queue now."""
    return standing(lane.row, now_us) if lane.row is not None else ""


def spoken(story: Story, now_us: int) -> str:
    """The whole story for who hears it instead of seeing it."""
    said: list[str] = []
    for place, lane in enumerate(story.lanes):
        events = [
            f"{mark.title} {span(mark.at_us - story.begins_us)}" for mark in story.marks if mark.lane == place
        ]
        parts = [lane.title, lane.about, state_words(lane, now_us), ", ".join(events)]
        said.append(": ".join(part for part in parts if part))
    return "; ".join([*said, *story.notes])
