"""Two recordings side by side: what is in one only, what differs, and how."""

from pathlib import Path
from typing import Final

from mqstudio.client.recordings import compare_files
from mqstudio.exporters.base import NotReadableError
from mqstudio.exporters.comparing import Comparison, Difference, Side
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.jobs import Jobs
from mqstudio.viewmodel.rowset import RowSet
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import counted, plain
from mqstudio.viewmodel.words import tr

SIGNS: Final = {Side.LEFT: "A only", Side.RIGHT: "B only", Side.BOTH: "differs"}


def _number(message_id: int | None) -> str:
    return "" if message_id is None else str(message_id)


DIFFERENCE_COLUMNS: Final[list[Column[Difference]]] = [
    Column("side", "Where", 76, lambda row, _: tr(SIGNS[row.side])),
    Column("queue", "Queue", 130, lambda row, _: plain(row.queue) or tr("(no queue)")),
    Column("name", "Message", 190, lambda row, _: plain(row.name), is_mono=True),
    Column("left", "# in A", 70, lambda row, _: _number(row.left_id), is_right=True),
    Column("right", "# in B", 70, lambda row, _: _number(row.right_id), is_right=True),
    Column("what", "What differs", 360, lambda row, _: plain("; ".join(row.what))),
]


class RecordingPair:
    """The comparison of two files. changed(): they, what is found, or what is shown did."""

    def __init__(self, jobs: Jobs) -> None:
        self.changed = Signal()
        self.rows: RowSet[Difference] = RowSet(lambda row: (row.side, row.left_id, row.right_id, row.queue))
        self.left: Path | None = None
        self.right: Path | None = None
        self.side: Side | None = None
        """Which differences are shown; None: all."""
        self.problem = ""
        self.is_busy = False
        self._jobs = jobs
        self._found: Comparison | None = None

    def choose(self, *, left: Path | None = None, right: Path | None = None) -> None:
        """Take another file on one side."""
        self.left, self.right = left or self.left, right or self.right
        self._found, self.problem = None, ""
        self._show()

    def show(self, side: Side | None) -> None:
        """Show some of the differences, or all."""
        self.side = side
        self._show()

    def is_ready(self) -> bool:
        """Whether there are two files that have not been compared."""
        return bool(self.left and self.right) and self._found is None and not (self.is_busy or self.problem)

    async def compare(self) -> None:
        """Find out how they differ; why that cannot be is in `problem`."""
        left, right = self.left, self.right
        if left is None or right is None:
            return
        title = tr("Comparing {left} and {right}", left=plain(left.name, 40), right=plain(right.name, 40))
        self.is_busy = True
        self.changed.emit()
        try:
            with self._jobs.running(title):
                found = await compare_files(left, right)
        except (NotReadableError, OSError, RuntimeError) as error:
            self.problem = str(error)
        else:
            if (left, right) == (self.left, self.right):
                self._found = found
        finally:
            self.is_busy = False
        self._show()

    def _show(self) -> None:
        found = self._found.differences if self._found is not None else []
        self.rows.update([each for each in found if self.side in (None, each.side)])
        self.changed.emit()

    def count(self, side: Side | None) -> int:
        """How many differences there are of a kind."""
        found = self._found
        if found is None:
            return 0
        counts = {Side.LEFT: found.left_only, Side.RIGHT: found.right_only, Side.BOTH: found.different}
        return sum(counts.values()) if side is None else counts[side]

    def summary(self) -> str:
        """What was found, in a sentence."""
        if self.problem:
            return self.problem
        if self.is_busy:
            return tr("Comparing …")
        if self._found is None:
            return tr("Choose two recordings. Times and numbers of two runs count for nothing.")
        same = counted(self._found.same, "message")
        if not self._found.differences:
            return tr("{same} alike, and nothing else.", same=same)
        return tr("{same} alike, {count} different.", same=same, count=f"{self.count(None):,}")
