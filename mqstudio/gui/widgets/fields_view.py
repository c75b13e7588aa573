"""Properties and headers: name, type and value, each line to be selected and copied."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from mqstudio.gui.theme import LARGE, MEDIUM, SMALL, TINY
from mqstudio.gui.widgets.basics import column, holder, label
from mqstudio.gui.words import tr
from mqstudio.viewmodel.inspector import Field
from mqstudio.viewmodel.wording import counted

SHOWN_MAX = 500
"""Lines shown; a message with ten thousand headers says how many more there are."""


class FieldsView(QWidget):
    """Two groups of lines: properties, headers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[list[Field], list[Field], str] | None = None
        self._content: QWidget | None = None
        self.setLayout(column())

    def show_fields(self, properties: list[Field], headers: list[Field], problem: str) -> None:
        """Show another message's fields."""
        wanted = (properties, headers, problem)
        if wanted == self._shown:
            return
        self._shown = wanted
        if self._content is not None:
            self._content.deleteLater()
        parts: list[QWidget | int | None] = []
        if problem:
            parts += [
                label(tr("The properties could not be read: {problem}", problem=problem), "bad", wraps=True)
            ]
        parts += [label(tr("Properties"), "section"), _grid(properties, "None are set."), SMALL]
        parts += [label(tr("Headers"), "section"), _grid(headers, "There are none."), None]
        self._content = holder(column(*parts, margins=(LARGE, MEDIUM, LARGE, MEDIUM)))
        layout = self.layout()
        assert layout is not None  # set above
        layout.addWidget(self._content)


def _grid(fields: list[Field], none: str) -> QWidget:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(MEDIUM)
    grid.setVerticalSpacing(TINY + 2)
    grid.setColumnStretch(2, 1)
    if not fields:
        grid.addWidget(label(none, "muted"), 0, 0, 1, 3)
    for place, field in enumerate(fields[:SHOWN_MAX]):
        name = label(field.name, "muted")
        name.setContentsMargins(field.depth * LARGE, 0, 0, 0)
        value = label(field.value, "mono", wraps=True, selectable=True)
        kind = label(field.kind, "caption")
        for where, part in enumerate((name, kind, value)):
            part.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(part, place, where)
    if len(fields) > SHOWN_MAX:
        grid.addWidget(
            label(f"and {counted(len(fields) - SHOWN_MAX, 'more line')}", "muted"), SHOWN_MAX, 0, 1, 3
        )
    return holder(grid)
