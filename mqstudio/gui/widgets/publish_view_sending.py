"""How often, how fast and when the draft is sent; what is under way, and what waits for its time."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QProgressBar, QVBoxLayout, QWidget
from shiboken6 import isValid

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.theme import SMALL, TINY
from mqstudio.gui.widgets.basics import button, column, holder, icon_button, label, row, set_text, stretchy
from mqstudio.gui.widgets.publish_view_field import MistakeEdit
from mqstudio.gui.words import tr
from mqstudio.viewmodel.publish import Composer
from mqstudio.viewmodel.publish_draft import Problem
from mqstudio.viewmodel.publish_running import Running
from mqstudio.viewmodel.publish_schedule import Planned

BAR_WIDTH = 120
STEPS = 1_000
PLAN_TICK_MAX_MS = 1_000
"""What waits is looked at this often, since it says how long it still waits."""


class SendBar(QWidget):
    """Count, rate, keys and seed of the draft, and the buttons. send_wanted: now."""

    send_wanted = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._composer = context, context.studio.composer
        theme = context.theme
        self.fields: dict[str, MistakeEdit] = {
            "count": MistakeEdit(theme, tr("How many messages")),
            "rate": MistakeEdit(theme, tr("Messages per second")),
            "keys": MistakeEdit(theme, tr("Routing keys taken in turn")),
            "seed": MistakeEdit(theme, tr("Seed of templates")),
        }
        for name, width, hint in (
            ("count", 6, "1"), ("rate", 6, tr("max")), ("keys", 14, tr("eu us …")), ("seed", 9, tr("any")),
        ):  # fmt: skip
            field = self.fields[name]
            field.setFixedWidth(width * field.fontMetrics().averageCharWidth() + 26)
            field.setPlaceholderText(hint)
            field.textEdited.connect(self._on_edited)
        self.later_button = button(tr("Later…"), "quiet", tip_text=tr("Send it at a time, or in so long"))
        self.save_button = button(tr("Save…"), "quiet", tip_text=tr("Save it to the library"))
        icon = theme.icon("send", "on_accent")
        self.send_button = button(tr("Send"), "primary", icon=icon, shortcut="Ctrl+Return")
        self.asking = AskLine()
        fields = self.fields
        self._main = holder(
            row(
                label(tr("Send"), "muted"),
                fields["count"],
                label(tr("times"), "muted"),
                SMALL,
                label(tr("rate"), "muted"),
                fields["rate"],
                label(tr("/s"), "muted"),
                SMALL,
                label(tr("keys in turn"), "muted"),
                fields["keys"],
                SMALL,
                label(tr("seed"), "muted"),
                fields["seed"],
                None,
                self.save_button,
                self.later_button,
                self.send_button,
                gap=TINY,
            )
        )
        self.setLayout(column(self._main, self.asking, gap=TINY))
        self.send_button.clicked.connect(self.send_wanted)
        self.later_button.clicked.connect(self.ask_when)

    def refresh(self, problems: dict[str, Problem], *, can_send: bool) -> None:
        """Show the draft's numbers."""
        draft = self._composer.draft
        for name, field in self.fields.items():
            text = getattr(draft, name)
            if field.text() != text:
                field.setText(text)
            field.show_problem(problems.get(name))
        self.send_button.setEnabled(can_send)
        self.later_button.setEnabled(can_send)
        self.save_button.setEnabled(True)

    def _on_edited(self) -> None:
        self._composer.edit(**{name: field.text() for name, field in self.fields.items()})

    def ask_when(self) -> None:
        """Ask for the time, in place."""
        hint = tr("10 m, 1 h 30 m, 18:30 or 2026-11-24 18:30")
        self.asking.ask(tr("Send at, or in"), hint, tr("Schedule"), self._plan)

    def _plan(self, text: str) -> str:
        return self._composer.plan(text)

    def ask_name(self, name: str = "") -> None:
        """Ask for a name in the library, in place."""
        self.asking.ask(tr("Save as"), tr("a name"), tr("Save"), self._save, name)

    def _save(self, text: str) -> str:
        says = self._composer.library.save(text, self._composer.draft)
        if not says:
            self._context.studio.notices.tell(tr("Saved to the library."))
        return says


class AskLine(QWidget):
    """One question in place, with an answer in a field; hidden unless something is asked."""

    def __init__(self) -> None:
        super().__init__()
        self._title = label("", "muted")
        self.field = QLineEdit()
        self.field.setAccessibleName(tr("Answer"))
        self._before: QWidget | None = None
        self.done_button = button(tr("Save"), "primary")
        self.cancel_button = button(tr("Cancel"), "quiet")
        self.says = label("", "bad")
        line = row(
            self._title, self.field, self.done_button, self.cancel_button, stretchy(self.says), gap=SMALL
        )
        line.setStretch(1, 2)
        line.setStretch(4, 3)
        self.setLayout(line)
        self.field.returnPressed.connect(self._on_done)
        self.done_button.clicked.connect(self._on_done)
        self.cancel_button.clicked.connect(self._end)
        self._answer = _nothing
        self.hide()

    def ask(self, title: str, hint: str, verb: str, answer: object, text: str = "") -> None:
        """Ask; `answer(text)` returns what is wrong, "" if it is done."""
        self._answer = answer  # type: ignore[assignment]  # a callable from str to str
        set_text(self._title, title)
        set_text(self.says, "")
        self.field.setAccessibleName(title)
        self.field.setPlaceholderText(hint)
        self.field.setText(text)
        self.done_button.setText(verb)
        self.done_button.setAccessibleName(verb)
        self._before = QApplication.focusWidget()
        self.show()
        self.field.setFocus()
        self.field.selectAll()

    def _on_done(self) -> None:
        says = self._answer(self.field.text())
        set_text(self.says, says)
        if not says:
            self._end()

    def _end(self) -> None:
        """Away with it; the keyboard goes back to where it was."""
        self.hide()
        if self._before is not None and isValid(self._before) and self._before.isVisible():
            self._before.setFocus()
        self._before = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._end()
        elif event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # those were for the field
            super().keyPressEvent(event)
            return
        event.accept()


def _nothing(_text: str) -> str:
    return ""


class RunningLine(QWidget):
    """A sending under way: how far, and buttons to pause and cancel it."""

    def __init__(self, context: Context, running: Running) -> None:
        super().__init__()
        self.running, self._theme = running, context.theme
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(BAR_WIDTH, 6)
        self.bar.setRange(0, STEPS)
        self.title, self.says = label(running.title, "strong"), label("", "muted")
        self.pause_button = icon_button(context.theme.icon("pause"), tr("Pause this sending"))
        self.cancel_button = icon_button(context.theme.icon("close"), tr("Cancel this sending"))
        line = row(self.title, self.bar, stretchy(self.says), self.pause_button, self.cancel_button)
        line.setStretch(2, 1)
        self.setLayout(line)
        self.pause_button.clicked.connect(self.toggle_pause)
        self.cancel_button.clicked.connect(running.sending.cancel)
        self.refresh()

    def refresh(self) -> None:
        """Say how far it is."""
        sending = self.running.sending
        set_text(self.says, self.running.says())
        self.bar.setValue(round(STEPS * sending.done / sending.count))
        self.bar.setAccessibleName(f"{self.running.title} {self.running.says()}")

    def toggle_pause(self) -> None:
        """Pause it, or go on."""
        sending = self.running.sending
        if sending.is_paused:
            sending.resume()
        else:
            sending.pause()
        self.pause_button.setIcon(self._theme.icon("play" if sending.is_paused else "pause"))
        name = tr("Resume this sending") if sending.is_paused else tr("Pause this sending")
        self.pause_button.setAccessibleName(name)
        self.refresh()


class PlannedLine(QWidget):
    """A sending that waits for its time, and a button that gives it up."""

    def __init__(self, context: Context, composer: Composer, planned: Planned) -> None:
        super().__init__()
        self.planned, self._composer = planned, composer
        self.says = label("", "muted")
        self.cancel_button = icon_button(context.theme.icon("close"), tr("Do not send this"))
        self.cancel_button.clicked.connect(self._on_cancel)
        line = row(label(planned.title, "strong"), stretchy(self.says), self.cancel_button)
        line.setStretch(1, 1)
        self.setLayout(line)
        self.refresh()

    def refresh(self) -> None:
        """Say how long it still waits."""
        when = self._composer.schedule.says(self.planned)
        set_text(self.says, tr("{when} · if the window is still open", when=when))

    def _on_cancel(self) -> None:
        self._composer.schedule.cancel(self.planned.id)


class UnderWay(QWidget):
    """All that runs or waits. Sends what waits when its time has come, whether or not anybody looks."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._composer = context, context.studio.composer
        self.running: list[RunningLine] = []
        self.planned: list[PlannedLine] = []
        self._box = QVBoxLayout()
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(TINY)
        self.setLayout(self._box)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)
        follow(self, self._composer.running.changed, self.refresh)
        follow(self, self._composer.schedule.changed, self._on_schedule)
        self.refresh()

    def _on_schedule(self) -> None:
        self.refresh()
        wait_us = self._composer.schedule.wait_us()
        if wait_us is None:
            self._timer.stop()
        else:
            self._timer.start(min(wait_us // 1_000 + 1, PLAN_TICK_MAX_MS))

    def tick(self) -> None:
        """Send what is due; say how long the rest waits."""
        if not self.window().isVisible():
            return  # it ends with the window, as was said
        for planned in self._composer.schedule.take_due():
            self._context.spawn(self._composer.send_planned(planned), self)
        self._on_schedule()

    def refresh(self) -> None:
        """Show what runs and what waits."""
        running, planned = self._composer.running.now, self._composer.schedule.planned
        if [line.running for line in self.running] != running:
            self._clear(self.running)
            self.running = [RunningLine(self._context, each) for each in running]
            for line in self.running:
                self._box.addWidget(line)
        if [line.planned for line in self.planned] != planned:
            self._clear(self.planned)
            self.planned = [PlannedLine(self._context, self._composer, each) for each in planned]
            for planned_line in self.planned:
                self._box.addWidget(planned_line)
        for running_line in self.running:
            running_line.refresh()
        for planned_line in self.planned:
            planned_line.refresh()
        self.setVisible(bool(running or planned))

    @staticmethod
    def _clear(lines: list[RunningLine] | list[PlannedLine]) -> None:
        for line in lines:
            line.hide()
            line.deleteLater()
