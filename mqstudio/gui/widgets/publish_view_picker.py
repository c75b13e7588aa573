"""What was sent, and what is saved: a list to search and choose from, beside the draft."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QLineEdit, QListWidget, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.theme import MEDIUM, SMALL, TINY
from mqstudio.gui.widgets.basics import button, column, icon_button, label, row, set_text
from mqstudio.gui.widgets.publish_view_sending import AskLine
from mqstudio.gui.words import tr
from mqstudio.viewmodel.history import Sent
from mqstudio.viewmodel.library import Saved
from mqstudio.viewmodel.publish import Draft
from mqstudio.viewmodel.wording import exchange_title, moment, plain

LINE_CHARS = 160


class Picker(QWidget):
    """A field to search with, and what was found below it. closed: Esc, or the cross."""

    closed = Signal()

    def __init__(self, context: Context, title: str, empty: str) -> None:
        super().__init__()
        self._context, self._composer = context, context.studio.composer
        self._empty = empty
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search"))
        self.search.setAccessibleName(f"{title}: {tr('Search')}")
        self.search.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName(title)
        self.list.setProperty("popup", "true")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.says = label("", "muted", wraps=True)
        self.close_button = icon_button(context.theme.icon("close"), f"{tr('Close')}: {title}", "Esc")
        self._tools = row(gap=TINY)
        head = row(label(title, "section"), self.search, self._tools, self.close_button)
        head.setStretch(1, 1)
        self.extra = column(gap=0)
        whole = column(
            head, self.extra, self.list, self.says, margins=(MEDIUM, SMALL, MEDIUM, SMALL), gap=TINY
        )
        whole.setStretch(2, 1)
        self.setLayout(whole)
        self.search.textChanged.connect(self.refresh)
        self.list.itemActivated.connect(self._on_chosen)
        self.list.itemClicked.connect(self._on_chosen)
        self.close_button.clicked.connect(self.closed)

    def begin(self) -> None:
        """The keyboard goes into the search."""
        self.refresh()
        self.search.setFocus()
        self.search.selectAll()

    def lines(self) -> list[str]:
        """What fits the search, as lines."""
        raise NotImplementedError

    def choose(self, place: int) -> None:
        """Go on with one of them."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Look again."""
        chosen = self.list.currentRow()
        lines = self.lines()
        self.list.clear()
        self.list.addItems(lines)
        self.list.setCurrentRow(min(max(chosen, 0), len(lines) - 1))
        set_text(self.says, "" if lines else (tr("Nothing fits.") if self.search.text() else self._empty))
        self.says.setVisible(not lines)

    def _on_chosen(self) -> None:
        if self.list.currentRow() >= 0:
            self.choose(self.list.currentRow())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.closed.emit()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            by = 1 if key == Qt.Key.Key_Down else -1
            self.list.setCurrentRow(min(max(self.list.currentRow() + by, 0), self.list.count() - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_chosen()
        else:
            super().keyPressEvent(event)
            return
        event.accept()


class HistoryPicker(Picker):
    """What was sent, the latest first."""

    def __init__(self, context: Context) -> None:
        super().__init__(
            context, tr("SENT"), tr("Nothing was sent yet. The last 500 sendings are kept here.")
        )
        self._found: list[Sent] = []
        follow(self, self._composer.history.changed, self._on_changed)

    def _on_changed(self) -> None:
        if self.isVisible():
            self.refresh()

    def lines(self) -> list[str]:
        """What fits the search, as lines."""
        self._found = self._composer.history.find(self.search.text())
        now_us = self._context.studio.workspace.now_us()
        return [
            plain(f"{moment(each.at_us, now_us)}   {_line(each.draft)}", LINE_CHARS) for each in self._found
        ]

    def choose(self, place: int) -> None:
        """Go on with one of them."""
        self._composer.use_sent(self._found[place])
        self.closed.emit()


class LibraryPicker(Picker):
    """What is saved, by name; renamed, deleted, given and taken as files."""

    def __init__(self, context: Context) -> None:
        super().__init__(
            context, tr("LIBRARY"), tr("Nothing is saved yet. Save… keeps the draft here by a name.")
        )
        self._found: list[Saved] = []
        self.asking = AskLine()
        self.extra.addWidget(self.asking)
        theme = context.theme
        self.rename_button = icon_button(theme.icon("edit"), tr("Rename"), "F2")
        self.delete_button = icon_button(theme.icon("trash"), tr("Delete"), "Del")
        self.import_button = button(tr("Import…"), "link")
        self.export_button = button(tr("Export…"), "link")
        for tool, act in (
            (self.rename_button, self.rename), (self.delete_button, self.delete),
            (self.import_button, self.ask_import), (self.export_button, self.ask_export),
        ):  # fmt: skip
            self._tools.addWidget(tool)
            tool.clicked.connect(act)
        follow(self, self._composer.library.changed, self._on_changed)

    def _on_changed(self) -> None:
        if self.isVisible():
            self.refresh()

    def lines(self) -> list[str]:
        """What fits the search, as lines."""
        self._found = self._composer.library.find(self.search.text())
        has_any = bool(self._found)
        for tool in (self.rename_button, self.delete_button):
            tool.setEnabled(has_any)
        self.export_button.setEnabled(bool(self._composer.library.saved))
        return [plain(f"{each.name}   ·   {_line(each.draft)}", LINE_CHARS) for each in self._found]

    def choose(self, place: int) -> None:
        """Go on with one of them."""
        self._composer.use(self._found[place].draft)
        self.closed.emit()

    @property
    def current(self) -> Saved | None:
        """The one that is chosen."""
        place = self.list.currentRow()
        return self._found[place] if 0 <= place < len(self._found) else None

    def rename(self) -> None:
        """Ask for another name."""
        if (saved := self.current) is not None:
            library = self._composer.library
            self.asking.ask(
                tr("Rename to"),
                tr("a name"),
                tr("Rename"),
                lambda text: library.rename(saved.name, text),
                saved.name,
            )

    def delete(self) -> None:
        """Delete the one that is chosen; undo brings it back."""
        if (saved := self.current) is not None:
            self._tell(self._composer.library.delete(saved.name))

    def _tell(self, says: str) -> None:
        if says:
            self._context.studio.notices.problem(says)

    def ask_export(self) -> QFileDialog:
        """Choose where to write all of them."""
        dialog = self._dialog(tr("Export the library"), self.export_to)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.selectFile("messages.json")
        dialog.open()
        return dialog

    def ask_import(self) -> QFileDialog:
        """Choose a file to add messages from."""
        dialog = self._dialog(tr("Import messages"), self.import_from)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.open()
        return dialog

    def _dialog(self, title: str, chosen: Callable[[str], object]) -> QFileDialog:
        dialog = QFileDialog(self, title, "", "JSON (*.json)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(chosen)
        return dialog

    def export_to(self, path: str) -> None:
        """Write all of them to a file."""
        self._context.spawn(self._act(self._composer.library.export_to, Path(path)), self)

    def import_from(self, path: str) -> None:
        """Add all of a file."""
        self._context.spawn(self._act(self._composer.library.import_from, Path(path)), self)

    async def _act(self, act: Callable[[Path], object], path: Path) -> None:
        notices = self._context.studio.notices
        try:
            notices.tell(await act(path))  # type: ignore[misc]  # a coroutine function of the library
        except ValueError as error:
            notices.problem(str(error))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F2:
            self.rename()
        elif event.key() == Qt.Key.Key_Delete:
            self.delete()
        else:
            super().keyPressEvent(event)
            return
        event.accept()


def _line(draft: Draft) -> str:
    """A draft on one line: where to, and how its body begins."""
    to = exchange_title(draft.exchange) if draft.exchange else ""
    count = f"{draft.count} × " if draft.count != "1" else ""
    body = draft.body[:LINE_CHARS] or (Path(draft.file).name if draft.file else "")
    return f"{count}{to}{' › ' if to else ''}{draft.routing_key}   {' '.join(body.split())}"
