"""Finds text in a body, wherever it is shown as text or as a tree."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from mqstudio.gui.theme import LARGE, SMALL, TINY, Theme
from mqstudio.gui.widgets.basics import icon_button, label, row, set_role, set_text
from mqstudio.gui.widgets.json_tree import TreeView
from mqstudio.gui.words import tr
from mqstudio.viewers.base import TreeNode
from mqstudio.viewmodel.body_values import MATCHES_MAX, find_values


class FindBar(QWidget):
    """A line above the body. closed(): the user has done with it."""

    closed = Signal()

    def __init__(
        self, theme: Theme, text: QPlainTextEdit, tree: TreeView, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._text, self._tree = text, tree
        self._nodes: list[TreeNode] | None = None
        self._found: list[tuple[int, ...]] = []
        self._at = -1
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(tr("Find in the body"))
        self.edit.setAccessibleName(tr("Find in the body"))
        self.edit.installEventFilter(self)
        self.said = label("", "muted")
        self.next_button = icon_button(theme.icon("arrow-down"), tr("Find the next one"), "F3")
        self.close_button = icon_button(theme.icon("close"), tr("Close the search"), "Esc")
        self.next_button.clicked.connect(self.find_next)
        self.close_button.clicked.connect(self.close_search)
        self.edit.textChanged.connect(self._on_text)
        line = row(
            self.edit, self.said, self.next_button, self.close_button, margins=(LARGE, TINY, SMALL, TINY)
        )
        line.setStretch(0, 1)
        self.setLayout(line)
        self.hide()

    def open_search(self) -> None:
        """Show the line and put the keyboard in it."""
        self.show()
        self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.edit.selectAll()

    def close_search(self) -> None:
        """Hide the line."""
        self.hide()
        self.closed.emit()

    def look_in(self, nodes: list[TreeNode] | None) -> None:
        """From now on look in this tree, or, if None, in the text."""
        self._nodes = nodes
        if self.isVisible():
            self._on_text()

    def find_next(self) -> None:
        """Go to the next one; after the last comes the first."""
        self._find(by=1)

    def find_previous(self) -> None:
        """Go to the one before."""
        self._find(by=-1)

    def _on_text(self) -> None:
        self._at = -1
        if self._nodes is not None:
            self._found = find_values(self._nodes, self.edit.text())
        else:
            self._text.moveCursor(QTextCursor.MoveOperation.Start)
        self._find(by=1)

    def _find(self, *, by: int) -> None:
        if not self.edit.text():
            self._say("")
        elif self._nodes is not None:
            self._find_in_tree(by)
        else:
            self._find_in_text(by)

    def _find_in_tree(self, by: int) -> None:
        if not self._found:
            self._say("not found", is_bad=True)
            return
        self._at = (self._at + by) % len(self._found)
        self._tree.go_to(self._found[self._at])
        more = "+" if len(self._found) == MATCHES_MAX else ""
        self._say(f"{self._at + 1:,} of {len(self._found):,}{more}")

    def _find_in_text(self, by: int) -> None:
        flags = QTextDocument.FindFlag.FindBackward if by < 0 else QTextDocument.FindFlag(0)
        wanted = self.edit.text()
        if self._text.find(wanted, flags):
            self._say("")
            return
        here = self._text.textCursor()
        move = QTextCursor.MoveOperation
        self._text.moveCursor(move.End if by < 0 else move.Start)
        if self._text.find(wanted, flags):
            self._say("from the other end")
        else:
            self._text.setTextCursor(here)
            self._say("not found", is_bad=True)

    def _say(self, text: str, *, is_bad: bool = False) -> None:
        set_text(self.said, text)
        set_role(self.said, "bad" if is_bad else "muted")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self.close_search()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                is_back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self._find(by=-1 if is_back else 1)
                return True
        return super().eventFilter(watched, event)
