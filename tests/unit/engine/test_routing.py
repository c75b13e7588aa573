"""Following bindings from exchange to exchange, and remembering where they lead."""

import gc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqstudio.engine import vhost
from mqstudio.engine.queue import Queue
from mqstudio.engine.vhost import ROUTES_MAX
from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.message import Header, Message, Properties, traits
from mqstudio.model.topology import DestinationKind, VhostSpec
from tests.support.driver import Driver

NAMES = "abcd"


@pytest.fixture
def driver() -> Driver:
    return Driver()


links = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES + NAMES.upper())), max_size=12)


@settings(deadline=None)
@given(links, st.dictionaries(st.sampled_from(NAMES), st.sampled_from(NAMES)), st.sampled_from(NAMES))
def test_every_queue_that_can_be_reached_gets_one_copy(
    links: list[tuple[str, str]], alternates: dict[str, str], start: str
) -> None:
    """Small letters are exchanges, capitals are queues; an alternate counts where there is no binding."""
    driver = Driver()
    channel = driver.channel()
    for name in NAMES:
        arguments = {"alternate-exchange": alternates[name]} if name in alternates else {}
        driver.do(c.DeclareExchange(channel, name, "fanout", arguments=arguments))
        driver.queue(channel, name.upper())
    for source, target in links:
        kind = DestinationKind.QUEUE if target.isupper() else DestinationKind.EXCHANGE
        driver.do(c.Bind(channel, source, target, destination_kind=kind))
    reached = {start}
    for _ in range(len(NAMES)):
        for name in [each for each in reached if each.islower()]:
            onward = {target for source, target in links if source == name}
            reached |= onward or ({alternates[name]} if name in alternates else set())
    for _ in range(2):
        driver.publish(channel, "key", exchange=start)
        enqueued = [event.queue.name for event in driver.of(e.MessageEnqueued)]
        assert sorted(enqueued) == sorted(name for name in reached if name.isupper())


def test_a_route_is_forgotten_when_anything_behind_it_changes(driver: Driver) -> None:
    channel = driver.channel()
    for name in ("front", "back"):
        driver.do(c.DeclareExchange(channel, name, "fanout"))
    driver.do(c.Bind(channel, "front", "back", destination_kind=DestinationKind.EXCHANGE))
    driver.publish(channel, "", exchange="front")
    driver.queue(channel)
    driver.do(c.Bind(channel, "back", "q"))
    driver.publish(channel, "", exchange="front")
    assert len(driver.ready()) == 1
    driver.do(c.DeleteQueue(channel, "q"))
    driver.publish(channel, "", exchange="front")
    assert len(driver.of(e.MessageUnroutable)) == 1


def test_the_default_exchange_is_no_alternate(driver: Driver) -> None:
    """Nothing is put into a queue that is gone because one of its name was once reached so."""
    channel = driver.channel()
    driver.queue(channel)
    driver.do(c.DeclareExchange(channel, "x", "direct", arguments={"alternate-exchange": ""}))
    for _ in range(2):
        driver.publish(channel, exchange="x", is_mandatory=True)
        assert len(driver.of(e.MessageUnroutable)) == 1
        assert not driver.ready()
        driver.do(c.DeleteQueue(channel, "q"))
        driver.queue(channel)


def test_a_broker_that_nobody_has_any_more_is_gone() -> None:
    """Remembered routes lead from exchanges to queues, bindings from queues to exchanges: a circle."""

    def let_go_of_one() -> None:
        driver = Driver()
        channel = driver.channel()
        driver.do(c.PutVhost(VhostSpec("v")))
        driver.do(c.OpenChannel(7, driver.connect(), 1, vhost="v"))
        for each in (channel, 7):
            driver.queue(each)
            driver.do(c.DeclareExchange(each, "x", "topic"))
            driver.do(c.Bind(each, "x", "q", "#"))
            driver.publish(each, exchange="x")
            driver.publish(each)
        assert [len(host.exchanges["x"].routes) for host in driver.engine.vhosts.values()] == [1, 1]
        driver.do(c.DeleteVhost("v"))
        gc.collect()
        assert len(_alive()) == len(before) + 1

    gc.collect()
    before = _alive()
    let_go_of_one()
    gc.collect()
    assert len(_alive()) == len(before)


def _alive() -> list[int]:
    return [id(each) for each in gc.get_objects() if type(each) is Queue]


def test_a_queue_declared_later_is_reached_by_its_name(driver: Driver) -> None:
    channel = driver.channel()
    driver.publish(channel)
    driver.queue(channel)
    driver.publish(channel)
    driver.do(c.DeleteQueue(channel, "q"))
    driver.queue(channel)
    driver.publish(channel)
    assert len(driver.ready()) == 1


def test_unlimited_keys_take_limited_memory(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel)
    driver.do(c.DeclareExchange(channel, "x", "topic"))
    driver.do(c.Bind(channel, "x", "q", "never"))
    batch = e.EventBatch()
    for number in range(2 * ROUTES_MAX + 5):
        driver.engine.apply(c.PublishMessage(channel, "x", f"k{number}", b"", b""), driver.now_us, batch)
        driver.engine.apply(c.PublishMessage(channel, "", f"k{number}", b"", b""), driver.now_us, batch)
    host = driver.engine.vhosts["/"]
    assert len(host.exchanges["x"].routes) <= ROUTES_MAX
    assert not host.exchanges[""].routes
    assert len(host.routed) == 1


def test_nor_do_many_exchanges_and_queues(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each leads where it should all the same."""
    monkeypatch.setattr(vhost, "REMEMBERED_MAX", 100)
    channel = driver.channel()
    for number in range(4):
        driver.queue(channel, f"q{number}")
    for name, reached in (("x", 4), ("y", 1), ("z", 4)):
        driver.do(c.DeclareExchange(channel, name, "topic"))
        for number in range(reached):
            driver.do(c.Bind(channel, name, f"q{number}", "k.*"))
    host = driver.engine.vhosts["/"]
    for number in range(30):
        for name, reached in (("x", 4), ("y", 1), ("z", 4)):
            driver.publish(channel, f"k.{number}", exchange=name)
            assert len(driver.of(e.MessageEnqueued)) == reached
            routes = [route for each in "xyz" for route in host.exchanges[each].routes.values()]
            assert 0 < sum(10 + len(route.queues) for route in routes) <= 100
    driver.do(c.DeleteQueue(channel, "q0"))
    assert not any(host.exchanges[each].routes for each in "xyz")


def test_where_the_key_does_not_decide_nothing_is_remembered(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel)
    driver.do(c.DeclareExchange(channel, "front", "fanout"))
    driver.do(c.DeclareExchange(channel, "picky", "headers"))
    driver.do(c.Bind(channel, "front", "picky", destination_kind=DestinationKind.EXCHANGE))
    driver.do(c.Bind(channel, "picky", "q", arguments={"a": 1}))
    for value in (1, 2, 1):
        headers = [Header("a", "int32", value)]
        driver.engine.read_properties = lambda _, headers=headers: Properties(headers=headers)
        driver.publish(channel, "same", exchange="front")
    assert len(driver.ready()) == 2


def test_chance_is_asked_once_for_each_message(driver: Driver) -> None:
    asked: list[int] = []
    driver.engine.surroundings = type(driver.engine.surroundings)(
        driver.engine.kinds, lambda below: asked.append(below) or len(asked) % below
    )
    channel = driver.channel()
    driver.do(c.DeclareExchange(channel, "x", "x-random"))
    for name in ("q", "r"):
        driver.queue(channel, name)
        driver.do(c.Bind(channel, "x", name))
    for _ in range(4):
        driver.publish(channel, "", exchange="x")
    assert asked == [2, 2, 2, 2]
    assert (len(driver.ready("q")), len(driver.ready("r"))) == (2, 2)


def test_where_keys_do_not_matter_a_thousand_of_them_cost_nothing(driver: Driver) -> None:
    """A message may name many keys; its properties are read once for all exchanges that ask for them."""
    read: list[int] = []

    def read_properties(message: Message) -> Properties:
        read.append(message.id)
        return Properties(headers=[Header("n", "int32", 1)])

    driver.engine.read_properties = read_properties
    channel = driver.channel()
    driver.queue(channel)
    for name, kind in (("a", "headers"), ("b", "headers"), ("c", "fanout")):
        driver.do(c.DeclareExchange(channel, name, kind))
    for source, target in (("a", "b"), ("b", "c")):
        driver.do(
            c.Bind(channel, source, target, arguments={"n": 1}, destination_kind=DestinationKind.EXCHANGE)
        )
    driver.do(c.Bind(channel, "c", "q"))
    keys = traits(extra_keys=tuple(f"key{n}" for n in range(1_000)))
    driver.publish(channel, "key", exchange="a", traits=keys)
    assert len(driver.ready()) == 1
    assert len(read) == 1
