"""A line below a table whose view is paused: what came since, how full the recording is, and the way on."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.theme import MEDIUM, SMALL
from mqstudio.gui.widgets.basics import button, card, column, label, row, set_text, stretchy
from mqstudio.gui.widgets.gauge import Gauge
from mqstudio.viewmodel.pause_words import buffer_share, pause_words
from mqstudio.viewmodel.queue_page import QueuePage
from mqstudio.viewmodel.words import tr

GAUGE_WIDTH = 90


class PauseBar(QWidget):
    """Shows itself while its page is paused. resume_wanted: the user presses its button."""

    resume_wanted = Signal()

    def __init__(self, context: Context, page: QueuePage) -> None:
        super().__init__()
        self._context, self._page = context, page
        self.words = label("")
        self.gauge = Gauge(context.theme)
        self.gauge.setFixedWidth(GAUGE_WIDTH)
        self.resume_button = button(
            tr("Resume"), icon=context.theme.icon("play"), tip_text=tr("Resume the view"), shortcut="Space"
        )
        line = row(
            stretchy(self.words), self.gauge, self.resume_button, margins=(MEDIUM, SMALL, SMALL, SMALL)
        )
        line.setStretch(0, 1)
        self.setLayout(column(card(line, "warning"), margins=(SMALL, SMALL, SMALL, 0)))
        self.resume_button.clicked.connect(self.resume_wanted)
        follow(self, page.changed, self.refresh)
        context.theme.changed.connect(self._on_theme_changed)
        self.refresh()

    def refresh(self) -> None:
        """Say how it stands."""
        share = buffer_share(self._context.studio.health.health)
        says = pause_words(self._page, share)
        set_text(self.words, says)
        self.setVisible(bool(says))
        self.gauge.setVisible(share is not None)
        if share is not None:
            colour = "dropped" if share > 0.9 else "accent"
            self.gauge.show_share(
                share, (), colour, tr("Buffer {percent} % full", percent=round(share * 100))
            )

    def _on_theme_changed(self) -> None:
        self.resume_button.setIcon(self._context.theme.icon("play"))
