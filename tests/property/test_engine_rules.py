"""The engine's rules against a broker that walks lists (`tests/support/naive.py`).

Times to live, limits with each overflow, dead letters with their past, priorities, quorum queues, alternate
exchanges, exchanges bound to exchanges, unused queues, policies that change; time moves by hand.
"""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mqstudio.engine.engine import Engine
from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import MESSAGE_OVERHEAD_BYTES
from mqstudio.model.message import Message, traits
from mqstudio.model.places import PageEntry
from mqstudio.model.policies import Policy
from mqstudio.model.topology import Arguments, DestinationKind
from tests.support.driver import Driver
from tests.support.naive import NaiveBinding, NaiveBroker, NaiveMessage

NAMES = ("a", "b", "c", "d")
EXCHANGES = {"all": ("fanout", None), "some": ("direct", "rest"), "rest": ("fanout", None)}
KEYS = ("a", "b", "k")

names = st.sampled_from(NAMES)
dead_letters = st.fixed_dictionaries(
    {"dead-letter-exchange": st.sampled_from(["", "all", "some", "missing"])},
    optional={"dead-letter-routing-key": st.sampled_from(KEYS)},
)
overflows = st.sampled_from([{}, {"overflow": "reject-publish"}, {"overflow": "reject-publish-dlx"}])
limits = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"message-ttl": st.sampled_from([0, 1, 3, 50, 50])}),
    st.fixed_dictionaries({"max-length": st.integers(0, 4)}),
    st.fixed_dictionaries({"max-length-bytes": st.integers(0, 30)}),
    st.fixed_dictionaries({"max-length": st.integers(1, 4), "message-ttl": st.sampled_from([3, 50])}),
    st.fixed_dictionaries({"expires": st.sampled_from([60, 200])}),
)
definitions = st.builds(
    lambda *parts: {key: value for part in parts for key, value in part.items()},
    limits,
    overflows,
    st.one_of(st.just({}), dead_letters, dead_letters),
)


@st.composite
def queue_arguments(draw: st.DrawFn) -> Arguments:
    """Arguments of a queue of some kind."""
    arguments: Arguments = {f"x-{key}": value for key, value in draw(definitions).items()}
    kind = draw(st.sampled_from(["classic", "classic", "quorum", "priority"]))
    if kind == "quorum":
        arguments["x-queue-type"] = "quorum"
        if draw(st.booleans()):
            arguments["x-delivery-limit"] = draw(st.integers(0, 2))
    elif kind == "priority":
        arguments["x-max-priority"] = draw(st.integers(1, 3))
    return arguments


class RulesMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.driver = self.new_driver()
        self.engine = self.driver.engine
        self.root = self.driver.channel()
        self.naive = NaiveBroker(EXCHANGES)
        self.published = 0
        self.first_places = 0
        self.lost: list[tuple[str, bytes, str]] = []
        for name, (kind, alternate) in EXCHANGES.items():
            arguments = {"alternate-exchange": alternate} if alternate else {}
            self.driver.do(c.DeclareExchange(self.root, name, kind, arguments=arguments))
        self.naive.now_us = self.driver.now_us

    # ---- what an engine that pages has otherwise (`test_engine_paging`)

    def new_driver(self) -> Driver:
        return Driver()

    def beyond(self, name: str) -> list[PageEntry]:
        """What of a queue is ready and not in memory."""
        return []

    def take_one(self, name: str) -> Any:
        batch = e.EventBatch()
        reply = self.engine.apply(c.TakeMessage(self.root, name), self.driver.now_us, batch)
        self.note(batch)
        return reply

    def check_left(self, name: str, told: int, expected: int) -> None:
        """A take tells how many messages are left."""
        assert told == expected

    @initialize(arguments=st.lists(queue_arguments(), min_size=len(NAMES), max_size=len(NAMES)))
    def declare_all(self, arguments: list[Arguments]) -> None:
        for name, each in zip(NAMES, arguments, strict=True):
            self.declare(name, each)

    def pass_time(self, until_us: int) -> None:
        """Both come to a time by way of every deadline that the engine tells."""
        while True:
            at_us = self.engine.next_deadline()
            if at_us is None or at_us > until_us:
                break
            self.advance(max(at_us, self.driver.now_us))
        self.advance(until_us)
        self.naive.advance(until_us)

    def advance(self, now_us: int) -> None:
        self.driver.now_us = now_us
        batch = e.EventBatch()
        self.engine.advance(now_us, batch)
        self.note(batch)

    def do(self, command: object) -> object:
        """Apply a command at a moment of its own."""
        self.pass_time(self.driver.now_us + 10)
        batch = e.EventBatch()
        try:
            return self.engine.apply(command, self.driver.now_us, batch)
        finally:
            self.note(batch)

    def settle_down(self) -> None:
        self.advance(self.driver.now_us)
        self.naive.advance(self.driver.now_us)

    def note(self, batch: e.EventBatch) -> None:
        self.lost += [
            (each.queue.name, each.message.body, each.reason.value)
            for each in batch
            if isinstance(each, e.MessageDropped)
        ]
        self.first_places += count_first_places(batch)

    # ---- commands

    def declare(self, name: str, arguments: Arguments) -> None:
        command = c.DeclareQueue(self.root, name, is_durable=True, arguments=arguments)
        if "x-dead-letter-routing-key" in arguments and "x-dead-letter-exchange" not in arguments:
            with pytest.raises(RefusedError):
                self.do(command)
            return
        self.do(command)
        self.naive.declare(name, arguments)
        self.settle_down()

    @rule(name=names, arguments=queue_arguments())
    def declare_again(self, name: str, arguments: Arguments) -> None:
        self.pass_time(self.driver.now_us + 10)
        if name not in self.naive.queues:
            self.declare(name, arguments)

    @precondition(lambda self: len(self.naive.queues) == len(NAMES))
    @rule(name=names)
    def delete(self, name: str) -> None:
        self.do(c.DeleteQueue(self.root, name))
        if name in self.naive.queues:
            self.naive.delete(name)
        self.settle_down()

    @rule(
        exchange=st.sampled_from(["", "", "", *EXCHANGES]),
        key=st.sampled_from(NAMES),
        asks=st.lists(
            st.tuples(st.integers(1, 8), st.sampled_from([None, None, None, 0, 2, 20]), st.integers(0, 4)),
            min_size=1,
            max_size=5,
        ),
    )
    def publish_some(self, exchange: str, key: str, asks: list[tuple[int, int | None, int]]) -> None:
        for size, ttl_ms, priority in asks:
            self.publish(exchange, key, size, ttl_ms, priority)

    def publish(self, exchange: str, key: str, size: int, ttl_ms: int | None, priority: int) -> None:
        self.published += 1
        body = b"%d" % self.published + b"." * size
        ttl_us = None if ttl_ms is None or exchange else ttl_ms * 1000
        command = c.PublishMessage(
            self.root, exchange, key, b"", body, traits=traits(priority=priority, ttl_us=ttl_us)
        )
        reply = self.do(command)
        message = NaiveMessage(body, exchange, key, 0, 0, ttl_us, priority)
        assert bool(reply and reply.is_refused) == self.naive.publish(exchange, message)
        self.settle_down()

    @rule(
        source=st.sampled_from(list(EXCHANGES)),
        to=st.sampled_from([*NAMES, *EXCHANGES]),
        key=st.sampled_from(KEYS),
        is_bound=st.booleans(),
    )
    def bind(self, source: str, to: str, key: str, is_bound: bool) -> None:
        kind = DestinationKind.EXCHANGE if to in EXCHANGES else DestinationKind.QUEUE
        command = (c.Bind if is_bound else c.Unbind)(self.root, source, to, key, destination_kind=kind)
        self.pass_time(self.driver.now_us + 10)
        binding = NaiveBinding(source, key, **{kind.value: to})
        if is_bound and kind is DestinationKind.QUEUE and to not in self.naive.queues:
            with pytest.raises(RefusedError) as refused:
                self.do(command)
            assert refused.value.why is Refusal.NO_SUCH_QUEUE
            return
        self.do(command)
        if binding in self.naive.bindings:
            if not is_bound:
                self.naive.bindings.remove(binding)
        elif is_bound and (kind is DestinationKind.EXCHANGE or to in self.naive.queues):
            self.naive.bindings.append(binding)
        self.settle_down()

    @rule(name=names, count=st.integers(1, 4))
    def take_some(self, name: str, count: int) -> None:
        for _ in range(count):
            self.take(name)

    def take(self, name: str) -> None:
        self.pass_time(self.driver.now_us + 10)
        if name not in self.naive.queues:
            return
        tag = self.engine.channels[self.root].next_tag
        reply = self.take_one(name)
        expected = self.naive.take(name, tag)
        assert (reply.message and reply.message.body) == (expected and expected.body)
        if expected:
            assert reply.is_redelivered == bool(expected.times)
            self.check_left(name, reply.ready, len(self.naive.queues[name].ready()))
        self.settle_down()

    @precondition(lambda self: self.naive.held)
    @rule(data=st.data(), outcome=st.sampled_from(Outcome))
    def settle(self, data: st.DataObject, outcome: Outcome) -> None:
        tag = data.draw(st.sampled_from(sorted(self.naive.held)))
        self.do(c.SettleDelivery(self.root, tag, False, outcome))
        self.naive.settle(tag, outcome)
        self.settle_down()

    @rule()
    def recover(self) -> None:
        self.do(c.RecoverDeliveries(self.root))
        held = self.naive.held
        classic = [tag for tag in held if held[tag][0].rules.kind == "classic"]
        for tag in sorted(classic, key=lambda tag: -held[tag][1].order):
            self.naive.settle(tag, Outcome.RELEASED)
        for tag in sorted(held, key=lambda tag: held[tag][1].order):
            self.naive.settle(tag, Outcome.RELEASED)
        self.settle_down()

    @precondition(lambda self: self.published > 12)
    @rule(name=names)
    def purge(self, name: str) -> None:
        self.pass_time(self.driver.now_us + 10)
        if name in self.naive.queues:
            queue = self.naive.queues[name]
            assert self.do(c.PurgeQueue(self.root, name)).count == len(queue.ready())
            queue.fresh, queue.returned = [], []
            self.settle_down()

    @rule(name=names, definition=definitions)
    def put_policy(self, name: str, definition: Arguments) -> None:
        if definition:
            self.do(c.PutPolicy(Policy("/", name, f"^{name}$", definition)))
        elif name in self.naive.policies:
            self.do(c.DeletePolicy("/", name))
        self.naive.set_policy(name, definition)
        self.settle_down()

    @rule(ms=st.sampled_from([1, 2, 5, 30, 100]))
    def wait(self, ms: int) -> None:
        self.pass_time(self.driver.now_us + ms * 1000)

    # ---- what always holds

    @invariant()
    def both_have_come_to_the_same(self) -> None:
        queues = self.engine.vhosts["/"].queues
        assert set(queues) == set(self.naive.queues)
        for name, queue in queues.items():
            expected = self.naive.queues[name].ready()
            beyond = self.beyond(name)
            ready = [*queue.ready, *(entry.message for entry in beyond)]
            assert queue.ready_count == len(ready)
            assert [m.body for m in ready] == [m.body for m in expected], name
            assert [_past(m) for m in ready] == [
                [(d.queue, d.reason, d.count, d.exchange, d.key) for d in m.deaths] for m in expected
            ]
            held = [m for q, m in self.naive.held.values() if q is self.naive.queues[name]]
            assert queue.in_flight == len(held)
            in_memory = [*queue.ready, *held]
            assert queue.bytes_held == sum(len(m.body) + MESSAGE_OVERHEAD_BYTES for m in in_memory)
            if queue.has_limit():
                assert queue.ready_bytes + queue.on_disk_bytes == sum(len(m.body) for m in expected)
            gone = queue.settled + queue.dropped + queue.dead_lettered
            assert queue.published == gone + len(expected) + len(held)
            times = {entry.message.id: entry.deliveries for entry in beyond if entry.deliveries}
            assert {**times, **queue.redelivered} == {
                m.id: n.times for m, n in zip(ready, expected, strict=True) if n.times
            }
        assert sorted(self.lost) == sorted(self.naive.lost)

    @invariant()
    def places_are_told_apart_by_who_came_to_them(self) -> None:
        """What was published, and not what died and went on: so that the sum never falls."""
        assert count_routed(self.engine) == self.first_places

    @invariant()
    def nothing_is_overdue(self) -> None:
        at_us = self.engine.next_deadline()
        assert at_us is None or at_us > self.driver.now_us
        assert not self.engine.dying


def count_first_places(batch: e.EventBatch) -> int:
    """Places in queues that messages came to which nobody had put there before, be it in vain."""
    return sum(
        isinstance(each, e.MessageEnqueued | e.MessageRefused) and each.message.past is None for each in batch
    )


def count_routed(engine: Engine) -> int:
    """The same, as samples have it."""
    queues = [queue for vhost in engine.vhosts.values() for queue in vhost.queues.values()]
    places = engine.retired.published + sum(queue.published for queue in queues)
    return places + engine.refused - engine.enqueued_again


def _past(message: Message) -> list[tuple[str, str, int, str, str]]:
    deaths = message.past.deaths if message.past else ()
    return [(d.queue, d.reason, d.count, d.exchange, d.routing_keys[0]) for d in deaths]


RulesMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestEngineRules = RulesMachine.TestCase
