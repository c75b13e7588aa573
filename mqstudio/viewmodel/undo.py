"""What can be undone, the last first: each is offered by its notice, and by Ctrl+Z."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.signal import Signal

UNDO_MAX = 50
"""Steps that are remembered."""


@dataclass(slots=True, eq=False)
class UndoStep:
    """One thing that can be undone. `title` completes "Undo …"."""

    title: str
    act: Callable[[], Awaitable[object]]


class UndoList:
    """The steps, the last one last. `changed()`: they did."""

    def __init__(self, notices: Notices) -> None:
        self.changed = Signal()
        self.steps: list[UndoStep] = []
        self._notices = notices

    def offer(self, says: str, title: str, act: Callable[[], Awaitable[object]]) -> None:
        """Tell that something was done that `act` would undo."""
        step = UndoStep(title, act)
        self.steps = [*self.steps, step][-UNDO_MAX:]
        self._notices.tell(says, "Undo", lambda: self._undo(step))
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
