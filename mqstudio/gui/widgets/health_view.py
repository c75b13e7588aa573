"""The Health panel: disk, file, recorder, and how fast what is confirmed gets on disk."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.theme import LARGE, MEDIUM, SMALL, TINY, Theme
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
from mqstudio.gui.widgets.gauge import CommitChart, Gauge
from mqstudio.gui.words import tr
from mqstudio.viewmodel.health import Keeping
from mqstudio.viewmodel.health_words import Fact, Level
from mqstudio.viewmodel.wording import plain
from mqstudio.viewmodel.workspace import ConnectionState

COLUMNS = (("disk", "file", "log"), ("sync", "commits", "pending"), ("oldest", "backup", "encryption"))
_SIGNS = {
    Level.GOOD: ("check", "done"), Level.QUIET: ("info", "muted"),
    Level.WARN: ("warning", "in_flight"), Level.BAD: ("warning", "dropped"),
}  # fmt: skip
_ROLES = {Level.GOOD: "", Level.QUIET: "", Level.WARN: "warn", Level.BAD: "bad"}
_BARS = {Level.GOOD: "accent", Level.QUIET: "accent", Level.WARN: "in_flight", Level.BAD: "dropped"}


class FactBlock(QWidget):
    """One figure: its name, its value, a bar if it has a bound, and what it means."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._title = label("", "muted")
        self.value = label("", "strong", selectable=True)
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.gauge = Gauge(theme)
        self.says = label("", "caption", wraps=True)
        self.setLayout(column(row(self._title, None, self.value), self.gauge, self.says, gap=2))

    def show_fact(self, fact: Fact) -> None:
        """Show another figure, or the same further on."""
        set_text(self._title, fact.title)
        set_text(self.value, fact.value)
        set_role(self.value, _ROLES[fact.level] or "strong")
        set_text(self.says, fact.says)
        self.gauge.setVisible(fact.share is not None)
        if fact.share is not None:
            says = tr(
                "{title}: {share} used. {says}", title=fact.title, share=f"{fact.share:.0%}", says=fact.says
            )
            self.gauge.show_share(fact.share, fact.marks, _BARS[fact.level], says)


class HealthView(QWidget):
    """Shows Health and Backup; asks for figures often only while it is seen."""

    backup_wanted = Signal()
    restart_wanted = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._health, self._backup = context.studio.health, context.studio.backup
        self.blocks: dict[str, FactBlock] = {}
        self._sign = label()
        self.headline = label("", "heading", wraps=True)
        self.says = label("", "muted", wraps=True, selectable=True)
        self.path = label("", "caption", wraps=True, selectable=True)
        self.verb_button = button(tr("Go on"), "danger")
        self.backup_button = button(tr("Back up…"), icon=context.theme.icon("copy"))
        self.cancel_button = button(tr("Cancel backup"))
        self.backup_says = label("", "caption", wraps=True)
        self.backup_gauge = Gauge(context.theme)
        self.chart = CommitChart(context.theme)
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        self._backup_box = holder(
            column(self.backup_says, self.backup_gauge, row(self.cancel_button, None), gap=TINY)
        )
        head = row(self._sign, self.headline, gap=SMALL)
        head.setStretch(1, 1)
        left = column(
            head, self.says, self.path, row(self.verb_button, self.backup_button, None), self._backup_box,
            None, margins=(LARGE, MEDIUM, LARGE, MEDIUM), gap=SMALL,
        )  # fmt: skip
        left_scroll = _scrolling(holder(left))
        grid = QGridLayout()
        grid.setContentsMargins(LARGE, MEDIUM, LARGE, MEDIUM)
        grid.setHorizontalSpacing(LARGE)
        for place, names in enumerate(COLUMNS):
            grid.setColumnStretch(place, 1)
            blocks = [self._block(name) for name in names]
            grid.addLayout(column(*blocks, None, gap=SMALL), 0, place)
        chart = column(label(tr("Commits of the last minutes"), "muted"), self.chart, gap=SMALL)
        chart.setStretch(1, 1)
        grid.addLayout(chart, 0, len(COLUMNS))
        grid.setColumnStretch(len(COLUMNS), 1)
        self._facts = card(column(_scrolling(holder(grid))))
        whole = row(card(column(left_scroll)), self._facts)
        whole.setStretch(0, 2)
        whole.setStretch(1, 7)
        self.setLayout(whole)

    def _block(self, name: str) -> FactBlock:
        self.blocks[name] = FactBlock(self._context.theme)
        return self.blocks[name]

    def _connect(self) -> None:
        follow(self, self._health.changed, self.refresh)
        follow(self, self._backup.changed, self.refresh_backup)
        self._context.theme.changed.connect(self.refresh)
        self.verb_button.clicked.connect(self._on_verb)
        self.backup_button.clicked.connect(self.backup_wanted)
        self.cancel_button.clicked.connect(self._on_cancel)

    def refresh(self) -> None:
        """Show the latest figures. What nobody sees is not drawn."""
        if not self.isVisible():
            return
        health, theme = self._health, self._context.theme
        state = health.headline()
        self._sign.setPixmap(theme.icon(*_SIGNS[state.level]).pixmap(18, 18))
        set_text(self.headline, state.value)
        set_text(self.says, state.says)
        found = health.health
        set_text(self.path, plain(found.path) if found is not None and health.is_live else "")
        self.path.setVisible(bool(self.path.text()))
        alarm = health.alarm()
        verb = alarm.verb if alarm is not None else ""
        is_lost = self._context.studio.workspace.state is ConnectionState.LOST
        self.verb_button.setVisible(bool(verb) or is_lost)
        set_button_text(self.verb_button, verb or tr("Restart broker"))
        set_role(self.verb_button, "danger" if verb else "", "kind")
        facts = health.facts()
        for fact in facts:
            self.blocks[fact.name].show_fact(fact)
        self._facts.setVisible(bool(facts))
        self.chart.show_points(health.times_s, health.p50_ms, health.p99_ms)
        self.backup_button.setIcon(theme.icon("copy"))
        self.refresh_backup()

    def refresh_backup(self) -> None:
        """Show how far the backup is."""
        state, is_running = self._backup.state, self._backup.is_running
        is_profile = self._health.is_live and self._health.keeping is Keeping.PROFILE
        self.backup_button.setVisible(is_profile and not is_running)
        self._backup_box.setVisible(is_running)
        set_text(
            self.backup_says,
            tr(
                "Copying to {target}: {done_share}",
                target=plain(state.target),
                done_share=f"{state.done_share:.0%}",
            ),
        )
        self.backup_gauge.show_share(state.done_share, (), "accent", self.backup_says.text())

    def _on_verb(self) -> None:
        if self._health.is_live:
            self._context.spawn(self._health.go_on(), self)
        else:
            self.restart_wanted.emit()

    def _on_cancel(self) -> None:
        self._context.spawn(self._backup.stop(), self)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._health.set_visible(True)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._health.set_visible(False)


def _scrolling(content: QWidget) -> QScrollArea:
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidget(content)
    return scroll
