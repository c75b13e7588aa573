"""A message that kills whoever gets it, or the broker itself, stops at its limit."""

import pytest

from mqstudio.model import commands as c
from mqstudio.model.message import traits
from mqstudio.model.topology import ConnectionInfo
from tests.crash.mutants import ForgetsCounters, Mutant
from tests.crash.world import Inbox, World, made_world

LIMIT = 3
LIVES = 40


def consumer(world: World) -> int:
    """A client that takes what there is in the queue."""
    connection_id, channel_id = world.next_id, world.next_id + 1
    world.next_id += 2
    world.do(c.OpenConnection(ConnectionInfo(connection_id, "test", "127.0.0.1:1", "victim")))
    world.inboxes[connection_id] = Inbox()
    world.do(c.GrantRoom(connection_id, 100_000))
    world.do(c.OpenChannel(channel_id, connection_id, 1))
    limited = {"x-queue-type": "quorum", "x-delivery-limit": LIMIT, "x-dead-letter-exchange": ""}
    limited["x-dead-letter-routing-key"] = "graves"
    world.do(c.DeclareQueue(channel_id, "limited", is_durable=True, arguments=limited))
    world.do(c.DeclareQueue(channel_id, "graves", is_durable=True))
    world.do(c.Subscribe(channel_id, "limited", "victim", credit=1))
    return connection_id


def hand_overs(mutant: Mutant, *, kills_broker: bool, is_cut: bool = False) -> tuple[int, int]:
    """How often the message was handed over, and how many dead letters it led to in the end."""
    seen = 0
    with mutant.applied(), made_world("poison", mutant) as world:
        connection_id = consumer(world)
        channel_id = connection_id + 1
        wish = traits(is_persistent=True)
        world.do(c.PublishMessage(channel_id, "", "limited", b"", b"poison", False, "test", wish))
        for _ in range(LIVES):
            world.commit()
            latest, world.inboxes[connection_id].latest = world.inboxes[connection_id].latest, []
            if not latest:
                break
            seen += len(latest)
            if kills_broker:
                world.crash(is_cut=is_cut)
            else:
                world.hang_up(connection_id)
            connection_id = consumer(world)
        graves = world.engine.vhosts["/"].queues["graves"].ready_count
        world.finish()
        assert not world.witness.wrongs or isinstance(mutant, ForgetsCounters)
    return seen, graves


def test_it_kills_its_consumers() -> None:
    assert hand_overs(Mutant(), kills_broker=False) == (LIMIT + 1, 1)


@pytest.mark.parametrize("is_cut", [False, True], ids=["process", "power"])
def test_it_kills_the_broker(is_cut: bool) -> None:  # a case
    """The first hand-over does not wait for its counter, so that one may be missing."""
    seen, graves = hand_overs(Mutant(), kills_broker=True, is_cut=is_cut)
    assert seen <= LIMIT + 2
    assert graves == 1


def test_without_counters_it_would_go_on_for_ever() -> None:
    assert hand_overs(ForgetsCounters(), kills_broker=True)[0] == LIVES
