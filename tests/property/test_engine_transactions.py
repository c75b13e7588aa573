"""Transactions against a broker that writes lists: which way messages go, what is forgotten, what returns.

A message's queues are those that its exchange leads to when it is published, as far as there are queues of
these names at the commit. The exchange without a name leads to names.
"""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.errors import RefusedError
from tests.property.test_engine_rules import count_routed
from tests.support.driver import Driver

QUEUES = ("a", "b", "c")
KINDS = {"all": "fanout", "some": "direct", "words": "topic", "headers": "headers", "spare": "fanout"}
ARGUMENTS = {"some": {"alternate-exchange": "spare"}}

queues, exchanges = st.sampled_from(QUEUES), st.sampled_from(tuple(KINDS))
seldom = st.sampled_from([True, False, False])


class TransactionMachine(RuleBasedStateMachine):
    """Two channels, one with a transaction."""

    def __init__(self) -> None:
        super().__init__()
        self.driver = Driver()
        self.plain, self.held_by = self.driver.channel(), self.driver.channel()
        self.driver.do(c.SelectTransaction(self.held_by))
        self.bound: dict[str, set[tuple[str, str]]] = {}
        self.contents: dict[str, list[bytes]] = {}
        self.waiting: list[tuple[bytes, list[str], bool]] = []
        self.unroutable = self.routed = self.number = 0
        for name in KINDS:
            self.declare(name)
        for name in QUEUES:
            self.declare_queue(name)
            for exchange in KINDS:
                self.bind(exchange, name, name, is_bound=True)

    def do(self, command: Any) -> None:
        self.driver.do(command)

    # ---- what there is

    @rule(name=exchanges)
    def declare(self, name: str) -> None:
        arguments = ARGUMENTS.get(name, {})
        self.do(c.DeclareExchange(self.plain, name, KINDS[name], arguments=arguments))
        self.bound.setdefault(name, set())

    @rule(name=exchanges, is_meant=seldom)
    def delete(self, name: str, is_meant: bool) -> None:
        if is_meant and self.bound.pop(name, None) is not None:
            self.do(c.DeleteExchange(self.plain, name))

    @rule(name=queues)
    def declare_queue(self, name: str) -> None:
        self.driver.queue(self.plain, name)
        self.contents.setdefault(name, [])

    @rule(name=queues, is_meant=seldom)
    def delete_queue(self, name: str, is_meant: bool) -> None:
        if not is_meant:
            return
        self.do(c.DeleteQueue(self.plain, name))
        self.contents.pop(name, None)
        for bindings in self.bound.values():
            bindings -= {(name, key) for key in QUEUES}

    @rule(exchange=exchanges, queue=queues, key=queues, is_bound=st.booleans())
    def bind(self, exchange: str, queue: str, key: str, is_bound: bool) -> None:
        if exchange not in self.bound or queue not in self.contents:
            return
        self.do((c.Bind if is_bound else c.Unbind)(self.plain, exchange, queue, key))
        (self.bound[exchange].add if is_bound else self.bound[exchange].discard)((queue, key))

    # ---- messages

    def route(self, exchange: str, key: str) -> list[str]:
        """Where a message would go now."""
        if not exchange:
            return [key]
        is_blind = KINDS[exchange] in {"fanout", "headers"}  # no arguments match everything
        found = sorted({queue for queue, each in self.bound[exchange] if is_blind or each == key})
        spare = ARGUMENTS.get(exchange, {}).get("alternate-exchange")
        return self.route(spare, key) if not found and spare in self.bound else found

    @rule(exchange=exchanges, key=queues, is_mandatory=st.booleans())
    def publish_held(self, exchange: str, key: str, is_mandatory: bool) -> None:
        self.publish(exchange, key, True, is_mandatory)

    @rule(
        exchange=st.sampled_from(["", "all"]), key=queues, is_held=st.booleans(), is_mandatory=st.booleans()
    )
    def publish(self, exchange: str, key: str, is_held: bool, is_mandatory: bool) -> None:
        self.number += 1
        body = b"%d" % self.number
        channel = self.held_by if is_held else self.plain
        command = c.PublishMessage(channel, exchange, key, b"", body, is_mandatory)
        if exchange and exchange not in self.bound:
            try:
                self.do(command)
            except RefusedError:
                return
            raise AssertionError("there is no such exchange")
        self.do(command)
        message = (body, self.route(exchange, key), is_mandatory)
        if is_held:
            self.waiting.append(message)
            assert not self.driver.events
        else:
            self.arrive([message])

    def arrive(self, messages: list[tuple[bytes, list[str], bool]]) -> None:
        """The engine has published these: the same comes to the lists; what no queue takes is returned."""
        returned = []
        for body, names, is_mandatory in messages:
            there = [name for name in names if name in self.contents]
            for name in there:
                self.contents[name].append(body)
            self.routed += len(there)
            self.unroutable += not there
            if not there and is_mandatory:
                returned.append(body)
        letters = [each for _, mail in self.driver.engine.take_mail() for each in mail]
        assert [each.message.body for each in letters if isinstance(each, e.MessageReturned)] == returned

    @rule(is_commit=st.booleans())
    def end(self, is_commit: bool) -> None:
        self.do((c.CommitTransaction if is_commit else c.RollbackTransaction)(self.held_by))
        waiting, self.waiting = self.waiting, []
        self.arrive(waiting if is_commit else [])

    @invariant()
    def both_have_come_to_the_same(self) -> None:
        there = self.driver.engine.vhosts["/"].queues
        assert {name: [each.body for each in queue.ready] for name, queue in there.items()} == self.contents
        assert self.driver.engine.unroutable == self.unroutable
        assert count_routed(self.driver.engine) == self.routed


TransactionMachine.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestTransactions = TransactionMachine.TestCase
