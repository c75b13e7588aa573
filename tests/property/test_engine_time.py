"""Time: looking at each deadline and looking late come to the same, except for the times.

Two engines do the same commands. Then one is called at every deadline it tells, the other once, much later.
"""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.delivery import Outcome
from mqstudio.model.message import traits
from tests.support.driver import Driver

QUEUES = {
    "a": {"x-message-ttl": 5, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "b"},
    "b": {"x-message-ttl": 7, "x-dead-letter-exchange": "later", "x-dead-letter-routing-key": "c"},
    "c": {},
    "d": {"x-consumer-timeout": 9, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "a"},
    "e": {"x-message-ttl": 3},
    "log": {"x-queue-type": "stream", "x-max-age": "1s"},
}
FAR_MS = 10_000

delays = st.one_of(st.none(), st.integers(0, 20))
publishes = st.one_of(
    st.tuples(st.sampled_from(["a", "b", "e", "log"]), delays, delays),
    # Where messages stay, one with a time to live may or may not get to the head before it is over.
    st.tuples(st.sampled_from(["c", "d"]), st.none(), delays),
)
"""Queue, time to live and delay, in ms."""


def prepared(asked: list[tuple[str, int | None, int | None]], taken: list[str]) -> tuple[Driver, int]:
    driver = Driver()
    channel = driver.channel()
    later = {"x-delayed-type": "direct"}
    driver.do(c.DeclareExchange(channel, "later", "x-delayed-message", arguments=later))
    for name, arguments in QUEUES.items():
        driver.queue(channel, name, is_durable=True, arguments=arguments)
        driver.do(c.Bind(channel, "later", name, name))
    for key, ttl_ms, delay_ms in asked:
        asks = traits(
            ttl_us=None if ttl_ms is None else ttl_ms * 1000,
            delay_us=None if delay_ms is None else delay_ms * 1000,
        )
        driver.publish(channel, key, exchange="later", traits=asks)
    holder = driver.channel()
    for name in taken:
        driver.do(c.TakeMessage(holder, name))
    return driver, channel


def lives(driver: Driver) -> dict[int, list[tuple[str, ...]]]:
    """What happened to each of the messages that were published, and to those they became."""
    ancestor: dict[int, int] = {}
    found = defaultdict(list)
    for event in driver.all_events:
        message = getattr(event, "message", None)
        if message is None:
            continue
        if message.past is not None:
            ancestor.setdefault(message.id, ancestor.get(message.past.parent_id, message.past.parent_id))
        queue = getattr(event, "queue", None)
        told = (type(event).__name__, queue.name if queue else "", str(getattr(event, "reason", "")))
        found[ancestor.get(message.id, message.id)].append(told)
    return dict(found)


@settings(deadline=None)
@given(st.lists(publishes, max_size=12), st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=4))
def test_looking_late_comes_to_the_same(
    asked: list[tuple[str, int | None, int | None]], taken: list[str]
) -> None:
    early, _ = prepared(asked, taken)
    late, _ = prepared(asked, taken)
    early.wait(FAR_MS)
    for _ in range(4):  # what comes by a late look begins its own time only then
        late.now_us += FAR_MS * 1000
        late.do(c.GrantRoom(-1, 0))
    assert lives(early) == lives(late)
    for driver in (early, late):
        assert driver.engine.next_deadline() is None
        assert (driver.engine.held_messages, driver.engine.held_bytes) == (0, 0)
        assert not any(driver.ready(name) for name in ("a", "b", "e", "log"))


@settings(deadline=None)
@given(st.lists(publishes, max_size=12), st.lists(st.integers(0, 30_000), max_size=10))
def test_nothing_is_ever_due_after_a_look_and_looking_again_changes_nothing(
    asked: list[tuple[str, int | None, int | None]], steps_us: list[int]
) -> None:
    driver, _ = prepared(asked, [])
    for step_us in steps_us:
        driver.now_us += step_us
        batch = e.EventBatch()
        driver.engine.advance(driver.now_us, batch)
        at_us = driver.engine.next_deadline()
        assert at_us is None or at_us > driver.now_us
        assert not driver.engine.is_due(driver.now_us)
        again = e.EventBatch()
        driver.engine.advance(driver.now_us, again)
        assert again == []


@settings(deadline=None)
@given(st.lists(publishes, min_size=1, max_size=12))
def test_before_its_deadline_nothing_happens(asked: list[tuple[str, int | None, int | None]]) -> None:
    driver, channel = prepared(asked, ["d"])
    driver.do(c.SettleDelivery(channel, 0, True, Outcome.ACCEPTED))
    while (at_us := driver.engine.next_deadline()) is not None:
        driver.now_us = at_us - 1
        batch = e.EventBatch()
        driver.engine.advance(driver.now_us, batch)
        assert batch == []
        driver.now_us = at_us
        driver.engine.advance(at_us, batch)
