"""Notices, stacked in the corner above the status bar: never in the way, never asked for an answer."""

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.theme import LARGE, MEDIUM, SMALL
from mqstudio.gui.widgets.basics import button, icon_button, label, row
from mqstudio.gui.words import tr
from mqstudio.viewmodel.notices import Notice, NoticeKind

WIDTH = 400
EXPIRY_CHECK_MS = 500
_ICONS = {NoticeKind.DONE: "check", NoticeKind.INFO: "info", NoticeKind.PROBLEM: "warning"}


class NoticeBar(QWidget):
    """Shows the Notices view-model over the bottom right corner of its parent."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._parent = parent
        self._notices = context.studio.notices
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(SMALL)
        self._timer = QTimer(self)
        self._timer.setInterval(EXPIRY_CHECK_MS)
        self._timer.timeout.connect(self._notices.expire)
        self._notices.changed.connect(self._refresh)
        parent.installEventFilter(self)
        self._refresh()

    def _refresh(self) -> None:
        while self._box.count():
            item = self._box.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for notice in self._notices.shown:
            card = NoticeCard(self._context, notice)
            self._box.addWidget(card)
            card.show()  # now, so that it counts when the bar's size is asked for below
        self.setVisible(bool(self._notices.shown))
        if self._notices.shown:
            self._timer.start()
        else:
            self._timer.stop()
        self._place()

    def _place(self) -> None:
        parent = self._parent
        self.setFixedWidth(min(WIDTH, parent.width() - 2 * LARGE))
        self._box.activate()
        self.adjustSize()
        self.move(parent.width() - self.width() - LARGE, parent.height() - self.height() - LARGE)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._place()
        return super().eventFilter(watched, event)


class NoticeCard(QFrame):
    """One notice: sign, words, a verb, and a way to dismiss it."""

    def __init__(self, context: Context, notice: Notice) -> None:
        super().__init__()
        self.setProperty("card", "notice")
        self._context = context
        self.notice = notice
        sign = label()
        colour = "in_flight" if notice.kind is NoticeKind.PROBLEM else "done"
        tint = colour if context.theme.colours.is_dark else f"{colour}_tint"
        sign.setPixmap(context.theme.icon(_ICONS[notice.kind], tint).pixmap(16, 16))
        says = label(notice.text, wraps=True, selectable=True)
        self.verb_button = button(notice.verb, "notice")
        self.verb_button.clicked.connect(self._on_verb)
        close = icon_button(
            context.theme.icon("close", "chrome" if not context.theme.colours.is_dark else "sign"),
            tr("Dismiss"),
        )
        close.setProperty("kind", "notice")
        close.clicked.connect(self._on_close)
        layout = row(sign, says, self.verb_button, close, margins=(MEDIUM, SMALL, SMALL, SMALL))
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.verb_button.setVisible(
            bool(notice.verb)
        )  # now: without a parent it would be a window of its own

    def _on_verb(self) -> None:
        if self.notice.action is not None:
            self._context.spawn(self.notice.action(), self.window())
        self._context.studio.notices.dismiss(self.notice)

    def _on_close(self) -> None:
        self._context.studio.notices.dismiss(self.notice)
