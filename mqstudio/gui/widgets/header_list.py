"""The headers being typed, one a line, of any type; those of a table or list stand below it, set in."""

from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from mqstudio.gui.theme import LARGE, TINY, Theme
from mqstudio.gui.widgets.basics import icon_button, row, set_tip
from mqstudio.gui.widgets.publish_view_field import MistakeEdit
from mqstudio.gui.words import tr
from mqstudio.viewmodel.publish import Composer
from mqstudio.viewmodel.publish_draft import HeaderDraft, Problem
from mqstudio.viewmodel.publish_headers import (
    HEADER_KINDS,
    NESTED,
    header_at,
    header_field,
    walk,
    wants,
    with_header,
)

DEPTH_SHOWN = 6
"""Deeper levels are not set in further: there would be no room to type."""

Path = tuple[int, ...]


class HeaderLine(QWidget):
    """One header being typed."""

    def __init__(self, theme: Theme, composer: Composer, path: Path, *, is_item: bool) -> None:
        super().__init__()
        self._composer, self.path = composer, path
        self.name = MistakeEdit(theme, tr("Header name"))
        self.kind, self.value = QComboBox(), MistakeEdit(theme, tr("Header value"))
        self.name.setPlaceholderText(tr("name"))
        if is_item:
            self.name.hide()  # never shown here: without a parent yet, it would be a window of its own
        self.kind.setAccessibleName(tr("Header type"))
        self.kind.addItems(list(HEADER_KINDS))
        self.kind.setMaxVisibleItems(len(HEADER_KINDS))
        self.add = icon_button(theme.icon("plus"), tr("Add to this table or list"))
        self.remove = icon_button(theme.icon("close"), tr("Remove this header"))
        indent = LARGE * min(len(path) - 1, DEPTH_SHOWN)
        line = row(
            self.name, self.kind, self.value, self.add, self.remove, margins=(indent, 0, 0, 0), gap=TINY
        )
        line.setStretch(0, 3)
        line.setStretch(2, 4)
        self.setLayout(line)
        self.name.textEdited.connect(self._on_edited)
        self.value.textEdited.connect(self._on_edited)
        self.kind.activated.connect(self._on_edited)
        self.add.clicked.connect(self._on_add)
        self.remove.clicked.connect(self._on_remove)

    @property
    def header(self) -> HeaderDraft:
        """The header as the composer has it."""
        return header_at(self._composer.draft.headers, self.path)

    def show_header(self, header: HeaderDraft) -> None:
        """Show it; what is being typed in is the same already."""
        for field, text in ((self.name, header.name), (self.value, header.text)):
            if field.text() != text:
                field.setText(text)
        self.kind.setCurrentText(header.kind)
        is_nested, is_null = header.kind in NESTED, header.kind == "null"
        self.value.setEnabled(not is_nested and not is_null)
        self.value.setPlaceholderText(wants(header.kind))
        self.add.setVisible(is_nested)
        set_tip(self.kind, f"{header.kind}: {wants(header.kind)}")

    def _on_edited(self) -> None:
        kind = self.kind.currentText()
        items = self.header.items if kind in NESTED else ()
        text = "" if kind in (*NESTED, "null") else self.value.text()
        self._composer.set_header(self.path, HeaderDraft(self.name.text(), kind, text, items))

    def _on_add(self) -> None:
        self._composer.set_header((*self.path, len(self.header.items)), HeaderDraft())

    def _on_remove(self) -> None:
        self._composer.set_header(self.path, None)


class HeaderList(QWidget):
    """All of them. Lines are made anew only when some come or go."""

    def __init__(self, theme: Theme, composer: Composer) -> None:
        super().__init__()
        self._theme, self._composer = theme, composer
        self.lines: list[HeaderLine] = []
        self._shape: list[tuple[Path, bool]] = []
        self._box = QVBoxLayout()
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(TINY)
        self.setLayout(self._box)

    def show_headers(self) -> None:
        """Show the draft's headers."""
        headers = self._composer.draft.headers
        found = list(walk(headers))
        shape = [(path, self._is_item(path)) for path, _ in found]
        if shape != self._shape:
            self._rebuild(shape)
        for line, (_, header) in zip(self.lines, found, strict=True):
            line.show_header(header)

    def _is_item(self, path: Path) -> bool:
        return len(path) > 1 and header_at(self._composer.draft.headers, path[:-1]).kind == "list"

    def _rebuild(self, shape: list[tuple[Path, bool]]) -> None:
        self._shape = shape
        for line in self.lines:
            line.hide()
            line.deleteLater()
        self.lines = [
            HeaderLine(self._theme, self._composer, path, is_item=is_item) for path, is_item in shape
        ]
        for line in self.lines:
            self._box.addWidget(line)

    def show_problems(self, problems: dict[str, Problem]) -> None:
        """Underline what is wrong."""
        for line in self.lines:
            problem = problems.get(header_field(line.path))
            is_of_name = problem is not None and not line.name.text() and line.name.isVisibleTo(self)
            line.name.show_problem(problem if is_of_name else None)
            line.value.show_problem(None if is_of_name else problem)

    def add(self) -> None:
        """One more header, and the keyboard in it."""
        headers = self._composer.draft.headers
        self._composer.edit(headers=with_header(headers, (len(headers),), HeaderDraft()))
        self.lines[-1].name.setFocus()
