"""How many problems there are, in the status line; a click opens their panel."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.widgets.basics import button, set_button_text, set_tip
from mqstudio.gui.words import tr, tr_count

COLOURS = {"warn": "in_flight", "bad": "dropped"}


class ProblemBadge(QWidget):
    """Shows the count of Problems; nothing while there are none but hints."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._theme, self._problems = context.theme, context.studio.problems
        self._drawn: tuple[object, ...] = ()
        self.button = button(tr("Problems"), "link")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.button)
        follow(self, self._problems.changed, self.refresh)
        context.theme.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say how many there are, where that has changed."""
        count, worst = self._problems.count, self._problems.worst
        says = [each.says for each in self._problems.answers if each.level != "info"]
        wanted = (count, worst, says[:3], self._theme.look)
        if wanted == self._drawn:
            return
        self._drawn = wanted
        self.setVisible(bool(count))
        if count:
            self.button.setIcon(self._theme.icon("warning", COLOURS[worst]))
            text = tr_count(count, "{count} problem", "{count} problems")
            set_button_text(self.button, text)
            told = " ".join(says[:3])
            self.button.setAccessibleName(tr("{text}: {told}", text=text, told=told))
            set_tip(self.button, told)
