"""The body in the making: typed as text, JSON, hex or base64, or a file; its holes, and what fills them."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QCheckBox,
    QFileDialog,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QTextEdit,
    QWidget,
)

from mqstudio.gui.context import Context
from mqstudio.gui.theme import MEDIUM, SMALL, TINY, Theme
from mqstudio.gui.widgets.basics import (
    button,
    card,
    column,
    holder,
    icon_button,
    label,
    row,
    set_role,
    set_text,
    set_tip,
    stretchy,
    verbatim,
)
from mqstudio.gui.widgets.highlighter import JsonHighlighter
from mqstudio.gui.words import tr
from mqstudio.model.templates import VALUES
from mqstudio.model.templates_syntax import CLOSE, OPEN
from mqstudio.viewmodel.publish_draft import TYPED, BodyKind, Problem
from mqstudio.viewmodel.wording import plain

KINDS = {
    BodyKind.TEXT: "Text",
    BodyKind.JSON: "JSON",
    BodyKind.HEX: "Hex",
    BodyKind.BASE64: "Base64",
    BodyKind.FILE: "File",
}
FAKES = ("name", "email", "company", "street_address", "city", "iban", "sentence", "url", "ipv4", "date")
"""Made-up values that the menu offers; there are 250 more."""


class BodyHighlighter(JsonHighlighter):
    """Colours JSON, and holes where there are any."""

    def __init__(self, theme: Theme, document: QTextDocument) -> None:
        super().__init__(theme, document)
        self.has_holes = False

    def highlightBlock(self, text: str) -> None:
        super().highlightBlock(text)
        start = text.find(OPEN) if self.has_holes else -1
        while start >= 0:
            end = text.find(CLOSE, start)
            end = len(text) if end < 0 else end + len(CLOSE)
            look = QTextCharFormat()
            look.setForeground(self._theme.colour("code_word"))
            look.setBackground(self._theme.colour("selection"))
            self.setFormat(start, end - start, look)
            start = text.find(OPEN, end)


class BodyEdit(QPlainTextEdit):
    """A field of many lines. recalled(1): ↑ was pressed where nothing is above. file_dropped(path)."""

    recalled = Signal(int)
    file_dropped = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("field", "true")
        theme.dress(self)
        self.setPlaceholderText(tr("Body. ↑ recalls what was sent; a file can be dropped here."))
        self.document().setDocumentMargin(SMALL)
        self.setAccessibleName(tr("Body"))
        self.setTabChangesFocus(True)
        self.colours = BodyHighlighter(theme, self.document())

    def text(self) -> str:
        """What is typed, each character as it is: `toPlainText` would change some spaces."""
        return self.document().toRawText().replace("\u2029", "\n")

    def show_problem(self, problem: Problem | None) -> None:
        """Underline what is wrong."""
        set_role(self, "true" if problem else "false", "bad")
        marks = []
        if problem is not None and problem.position >= 0:
            mark = QTextEdit.ExtraSelection()
            mark.cursor = QTextCursor(self.document())
            units = _units(self.text(), problem.position)
            mark.cursor.setPosition(units)
            end = _units(self.text(), problem.position + problem.length)
            mark.cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            look = QTextCharFormat()
            look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            look.setUnderlineColor(self._theme.colour("dropped"))
            look.setBackground(self._theme.colour("dropped_tint"))
            mark.format = look
            marks.append(mark)
        self.setExtraSelections(marks)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_at_top = self.textCursor().position() == 0
        if event.key() == Qt.Key.Key_Up and is_at_top and not event.modifiers():
            self.recalled.emit(1)
        elif event.key() == Qt.Key.Key_Down and is_at_top and not event.modifiers() and not self.text():
            self.recalled.emit(-1)
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.file_dropped.emit(paths[0])
        else:
            super().dropEvent(event)

    def minimumSizeHint(self) -> QSize:
        return QSize(100, 3 * self.fontMetrics().height())


def _units(text: str, place: int) -> int:
    """Qt counts UTF-16 units, Python characters."""
    return place + sum(1 for character in text[:place] if ord(character) > 0xFFFF)


class BodyBox(QWidget):
    """Shows and edits a Composer's body."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._composer = context, context.studio.composer
        self._number = 1
        self._preview_says = ""
        self.edit = BodyEdit(context.theme)
        self._build()
        self._connect()

    def _build(self) -> None:
        theme = self._context.theme
        self.kinds: dict[BodyKind, QPushButton] = {}
        self._group = QButtonGroup(self)
        for kind, title in KINDS.items():
            made = button(tr(title), "segment", tip_text=tr("Give the body as {kind}", kind=tr(title)))
            self._group.addButton(made)
            self.kinds[kind] = made
        kinds = card(row(*self.kinds.values(), margins=(2, 2, 2, 2), gap=0), "inner")
        self.template, self.gzip = QCheckBox(tr("Template")), QCheckBox("gzip")
        set_tip(self.template, tr("Fill {{holes}} anew for each message: here, in key, headers, properties"))
        set_tip(self.gzip, tr("Send the body compressed, and say so in the content encoding"))
        self.holes_button = button(tr("Insert…"), "link", tip_text=tr("Insert a hole that is filled"))
        self.choose_button = button(tr("From file…"), "link")
        bar = row(
            kinds, SMALL, self.template, self.holes_button, None, self.gzip, self.choose_button, gap=SMALL
        )
        self.file = label("", "strong")
        self.file_card = card(
            column(None, row(None, self.file, None), None, margins=(MEDIUM, MEDIUM, MEDIUM, MEDIUM)), "inner"
        )
        self.preview = label("", "mono")
        self.preview_title = label("", "muted")
        self.back = icon_button(theme.icon("arrow-up"), tr("Preview of the message before"))
        self.forth = icon_button(theme.icon("arrow-down"), tr("Preview of the next message"))
        self._preview_bar = holder(
            row(self.back, self.forth, self.preview_title, stretchy(self.preview), gap=TINY)
        )
        line = self._preview_bar.layout()
        assert isinstance(line, QBoxLayout)  # that is what a row is
        line.setStretch(3, 1)
        whole = column(bar, self.edit, self.file_card, self._preview_bar, gap=TINY)
        whole.setStretch(1, 1)
        whole.setStretch(2, 1)
        self.setLayout(whole)
        self.setAcceptDrops(True)

    def _connect(self) -> None:
        self._group.buttonClicked.connect(self._on_kind)
        self.template.toggled.connect(self._on_template)
        self.gzip.toggled.connect(self._on_gzip)
        self.holes_button.clicked.connect(self.show_holes)
        self.choose_button.clicked.connect(self.ask_file)
        self.edit.textChanged.connect(self._on_edited)
        self.edit.file_dropped.connect(self.attach)
        self.edit.recalled.connect(self._composer.recall)
        self.back.clicked.connect(self._on_back)
        self.forth.clicked.connect(self._on_forth)

    # ---- showing

    def refresh(self, problems: dict[str, Problem]) -> None:
        """Show the draft's body and what is wrong with it."""
        draft = self._composer.draft
        is_typed = draft.body_kind in TYPED
        for kind, made in self.kinds.items():
            made.setChecked(kind is (BodyKind.FILE if draft.body_kind is BodyKind.KEPT else draft.body_kind))
        for box, is_on in ((self.template, draft.is_template), (self.gzip, draft.is_gzip)):
            box.blockSignals(True)
            box.setChecked(is_on)
            box.blockSignals(False)
        self.holes_button.setVisible(draft.is_template)
        self.edit.setVisible(is_typed)
        self.file_card.setVisible(not is_typed)
        if is_typed:
            self._show_text()
        else:
            set_text(self.file, self._composer.file_says())
        self.edit.show_problem(problems.get("body"))
        self._show_preview()

    def _show_text(self) -> None:
        draft, edit = self._composer.draft, self.edit
        if edit.text() != draft.body:
            edit.blockSignals(True)
            edit.setPlainText(draft.body)
            edit.blockSignals(False)
        is_json = draft.body_kind is BodyKind.JSON or draft.properties.get("content_type", "").startswith(
            "application/json"
        )
        has_holes = draft.is_template and draft.body_kind in (BodyKind.TEXT, BodyKind.JSON)
        if (edit.colours.is_on, edit.colours.has_holes) != (is_json, has_holes):
            edit.colours.is_on, edit.colours.has_holes = is_json, has_holes
            edit.blockSignals(True)
            edit.colours.rehighlight()
            edit.blockSignals(False)

    def _show_preview(self) -> None:
        composer = self._composer
        making = composer.making
        is_wanted = composer.draft.is_template or bool(making.keys)
        self._preview_bar.setVisible(is_wanted)
        if not is_wanted:
            return
        self._number = min(self._number, making.count)
        shown = composer.preview_of(self._number)
        self.back.setEnabled(self._number > 1)
        self.forth.setEnabled(self._number < making.count)
        set_text(self.preview_title, tr("Preview #{number}", number=f"{self._number:,}"))
        says = plain(" ".join(shown.body.split()), 1_000) if shown else ""
        if shown and shown.key != composer.draft.routing_key:
            says = f"{plain(shown.key, 40)} ← {says}"
        self._preview_says = says
        self._elide()
        set_tip(self.preview, shown.body[:600] if shown else "")

    def _elide(self) -> None:
        """As much of the preview as there is room for."""
        metrics = self.preview.fontMetrics()
        elided = metrics.elidedText(self._preview_says, Qt.TextElideMode.ElideRight, self.preview.width())
        set_text(self.preview, elided)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    # ---- gestures

    def _on_kind(self, made: QPushButton) -> None:
        kind = next(kind for kind, each in self.kinds.items() if each is made)
        self._composer.choose_kind(kind)
        if kind is BodyKind.FILE and not self._composer.draft.file:
            self.ask_file()

    def _on_template(self, is_on: bool) -> None:
        self._composer.edit(is_template=is_on)

    def _on_gzip(self, is_on: bool) -> None:
        self._composer.edit(is_gzip=is_on)

    def _on_edited(self) -> None:
        self._composer.edit(body=self.edit.text())

    def _on_back(self) -> None:
        self._number -= 1
        self._show_preview()

    def _on_forth(self) -> None:
        self._number += 1
        self._show_preview()

    def ask_file(self) -> QFileDialog:
        """Choose a file to send."""
        dialog = QFileDialog(self, tr("Send a file"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.attach)
        dialog.open()
        return dialog

    def attach(self, path: str) -> None:
        """Send a file's bytes."""
        self._composer.attach(Path(path))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.edit.dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self.edit.dropEvent(event)

    # ---- holes

    def make_holes_menu(self) -> QMenu:
        """Everything that can stand in a hole, with an example."""
        menu = QMenu(self)
        for name, (_, says) in VALUES.items():
            action = menu.addAction(verbatim(f"{name}    {tr(says)}"))
            action.setData(_example(name, says))
        made_up = menu.addMenu(tr("faker: made-up values"))
        for name in FAKES:
            made_up.addAction(verbatim(name)).setData(f"{OPEN}faker.{name}{CLOSE}")
        menu.triggered.connect(self._on_hole)
        return menu

    def show_holes(self) -> None:
        """Below their button."""
        menu = self.make_holes_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.holes_button.mapToGlobal(self.holes_button.rect().bottomLeft()))

    def _on_hole(self, action: object) -> None:
        self.edit.insertPlainText(action.data())  # type: ignore[attr-defined]  # a QAction
        self.edit.setFocus()


def _example(name: str, says: str) -> str:
    """The first example of a sentence, or the mere name."""
    start = says.find(OPEN)
    return says[start : says.find(CLOSE, start) + len(CLOSE)] if start >= 0 else f"{OPEN}{name}{CLOSE}"


def problems_by_field(problems: Sequence[Problem]) -> dict[str, Problem]:
    """The first problem of each field."""
    return {problem.field: problem for problem in reversed(problems)}
