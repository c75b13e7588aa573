"""How a body is read, step by step: each step a button whose menu changes it or takes it out."""

from functools import partial

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from mqstudio.gui.theme import TINY
from mqstudio.gui.widgets.basics import button, label, row, set_tip, verbatim
from mqstudio.gui.words import tr
from mqstudio.viewmodel.inspector import Inspector

ARROW_DOWN = " ▾"


class ChainBar(QWidget):
    """Shows and changes the inspector's chain."""

    def __init__(self, inspector: Inspector, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._inspector = inspector
        self._shown: tuple[object, ...] = ()
        self.steps: list[QPushButton] = []
        self._arrows: list[QLabel] = []
        self.again_button = button(
            tr("Automatic"), "link", tip_text=tr("Read the bodies of this queue as guessed again")
        )
        self.again_button.clicked.connect(inspector.guess_again)
        self._steps = QHBoxLayout()
        self._steps.setSpacing(TINY)
        self.setLayout(row(self._steps, self.again_button, gap=TINY))
        self.setAccessibleName(tr("How the body is read"))

    def refresh(self) -> None:
        """Show the chain of the message in the inspector."""
        inspector = self._inspector
        wanted = (inspector.chain, inspector.is_chosen)
        self.setAccessibleDescription(inspector.chain_words)
        if wanted == self._shown:
            return
        self._shown = wanted
        self.again_button.setVisible(inspector.is_chosen)
        for widget in (*self.steps, *self._arrows):
            self._steps.removeWidget(widget)
            widget.deleteLater()
        self.steps, self._arrows = [], []
        for place, title in enumerate(inspector.chain):
            self._add(place, title)

    def _add(self, place: int, title: str) -> None:
        if place:
            arrow = label("→", "muted")
            self._arrows.append(arrow)
            self._steps.addWidget(arrow)
        how = "chosen for this queue" if self._inspector.is_chosen else "guessed"
        step = button(f"{title}{ARROW_DOWN}", "step")
        step.setAccessibleName(tr("Step {value}: {title}", value=place + 1, title=title))
        set_tip(
            step,
            tr(
                "The body is read as {chain_words}, {how}. Click to change this step.",
                chain_words=self._inspector.chain_words,
                how=how,
            ),
        )
        step.clicked.connect(partial(self.open_menu, place))
        self.steps.append(step)
        self._steps.addWidget(step)

    def open_menu(self, place: int, _checked: bool = False) -> QMenu:
        """Show what can be done with a step."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        chain = self._inspector.chain
        if place == len(chain) - 1:
            self._fill_viewers(menu, place, chain[place])
        else:
            self._fill_unwrappers(menu, place, chain[place])
            menu.addSeparator()
            menu.addAction(tr("Remove this step")).triggered.connect(partial(self._remove, place))
        before = menu.addMenu(tr("Put a step before this one"))
        self._fill_groups(before, "", partial(self._insert, place))
        step = self.steps[place]
        menu.popup(step.mapToGlobal(step.rect().bottomLeft()))
        return menu

    def _fill_viewers(self, menu: QMenu, place: int, now: str) -> None:
        group = QActionGroup(menu)
        for viewer in self._inspector.viewers:
            self._choice(menu, group, viewer.title, now, partial(self._choose, place))
        menu.addSeparator()

    def _fill_unwrappers(self, menu: QMenu, place: int, now: str) -> None:
        self._fill_groups(menu, now, partial(self._choose, place))

    def _fill_groups(self, menu: QMenu, now: str, chosen: "partial[None]") -> None:
        group = QActionGroup(menu)
        unwrappers = self._inspector.reader.unwrappers
        for title in dict.fromkeys(each.group for each in unwrappers):
            inner = menu.addMenu(verbatim(title))
            for each in unwrappers:
                if each.group == title:
                    self._choice(inner, group, each.title, now, chosen)

    def _choice(
        self, menu: QMenu, group: QActionGroup, title: str, now: str, chosen: "partial[None]"
    ) -> None:
        action = QAction(verbatim(title), menu)
        action.setCheckable(True)
        action.setChecked(title == now)
        action.triggered.connect(partial(chosen, title))
        group.addAction(action)
        menu.addAction(action)

    def _choose(self, place: int, title: str, _checked: bool = False) -> None:
        self._inspector.choose_step(place, title)

    def _insert(self, place: int, title: str, _checked: bool = False) -> None:
        self._inspector.insert_step(place, title)

    def _remove(self, place: int, _checked: bool = False) -> None:
        self._inspector.remove_step(place)
