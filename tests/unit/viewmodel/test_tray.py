"""The icon in the tray: a state, a sentence, and what ends with the broker."""

from mqstudio.model.disk import StoreHealth
from mqstudio.model.samples import Totals
from mqstudio.viewmodel.health import Health
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.tray import Tray, TrayState
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker


class Desk:
    """A broker and what the tray says of it."""

    def __init__(self) -> None:
        clock = Clock()
        self.broker, self.workspace = ListBroker(clock), Workspace(clock)
        self.health = Health(self.workspace, Notices(clock))
        self.tray = Tray(self.workspace, self.health)
        self.changes = 0
        self.tray.changed.connect(self._note)

    def _note(self) -> None:
        self.changes += 1


def test_how_the_broker_is() -> None:
    """Starting, running, recording, paused, in trouble, gone; each in words too."""
    desk = Desk()
    assert (desk.tray.state, desk.tray.says()) == (TrayState.RUNNING, "Starting…")
    desk.broker.add_client(1)
    desk.broker.add_queue("orders", 2)
    desk.broker.feed(desk.workspace)
    assert (desk.tray.state, desk.tray.says()) == (TrayState.RUNNING, "Running · 1 client · 2 ready")
    desk.health.health = StoreHealth(path="x.mqs")
    assert (desk.tray.state, desk.tray.says()[:21]) == (TrayState.RECORDING, "Running and recording")
    desk.broker.totals = Totals(is_paused=True)
    desk.broker.feed(desk.workspace)
    assert (desk.tray.state, desk.tray.says()[:6]) == (TrayState.PAUSED, "Paused")
    desk.broker.totals = Totals(is_publishing_blocked=True, blocked_by=("memory",))
    desk.broker.feed(desk.workspace)
    assert (desk.tray.state, desk.tray.says()[:18]) == (TrayState.PROBLEM, "There is a problem")
    desk.workspace.lose("gone")
    assert (desk.tray.state, desk.tray.says()) == (TrayState.PROBLEM, "The broker is not running")


def test_it_is_drawn_only_when_it_says_something_else() -> None:
    """Samples come four times a second."""
    desk = Desk()
    desk.broker.feed(desk.workspace)
    before = desk.changes
    desk.broker.feed(desk.workspace)
    assert desk.changes == before
    desk.broker.add_client(1)
    desk.broker.feed(desk.workspace)
    assert desk.changes == before + 1


def test_quitting_says_who_is_connected() -> None:
    """So that nobody loses clients unawares."""
    desk = Desk()
    desk.broker.feed(desk.workspace)
    assert desk.tray.quit_says() == "Quit"
    for n in (1, 2):
        desk.broker.add_client(n)
    desk.broker.feed(desk.workspace)
    assert desk.tray.quit_says() == "Quit (2 clients connected)"
