"""What a window keeps for the next time: its place, its docks, and what panels were told by hand."""

from collections.abc import Iterator
from typing import Final, Protocol

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMainWindow

from mqstudio.viewmodel.studio import Studio

LAYOUT_VERSION: Final = 2
"""Remembered layouts of another version are not restored."""


class Keepable(Protocol):
    """Something that can be written as a text, and made of it again."""

    def to_text(self) -> str:
        """As it is kept."""

    def restore(self, text: str) -> None:
        """Take what was kept; nothing of what is no such text."""


class Remembering:
    """Reads and writes a window's settings."""

    def __init__(self, window: QMainWindow, studio: Studio, settings: QSettings) -> None:
        self._window, self._studio, self._settings = window, studio, settings

    def _parts(self) -> Iterator[tuple[str, Keepable]]:
        studio = self._studio
        yield "filters", studio.filters
        yield "marks", studio.marks
        yield "tables", studio.layouts
        yield "colour_rules", studio.colour_rules
        yield "chains", studio.inspector.chains
        yield "flow", studio.flow
        yield "explorer", studio.explorer

    def restore(self) -> None:
        """Be as it was the last time."""
        for name, part in self._parts():
            part.restore(str(self._settings.value(name, "")))
        self._studio.timeline.put(str(self._settings.value("timeline", "on")) == "on")
        geometry, state = self._settings.value("geometry"), self._settings.value("docks")
        if geometry is not None:
            self._window.restoreGeometry(geometry)
        if state is not None:
            self._window.restoreState(state, LAYOUT_VERSION)

    def remember(self) -> None:
        """Keep it as it is now."""
        for name, part in self._parts():
            self._settings.setValue(name, part.to_text())
        self._settings.setValue("timeline", "on" if self._studio.timeline.is_on else "off")
        self._settings.setValue("geometry", self._window.saveGeometry())
        self._settings.setValue("docks", self._window.saveState(LAYOUT_VERSION))
