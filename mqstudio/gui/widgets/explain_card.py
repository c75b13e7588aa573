"""F1: a card of words about the part of the window that has the keyboard; it covers no list for long."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.theme import LARGE, MEDIUM, SMALL
from mqstudio.gui.widgets.basics import column, icon_button, label, row, set_text
from mqstudio.gui.words import tr
from mqstudio.viewmodel.explain import explanation

WIDTH = 420


class ExplainCard(QFrame):
    """Shows an Explanation in the window's lower right corner. Esc, F1 again or its cross closes it."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context, self._window = context, parent
        self._came_from: QWidget | None = None
        self.screen_name = ""
        self.setProperty("card", "popup")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.title = label("", "heading", wraps=True)
        close = icon_button(context.theme.icon("close"), tr("Close"), "Esc")
        close.clicked.connect(self.close_card)
        self._words = QVBoxLayout()
        self._words.setSpacing(SMALL)
        head = row(self.title, close)
        head.setStretch(0, 1)
        self.setLayout(column(head, self._words, margins=(LARGE, MEDIUM, MEDIUM, LARGE), gap=MEDIUM))
        parent.installEventFilter(self)
        context.theme.changed.connect(self._place)
        self.hide()

    def explain(self, screen: str) -> None:
        """Say what a part of the window is; the same again closes the card."""
        if self.isVisible() and screen == self.screen_name:
            self.close_card()
            return
        if not self.isVisible():
            self._came_from = QApplication.focusWidget()
        self.screen_name = screen
        said = explanation(screen)
        set_text(self.title, said.title)
        while (item := self._words.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for paragraph in said.paragraphs:
            self._words.addWidget(label(paragraph, wraps=True, selectable=True))
        self.setAccessibleName(f"{said.title}. {' '.join(said.paragraphs)}")
        self.show()
        self._place()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_card(self) -> None:
        """Hide it; the keyboard goes back to where it was."""
        self.hide()
        if self._came_from is not None:
            self._came_from.setFocus(Qt.FocusReason.PopupFocusReason)
        self._came_from = None

    def _place(self) -> None:
        parent = self._window
        self.setFixedWidth(min(self._context.theme.px(WIDTH), parent.width() - 2 * LARGE))
        layout = self.layout()
        assert layout is not None  # set when it was made
        layout.activate()
        height = layout.heightForWidth(self.width())
        self.resize(self.width(), min(height, parent.height() - 2 * LARGE))
        self.move(parent.width() - self.width() - LARGE, parent.height() - self.height() - 3 * LARGE)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_card()
        else:
            super().keyPressEvent(event)
