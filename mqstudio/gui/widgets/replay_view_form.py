"""The fields of the replay panel: where to, how fast, what is kept, what is changed."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QSlider, QWidget

from mqstudio.client.replay_values import TargetKind
from mqstudio.gui.context import Context
from mqstudio.gui.theme import SMALL, TINY
from mqstudio.gui.widgets.basics import column, holder, label, row, set_text
from mqstudio.gui.widgets.field_block import Choice
from mqstudio.gui.widgets.publish_view_field import MistakeEdit
from mqstudio.gui.words import tr
from mqstudio.viewmodel.publish_draft import Problem
from mqstudio.viewmodel.replay import ReplayPanel
from mqstudio.viewmodel.replay_form import SLIDER_STEPS, speed_at, speed_says, step_at

TARGETS = {
    TargetKind.ORIGINAL: "where it was published",
    TargetKind.QUEUES: "the queues it was in",
    TargetKind.QUEUE: "a queue",
    TargetKind.EXCHANGE: "an exchange",
}
FLAGS = {
    "has_gaps": ("gaps", "Keep the time between messages; without, as fast as can be"),
    "keeps_key_order": ("order per key", "A message waits until the one before it with its key is confirmed"),
    "has_own_ids": ("ids", "Keep message ids; without, each gets a new one"),
    "is_stepping": ("step by step", "Send each when you say so"),
    "is_changing": ("change messages", "Headers, values in JSON, the routing key"),
    "is_marked": ("mark them", "Add the header x-mqstudio-replay, by which replays are known"),
    "may_loop": ("into its own source", "Allow it to go into the queues that it is taken from"),
}


class ReplayFormBox(QWidget):
    """Edits the form of a ReplayPanel."""

    def __init__(self, context: Context, panel: ReplayPanel) -> None:
        super().__init__()
        self._context, self._panel = context, panel
        self.flags: dict[str, QCheckBox] = {}
        self._build()
        self._connect()

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SMALL)
        grid.setVerticalSpacing(SMALL)
        grid.setColumnStretch(1, 1)
        lines: list[tuple[str, QWidget]] = [
            ("To", self._build_target()),
            ("Speed", self._build_speed()),
            ("Keep", self._build_flags("has_gaps", "keeps_key_order", "has_own_ids")),
            ("Before sending", self._build_flags("is_stepping", "is_changing", "is_marked")),
        ]
        for place, (title, widget) in enumerate(lines):
            grid.addWidget(label(tr(title), "muted"), place, 0)
            grid.addWidget(widget, place, 1)
        grid.addWidget(label(tr("Give up"), "muted"), 4, 0)
        grid.addWidget(self._build_failures(), 4, 1)
        self._changes = self._build_changes(grid, 5)
        self.setLayout(grid)

    def _build_target(self) -> QWidget:
        self.target = Choice()
        self.target.setAccessibleName(tr("Where it goes"))
        for kind, title in TARGETS.items():
            self.target.addItem(tr(title), kind)
        self.name = QComboBox()
        self.name.setEditable(True)
        self.name.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.name.setAccessibleName(tr("The queue or exchange it goes to"))
        made = row(self.target, self.name, gap=SMALL)
        made.setStretch(0, 1)
        made.setStretch(1, 1)
        return holder(made)

    def _build_speed(self) -> QWidget:
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, SLIDER_STEPS)
        self.slider.setPageStep(100)
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setTickInterval(100)
        self.slider.setAccessibleName(tr("Speed"))
        self.speed = label("", "strong")
        self.speed.setMinimumWidth(self.speed.fontMetrics().horizontalAdvance("0.25× "))
        ends = label("0.1×", "caption"), label("100×", "caption")
        made = row(self.speed, ends[0], self.slider, ends[1], gap=TINY)
        made.setStretch(2, 1)
        return holder(made)

    def _build_flags(self, *names: str) -> QWidget:
        for name in names:
            title, says = FLAGS[name]
            made = QCheckBox(tr(title))
            made.setAccessibleDescription(tr(says))
            made.toggled.connect(partial(self._on_flag, name))
            self.flags[name] = made
        return holder(row(*(self.flags[name] for name in names), None, gap=SMALL))

    def _build_failures(self) -> QWidget:
        self.failures = MistakeEdit(self._context.theme, tr("Give up after so many failures"))
        self.failures.setFixedWidth(6 * self.failures.fontMetrics().averageCharWidth() + 26)
        loop = self._build_flags("may_loop")
        return holder(
            row(
                label(tr("after"), "muted"),
                self.failures,
                label(tr("failures"), "muted"),
                SMALL,
                loop,
                None,
                gap=TINY,
            )
        )

    def _build_changes(self, grid: QGridLayout, first: int) -> list[QWidget]:
        """What is changed, in lines that are there only if anything is."""
        theme = self._context.theme
        self.patch = MistakeEdit(theme, tr("What is changed in each message"))
        self.patch.setPlaceholderText(tr("$.total = 0; header.test = true; remove header.token"))
        self.key = MistakeEdit(theme, tr("Another routing key"))
        self.key.setPlaceholderText(tr("as recorded; {key} stands for it"))
        self.patch_problem = label("", "bad", wraps=True)
        titles = [label(tr("Change"), "muted"), label(tr("Key"), "muted")]
        box = holder(column(self.patch, self.patch_problem, gap=TINY))
        for place, (title, field) in enumerate(zip(titles, (box, self.key), strict=True), first):
            grid.addWidget(title, place, 0)
            grid.addWidget(field, place, 1)
        return [*titles, box, self.key]

    def _connect(self) -> None:
        edit = self._panel.edit
        self.target.activated.connect(self._on_target)
        self.name.editTextChanged.connect(lambda text: edit(name=text))
        self.slider.valueChanged.connect(lambda step: edit(speed=speed_at(step)))
        self.failures.textEdited.connect(lambda text: edit(failures=text))
        self.patch.textEdited.connect(lambda text: edit(patch=text))
        self.key.textEdited.connect(lambda text: edit(key=text))

    # ---- showing

    def refresh(self) -> None:
        """Show the form; fields being typed in are left alone."""
        form, wrong = self._panel.form, self._panel.wrong
        self.setEnabled(not self._panel.is_running)
        self.target.setCurrentIndex(list(TARGETS).index(form.target))
        self.name.setVisible(form.target in (TargetKind.QUEUE, TargetKind.EXCHANGE))
        if self.name.currentText() != form.name:
            self.name.setEditText(form.name)
        for name, flag in self.flags.items():
            flag.blockSignals(True)
            flag.setChecked(bool(getattr(form, name)))
            flag.blockSignals(False)
        self.slider.setEnabled(form.has_gaps)
        if speed_at(self.slider.value()) != form.speed:
            self.slider.setValue(step_at(form.speed))
        set_text(self.speed, speed_says(form))
        for field, text in ((self.failures, form.failures), (self.patch, form.patch), (self.key, form.key)):
            if field.text() != text:
                field.setText(text)
        for each in self._changes:
            each.setVisible(form.is_changing)
        is_patch = wrong is not None and wrong.field == "patch"
        mistake = Problem("patch", wrong.says, wrong.at, wrong.length) if wrong and is_patch else None
        self.patch.show_problem(mistake)
        set_text(self.patch_problem, mistake.says if mistake else "")
        self.patch_problem.setVisible(mistake is not None)

    # ---- gestures

    def _on_flag(self, name: str, is_on: bool) -> None:  # Qt's signal
        self._panel.edit(**{name: is_on})

    def _on_target(self) -> None:
        kind = TargetKind(self.target.currentData())  # Qt gives it back as a text
        workspace = self._context.studio.workspace
        names: list[str] = []
        if kind is TargetKind.QUEUE:
            names = sorted({queue.name for queue in workspace.queues.values()})
        elif kind is TargetKind.EXCHANGE:
            names = sorted({each.name for each in workspace.exchanges.values()})
        self.name.blockSignals(True)
        self.name.clear()
        self.name.addItems([name for name in names if name])
        self.name.setEditText("")
        self.name.blockSignals(False)
        self._panel.edit(target=kind, name="")
