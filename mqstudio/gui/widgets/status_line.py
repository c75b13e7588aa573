"""The status bar: listeners, clients, totals, the recorder, and the switch of light and dark."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QStatusBar, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.theme import LARGE, SMALL, TINY
from mqstudio.gui.widgets.basics import (
    button,
    holder,
    icon_button,
    label,
    row,
    set_button_text,
    set_text,
    set_tip,
)
from mqstudio.gui.widgets.job_line import JobLine
from mqstudio.gui.widgets.problem_badge import ProblemBadge
from mqstudio.gui.words import tr
from mqstudio.viewmodel.health_words import Level
from mqstudio.viewmodel.recorder import recorder_says
from mqstudio.viewmodel.welcome import PROTOCOL_TITLES
from mqstudio.viewmodel.wording import count, counted
from mqstudio.viewmodel.workspace import ConnectionState

_SIGNS = {
    Level.GOOD: ("record", "done"),
    Level.WARN: ("warning", "in_flight"),
    Level.BAD: ("warning", "dropped"),
}


class StatusLine(QStatusBar):
    """Always tells how the broker is."""

    restart_wanted = Signal()
    theme_toggled = Signal()
    details_wanted = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._context = context
        self._workspace = context.studio.workspace
        self._health = context.studio.health
        self._mark = label()
        self._drawn: tuple[object, ...] = ()
        self.broker = label("", "strong")
        self.restart_button = button(tr("Restart broker"), "link")
        self.clients = label("", "muted")
        self.totals = label("", "muted")
        self.recorder = button("", "link", tip_text=tr("How it stands with disk, file and recorder"))
        self.problems = ProblemBadge(context)
        self.jobs = JobLine(context)
        self.theme_button = icon_button(context.theme.icon("moon"), tr("Switch between light and dark"))
        self.addWidget(
            holder(
                row(self._mark, self.broker, self.restart_button, LARGE, self.clients, LARGE,
                    self.totals, None,
                    margins=(LARGE, TINY, 0, TINY), gap=SMALL)
            ),
            1,
        )  # fmt: skip
        right = row(
            self.jobs, self.problems, self.recorder, self.theme_button,
            margins=(0, TINY, SMALL, TINY), gap=LARGE,
        )  # fmt: skip
        self.addPermanentWidget(holder(right))
        self.restart_button.clicked.connect(self.restart_wanted)
        self.theme_button.clicked.connect(self.theme_toggled)
        self.recorder.clicked.connect(self.details_wanted)
        self._health.changed.connect(self._refresh_recorder)
        self._workspace.sampled.connect(self.refresh)
        self._workspace.state_changed.connect(self.refresh)
        context.theme.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say how things are."""
        state = self._workspace.state
        icon, colour, says = {
            ConnectionState.CONNECTING: ("port", "muted", "Starting…"),
            ConnectionState.LIVE: ("check", "done", self._listening()),
            ConnectionState.LOST: ("warning", "dropped", "Broker not running"),
        }[state]
        self._show_mark(icon, colour)
        set_text(self.broker, says)
        self.restart_button.setVisible(state is ConnectionState.LOST)
        totals, apps = self._workspace.totals, len(self._workspace.apps())
        is_live = state is ConnectionState.LIVE
        set_text(self.clients, counted(apps, "client") if is_live else "")
        ready = tr("{count} ready", count=count(totals.ready))
        figures = f"{ready}   ·   {tr('{count} in flight', count=count(totals.in_flight))}"
        set_text(self.totals, figures if is_live else "")
        self._refresh_recorder()

    def _show_mark(self, icon: str, colour: str) -> None:
        """Each new picture has the whole window laid out: only where it is another."""
        theme = self._context.theme
        wanted = (icon, colour, theme.look)
        if wanted != self._drawn:
            self._drawn = wanted
            self._mark.setPixmap(theme.icon(icon, colour).pixmap(14, 14))
            self.theme_button.setIcon(theme.icon("sun" if theme.colours.is_dark else "moon"))

    def _refresh_recorder(self) -> None:
        """One word or two; more of it in the panel that it opens."""
        word, level = self._health.word()
        self.recorder.setVisible(bool(word))
        if not word:
            return
        if level in _SIGNS:
            self.recorder.setIcon(self._context.theme.icon(*_SIGNS[level]))
        else:
            self.recorder.setIcon(QIcon())
        set_button_text(self.recorder, word)
        state = self._health.headline()
        says = f"{recorder_says(self._workspace.totals)}. {state.says}"
        self.recorder.setAccessibleName(f"{word}. {says}")
        set_tip(self.recorder, says)

    def _listening(self) -> str:
        listeners = self._workspace.info.listeners if self._workspace.info else []
        ports = [
            f"{PROTOCOL_TITLES.get(x.protocol, x.protocol)}{' over TLS' if x.is_tls else ''} :{x.port}"
            for x in listeners
            if x.protocol not in ("native", "management", "metrics")  # the welcome page has them all
        ]
        return tr("Listening on {ports}", ports=", ".join(ports)) if ports else tr("Running")
