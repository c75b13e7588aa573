"""The welcome page's demo shop opens once, says when there is something to see, and what went wrong."""

import asyncio

import pytest

from mqstudio.model.rows import Listener
from mqstudio.viewmodel.demo import FIRST_QUEUE, Demo, DemoState
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker
from tests.support.ports import deaf_port


@pytest.fixture
def demo(workspace: Workspace) -> Demo:
    return Demo(workspace, Notices(Clock()))


def test_a_shop_that_does_not_open_is_closed_again(
    demo: Demo, broker: ListBroker, workspace: Workspace
) -> None:
    """The error is the action's; the button can be pressed again."""
    states: list[DemoState] = []

    def on_changed() -> None:
        states.append(demo.state)

    demo.changed.connect(on_changed)
    with deaf_port() as port:
        broker.listeners[0] = Listener("amqp091", ["127.0.0.1"], port, 5672, "")
        broker.feed(workspace)
        with pytest.raises(OSError, match="The demo shop did not open"):
            asyncio.run(demo.run())
    assert states == [DemoState.OPENING, DemoState.CLOSED]
    assert not demo.has_run


def test_says_once_when_there_is_something_to_see(
    demo: Demo, broker: ListBroker, workspace: Workspace
) -> None:
    """Only of a shop that this window opened."""
    told: list[int] = []

    def on_filled() -> None:
        told.append(1)

    demo.queue_filled.connect(on_filled)
    broker.add_queue(FIRST_QUEUE, 1)
    broker.feed(workspace)
    assert told == []
    demo._is_awaited = True
    for _ in range(2):
        broker.feed(workspace)
    assert told == [1]
