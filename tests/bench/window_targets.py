"""The window's targets, as the quality bar has them, and what is said where one is missed."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple


class Target(NamedTuple):
    """One row: by which name the figure comes, how it reads, and what it may be at most."""

    number: str
    name: str
    says: str
    most: float | None = None
    unit: str = ""
    beside: str = ""
    """The name of a peer's figure of the same run."""

    @property
    def wanted(self) -> str:
        """The target in words; "" where there is none."""
        return "" if self.most is None else f"≤ {self.most:g} {self.unit}".rstrip()


TARGETS: Final = [
    Target("P1", "usable_s", "process start to usable window, warm", 1.0, "s"),
    Target("P4", "painted p50 at 100", "published until painted at 100 msg/s, p50", 60, "ms"),
    Target("P4", "painted p99 at 100", "the same, p99", 150, "ms"),
    Target("P4", "painted p50 at 1000", "at 1,000 msg/s, p50", 60, "ms"),
    Target("P4", "painted p99 at 1000", "the same, p99", 150, "ms"),
    Target("P4", "painted p50 at 5000", "at 5,000 msg/s, p50", 60, "ms"),
    Target("P4", "painted p99 at 5000", "the same, p99", 150, "ms"),
    Target("P5", "rate_per_s", "messages through the broker for 60 s", None, "msg/s"),
    Target("P5", "p99_ms", "the window's timer meanwhile, p99", 33, "ms"),
    Target("P5", "longest_ms", "the same, longest", 100, "ms"),
    Target("P6", "frame median ms", "frame of a million rows, median", 16.7, "ms", "peer median ms"),
    Target("P6", "frame worst ms", "the same, worst", 25, "ms", "peer worst ms"),
    Target("P7", "first by header ms", "a million filtered by header: first result", 200, "ms"),
    Target("P7", "all by header s", "the same, complete", 2, "s"),
    Target("P7", "all by number in header s", "by a number in a header, complete", 2, "s"),
    Target("P7", "all by JSON s", "by a JSON path in bodies, complete", 8, "s"),
    Target("P7", "first by JSON ms", "the same, first result", 200, "ms"),
    Target("P7", "cancel ms", "giving a search up", 100, "ms"),
    Target("P7", "stall by JSON ms", "the window's longest pause during a search", 100, "ms"),
    Target("P8", "open 1 KB ms", "open a message of 1 KB", 50, "ms"),
    Target("P8", "open 1 MB ms", "of 1 MB", 200, "ms"),
    Target("P8", "open 60 MB ms", "of 60 MB: its head", 300, "ms"),
    Target("P9", "swaps at 5000", "rows exchanged per second at 5,000 msg/s", 20, "Hz"),
    Target("P9", "hidden at 5000", "questions of hidden docks meanwhile", 0, ""),
    Target("P10", "idle visible %", "idle with five clients", 2, "% of a core"),
    Target("P10", "idle minimised %", "the same, minimised", 0.5, "% of a core"),
    Target("P11", "memory MiB", "memory with a million messages of 1 KB", 400, "MiB"),
    Target("P11", "memory after filters MiB", "the same, after the searches", 400, "MiB"),
    Target("P12", "one in", "a recorder that is behind: one message recorded in"),
    Target("P12", "silent samples", "samples that the status line did not say so", 0, ""),
    Target("P13", "queues start s", "10,000 queues: process start to explorer painted", 3, "s"),
    Target("P13", "key median ms", "a key in the filter until painted, median", 50, "ms"),
    Target("P13", "key worst ms", "the same, worst", 50, "ms"),
    Target("P14", "export stall p99 ms", "the window's timer during an export of a million, p99", 33, "ms"),
    Target("P14", "export stall ms", "the same, longest", 100, "ms"),
    Target("P14", "export cancel ms", "giving an export up", 200, "ms"),
    Target("", "sent per s", "sent from the window", None, "msg/s"),
    Target("", "sending stall ms", "the window's longest pause meanwhile", 100, "ms"),
    Target("", "purge s", "a million purged into the bin", None, "s"),
    Target("", "undo s", "the same, undone", None, "s"),
    Target("", "bin stall ms", "the window's longest pause meanwhile", 100, "ms"),
]

_HEADERS: Final = (
    "SQLite walks over each message's properties, 1.0 to 1.5 s of a core, and hands over those in which the "
    "name and the text occur; the rest is coming and going, a twelfth of a second at a time, so that the "
    "first are shown at once and everybody else has a turn. An index of headers would cost each message."
)
_NUMBERS: Final = (
    "Each message's header is read in Python: a number can be written in many ways, so SQLite can only look "
    "for the header's name, which all of them have. Names and texts are looked for by SQLite."
)
_CANCEL: Final = (
    "A look that is on its way is finished first: a twelfth of a second of the broker's, and then the first "
    "page is read. The window itself goes on meanwhile."
)
_IDLE: Final = (
    "Four times a second the new rows, the explorer's figures, the graphs and the status line are drawn, by "
    "the processor: about 25 ms each time, two thirds of it Qt's own. What trickles already waits for the "
    "samples. Out of sight nothing is drawn at all."
)
_START: Final = (
    "Python and Qt are loaded, a second of a core, and the broker's process beside them has to share two "
    "cores with the window's."
)

REASONS: Final[Mapping[str, str]] = {
    "usable_s": _START,
    "queues start s": _START,
    "all by header s": _HEADERS,
    "all by number in header s": _NUMBERS,
    "cancel ms": _CANCEL,
    "idle visible %": _IDLE,
}
"""Why a target is missed, by the figure's name."""


class Row(NamedTuple):
    """A figure that was measured, beside its target."""

    target: Target
    value: float
    peer: float | None = None

    @property
    def is_met(self) -> bool:
        """Whether it is at most what it may be."""
        return self.target.most is None or self.value <= self.target.most

    @property
    def figure(self) -> str:
        """The figure in words, with the peer's."""
        value = f"{self.value:,.0f}" if self.value >= 1_000 else f"{self.value:.3g}"
        beside = f" (empty table {self.peer:.3g}: {self.value / self.peer:.1f} times)" if self.peer else ""
        return f"{value} {self.target.unit}".rstrip() + beside

    @property
    def verdict(self) -> str:
        """Met, missed, or nothing where there is no target."""
        if self.target.most is None:
            return ""
        return "met" if self.is_met else "**missed**"


def rows_of(figures: Mapping[str, Any]) -> list[Row]:
    """A row for each target that was measured. Any: some figures are words."""
    return [
        Row(target, float(figures[target.name]), figures.get(target.beside))
        for target in TARGETS
        if target.name in figures
    ]
