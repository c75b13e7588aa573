"""A broker made of lists, and a workspace that follows it."""

import pytest

from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.site import Site
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.undo import UndoList
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker, run_now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def broker(clock: Clock) -> ListBroker:
    return ListBroker(clock)


@pytest.fixture
def workspace(broker: ListBroker, clock: Clock) -> Workspace:
    workspace = Workspace(clock)
    broker.feed(workspace)
    return workspace


@pytest.fixture
def notices(clock: Clock) -> Notices:
    return Notices(clock)


@pytest.fixture
def structure(workspace: Workspace) -> Structure:
    return Structure(workspace)


@pytest.fixture
def undo(notices: Notices) -> UndoList:
    return UndoList(notices)


@pytest.fixture
def site(workspace: Workspace, structure: Structure, notices: Notices, undo: UndoList) -> Site:
    return Site(workspace, structure, notices, undo)


class Shop:
    """A broker with something declared, and a structure that knows it."""

    def __init__(self, broker: ListBroker, site: Site) -> None:
        self.broker, self.site = broker, site
        self.look()

    def look(self) -> None:
        """Bring workspace and structure up to date."""
        self.broker.feed(self.site.workspace)
        run_now(self.site.structure.refresh())

    def words(self) -> list[str]:
        """What was told."""
        return [notice.text for notice in self.site.notices.shown]

    def undo(self) -> None:
        """What the last notice offers."""
        action = self.site.notices.shown[-1].action
        assert action is not None
        run_now(action())
        self.look()


@pytest.fixture
def shop(broker: ListBroker, site: Site) -> Shop:
    run_now(broker.declare_queue("orders", is_durable=True))
    run_now(broker.declare_exchange("shop", "topic", is_durable=True))
    run_now(broker.bind("shop", "orders", "order.*"))
    return Shop(broker, site)
