"""Virtual hosts: names of their own, and what goes with them."""

import pytest

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.message import traits
from mqstudio.model.policies import Policy
from mqstudio.model.topology import ConnectionInfo, VhostSpec
from tests.support.driver import Driver


@pytest.fixture
def driver() -> Driver:
    driver = Driver()
    driver.do(c.PutVhost(VhostSpec("other", "for tests")))
    return driver


def connect(driver: Driver, vhost: str) -> int:
    connection = driver.new_id()
    driver.do(c.OpenConnection(ConnectionInfo(connection, "test", "127.0.0.1:1", "client", vhost=vhost)))
    return connection


def test_equal_names_are_different_things(driver: Driver) -> None:
    here, there = driver.channel(), driver.channel(connect(driver, "other"))
    for channel in (here, there):
        driver.queue(channel)
        driver.do(c.DeclareExchange(channel, "x", "fanout"))
    driver.do(c.Bind(there, "x", "q"))
    driver.publish(here, "", exchange="x")
    assert len(driver.of(e.MessageUnroutable)) == 1
    driver.publish(there, "", exchange="x")
    assert len(driver.engine.vhosts["other"].queues["q"].ready) == 1
    assert driver.ready() == []


def test_policies_and_dead_letters_stay_in_their_own(driver: Driver) -> None:
    here, there = driver.channel(), driver.channel(connect(driver, "other"))
    definition = {"max-length": 0, "dead-letter-exchange": "", "dead-letter-routing-key": "dead"}
    driver.do(c.PutPolicy(Policy("other", "p", "q", definition)))
    for channel in (here, there):
        driver.queue(channel)
        driver.queue(channel, "dead")
        driver.publish(channel)
    assert (len(driver.ready("q")), len(driver.ready("dead"))) == (1, 0)
    assert len(driver.engine.vhosts["other"].queues["dead"].ready) == 1


def test_a_default_kind_counts_as_asked_for(driver: Driver) -> None:
    driver.do(c.PutVhost(VhostSpec("other", default_kind="quorum")))
    channel = driver.channel(connect(driver, "other"))
    for _ in range(2):
        driver.queue(channel, is_durable=True)
    queue = driver.engine.vhosts["other"].queues["q"]
    assert queue.rules.kind == "quorum"
    driver.queue(channel, "own", is_exclusive=True)
    assert driver.engine.vhosts["other"].queues["own"].rules.kind == "classic"


def test_a_connection_may_open_a_channel_elsewhere(driver: Driver) -> None:
    channel = driver.new_id()
    driver.do(c.OpenChannel(channel, driver.connect(), 1, "other"))
    driver.queue(channel)
    assert set(driver.engine.vhosts["other"].queues) == {"q"}


def test_deleting_takes_all_along(driver: Driver) -> None:
    connection = connect(driver, "other")
    channel = driver.channel(connection)
    driver.queue(channel, arguments={"x-expires": 100, "x-message-ttl": 100})
    driver.do(c.DeclareExchange(channel, "x", "x-delayed-message", arguments={"x-delayed-type": "direct"}))
    driver.do(c.Bind(channel, "x", "q"))
    driver.subscribe(channel, credit=1)
    for _ in range(2):
        driver.publish(channel)
    driver.publish(channel, "", b"", "x", traits=traits(delay_us=10_000))
    driver.engine.take_mail()
    driver.do(c.DeleteVhost("other"))
    kinds = [type(event) for event in driver.events]
    for kind in (e.QueueDeleted, e.ChannelClosed, e.BindingRemoved, e.VhostDeleted, e.MessageUnroutable):
        assert kinds.count(kind) == 1, kind
    assert kinds.count(e.MessageDropped) == 2
    ((owner, mail),) = driver.engine.take_mail()
    assert owner == connection
    assert [type(letter) for letter in mail] == [e.ConnectionKicked]
    assert (driver.engine.held_messages, driver.engine.held_bytes) == (0, 0)
    assert driver.engine.next_deadline() is None


def test_who_is_not_gone_yet_can_do_nothing_there(driver: Driver) -> None:
    connection = connect(driver, "other")
    driver.channel(connection)
    driver.do(c.DeleteVhost("other"))
    for command in (
        c.OpenChannel(99, connection, 2),
        c.PutPolicy(Policy("other", "p", "", {"max-length": 1})),
    ):
        with pytest.raises(RefusedError) as refused:
            driver.do(command)
        assert refused.value.why is Refusal.NO_SUCH_VHOST
    driver.do(c.CloseConnection(connection))


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (c.DeleteVhost("none"), Refusal.NO_SUCH_VHOST),
        (c.DeleteVhost("/"), Refusal.INVALID_ARGUMENT),
        (c.PutVhost(VhostSpec("")), Refusal.INVALID_ARGUMENT),
        (c.PutVhost(VhostSpec("x", default_kind="nonsense")), Refusal.INVALID_ARGUMENT),
        (c.OpenConnection(ConnectionInfo(9, "t", "", "", vhost="none")), Refusal.NO_SUCH_VHOST),
    ],
)
def test_refusals(driver: Driver, command: object, why: Refusal) -> None:
    with pytest.raises(RefusedError) as refused:
        driver.do(command)
    assert refused.value.why is why


def test_changing_one_keeps_what_is_in_it(driver: Driver) -> None:
    channel = driver.channel(connect(driver, "other"))
    driver.queue(channel)
    driver.do(c.PutVhost(VhostSpec("other", "renamed", ("tag",))))
    vhost = driver.engine.vhosts["other"]
    assert (vhost.spec.description, set(vhost.queues)) == ("renamed", {"q"})
