"""What runs in the background, in the status line: how far each job is, and a button that stops it."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.theme import MEDIUM, SMALL
from mqstudio.gui.widgets.basics import icon_button, label, row, set_text
from mqstudio.gui.words import tr
from mqstudio.viewmodel.jobs import Job
from mqstudio.viewmodel.wording import count, plain

SHOWN_AFTER_MS = 300
"""What is done sooner is not worth a bar that flickers."""

SHOWN_MAX = 2
"""Jobs with a bar of their own; of the others it is said how many."""

BAR_WIDTH = 90
STEPS = 1_000


class JobBar(QWidget):
    """One job."""

    def __init__(self, context: Context, job: Job) -> None:
        super().__init__()
        self.job = job
        self._title = label("", "muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(BAR_WIDTH, 6)
        self.cancel_button = icon_button(context.theme.icon("close"), f"{tr('Cancel')}: {job.title}")
        self.cancel_button.clicked.connect(self._on_cancel)
        self.setLayout(row(self._title, self.bar, self.cancel_button, gap=SMALL))
        self.refresh()

    def refresh(self) -> None:
        """Say how far it is."""
        job = self.job
        of = f" {tr('of')} {count(job.total)}" if job.total else ""
        says = tr("stopping…") if job.is_cancelled else f"{count(job.done)}{of}"
        set_text(self._title, f"{plain(job.title, 60)}  {says}")
        self.bar.setRange(0, STEPS if job.total else 0)
        self.bar.setValue(round((job.fraction or 0) * STEPS))
        self.bar.setAccessibleName(f"{plain(job.title, 60)} {says}")
        self.cancel_button.setEnabled(not job.is_cancelled)

    def _on_cancel(self) -> None:
        self.job.cancel()


class JobLine(QWidget):
    """The jobs that run longer than a moment."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._jobs = context, context.studio.jobs
        self.bars: list[JobBar] = []
        self._more = label("", "muted")
        self._box = QHBoxLayout()
        self._box.setSpacing(MEDIUM)
        self.setLayout(row(self._box, self._more))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_AFTER_MS)
        self._timer.timeout.connect(self._show)
        follow(self, self._jobs.changed, self._on_changed)
        self.hide()

    def _on_changed(self) -> None:
        running = self._jobs.running_now
        if not running:
            self._timer.stop()
            self._show()
        elif any(bar.job.is_over for bar in self.bars):
            self._show()
        elif len(self.bars) < min(len(running), SHOWN_MAX) and not self._timer.isActive():
            self._timer.start()
        for bar in self.bars:
            bar.refresh()

    def _show(self) -> None:
        """Have a bar for each of the first jobs."""
        wanted = self._jobs.running_now[:SHOWN_MAX]
        for bar in [bar for bar in self.bars if bar.job not in wanted]:
            self.bars.remove(bar)
            bar.hide()
            bar.deleteLater()
        shown = {id(bar.job) for bar in self.bars}
        for job in wanted:
            if id(job) not in shown:
                self.bars.append(JobBar(self._context, job))
                self._box.addWidget(self.bars[-1])
        more = len(self._jobs.running_now) - len(wanted)
        set_text(self._more, f"+{more}" if more else "")
        self._more.setVisible(bool(more))
        self.setVisible(bool(wanted))
