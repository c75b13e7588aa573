"""The icon in the tray, and what closing the window does."""

import pytest
from PySide6.QtWidgets import QDialog

from mqstudio.gui.comfort import ClosingQuestion
from mqstudio.gui.tray import TrayIcon, harmless
from mqstudio.viewmodel.form import TRUE
from mqstudio.viewmodel.tray import TrayState
from tests.gui.conftest import Bench


@pytest.fixture
def has_tray(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desktop with a tray; the one of tests has none."""
    monkeypatch.setattr(TrayIcon, "is_possible", staticmethod(lambda: True))


def menu_of(bench: Bench) -> list[str]:
    tray = bench.window.comfort.tray
    tray.fill()
    return [action.text() for action in tray.menu.actions() if action.text()]


def test_each_state_has_a_sign_of_its_own(bench: Bench) -> None:
    """None is told by colour alone."""
    tray = bench.window.comfort.tray
    pictures = [tray.state_icon(state).pixmap(64, 64).toImage() for state in TrayState]
    assert all(one != other for i, one in enumerate(pictures) for other in pictures[i + 1 :])


def test_the_menu(bench: Bench) -> None:
    """Open, where messages died last, how to connect, and what ends with the broker."""
    bench.broker.add_client(1)
    bench.sample()
    titles = menu_of(bench)
    assert titles[:2] == ["Running · 1 client · 0 ready", "Open"]
    assert titles[-1] == "Quit (1 client connected)"
    assert {"Last dead letters", "Copy connection"} <= set(titles)


def test_notifications_are_plain_text() -> None:
    """Names come from anybody, and some desktops read markup."""
    assert harmless("<b>&amp;") == "‹b›＆amp;"


def test_without_a_tray_closing_ends(bench: Bench) -> None:
    """Nothing is asked where nothing else can be done."""
    bench.broker.add_client(1)
    bench.sample()
    assert bench.window.comfort.may_close()


def question(bench: Bench) -> ClosingQuestion:
    found = bench.window.findChild(QDialog)
    assert isinstance(found, ClosingQuestion)
    return found


@pytest.mark.usefixtures("has_tray")
def test_closing_with_clients_asks_once(bench: Bench) -> None:
    """The answer is remembered: afterwards the window hides, and the tray brings it back."""
    bench.broker.add_client(1)
    bench.sample()
    bench.window.close()
    assert bench.window.isVisible()
    question(bench).tray_button.click()
    assert not bench.window.isVisible() and bench.studio.preferences.is_used("tray")
    bench.window.comfort.bring_back()
    assert bench.window.isVisible()
    bench.window.close()
    assert not bench.window.isVisible()
    bench.window.comfort.is_quitting = True


@pytest.mark.usefixtures("has_tray")
def test_stopping_is_remembered_too(bench: Bench) -> None:
    """The next time nothing is asked."""
    bench.broker.add_client(1)
    bench.sample()
    bench.window.close()
    question(bench).stop_button.click()
    assert bench.studio.preferences.used("at_close") == "stop" and bench.window.comfort.may_close()


@pytest.mark.usefixtures("has_tray")
def test_without_clients_nothing_is_asked(bench: Bench) -> None:
    """Nobody would miss the broker."""
    bench.sample()
    assert bench.window.comfort.may_close()


@pytest.mark.usefixtures("has_tray")
def test_quit_ends_whatever_is_preferred(bench: Bench) -> None:
    """It says so."""
    bench.studio.preferences.edit("tray", TRUE)
    bench.studio.preferences.edit("at_close", "tray")
    bench.window.comfort.quit()
    assert not bench.window.isVisible() and bench.window.comfort.is_quitting
