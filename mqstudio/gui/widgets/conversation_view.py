"""The conversation dock: a sequence diagram under the list, what joins its messages, ways to take it away."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QComboBox, QMenu, QScrollArea, QToolButton, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import Refresher, follow
from mqstudio.gui.theme import MEDIUM, SMALL, TINY
from mqstudio.gui.widgets.basics import (
    button,
    card,
    column,
    icon_button,
    label,
    row,
    rule,
    set_text,
    stretchy,
)
from mqstudio.gui.widgets.conversation_canvas import ConversationCanvas
from mqstudio.gui.words import tr
from mqstudio.viewmodel.conversation import kind_titles


class ConversationView(QWidget):
    """Shows the studio's ConversationPanel. shown, opened: a message to look at, to go to. left: close it."""

    shown = Signal(str, str, object)
    opened = Signal(str, str, object)
    left = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self.panel = context, context.studio.conversation
        self.canvas = ConversationCanvas(context.theme, self.panel)
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        self.by = QComboBox()
        self.by.setEditable(True)
        self.by.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.by.setAccessibleName(tr("What the messages have in common"))
        for kind, title in kind_titles():
            self.by.addItem(title, kind)
        for field in ("headers.order", "body.order.id", "type"):
            self.by.addItem(field, field)
        self.by.setMinimumWidth(190)
        self.again_button = button(tr("Look again"), "quiet", tip_text=tr("Gather the conversation anew"))
        self.stop_button = button(tr("Stop"), "quiet", tip_text=tr("Look no further"))
        self.take_button = self._take_menu()
        self.close_button = icon_button(self._context.theme.icon("close"), tr("Close"), "Esc")
        self.words = label("", "muted", selectable=True)
        self.facts = label("", "caption", selectable=True)
        self.facts.setAccessibleName(tr("The step that is chosen"))
        tools = row(
            label(tr("Together by"), "caption"), self.by, SMALL, stretchy(self.words), self.stop_button,
            self.again_button, self.take_button, self.close_button,
            margins=(MEDIUM, TINY, SMALL, TINY), gap=SMALL,
        )  # fmt: skip
        tools.setStretch(3, 1)
        self.scrolled = QScrollArea()
        self.scrolled.setWidgetResizable(True)
        self.scrolled.setFrameShape(QScrollArea.Shape.NoFrame)
        self.scrolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scrolled.setWidget(self.canvas)
        self.scrolled.setAlignment(Qt.AlignmentFlag.AlignTop)
        foot = row(stretchy(self.facts), margins=(MEDIUM, TINY, MEDIUM, TINY))
        body = column(tools, rule(), self.scrolled, rule(), foot, gap=0)
        body.setStretch(2, 1)
        self.setLayout(column(card(body)))

    def _take_menu(self) -> QToolButton:
        made = icon_button(self._context.theme.icon("copy"), tr("Copy the conversation"))
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.take_menu = QMenu(made)
        self.take_menu.addAction(tr("Copy as Mermaid"), self.copy_mermaid)
        self.take_menu.addAction(tr("Copy as text"), self.copy_text)
        self.take_menu.addAction(tr("Copy as JSON"), self.copy_json)
        made.setMenu(self.take_menu)
        return made

    def _connect(self) -> None:
        panel = self.panel
        self.by.activated.connect(self._on_by)
        line = self.by.lineEdit()
        assert line is not None  # it is editable
        line.returnPressed.connect(self._on_typed)
        self.again_button.clicked.connect(panel.wants_refresh.emit)
        self.stop_button.clicked.connect(panel.stop)
        self.close_button.clicked.connect(self.left)
        self.canvas.left.connect(self.left)
        self.canvas.opened.connect(self.opened)
        self.canvas.shown.connect(self.shown)
        self.canvas.pointed.connect(self._on_pointed)
        self.canvas.chosen.connect(self._on_chosen)
        for bar in (self.scrolled.verticalScrollBar(), self.scrolled.horizontalScrollBar()):
            bar.valueChanged.connect(self._on_scrolled)
        follow(self, panel.changed, self.refresh)
        Refresher(self, self._context, panel.wants_refresh, panel.refresh)
        self._context.theme.changed.connect(self._on_theme_changed)

    def _on_theme_changed(self) -> None:
        self.take_button.setIcon(self._context.theme.icon("copy"))
        self.close_button.setIcon(self._context.theme.icon("close"))

    def _on_by(self, place: int) -> None:
        self.panel.use_by(str(self.by.itemData(place)))

    def _on_typed(self) -> None:
        titles = {title: kind for kind, title in kind_titles()}
        self.panel.use_by(titles.get(self.by.currentText(), self.by.currentText()))

    # ---- showing

    def refresh(self) -> None:
        """Show what the panel has now."""
        panel = self.panel
        set_text(self.words, panel.says())
        set_text(self.facts, panel.facts() or tr("Point at a step, or go to it with the arrows."))
        self.stop_button.setVisible(panel.is_searching)
        self.again_button.setEnabled(panel.of is not None and not panel.is_searching)
        self.take_button.setEnabled(panel.diagram is not None)

    def _on_pointed(self, place: int | None) -> None:
        said = self.panel.facts(place) if place is not None else self.panel.facts()
        set_text(self.facts, said or tr("Point at a step, or go to it with the arrows."))

    def _on_chosen(self, y: int) -> None:
        self.scrolled.ensureVisible(0, y, 0, 3 * self.fontMetrics().height())

    def _on_scrolled(self, _: int) -> None:
        self.canvas.update()  # the heads of the lanes stay where they are seen

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    # ---- taking it away

    def copy_mermaid(self) -> None:
        """Put the diagram on the clipboard for Mermaid."""
        self._copy(self.panel.mermaid(), tr("Copied the conversation for Mermaid."))

    def copy_text(self) -> None:
        """Put the conversation on the clipboard as text."""
        self._copy(self.panel.text(), tr("Copied the conversation as text."))

    def copy_json(self) -> None:
        """Put the conversation on the clipboard as JSON."""
        self._copy(self.panel.json(), tr("Copied the conversation as JSON."))

    def _copy(self, text: str, says: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._context.studio.notices.tell(says)
