"""A broker made of lists, and a workspace that follows it."""

import pytest

from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker


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
