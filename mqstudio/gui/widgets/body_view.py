"""A message's body: how it is read, and what it says as text, tree or picture; found in, copied, saved."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QStackedWidget, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.theme import LARGE, MEDIUM, SMALL, TINY
from mqstudio.gui.widgets.basics import button, column, holder, label, row, set_text
from mqstudio.gui.widgets.chain_bar import ChainBar
from mqstudio.gui.widgets.find_bar import FindBar
from mqstudio.gui.widgets.highlighter import JsonHighlighter
from mqstudio.gui.widgets.json_tree import TreeView
from mqstudio.gui.widgets.picture_view import PictureView
from mqstudio.gui.words import tr
from mqstudio.viewers.base import View
from mqstudio.viewers.chain import Shown
from mqstudio.viewmodel.saving import file_name
from mqstudio.viewmodel.wording import counted, plain, plain_text, size

TEXT, TREE, PICTURE = range(3)

NOT_KEPT = ": the ledger keeps no more of a message that has left its queues"

COLOURED_CHARACTERS = 100_000
"""Longer texts stay uncoloured: colouring 10,000 lines would hold up the window for a quarter of a second."""


class BodyView(QWidget):
    """Shows the body of the message in the inspector."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._inspector = context.studio.inspector
        self._shown: Shown | None = None
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        context.theme.dress(self.text)
        self.text.setAccessibleName(tr("Body as text"))
        self.text.document().setDocumentMargin(MEDIUM)
        self._highlighter = JsonHighlighter(context.theme, self.text.document())
        self.tree = TreeView(context.theme)
        self.picture = PictureView(context.theme)
        self.stack = QStackedWidget()
        for page in (self.text, self.tree, self.picture):
            self.stack.addWidget(page)
        self.chain = ChainBar(self._inspector)
        self.search = FindBar(context.theme, self.text, self.tree)
        self.search.closed.connect(self._on_find_closed)
        self._build()
        self._add_shortcut("F3", self.search.find_next)
        self._add_shortcut("Shift+F3", self.search.find_previous)

    def _build(self) -> None:
        self.pretty_button = button(tr("Pretty"), "chip", tip_text=tr("Show laid-out text instead of a tree"))
        self.pretty_button.toggled.connect(self._show_view)
        self.find_button = button(tr("Find"), "link", tip_text=tr("Find in the body"), shortcut="Ctrl+F")
        self.find_button.clicked.connect(self.search.open_search)
        bar = row(self.chain, None, self.pretty_button, margins=(LARGE, SMALL, MEDIUM, SMALL), gap=TINY)
        self.problem = label("", "warn", wraps=True, selectable=True)
        self._problem_line = holder(row(self.problem, margins=(LARGE, 0, LARGE, SMALL)))
        self.note = label("", "warn", wraps=True)
        self.more_button = button(tr("Load more"), "link")
        self.all_button = button(tr("Load all"), "link")
        self.save_button = button(
            tr("Save body…"), "link", tip_text=tr("Write the whole body, as it came, to a file")
        )
        self.more_button.clicked.connect(self._on_more)
        self.all_button.clicked.connect(self._on_all)
        self.save_button.clicked.connect(self.ask_save)
        foot = row(
            self.more_button, self.all_button, None, self.find_button, self.save_button,
            margins=(MEDIUM, 0, MEDIUM, SMALL), gap=TINY,
        )  # fmt: skip
        self._note_line = holder(row(self.note, margins=(LARGE, TINY, LARGE, 0)))
        body = column(bar, self._problem_line, self.search, self.stack, self._note_line, foot, gap=0)
        body.setStretch(3, 1)
        self.setLayout(body)

    def _add_shortcut(self, keys: str, slot: Callable[[], object]) -> None:
        QShortcut(QKeySequence(keys), self).activated.connect(slot)

    # ---- what it says

    def refresh(self) -> None:
        """Show the view-model's body."""
        self.chain.refresh()
        set_text(self.problem, plain(self._inspector.problem, 400))
        self._problem_line.setVisible(bool(self._inspector.problem))
        if self._inspector.shown is not self._shown:
            self._shown = self._inspector.shown
            self._show_view()
        self._show_note()

    def _show_view(self) -> None:
        shown = self._shown or Shown((), View(""), b"", True)
        view = shown.view
        has_tree = view.tree is not None
        is_tree = has_tree and not self.pretty_button.isChecked()
        self.pretty_button.setVisible(has_tree)
        if view.picture is not None:
            self.picture.show_picture(view.picture, shown.data, view.text)
        elif is_tree:
            self.tree.show_nodes(view.tree or [], "array" if view.text.startswith("[") else "object")
        else:
            self._show_text(view)
        self.stack.setCurrentIndex(PICTURE if view.picture is not None else TREE if is_tree else TEXT)
        self.search.look_in(view.tree if is_tree else None)

    def _show_text(self, view: View) -> None:
        self._highlighter.is_on = view.tree is not None and len(view.text) <= COLOURED_CHARACTERS
        wrap = QPlainTextEdit.LineWrapMode
        self.text.setLineWrapMode(wrap.NoWrap if view.has_columns else wrap.WidgetWidth)
        self.text.setPlainText(plain_text(view.text))

    def _show_note(self) -> None:
        inspector = self._inspector
        detail = inspector.detail
        if detail is None:
            return
        notes = []
        if not inspector.is_whole:
            cut = (
                ": the ledger keeps no more of a message that has left its queues" if inspector.is_cut else ""
            )
            notes.append(f"The first {size(len(detail.body))} of {size(detail.row.size_bytes)}{cut}")
        elif self._shown is not None and not self._shown.is_whole:
            notes.append(f"The first {size(len(self._shown.data))} of what is inside")
        if self._shown is not None and self._shown.view.note:
            notes.append(f"shown: {self._shown.view.note}")
        text = "; ".join(notes)
        set_text(self.note, text[:1].upper() + text[1:])
        self._note_line.setVisible(bool(notes))
        self.more_button.setVisible(inspector.has_more)
        self.all_button.setVisible(inspector.has_more)

    # ---- verbs

    def _on_more(self) -> None:
        self._context.spawn(self._inspector.load_more(), self)

    def _on_all(self) -> None:
        self._context.spawn(self._inspector.load_all(), self)

    def _on_find_closed(self) -> None:
        (self.stack.currentWidget() or self).setFocus(Qt.FocusReason.OtherFocusReason)

    def ask_save(self) -> QFileDialog | None:
        """Ask where the body is to be saved."""
        detail = self._inspector.detail
        if detail is None:
            return None
        dialog = QFileDialog(self, "Save body as")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(file_name(detail.row.queue, detail.row.message_id, self._inspector.chain))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_file)
        dialog.open()
        return dialog

    def _on_file(self, path: str) -> None:
        self._context.spawn(self._save(Path(path)), self)

    async def _save(self, path: Path) -> None:
        written = await self._inspector.save_body(path)
        self._context.studio.notices.tell(
            tr("Saved {written} to {name}.", written=counted(written, "byte"), name=plain(path.name))
        )
