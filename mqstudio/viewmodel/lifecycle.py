"""The lifecycle panel: the story of the message in the inspector, what of it is seen, what is chosen."""

from typing import Final

import msgspec
from msgspec import Struct

from mqstudio.client.exporting import Wanted
from mqstudio.model.errors import RefusedError
from mqstudio.model.lifecycle import Lifecycle
from mqstudio.model.rows import MessageRow
from mqstudio.viewmodel.inspector import Inspector
from mqstudio.viewmodel.lifecycle_axis import ZOOM_STEP, Axis, Window
from mqstudio.viewmodel.lifecycle_story import Lane, Mark, Story, story_of
from mqstudio.viewmodel.lifecycle_text import lifecycle_text
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.workspace import Workspace

PAN: Final = 0.2
"""A step along the line, as a share of what is seen."""


AGAIN_US: Final = 1_000_000
"""What is not over is asked for again so often at most."""


class Cluster(Struct, frozen=True):
    """Events of a lane that are drawn as one sign, for want of room; the last of them gives its look."""

    share: float
    marks: tuple[int, ...]


class LifecyclePanel:
    """changed(): there is another story, or part of it. wants_refresh(): it should be asked for again.

    chosen: the place of an event among the story's marks. problem: why there is no story.
    """

    def __init__(self, workspace: Workspace, inspector: Inspector) -> None:
        self.changed = Signal()
        self.wants_refresh = Signal()
        self._workspace = workspace
        self._inspector = inspector
        self.lifecycle: Lifecycle | None = None
        self.story: Story | None = None
        self.problem = ""
        self.is_log = True
        self.window = Window()
        self.chosen: int | None = None
        self.is_seen = False
        self._asked: tuple[int, MessageRow] | None = None
        self._asked_at_us = 0
        inspector.changed.connect(self._on_inspected)
        workspace.sampled.connect(self._on_sampled)

    def set_seen(self, is_seen: bool) -> None:
        """Whether anybody looks: a story that nobody sees is not asked for."""
        self.is_seen = is_seen
        self._on_inspected()

    def _on_inspected(self) -> None:
        detail = self._inspector.detail
        if detail is None:
            self._forget()
        elif self.is_seen and self._asked != (detail.row.message_id, detail.row):
            self.wants_refresh.emit()

    def _on_sampled(self, *_: object) -> None:
        """A relative, or a copy in another queue, may have moved on: the inspector does not tell of those."""
        waited_us = self._workspace.now_us() - self._asked_at_us
        if self.is_seen and self.is_alive and waited_us >= AGAIN_US and self._workspace.is_live:
            self.wants_refresh.emit()

    def _forget(self) -> None:
        if self.story is not None or self.problem:
            self.lifecycle = self.story = self.chosen = self._asked = None
            self.problem = ""
            self.changed.emit()

    async def refresh(self) -> None:
        """Ask for the story of the message in the inspector."""
        detail = self._inspector.detail
        if detail is None:
            return
        message_id, asked = detail.row.message_id, (detail.row.message_id, detail.row)
        self._asked, self._asked_at_us = asked, self._workspace.now_us()
        try:
            told = await self._workspace.client.lifecycle(message_id)
        except RefusedError as error:
            if self._asked == asked:
                self._forget()
                self.problem = error.says
                self.changed.emit()
            return
        if self._asked == asked:  # the user may have gone on meanwhile
            self._take(told)

    def _take(self, told: Lifecycle) -> None:
        if self.lifecycle is None or self.lifecycle.message_id != told.message_id:
            self.window, self.chosen = Window(), None
        if self.lifecycle is not None and told.parts == self.lifecycle.parts:
            self.lifecycle = told  # nothing has happened
            return
        self.lifecycle, self.story, self.problem = told, story_of(told), ""
        if self.chosen is not None and self.chosen >= len(self.story.marks):
            self.chosen = None
        self.changed.emit()

    # ---- looking

    def axis(self) -> Axis:
        """The axis as of now."""
        times = self.story.times(self._workspace.now_us()) if self.story is not None else []
        return Axis(times, is_log=self.is_log)

    @property
    def now_us(self) -> int:
        """The broker's time, about."""
        return self._workspace.now_us()

    @property
    def is_alive(self) -> bool:
        """Whether the picture goes on with time."""
        return self.story is not None and self.story.ends_us is None

    def use_log(self, is_log: bool) -> None:
        """Draw times by gaps, or evenly."""
        if is_log != self.is_log:
            self.is_log, self.window = is_log, Window()
            self.changed.emit()

    def zoom(self, steps: float, around: float = 0.5) -> None:
        """Closer, or with steps below 0 farther; `around` is a place in what is seen, from 0 to 1."""
        self._look(self.window.zoomed(ZOOM_STEP**steps, around))

    def pan(self, by: float) -> None:
        """Along the line, by a share of what is seen."""
        self._look(self.window.moved(by))

    def fit(self) -> None:
        """See all of it."""
        self._look(Window())

    def _look(self, window: Window) -> None:
        if window != self.window:
            self.window = window
            self.changed.emit()

    # ---- choosing

    def clusters(self, lane: int, axis: Axis, apart: float) -> list[Cluster]:
        """The events of a lane, those closer than `apart` (a share of what is seen) as one."""
        found: list[Cluster] = []
        story = self.story
        least = apart * self.window.width
        for place, mark in enumerate(story.marks if story is not None else ()):
            if mark.lane != lane:
                continue
            share = axis.share(mark.at_us)
            if found and share - found[-1].share < least:
                found[-1] = Cluster(found[-1].share, (*found[-1].marks, place))
            else:
                found.append(Cluster(share, (place,)))
        return found

    def choose(self, place: int | None) -> None:
        """Choose an event, by its place among the marks; None for none."""
        if place != self.chosen:
            self.chosen = place
            if place is not None and self.story is not None:
                share = self.axis().share(self.story.marks[place].at_us)
                self.window = self.window.showing(share)
            self.changed.emit()

    def step(self, by: int) -> None:
        """Choose the next event in the order of time, or the one before."""
        order = self._order()
        if not order:
            return
        here = order.index(self.chosen) if self.chosen in order else (-1 if by > 0 else len(order))
        self.choose(order[min(max(0, here + by), len(order) - 1)])

    def choose_end(self, *, is_last: bool) -> None:
        """Choose the first or the last event."""
        order = self._order()
        if order:
            self.choose(order[-1 if is_last else 0])

    def _order(self) -> list[int]:
        marks = self.story.marks if self.story is not None else ()
        return sorted(range(len(marks)), key=lambda place: (marks[place].at_us, place))

    @property
    def chosen_mark(self) -> Mark | None:
        """The event that is chosen."""
        return self.story.marks[self.chosen] if self.story is not None and self.chosen is not None else None

    def facts(self, places: tuple[int, ...] | None = None) -> list[str]:
        """What is known of some events, or else of the chosen one; lines."""
        story = self.story
        if story is None:
            return []
        if places is None:
            places = () if self.chosen is None else (self.chosen,)
        return [line for place in places for line in story.marks[place].facts]

    def target(self) -> tuple[str, str, int] | None:
        """Where the chosen event leads: the message it goes on as, or a relative that it happened to."""
        mark = self.chosen_mark
        if mark is None or self.story is None:
            return None
        return self.place_of(mark.leads_to) if mark.leads_to else self.target_of(self.story.lanes[mark.lane])

    def target_of(self, lane: Lane) -> tuple[str, str, int] | None:
        """Where a lane leads: virtual host, queue and message; None for what is in the inspector already."""
        detail = self._inspector.detail
        if lane.queue:
            here = detail is not None and (lane.queue, lane.message_id) == (
                detail.row.queue,
                detail.row.message_id,
            )
            return None if here else (lane.vhost, lane.queue, lane.message_id)
        return None if lane.is_own else self.place_of(lane.message_id)

    def place_of(self, message_id: int) -> tuple[str, str, int] | None:
        """A queue in which a message of this story is, or was."""
        lanes = self.story.lanes if self.story is not None else ()
        queues = [lane for lane in lanes if lane.message_id == message_id and lane.queue]
        if queues:
            return queues[-1].vhost, queues[-1].queue, message_id
        known = [lane for lane in lanes if lane.message_id == message_id]
        return (known[0].vhost or "/", "", message_id) if known else None

    # ---- taking it away

    def text(self) -> str:
        """The story as text."""
        return lifecycle_text(self.lifecycle, self.now_us) if self.lifecycle is not None else ""

    def json(self) -> str:
        """The lifecycle as JSON, as the command line prints it."""
        if self.lifecycle is None:
            return ""
        return msgspec.json.format(msgspec.json.encode(self.lifecycle), indent=2).decode()

    def wanted(self) -> Wanted | None:
        """All messages of the story, to be exported."""
        if self.story is None:
            return None
        queues = dict.fromkeys((lane.vhost, lane.queue) for lane in self.story.lanes if lane.queue)
        return Wanted(tuple(queues), ids=frozenset(lane.message_id for lane in self.story.lanes))
