"""What can be undone, the last first: each is offered by its notice, and by Ctrl+Z."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.words import tr

UNDO_MAX = 50
"""Steps that are remembered."""


@dataclass(slots=True, eq=False)
class UndoStep:
    """One thing that can be undone. `title` completes "Undo …". bin_ids: where messages of it are.

    again: does it once more, after it was undone; it then offers to be undone itself.
    """

    title: str
    act: Callable[[], Awaitable[object]]
    bin_ids: frozenset[int] = frozenset()
    again: Callable[[], Awaitable[object]] | None = None


class UndoList:
    """The steps, the last one last; and those undone, that can be done again. `changed()`: they did."""

    def __init__(self, notices: Notices) -> None:
        self.changed = Signal()
        self.steps: list[UndoStep] = []
        self.undone: list[UndoStep] = []
        self._notices = notices
        self._is_redoing = False

    def offer(
        self,
        says: str,
        title: str,
        act: Callable[[], Awaitable[object]],
        *,
        bin_ids: Iterable[int] = (),
        again: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """Tell that something was done that `act` would undo, and `again` then do once more."""
        step = UndoStep(title, act, frozenset(bin_ids), again)
        self.steps = [*self.steps, step][-UNDO_MAX:]
        if not self._is_redoing:
            self.undone = []  # what was undone belongs to a past that went on otherwise
        self._notices.tell(says, tr("Undo"), lambda: self._undo(step))
        self.changed.emit()

    def recall(self, purges: list[UndoStep]) -> None:
        """These purges, oldest first, can be undone, and no others: also those of before this window."""
        known = {each for step in self.steps for each in step.bin_ids}
        there = {each for step in purges for each in step.bin_ids}
        kept = [step for step in self.steps if not step.bin_ids or step.bin_ids & there]
        steps = [*(step for step in purges if not step.bin_ids & known), *kept][-UNDO_MAX:]
        if steps != self.steps:
            self.steps = steps
            self.changed.emit()

    def clear(self) -> None:
        """What was done was done elsewhere."""
        self.steps, self.undone = [], []
        self.changed.emit()

    async def undo_last(self) -> None:
        """Undo the last step."""
        if not self.steps:
            self._notices.tell(tr("There is nothing to undo."))
            return
        await self._undo(self.steps[-1])

    async def _undo(self, step: UndoStep) -> None:
        if step not in self.steps:
            self._notices.tell(tr("Undone already: {title}.", title=step.title))
            return
        self.steps.remove(step)
        self.changed.emit()
        try:
            await step.act()
        except ConnectionError:
            self.steps.append(step)  # when the broker is there again it can be tried again
            self.changed.emit()
            raise
        if step.again is not None:
            self.undone = [*self.undone, step][-UNDO_MAX:]
            self.changed.emit()

    async def redo_last(self) -> None:
        """Do once more what was undone last."""
        if not self.undone:
            self._notices.tell(tr("There is nothing to do again."))
            return
        step = self.undone.pop()
        assert step.again is not None  # only those are kept
        self._is_redoing = True
        try:
            await step.again()
        finally:
            self._is_redoing = False
            self.changed.emit()
