"""The replay panel: what is replayed, to where, how fast, changed how; what it would do; how far it is."""

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QProgressBar, QPushButton, QScrollArea, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.row_table import RowTable, RowTableModel
from mqstudio.gui.theme import MEDIUM, SMALL, TINY
from mqstudio.gui.widgets.basics import (
    button,
    card,
    column,
    holder,
    label,
    row,
    rule,
    set_button_text,
    set_role,
    set_text,
)
from mqstudio.gui.widgets.replay_view_form import ReplayFormBox
from mqstudio.gui.words import tr
from mqstudio.viewmodel.replay_scope import ScopeKind
from mqstudio.viewmodel.replay_words import (
    LINE_COLUMNS,
    example_says,
    next_says,
    running_says,
    trial_says,
    trial_warnings,
)

LOOK_DELAY_MS = 300
"""Typing pauses this long before it is looked what becomes of the first message."""

STEPS = 1_000
LEAST_TABLE = 96
"""Pixels in which a few rows can be read."""

SCOPES = {
    ScopeKind.SELECTION: "Selection",
    ScopeKind.SHOWN: "Shown",
    ScopeKind.MARKED: "Marked",
    ScopeKind.ALL: "Everything",
    ScopeKind.FILE: "File…",
}


class ReplayView(QWidget):
    """Shows and edits a ReplayPanel. file_wanted: somebody wants to choose a file."""

    file_wanted = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.panel = context.studio.replay
        self._asked: tuple[object, ...] = ()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LOOK_DELAY_MS)
        self._build()
        self._connect()
        self.refresh()

    # ---- parts

    def _build(self) -> None:
        self.form = ReplayFormBox(self._context, self.panel)
        left = column(
            self._build_scopes(), self.form, None, margins=(MEDIUM, SMALL, MEDIUM, SMALL), gap=SMALL
        )
        halves = row(_scrolled(holder(left)), _scrolled(self._build_found()), gap=0)
        halves.setStretch(0, 9)
        halves.setStretch(1, 10)
        whole = column(halves, rule(), self._build_foot(), gap=0)
        whole.setStretch(0, 1)
        self.setLayout(column(card(whole)))

    def _build_scopes(self) -> QWidget:
        self.scopes: dict[ScopeKind, QPushButton] = {}
        group = QButtonGroup(self)
        for kind, title in SCOPES.items():
            made = button(tr(title), "chip")
            group.addButton(made)
            made.clicked.connect(partial(self._on_scope, kind))
            self.scopes[kind] = made
        self.scope_says = label("", "caption", wraps=True)
        return holder(column(row(*self.scopes.values(), None, gap=TINY), self.scope_says, gap=TINY))

    def _build_found(self) -> QWidget:
        model = RowTableModel(self.panel.lines, LINE_COLUMNS, self._context.studio.workspace.now_us, self)
        self.table = RowTable(
            self._context.theme, model, tr("What a replay would do, or what did not arrive")
        )
        self.table.setMinimumHeight(LEAST_TABLE)
        self.headline = label("", "strong", wraps=True)
        self.warnings = label("", "warn", wraps=True)
        self.before, self.after = (label("", "mono", wraps=True, selectable=True) for _ in range(2))
        for each in (self.before, self.after):
            each.setAlignment(Qt.AlignmentFlag.AlignTop)
        example = row(
            column(label(tr("First message, as recorded"), "muted"), self.before, None, gap=TINY),
            column(label(tr("As it would be sent"), "muted"), self.after, None, gap=TINY),
            gap=MEDIUM,
        )
        example.setStretch(0, 1)
        example.setStretch(1, 1)
        self.example_problem = label("", "warn", wraps=True)
        self.example = holder(example)
        self._space = QWidget()
        made = column(
            self.headline, self.warnings, self.example_problem, self.example, self.table, self._space,
            margins=(SMALL, SMALL, MEDIUM, SMALL), gap=SMALL,
        )  # fmt: skip
        made.setStretch(4, 1)
        made.setStretch(5, 1)
        return holder(made)

    def _build_foot(self) -> QWidget:
        theme = self._context.theme
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.says = label("", "muted", wraps=True)
        self.try_button = button(tr("Dry run"), tip_text=tr("Send nothing; show what would go where"))
        self.start_button = button(tr("Start"), "primary", icon=theme.icon("play", "on_accent"))
        self.pause_button = button(tr("Pause"))
        self.step_button = button(tr("Next"), tip_text=tr("Send the next message"))
        self.ten_button = button(tr("Next 10"), tip_text=tr("Send the next ten messages"))
        self.stop_button = button(tr("Stop"), "danger")
        middle = column(self.says, self.bar, gap=TINY)
        made = row(
            middle, self.step_button, self.ten_button, self.pause_button, self.stop_button, self.try_button,
            self.start_button, margins=(MEDIUM, SMALL, MEDIUM, SMALL), gap=SMALL,
        )  # fmt: skip
        made.setStretch(0, 1)
        return holder(made)

    def _connect(self) -> None:
        panel = self.panel
        follow(self, panel.changed, self.refresh)
        follow(self, self._context.studio.workspace.state_changed, self.refresh)
        self._timer.timeout.connect(self._on_look_due)
        self.try_button.clicked.connect(self.try_out)
        self.start_button.clicked.connect(self.start)
        self.pause_button.clicked.connect(panel.pause)
        self.step_button.clicked.connect(partial(self._step, 1))
        self.ten_button.clicked.connect(partial(self._step, 10))
        self.stop_button.clicked.connect(panel.stop)

    # ---- showing

    def refresh(self) -> None:
        """Show what is asked and known."""
        panel = self.panel
        for kind, made in self.scopes.items():
            made.setEnabled(kind in panel.scopes or kind is ScopeKind.FILE)
            made.setChecked(panel.scope is not None and panel.scope.kind is kind)
        nothing = tr("Choose messages, or a file that was recorded or exported.")
        set_text(self.scope_says, panel.scope.title if panel.scope is not None else nothing)
        self.form.refresh()
        self._show_found()
        self._show_foot()
        asked = (panel.scope, panel.form)
        if asked != self._asked and not panel.is_running:
            self._timer.start()

    def _show_found(self) -> None:
        panel = self.panel
        panel.show_lines()
        trial, replaying = panel.trial, panel.replaying
        if trial is not None:
            set_text(self.headline, trial_says(trial))
            set_text(self.warnings, "\n".join(trial_warnings(trial)))
        elif replaying is not None and replaying.failed:
            set_text(self.headline, tr("Did not arrive"))
            set_text(self.warnings, replaying.failure)
        else:
            set_text(self.headline, "")
            set_text(self.warnings, "")
        for each in (self.headline, self.warnings):
            each.setVisible(bool(each.text()))
        has_lines = bool(self.panel.lines.rows)
        is_about_failures = trial is None and has_lines
        is_wanted = panel.form.is_changing or not has_lines
        has_example = panel.example is not None and is_wanted and not is_about_failures
        self.table.setVisible(has_lines)
        self.example.setVisible(has_example)
        self._space.setVisible(not has_lines)
        before, after = example_says(panel.example) if panel.example is not None else ("", "")
        set_text(self.before, before)
        set_text(self.after, after)
        set_text(self.example_problem, panel.example_problem)
        self.example_problem.setVisible(bool(panel.example_problem))

    def _show_foot(self) -> None:
        panel, replaying = self.panel, self.panel.replaying
        is_running = panel.is_running
        for each in (self.pause_button, self.stop_button):
            each.setVisible(is_running)
        is_stepping = is_running and replaying is not None and replaying.is_stepping
        for each in (self.step_button, self.ten_button):
            each.setVisible(is_stepping)
        for each in (self.try_button, self.start_button):
            each.setVisible(not is_running)
            each.setEnabled(panel.can_begin)
        self.bar.setVisible(replaying is not None or panel.is_trying)
        self.bar.setAccessibleName(tr("How far the replay is"))
        set_role(self.says, "bad" if self._problem() else "muted")
        if replaying is not None:
            is_held = replaying.is_paused or replaying.is_stepping
            set_button_text(self.pause_button, tr("Go on") if is_held else tr("Pause"))
            total = panel.total if panel.total or is_running else replaying.counts.done
            self.bar.setRange(0, STEPS if total else 0)
            self.bar.setValue(round(replaying.counts.done / total * STEPS) if total else 0)
        elif panel.is_trying:
            self.bar.setRange(0, 0)
        set_text(self.says, self._problem() or self._progress())

    def _problem(self) -> str:
        panel = self.panel
        if panel.problem:
            return panel.problem
        return panel.wrong.says if panel.wrong is not None and panel.wrong.field != "patch" else ""

    def _progress(self) -> str:
        panel, replaying = self.panel, self.panel.replaying
        if panel.is_trying:
            return tr("Looking through it…")
        if replaying is None:
            return tr("Replayed messages are known by the header x-mqstudio-replay.")
        says = running_says(replaying, panel.total)
        if panel.is_running and replaying.is_stepping:
            return f"{says}\n{tr('next')}: {next_says(replaying)}"
        return says

    # ---- gestures

    def _on_scope(self, kind: ScopeKind) -> None:
        if kind is ScopeKind.FILE:
            self.file_wanted.emit()
            self.refresh()  # until one is chosen it is what it was
        else:
            self.panel.choose(kind)

    def _on_look_due(self) -> None:
        asked = (self.panel.scope, self.panel.form)
        if self.isVisible() and self._context.studio.workspace.is_live and asked != self._asked:
            self._asked = asked
            self._context.spawn(self.panel.look(), self)

    def try_out(self) -> None:
        """Show what would go where."""
        self._context.spawn(self.panel.try_out(), self)

    def start(self) -> None:
        """Replay; it goes on when this panel is closed."""
        self._context.spawn(self.panel.start(), self)

    def _step(self, number: int) -> None:
        self.panel.step(number)


def _scrolled(content: QWidget) -> QScrollArea:
    """A half that is scrolled where the dock is low: the buttons below it stay in sight."""
    made = QScrollArea()
    made.setWidgetResizable(True)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setFrameShape(QScrollArea.Shape.NoFrame)
    made.setWidget(content)
    return made
