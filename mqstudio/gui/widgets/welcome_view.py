"""The first page: the broker is there, this is how to connect, and who has."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.theme import HUGE, LARGE, SMALL, TINY
from mqstudio.gui.widgets.basics import (
    button,
    card,
    column,
    holder,
    label,
    row,
    set_button_text,
    set_role,
    set_text,
)
from mqstudio.gui.widgets.snippet import Snippet
from mqstudio.gui.words import tr
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.viewmodel.demo import FIRST_QUEUE, DemoState
from mqstudio.viewmodel.welcome import Welcome

CONTENT_WIDTH = 820
STEPS = (
    ("Run a program", "Paste the snippet, or point any RabbitMQ client at the address above."),
    ("Watch the message", "Its queue appears on the left; each message keeps its whole story."),
    ("Take it apart", "Select a message to see its body, headers, and every step of its life."),
)

DEMO_SAYS = {
    DemoState.CLOSED: "The demo shop: two producers and three consumers, one of them slow, one that fails "
    "sometimes. All it makes is called “shop…”.",
    DemoState.OPENING: "The demo shop opens…",
    DemoState.OPEN: "The demo shop is open: orders come in, wait, are taken, and some end as dead letters.",
}


class WelcomeView(QWidget):
    """Shows the Welcome view-model."""

    declare_wanted = Signal()
    publish_wanted = Signal()
    queue_wanted = Signal(str, str)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._welcome: Welcome = context.studio.welcome
        self._demo = context.studio.demo
        self._title = label("", "title")
        self._subtitle = label("", "muted", wraps=True)
        self._ports = QVBoxLayout()
        self._ports.setSpacing(SMALL)
        self.snippet = Snippet(context.theme, self._welcome.snippet)
        self._status_icon = label()
        self.status = label("", "muted", wraps=True)
        self._url = label(self._welcome.url, "mono", selectable=True)
        self.copy_url_button = button(tr("Copy"), "link")
        self.copy_url_button.clicked.connect(self._copy_url)
        self._build()
        self._welcome.changed.connect(self._refresh)
        self._demo.changed.connect(self._refresh_demo)
        self._demo.queue_filled.connect(self._on_demo_filled)
        context.theme.changed.connect(self._refresh)
        self._refresh()

    def _build(self) -> None:
        content = holder(
            column(
                self._title, self._subtitle, TINY, self._ports, SMALL, self._connect_card(), SMALL,
                self._demo_card(), SMALL, self._steps(), None, margins=(HUGE, HUGE, HUGE, LARGE), gap=SMALL,
            )
        )  # fmt: skip
        content.setMaximumWidth(CONTENT_WIDTH)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        middle = row(None, content, None)
        middle.setStretch(1, 100)
        scroll.setWidget(holder(middle))
        self.setLayout(column(card(column(scroll, margins=(1, 1, 1, 1)))))

    def _connect_card(self) -> QWidget:
        head = row(
            label(tr("Connect my app"), "heading"), label(tr("Python · pika"), "caption"), None,
            self._url, self.copy_url_button,
        )  # fmt: skip
        status = row(self._status_icon, self.status, gap=SMALL)
        status.setStretch(1, 1)
        self.test_button = button(tr("Make a queue…"), icon=self._context.theme.icon("plus"))
        self.publish_button = button(tr("Publish a message…"), icon=self._context.theme.icon("send"))
        self.test_button.clicked.connect(self.declare_wanted)
        self.publish_button.clicked.connect(self.publish_wanted)
        foot = row(status, self.test_button, self.publish_button)
        foot.setStretch(0, 1)
        return card(column(head, self.snippet, TINY, foot, margins=(LARGE, LARGE, LARGE, LARGE)))

    def _demo_card(self) -> QWidget:
        self.demo_says = label("", "muted", wraps=True)
        self.demo_button = button(tr("Start"), "primary")
        self.clean_button = button(tr("Remove its queues"), "quiet")
        self.demo_button.clicked.connect(self._on_demo)
        self.clean_button.clicked.connect(self._on_clean)
        words = column(label(tr("Show me messages"), "heading"), self.demo_says, gap=TINY)
        line = row(words, self.clean_button, self.demo_button, margins=(LARGE, LARGE, LARGE, LARGE))
        line.setStretch(0, 1)
        return card(line)

    def _on_demo(self) -> None:
        is_closed = self._demo.state is DemoState.CLOSED
        self._context.spawn(self._demo.run() if is_closed else self._demo.stop(), self)

    def _on_clean(self) -> None:
        self._context.spawn(self._demo.clean(), self)

    def _on_demo_filled(self) -> None:
        if self.isVisible():  # else the user has gone on to something else
            self.queue_wanted.emit(DEFAULT_VHOST, FIRST_QUEUE)

    def _refresh_demo(self) -> None:
        state = self._demo.state
        set_text(self.demo_says, tr(DEMO_SAYS[state]))
        set_button_text(self.demo_button, tr("Stop") if state is DemoState.OPEN else tr("Start"))
        set_role(self.demo_button, "" if state is DemoState.OPEN else "primary", "kind")
        self.demo_button.setEnabled(self._welcome.is_live and state is not DemoState.OPENING)
        self.clean_button.setVisible(self._demo.has_run and state is DemoState.CLOSED)
        self.clean_button.setEnabled(self._welcome.is_live)

    def _steps(self) -> QWidget:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(HUGE)
        for place, (title, says) in enumerate((tr(title), tr(says)) for title, says in STEPS):
            grid.setColumnStretch(place, 1)
            grid.addWidget(label(f"{place + 1}   {title}", "strong"), 0, place)
            text = label(says, "muted", wraps=True)
            text.setAlignment(Qt.AlignmentFlag.AlignTop)
            grid.addWidget(text, 1, place)
        return holder(grid)

    def _copy_url(self) -> None:
        from PySide6.QtGui import QGuiApplication  # noqa: PLC0415 - used only here

        QGuiApplication.clipboard().setText(self._welcome.url)

    def _refresh(self) -> None:
        welcome, theme = self._welcome, self._context.theme
        set_text(self._title, welcome.headline)
        set_text(self._subtitle, welcome.explanation)
        self._refresh_ports()
        self.snippet.set_code(welcome.snippet)
        set_text(self._url, welcome.url)
        set_text(self.status, welcome.waiting)
        set_role(self.status, "good" if welcome.connected else "muted")
        icon = theme.icon("check", "done") if welcome.connected else theme.icon("port")
        self._status_icon.setPixmap(icon.pixmap(16, 16))
        self._status_icon.setVisible(bool(welcome.waiting))
        self.test_button.setIcon(theme.icon("plus"))
        self.publish_button.setIcon(theme.icon("send"))
        self.test_button.setEnabled(welcome.is_live)
        self.publish_button.setEnabled(welcome.is_live)
        self._refresh_demo()

    def _refresh_ports(self) -> None:
        while self._ports.count():
            item = self._ports.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.deleteLater()
        for port in self._welcome.ports:
            good = (
                self._context.theme.icon("warning", "in_flight")
                if port.problem
                else self._context.theme.icon("check", "done")
            )
            mark = label()
            mark.setPixmap(good.pixmap(16, 16))
            says = label(f"{port.title}  {port.port}", "strong")
            why = label(port.problem, "warn")
            self._ports.addWidget(holder(row(mark, says, why, None)))
