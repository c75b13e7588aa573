"""What the desktop is told while nobody looks: a first message, dead letters, messages that nobody takes.

Everything is read off the samples. What was so when the window came to a broker is no news.
"""

from collections import Counter, deque
from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from mqstudio.model.samples import QueueSample
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import plain
from mqstudio.viewmodel.words import tr, tr_count
from mqstudio.viewmodel.workspace import ConnectionState, Workspace

GROUPED_US = 10_000_000
"""Dead letters: at most one notification in this time; what comes between goes into the next."""

UNCONSUMED_US = 30_000_000
"""How long messages wait without a consumer before it is said."""

LETTERS_MAX = 5
"""Dead letters that the tray's menu has."""

NAMED_MAX = 3
"""Queues that a notification names; the others are counted."""


class AlertKind(StrEnum):
    """What has happened; each has a switch of its own."""

    FIRST = "tell_first"
    DEAD = "tell_dead"
    UNCONSUMED = "tell_unconsumed"


class Alert(Struct, frozen=True):
    """A notification. vhost, queue: where a click on it leads."""

    kind: AlertKind
    title: str
    says: str
    vhost: str
    queue: str


class Letters(Struct, frozen=True):
    """Messages that died in a queue at about one time."""

    vhost: str
    queue: str
    count: int
    at_us: int


class _Seen:
    """What was known of a queue at the last sample."""

    __slots__ = ("dead", "has_told", "is_wanted", "published", "since_us")

    def __init__(self, queue: QueueSample) -> None:
        self.published, self.dead = queue.counters.published, queue.counters.dead_lettered
        self.since_us: int | None = None
        """Since when messages wait and nobody is there to take them."""
        self.is_wanted = queue.subscriptions > 0
        """Whether somebody took its messages, or they came while we looked: others are nobody's business."""
        self.has_told = False


class Alerts:
    """raised(alert): tell somebody. `is_on(kind)`: whether that kind is wanted."""

    def __init__(self, workspace: Workspace) -> None:
        self.raised = Signal()
        self.is_on: Callable[[AlertKind], bool] = _always
        self.letters: deque[Letters] = deque(maxlen=LETTERS_MAX)
        """Where messages died last, the latest first."""
        self._workspace = workspace
        self._seen: dict[int, _Seen] | None = None
        self._waiting: Counter[tuple[str, str]] = Counter()
        self._told_dead_us = -GROUPED_US
        workspace.sampled.connect(self._on_sampled)
        workspace.state_changed.connect(self._on_state_changed)

    def _on_state_changed(self) -> None:
        """Another broker, or the same one anew: its counters begin again."""
        if self._workspace.state is not ConnectionState.LIVE:
            self._seen = None
            self._waiting.clear()

    def _on_sampled(self) -> None:
        queues = self._workspace.queues
        if self._seen is None:
            self._seen = {queue.id: _Seen(queue) for queue in queues.values()}
        for queue_id in self._seen.keys() - queues.keys():
            del self._seen[queue_id]
        for queue in queues.values():
            self._look_at(queue)
        self.tick()

    def tick(self) -> None:
        """Time has passed: what waited for it is said."""
        self._tell_unconsumed()
        self._tell_dead()

    def _look_at(self, queue: QueueSample) -> None:
        assert self._seen is not None
        counters = queue.counters
        seen = self._seen.get(queue.id)
        if seen is None:  # it was made while we looked
            seen = self._seen[queue.id] = _Seen(queue)
            seen.published = seen.dead = 0
        if seen.published == 0 < counters.published:
            self._tell_first(queue)
        if counters.dead_lettered > seen.dead:
            self._note_dead(queue, counters.dead_lettered - seen.dead)
        is_wanted = queue.subscriptions > 0 or counters.published > seen.published
        seen.is_wanted = seen.is_wanted or is_wanted
        seen.published, seen.dead = counters.published, counters.dead_lettered
        if queue.ready == 0 or queue.subscriptions > 0:
            seen.since_us, seen.has_told = None, False
        elif seen.since_us is None and seen.is_wanted:
            seen.since_us = self._workspace.now_us()

    def _tell_first(self, queue: QueueSample) -> None:
        name = plain(queue.name)
        self._raise(
            AlertKind.FIRST, tr("First message"), tr("{queue} has its first message.", queue=name), queue
        )

    # ---- dead letters

    def _note_dead(self, queue: QueueSample, count: int) -> None:
        place = (queue.vhost, queue.name)
        self._waiting[place] += count
        self.letters.appendleft(Letters(*place, count, self._workspace.now_us()))

    def _tell_dead(self) -> None:
        now_us = self._workspace.now_us()
        if not self._waiting or now_us - self._told_dead_us < GROUPED_US:
            return
        self._told_dead_us = now_us
        worst = self._waiting.most_common()
        self._waiting.clear()
        (vhost, queue), _ = worst[0]
        title = tr_count(sum(count for _, count in worst), "{count} dead letter", "{count} dead letters")
        says = _named([f"{plain(name)} {count:,}" for (_, name), count in worst])
        if self.is_on(AlertKind.DEAD):
            self.raised.emit(Alert(AlertKind.DEAD, title, tr("From {queues}", queues=says), vhost, queue))

    # ---- nobody takes them

    def _tell_unconsumed(self) -> None:
        if self._seen is None:
            return
        now_us, late = self._workspace.now_us(), []
        for queue_id, seen in self._seen.items():
            is_late = seen.since_us is not None and now_us - seen.since_us >= UNCONSUMED_US
            if is_late and not seen.has_told:
                seen.has_told = True
                late.append(self._workspace.queues[queue_id])
        if not late:
            return
        late.sort(key=lambda queue: -queue.ready)
        names = _named([f"{plain(queue.name)} {queue.ready:,}" for queue in late])
        says = tr("Messages have waited for 30 seconds in {queues}", queues=names)
        self._raise(AlertKind.UNCONSUMED, tr("No consumer"), says, late[0])

    def _raise(self, kind: AlertKind, title: str, says: str, queue: QueueSample) -> None:
        if self.is_on(kind):
            self.raised.emit(Alert(kind, title, says, queue.vhost, queue.name))


def _named(names: list[str]) -> str:
    """Some names, and how many more there are."""
    more = len(names) - NAMED_MAX
    said = ", ".join(names[:NAMED_MAX])
    return tr("{names} and {count} more", names=said, count=more) if more > 0 else said


def _always(_kind: AlertKind) -> bool:
    return True
