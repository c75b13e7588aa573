"""The message in detail: body, properties and headers, life."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QPlainTextEdit,
    QScrollArea,
    QStackedWidget,
    QTabBar,
    QWidget,
)

from mqstudio.gui.context import Context
from mqstudio.gui.message_table import CHIP_HEIGHT, draw_state_chip
from mqstudio.gui.theme import LARGE, MEDIUM, SMALL, TINY, Theme
from mqstudio.gui.widgets.basics import (
    card,
    column,
    holder,
    label,
    row,
    rule,
    set_text,
)
from mqstudio.gui.widgets.body_view import BodyView
from mqstudio.gui.widgets.fields_view import FieldsView
from mqstudio.gui.widgets.json_tree import TreeView
from mqstudio.gui.widgets.life_view import LifeView
from mqstudio.gui.widgets.lifecycle_view import LifecycleView
from mqstudio.gui.widgets.why_view import WhyView
from mqstudio.gui.words import tr
from mqstudio.model.rows import MessageState
from mqstudio.viewmodel.message_columns import progress
from mqstudio.viewmodel.wording import clock, exchange_title, plain, size

TABS = ("Body", "Properties", "Life", "Path", "Why?")
LIFE, WHY = 2, 4
"""The places of these tabs."""


class StateChip(QWidget):
    """A message's state, drawn as in the table."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.state = MessageState.READY
        self._size()
        theme.changed.connect(self._size)

    def _size(self) -> None:
        self.setFixedHeight(self._theme.px(CHIP_HEIGHT) + 2)
        self.setMinimumWidth(self._theme.px(92))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_state_chip(painter, QRect(0, 0, self.width(), self.height()), self.state, self._theme)
        painter.end()


class InspectorView(QWidget):
    """Shows the Inspector view-model."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._inspector = context.studio.inspector
        self._build()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(280)
        self._inspector.changed.connect(self.refresh)
        self.refresh()

    def _build(self) -> None:
        self._stack = QStackedWidget()
        hint = label(tr("Select a message to look inside.\nLooking never changes it."), "muted", wraps=True)
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint = hint
        self._stack.addWidget(holder(column(None, hint, None, margins=(LARGE, LARGE, LARGE, LARGE))))
        self._stack.addWidget(self._build_message())
        self.setLayout(column(card(column(self._stack, margins=(1, 1, 1, 1)))))

    def _build_message(self) -> QWidget:
        self._chip = StateChip(self._context.theme)
        self._path = label("", "heading", wraps=True, selectable=True)
        self._about = label("", "muted", wraps=True)
        self._number = label("", "muted", selectable=True)
        self.tabs = QTabBar()
        self.tabs.setProperty("inner", "true")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(tr("Parts of the message"))
        for title in TABS:
            self.tabs.addTab(title)
        self.damage = label("", wraps=True, selectable=True)
        self._damage_card = card(row(self.damage, margins=(SMALL, SMALL, SMALL, SMALL)), "danger")
        head = column(
            row(self._chip, None, self._number), self._path, self._about, self._damage_card,
            margins=(LARGE, MEDIUM, LARGE, SMALL), gap=TINY,
        )  # fmt: skip
        self._pages = QStackedWidget()
        self.fields, self.lifecycle = FieldsView(), LifecycleView(self._context)
        self.body = BodyView(self._context)
        self._pages.addWidget(self.body)
        self._pages.addWidget(_scrolling(self.fields))
        self._pages.addWidget(self.lifecycle)
        self._pages.addWidget(self._build_path())
        self.why = WhyView(self._context)
        self._pages.addWidget(self.why)
        self.tabs.currentChanged.connect(self._pages.setCurrentIndex)
        tabs = row(self.tabs, None, margins=(LARGE, 0, LARGE, 0))
        body = column(head, tabs, rule(), self._pages, gap=0)
        body.setStretch(3, 1)
        return holder(body)

    def _build_path(self) -> QWidget:
        """How a dead letter came here: how often it died, and stop by stop."""
        self.path = LifeView(self._context.theme, "Path of the message")
        self.deaths = label("", "muted", wraps=True, selectable=True)
        said = row(self.deaths, margins=(LARGE, MEDIUM, LARGE, 0))
        return _scrolling(holder(column(said, self.path, gap=0)))

    # ---- what it says

    def refresh(self) -> None:
        """Show the view-model's message."""
        detail = self._inspector.detail
        self._stack.setCurrentIndex(0 if detail is None else 1)
        if detail is None:
            gone = self._inspector.gone_because
            set_text(self._hint, gone or tr("Select a message to look inside.\nLooking never changes it."))
            return
        message = detail.row
        self._chip.state = message.state
        self._chip.update()
        set_text(self._number, f"#{message.message_id}")
        damaged = f"Damaged on the disk: {plain(message.problem)}. It may not be what was published."
        set_text(self.damage, damaged if message.problem else "")
        self._damage_card.setVisible(bool(message.problem))
        key = f" › {plain(message.routing_key, 80)}" if message.exchange else ""
        queue = f" › {plain(message.queue, 80)}" if message.queue else ""
        set_text(self._path, f"{exchange_title(message.exchange)}{key}{queue}")
        self.tick()
        self.body.refresh()
        self.fields.show_fields(
            self._inspector.properties(), self._inspector.headers(), plain(detail.property_error)
        )
        self.lifecycle.steps.show_steps(self._inspector.life())
        path = self._inspector.path()
        self.path.show_steps(path)
        self.path.setVisible(bool(path))
        straight = "It came here straight: it has not died, and no exchange held it on its way."
        held = "It has not died, but was held on its way." if path else straight
        set_text(self.deaths, self._inspector.deaths() or held)

    def show_body(self) -> None:
        """Bring the body to the front."""
        self.tabs.setCurrentIndex(0)

    def tick(self) -> None:
        """The line that changes with time."""
        detail = self._inspector.detail
        if detail is None:
            return
        self.lifecycle.tick()
        message = detail.row
        now_us = self._context.studio.workspace.now_us()
        publisher = f" by {plain(message.publisher, 60)}" if message.publisher else ""
        parts = [size(message.size_bytes), progress(message, now_us)]
        set_text(
            self._about,
            f"{' · '.join(parts)}\npublished {clock(message.published_at_us)}{publisher}",
        )

    @property
    def text(self) -> QPlainTextEdit:
        """The body where it is shown as text."""
        return self.body.text

    @property
    def tree(self) -> TreeView:
        """The body where it is shown as a tree."""
        return self.body.tree

    def sizeHint(self) -> QSize:
        return QSize(380, 500)


def _scrolling(content: QWidget) -> QScrollArea:
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QScrollArea.Shape.NoFrame)
    scroll.setWidget(holder(column(content, None)))
    return scroll
