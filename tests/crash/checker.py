"""The checker: was anything lost, doubled, brought back or put out of order, as clients can tell?

It knows nothing of the broker. A history says what clients did and saw, message by message and queue by
queue; what is certain is what they were told. Of what nobody was told (a commit that a crash cut short) both
outcomes are right.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec import Struct

Label = str
"""What makes a message that was published once the only one of its name."""


class Attempted(Struct, frozen=True):
    """A message was published and is to come to a queue. `line`: those of one line keep their order.

    is_lasting: it is to outlive the broker.
    """

    queue: str
    label: Label
    line: str = ""
    is_lasting: bool = True


class Confirmed(Struct, frozen=True):
    """The publisher was told that the message is safe."""

    queue: str
    label: Label


class Delivered(Struct, frozen=True):
    """A consumer saw it: flagged as redelivered or not, having been handed over `before` times, if told.

    Each consumer sees messages in order; what one of several is slow to see others may be ahead of.
    """

    queue: str
    label: Label
    is_redelivered: bool = False
    before: int = 0
    consumer: str = ""


class Acknowledged(Struct, frozen=True):
    """A consumer is done with it, and has said so."""

    queue: str
    label: Label


class Removed(Struct, frozen=True):
    """Something else ended it: purged, expired, over the limit, dead-lettered, its queue deleted."""

    queue: str
    label: Label


class Settled(Struct, frozen=True):
    """That it ended is safe too: it is never to be seen again."""

    queue: str
    label: Label


class Returned(Struct, frozen=True):
    """It was put back to its place in the queue, be it by its consumer or from the bin."""

    queue: str
    label: Label


class Crashed(Struct, frozen=True):
    """The broker ended without warning, or was ended."""


class Left(Struct, frozen=True):
    """In the end it waits in a queue; those of a queue are told in the order in which they wait."""

    queue: str
    label: Label


Happening = Attempted | Confirmed | Delivered | Acknowledged | Removed | Settled | Returned | Crashed | Left


@dataclass
class Report:
    """What was counted, and sentences on what is wrong."""

    attempted: int = 0
    confirmed: int = 0
    delivered: int = 0
    acknowledged: int = 0
    recovered: int = 0
    lost: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    explained: int = 0
    unexplained: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)

    @property
    def wrongs(self) -> list[str]:
        """All that is wrong; nothing, if all is right."""
        return [*self.lost, *self.unexpected, *self.unexplained, *self.out_of_order]

    def __str__(self) -> str:
        return (
            f"attempted {self.attempted}, confirmed {self.confirmed}, delivered {self.delivered}, "
            f"acknowledged {self.acknowledged}, recovered {self.recovered}, lost {len(self.lost)}, "
            f"unexpected {len(self.unexpected)}, duplicated {self.explained} explained and "
            f"{len(self.unexplained)} unexplained, out of order {len(self.out_of_order)}"
        )

    def add(self, other: "Report") -> None:
        """Count another history as well."""
        for name in ("attempted", "confirmed", "delivered", "acknowledged", "recovered", "explained"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("lost", "unexpected", "unexplained", "out_of_order"):
            getattr(self, name).extend(getattr(other, name))


class _Queue:
    """What is known of the messages of one queue."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.number: dict[Label, int] = {}
        self.line: dict[Label, str] = {}
        self.lasting: set[Label] = set()
        self.confirmed: set[Label] = set()
        self.seen: Counter[Label] = Counter()
        self.told: Counter[Label] = Counter()
        self.ended: set[Label] = set()
        self.settled: set[Label] = set()
        self.left: set[Label] = set()
        self.crashes = 0
        # Since the last crash: what came back to its place, and of each line the last that a consumer saw.
        self.returned: set[Label] = set()
        self.last: dict[tuple[str, str], Label] = {}
        self.last_left: dict[str, Label] = {}

    def crash(self) -> None:
        self.crashes += 1
        self.returned.clear()
        self.last.clear()


def check(history: Iterable[Happening]) -> Report:
    """Go through a history and judge it."""
    report = Report()
    queues: dict[str, _Queue] = {}
    for happening in history:
        if isinstance(happening, Crashed):
            for queue in queues.values():
                queue.crash()
            continue
        queue = queues.setdefault(happening.queue, _Queue(happening.queue))
        _take(queue, happening, report)
    for queue in queues.values():
        _find_lost(queue, report)
    return report


def check_by_queue(history: Iterable[Happening]) -> dict[str, Report]:
    """A report for each queue."""
    parts: dict[str, list[Happening]] = defaultdict(list)
    for happening in history:
        if isinstance(happening, Crashed):
            for part in parts.values():
                part.append(happening)
        else:
            parts[happening.queue].append(happening)
    return {name: check(part) for name, part in parts.items()}


def _take(queue: _Queue, happening: Happening, report: Report) -> None:  # one case each
    assert not isinstance(happening, Crashed)
    label = happening.label
    if isinstance(happening, Attempted):
        report.attempted += 1
        queue.number.setdefault(label, len(queue.number))
        queue.line[label] = happening.line
        if happening.is_lasting:
            queue.lasting.add(label)
    elif isinstance(happening, Confirmed):
        report.confirmed += 1
        queue.confirmed.add(label)
    elif isinstance(happening, Delivered):
        report.delivered += 1
        _deliver(queue, happening, report)
    elif isinstance(happening, Acknowledged):
        report.acknowledged += 1
        queue.ended.add(label)
    elif isinstance(happening, Removed):
        queue.ended.add(label)
    elif isinstance(happening, Settled):
        queue.settled.add(label)
    elif isinstance(happening, Returned):
        queue.returned.add(label)
        queue.settled.discard(label)
        queue.ended.discard(label)
    else:
        _leave(queue, label, report)


def _deliver(queue: _Queue, happening: Delivered, report: Report) -> None:
    label = happening.label
    if label not in queue.number:
        report.unexpected.append(f"{queue.name}: {label} was delivered, which nobody published")
        return
    if label in queue.settled:
        report.unexpected.append(f"{queue.name}: {label} came back after its end was safe")
    if queue.seen[label]:
        if happening.is_redelivered or happening.before > queue.told[label]:
            report.explained += 1
        else:
            report.unexplained.append(f"{queue.name}: {label} came again as if for the first time")
    queue.seen[label] += 1
    queue.told[label] = max(queue.told[label], happening.before)
    if label not in queue.returned:
        line = happening.consumer, queue.line[label]
        last = queue.last.get(line)
        if last is not None and queue.number[last] > queue.number[label]:
            report.out_of_order.append(f"{queue.name}: {label} was delivered after {last}")
        queue.last[line] = label


def _leave(queue: _Queue, label: Label, report: Report) -> None:
    if label not in queue.number:
        report.unexpected.append(f"{queue.name}: {label} waits there, which nobody published")
        return
    if label in queue.settled:
        report.unexpected.append(f"{queue.name}: {label} waits there after its end was safe")
    if label in queue.left:
        report.unexpected.append(f"{queue.name}: {label} waits there twice")
    queue.left.add(label)
    last = queue.last_left.get(queue.line[label])
    if last is not None and queue.number[last] > queue.number[label]:
        report.out_of_order.append(f"{queue.name}: {label} waits behind {last}")
    queue.last_left[queue.line[label]] = label
    report.recovered += queue.crashes > 0 and label not in queue.confirmed


def _find_lost(queue: _Queue, report: Report) -> None:
    must_be = (queue.confirmed & queue.lasting) if queue.crashes else queue.confirmed
    for label in sorted(must_be - queue.ended - queue.left, key=lambda each: queue.number.get(each, -1)):
        report.lost.append(f"{queue.name}: {label} was confirmed, and is nowhere")
