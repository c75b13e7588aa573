"""What became of messages, along the whole of a long list: for the scroll bar.

A list of any length is told in a few hundred stretches, counted from its old end: there places keep their
numbers while new messages come. A stretch has the worst outcome that was seen in it; where nobody looked yet,
it has none.
"""

from typing import Final

from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.viewmodel.long_rows import LongRows

STRETCHES_MAX: Final = 512

SEVERITY: Final = {
    MessageState.DONE: 0,
    MessageState.READY: 1,
    MessageState.IN_FLIGHT: 2,
    MessageState.PURGED: 3,
    MessageState.DROPPED: 4,
    MessageState.DEAD_LETTERED: 5,
}
"""Which of several outcomes is shown: the one that somebody should see."""

_STATES: Final = {severity: state for state, severity in SEVERITY.items()}


class OutcomeMap:
    """The stretches of one list."""

    def __init__(self) -> None:
        self.width = 1
        """Messages of one stretch: as few as the list's length allows."""
        self._worst: dict[int, int] = {}

    def clear(self) -> None:
        """Another list."""
        self.width = 1
        self._worst.clear()

    def note(self, rows: LongRows[MessageRow]) -> None:
        """Take in what the run that is here shows."""
        total = len(rows)
        while total > self.width * STRETCHES_MAX:
            self._widen()
        found: dict[int, int] = {}
        width, last = self.width, total - 1 - rows.above
        for place, row in enumerate(rows.rows):
            stretch = (last - place) // width
            severity = SEVERITY[row.state]
            if severity > found.get(stretch, -1):
                found[stretch] = severity
        self._worst.update(found)
        if self._worst and max(self._worst) * width >= total:
            self._worst = {each: worst for each, worst in self._worst.items() if each * width < total}

    def _widen(self) -> None:
        self.width *= 2
        old, self._worst = self._worst, {}
        for stretch, worst in old.items():
            self._worst[stretch // 2] = max(worst, self._worst.get(stretch // 2, -1))

    def marks(self, total: int) -> list[tuple[float, float, MessageState]]:
        """What to draw: from which part of the list to which, from its top, and the outcome there.

        Neighbours of one outcome are one mark.
        """
        marks: list[tuple[float, float, MessageState]] = []
        for stretch in sorted(self._worst, reverse=True):
            start = max(total - (stretch + 1) * self.width, 0) / max(total, 1)
            stop = min((total - stretch * self.width) / max(total, 1), 1.0)
            state = _STATES[self._worst[stretch]]
            if marks and marks[-1][2] is state and abs(marks[-1][1] - start) < 1e-9:
                marks[-1] = (marks[-1][0], stop, state)
            else:
                marks.append((start, stop, state))
        return marks
