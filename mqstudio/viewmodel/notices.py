"""Short words to the user that never interrupt: what was done, how to undo it, what went wrong."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from mqstudio.viewmodel.signal import Signal

SHOWN_MAX = 3
"""Notices on screen at once; older ones make room."""

SHOWN_FOR_US = 8_000_000
"""How long a notice stays, in µs; problems stay until they are dismissed."""


class NoticeKind(StrEnum):
    """How it is meant."""

    DONE = "done"
    INFO = "info"
    PROBLEM = "problem"


@dataclass(slots=True, eq=False)
class Notice:
    """One notice. `verb` names what `action` would do, "" if there is nothing to do."""

    kind: NoticeKind
    text: str
    verb: str = ""
    action: Callable[[], Awaitable[object]] | None = None
    until_us: int | None = None
    detail: str = field(default="")


class Notices:
    """The notices on screen, oldest first."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self.changed = Signal()
        self.shown: list[Notice] = []
        self._now_us = now_us

    def tell(
        self, text: str, verb: str = "", action: Callable[[], Awaitable[object]] | None = None
    ) -> Notice:
        """Something was done; perhaps with a verb that follows from it."""
        return self._show(Notice(NoticeKind.DONE, text, verb, action, self._now_us() + SHOWN_FOR_US))

    def problem(self, text: str, detail: str = "") -> Notice:
        """Something went wrong: what, why, and what would work."""
        same = [n for n in self.shown if n.kind is NoticeKind.PROBLEM and n.text == text]
        if same:  # the same problem ten times is one problem
            return same[0]
        return self._show(Notice(NoticeKind.PROBLEM, text, detail=detail))

    def dismiss(self, notice: Notice) -> None:
        """Take a notice away; one that has gone is fine."""
        if notice in self.shown:
            self.shown.remove(notice)
            self.changed.emit()

    def expire(self) -> None:
        """Take away what has been shown long enough."""
        now_us = self._now_us()
        alive = [n for n in self.shown if n.until_us is None or n.until_us > now_us]
        if len(alive) != len(self.shown):
            self.shown = alive
            self.changed.emit()

    def _show(self, notice: Notice) -> Notice:
        self.shown = [*self.shown, notice][-SHOWN_MAX:]
        self.changed.emit()
        return notice
