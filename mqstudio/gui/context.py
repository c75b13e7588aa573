"""What every widget is given: the view-models, the look, and the way to start an action."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject

from mqstudio.gui.theme import Theme
from mqstudio.viewmodel.studio import Studio

Spawn = Callable[[Awaitable[object], QObject], None]
"""Run an action that lives as long as the QObject; its failure becomes a notice."""


@dataclass(frozen=True, slots=True)
class Context:
    """Handed from the window to its widgets."""

    studio: Studio
    theme: Theme
    spawn: Spawn
