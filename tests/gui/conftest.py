"""A window on a broker made of lists, whose actions run at once."""

from collections.abc import Awaitable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mqstudio.gui.context import Context
from mqstudio.gui.main_window import MainWindow
from mqstudio.gui.theme import Mode, Theme
from mqstudio.model.errors import RefusedError
from mqstudio.viewmodel.look import Look
from mqstudio.viewmodel.studio import Studio
from tests.support.list_broker import Clock, ListBroker, run_now
from tests.support.rules_at_hand import RulesAtHand


class Bench:
    """Everything a window test touches."""

    def __init__(self, theme: Theme, settings: QSettings) -> None:
        self.clock = Clock()
        self.broker = ListBroker(self.clock)
        self.rules = RulesAtHand()
        self.studio = Studio(self.clock, self.rules)
        self.theme = theme
        self.window = MainWindow(Context(self.studio, theme, self.spawn), settings)

    def spawn(self, action: Awaitable[object], owner: QObject) -> None:
        """Actions run at once; refusals become notices, as in the running window."""
        try:
            run_now(action)
        except RefusedError as error:
            self.studio.notices.problem(error.says)

    def sample(self, after_s: float = 1.0) -> None:
        """Time passes and the window hears of it."""
        self.clock.advance(after_s)
        self.broker.feed(self.studio.workspace)

    def notices(self) -> list[str]:
        return [notice.text for notice in self.studio.notices.shown]


@pytest.fixture(scope="session")
def one_theme(qapp: QApplication) -> Theme:
    """An application has one theme, as it has one style."""
    return Theme(qapp, Mode.LIGHT)


@pytest.fixture
def theme(one_theme: Theme) -> Theme:
    if one_theme.look != Look(Mode.LIGHT):
        one_theme.set_look(Look(Mode.LIGHT))
    return one_theme


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def bench(qtbot: QtBot, theme: Theme, settings: QSettings) -> Iterator[Bench]:
    bench = Bench(theme, settings)
    qtbot.addWidget(bench.window)
    with qtbot.waitExposed(bench.window):
        bench.window.show()
    yield bench
    bench.window.close()
