"""A workspace adds samples up and knows how it stands with the broker."""

import pytest

from mqstudio.model.samples import Sample, Totals
from mqstudio.viewmodel.workspace import ConnectionState, Workspace
from tests.support.list_broker import Clock, ListBroker, run_now


async def test_follows_a_client_until_it_ends(broker: ListBroker, clock: Clock) -> None:
    """Live while the watch lasts, lost afterwards, with the last figures still there."""
    broker.add_queue("orders", 3)
    broker.samples = [broker.sample()]
    workspace, states = Workspace(clock), []

    def note() -> None:
        states.append(workspace.state)

    workspace.state_changed.connect(note)
    await workspace.follow(broker)
    assert states == [ConnectionState.LIVE, ConnectionState.LOST]
    orders = workspace.queue("/", "orders")
    assert orders is not None
    assert orders.ready == 3


def test_samples_add_up(broker: ListBroker, workspace: Workspace) -> None:
    """A sample says only what changed; the rest is as before; gone is gone."""
    broker.add_queue("a")
    broker.add_queue("b")
    broker.feed(workspace)
    workspace.take(Sample(1, Totals(ready=5), queues_gone=[1]))
    assert workspace.queue("/", "a") is None
    assert workspace.queue("/", "b") is not None
    assert workspace.totals.ready == 5


def test_a_queue_declared_again_is_another(broker: ListBroker, workspace: Workspace) -> None:
    """The old id goes after the new one came: the name leads to the new one."""
    broker.add_queue("a")
    old = broker.sample().queues[0]
    workspace.take(Sample(1, Totals(), queues=[old]))
    new = type(old)(9, "/", "a", 7, 0, 0, False, old.counters)
    workspace.take(Sample(2, Totals(), queues=[new], queues_gone=[old.id]))
    found = workspace.queue("/", "a")
    assert found is not None
    assert found.id == 9


def test_own_connections_are_not_apps(broker: ListBroker, workspace: Workspace) -> None:
    """The window does not count itself."""
    broker.add_client(1)
    broker.add_client(2, protocol="native")
    broker.feed(workspace)
    assert [app.id for app in workspace.apps()] == [1]


def test_without_a_broker_asking_is_an_error(clock: Clock) -> None:
    """No client, no silent nothing."""
    with pytest.raises(ConnectionError, match="no broker"):
        _ = Workspace(clock).client


def test_run_now_refuses_to_wait() -> None:
    """The tests' own helper notices an action that waits."""
    import asyncio

    action = asyncio.sleep(1)
    with pytest.raises((AssertionError, RuntimeError)):
        run_now(action)
    action.close()


def test_out_of_sight_figures_are_passed_on_now_and_then(
    broker: ListBroker, workspace: Workspace, clock: Clock
) -> None:
    """For the tray, every other second; and at once when the window comes to light again."""
    heard: list[int] = []

    def on_sampled() -> None:
        heard.append(workspace.sample_at_us)

    workspace.sampled.connect(on_sampled)
    workspace.set_seen(False)
    for _ in range(40):
        clock.advance(0.25)
        broker.feed(workspace)
    assert len(heard) == 5
    broker.add_queue("orders", 1)
    clock.advance(0.25)
    broker.feed(workspace)
    assert len(heard) == 5
    assert workspace.queue("/", "orders") is not None
    workspace.set_seen(True)
    assert len(heard) == 6
