"""What can be undone, the last first: each is offered by its notice, and by Ctrl+Z."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.signal import Signal

UNDO_MAX = 50
"""Steps that are remembered."""


@dataclass(slots=True, eq=False)
class UndoStep:
    """One thing that can be undone. `title` completes "Undo …". bin_id: of a purge."""

    title: str
    act: Callable[[], Awaitable[object]]
    bin_id: int | None = None


class UndoList:
    """The steps, the last one last. `changed()`: they did."""

    def __init__(self, notices: Notices) -> None:
        self.changed = Signal()
        self.steps: list[UndoStep] = []
        self._notices = notices

    def offer(
        self, says: str, title: str, act: Callable[[], Awaitable[object]], *, bin_id: int | None = None
    ) -> None:
        """Tell that something was done that `act` would undo."""
        step = UndoStep(title, act, bin_id)
        self.steps = [*self.steps, step][-UNDO_MAX:]
        self._notices.tell(says, "Undo", lambda: self._undo(step))
        self.changed.emit()

    def recall(self, purges: list[UndoStep]) -> None:
        """These purges, oldest first, can be undone, and no others: also those of before this window."""
        known = {step.bin_id for step in self.steps}
        there = {step.bin_id for step in purges}
        kept = [step for step in self.steps if step.bin_id is None or step.bin_id in there]
        steps = [*(step for step in purges if step.bin_id not in known), *kept][-UNDO_MAX:]
        if steps != self.steps:
            self.steps = steps
            self.changed.emit()

    def clear(self) -> None:
        """What was done was done elsewhere."""
        self.steps = []
        self.changed.emit()

    async def undo_last(self) -> None:
        """Undo the last step."""
        if not self.steps:
            self._notices.tell("There is nothing to undo.")
            return
        await self._undo(self.steps[-1])

    async def _undo(self, step: UndoStep) -> None:
        if step not in self.steps:
            self._notices.tell(f"Undone already: {step.title}.")
            return
        self.steps.remove(step)
        self.changed.emit()
        await step.act()
