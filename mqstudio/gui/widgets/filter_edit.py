"""A field for filters: mistakes are underlined, candidates offered below; arrows go through the past."""

from PySide6.QtCore import QModelIndex, QPointF, QRect, QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView, QWidget

from mqstudio.gui.theme import Theme
from mqstudio.gui.widgets.basics import set_tip
from mqstudio.gui.words import tr
from mqstudio.viewmodel.filter_line import FilterLine
from mqstudio.viewmodel.wording import plain

WAVE_PX = 3
"""Width and height of half a wave."""

POPUP_ROWS = 12
POPUP_WIDTH = 420


class FilterEdit(QLineEdit):
    """Shows a FilterLine.

    `left`: Esc was pressed in an empty line, or the filter was applied. `entered`: it has the keyboard.
    """

    left = Signal()
    entered = Signal()

    def __init__(self, theme: Theme, line: FilterLine, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._line = line
        self._offered = QStringListModel(self)
        self._completer = QCompleter(self._offered, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setMaxVisibleItems(POPUP_ROWS)
        self.popup = QListView()
        self.popup.setProperty("popup", "true")
        self.popup.setAccessibleName(tr("What can be written here"))
        self._completer.setPopup(self.popup)
        self._completer.setWidget(self)
        self.popup.clicked.connect(self._on_clicked)
        theme.dress(self)
        self.setPlaceholderText(tr("Filter   /      body.total > 100 and state == ready"))
        self.setAccessibleName(tr("Filter the messages"))
        self.setClearButtonEnabled(True)
        self.textEdited.connect(self._on_edited)
        self.textChanged.connect(self._on_changed)

    # ---- what is typed

    def _on_edited(self, text: str) -> None:
        self._line.edit(text, self.cursorPosition())
        self._offer()

    def _on_changed(self, text: str) -> None:
        """The clear button empties the line without `textEdited`."""
        if not text and self._line.text:
            self._line.edit("", 0)

    def show_line(self) -> None:
        """Show what the view-model has."""
        if self.text() != self._line.text:
            self.setText(self._line.text)
        set_tip(self, self._line.says)
        self.setAccessibleDescription(plain(self._line.says))
        self.update()

    def _offer(self) -> None:
        """Candidates below the cursor; none is chosen until somebody does."""
        candidates = self._line.candidates
        self._offered.setStringList([f"{each.text}    {plain(each.says)}".rstrip() for each in candidates])
        popup = self.popup
        if not candidates or not self.hasFocus():
            popup.hide()
            return
        at = self.cursorRect()
        self._completer.complete(QRect(at.x(), at.y(), POPUP_WIDTH, at.height()))
        popup.setCurrentIndex(QModelIndex())

    def offer_now(self) -> None:
        """Say what could stand at the cursor."""
        self._line.offer(self.cursorPosition())
        self._offer()

    def _on_clicked(self, index: QModelIndex) -> None:
        self.popup.hide()
        self._choose(index.row())

    def _choose(self, place: int) -> None:
        if not 0 <= place < len(self._line.candidates):
            return
        cursor = self._line.choose(self._line.candidates[place])
        self.setText(self._line.text)
        self.setCursorPosition(cursor)
        self._offer()

    # ---- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        popup = self.popup
        key, chosen = event.key(), popup.currentIndex()
        if (
            key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
            and popup.isVisible()
            and chosen.isValid()
        ):
            popup.hide()
            self._choose(chosen.row())
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            popup.hide()
            if self._line.apply():
                self.left.emit()
        elif key == Qt.Key.Key_Escape:
            self._escape()
        elif key == Qt.Key.Key_Space and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.offer_now()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and not popup.isVisible():
            self._line.older() if key == Qt.Key.Key_Up else self._line.newer()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def _escape(self) -> None:
        """Close what is offered, clear, go back: in this order."""
        if self.popup.isVisible():
            self.popup.hide()
        elif self.text():
            self._line.clear()
        else:
            self.left.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.entered.emit()

    # ---- mistakes

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        error = self._line.error
        if error is None or not self.text():
            return
        start, end = (self._x_of(place) for place in (error.position, error.position + error.length))
        painter = QPainter(self)
        painter.setClipRect(self.rect().adjusted(WAVE_PX, 0, -WAVE_PX, 0))
        painter.setPen(QPen(self._theme.colour("dropped"), 1.5))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPolyline(QPolygonF(self._wave(start, max(end, start + 2 * WAVE_PX))))
        painter.end()

    def _x_of(self, place: int) -> float:
        """Where a character begins: the text may be scrolled, so it is reckoned from the cursor."""
        metrics, text = self.fontMetrics(), self.text()
        at = self.cursorRect().center().x()
        return (
            at
            + metrics.horizontalAdvance(text[:place])
            - metrics.horizontalAdvance(text[: self.cursorPosition()])
        )

    def _wave(self, start: float, end: float) -> list[QPointF]:
        base = self.cursorRect().bottom() - 1.0
        count = int((end - start) / WAVE_PX) + 1
        return [QPointF(start + n * WAVE_PX, base - (n % 2) * (WAVE_PX - 1)) for n in range(count + 1)]
