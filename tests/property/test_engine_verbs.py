"""What is done by hand, against a broker made of lists: also where memory has given most messages up.

Ids count up, so the lists know them beforehand. Every verb can be undone, in reverse order, at any time.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mqstudio.model import commands as c
from mqstudio.model import verbs as v
from mqstudio.model.delivery import Outcome
from mqstudio.model.message import traits
from tests.property.test_engine_rules import count_first_places, count_routed
from tests.support.paging import PagedDriver

QUEUES: dict[str, dict[str, Any]] = {
    "plain": {
        "is_durable": True,
        "arguments": {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"},
    },
    "ranked": {"is_durable": True, "arguments": {"x-max-priority": 2}},
    "quorum": {"is_durable": True, "arguments": {"x-queue-type": "quorum", "x-delivery-limit": 9}},
    "dead": {"is_durable": True},
}
names = st.sampled_from(sorted(QUEUES))
picks = st.lists(st.integers(0, 30), max_size=4)


@dataclass(frozen=True)
class Entry:
    """A message in a list. came_from: what it was before a move, and where; died_in: where it died last."""

    id: int
    priority: int
    times: int = 0
    came_from: "tuple[str, Entry] | None" = None
    died_in: str = ""


@dataclass
class Line:
    """A queue: `returned` come first, as only quorum queues have it."""

    name: str
    fresh: list[Entry] = field(default_factory=list)
    returned: list[Entry] = field(default_factory=list)

    def ready(self) -> list[Entry]:
        most = 2 if self.name == "ranked" else 0
        return [*self.returned, *sorted(self.fresh, key=lambda e: (-min(e.priority, most), e.id))]

    def place(self, entry: Entry) -> tuple[int, int]:
        return (-min(entry.priority, 2) if self.name == "ranked" else 0, entry.id)

    def take_out(self, entry: Entry) -> None:
        (self.returned if entry in self.returned else self.fresh).remove(entry)

    def put_back(self, entry: Entry) -> None:
        (self.returned if self.name == "quorum" else self.fresh).append(entry)


class VerbMachine(RuleBasedStateMachine):
    """An engine that pages whenever the test says so, and the lists."""

    def __init__(self) -> None:
        super().__init__()
        self.driver = PagedDriver()
        self.channel = self.driver.channel()
        for name, options in QUEUES.items():
            self.driver.queue(self.channel, name, **options)
        self.lines = {name: Line(name) for name in QUEUES}
        self.held: dict[int, tuple[str, Entry]] = {}
        self.forced: set[int] = set()
        self.next_id = 1
        self.next_tag = 1
        self.undo: list[tuple[str, Any]] = []
        for name in QUEUES:
            self.put_in(name, [0, 2, 1, 0, 3, 0])

    def new_id(self) -> int:
        self.next_id += 1
        return self.next_id - 1

    def picked(self, name: str, which: list[int]) -> list[Entry]:
        """Some of those that are ready, in order of their places, each once."""
        ready = self.lines[name].ready()
        chosen = {ready[each % len(ready)].id for each in which} if ready else set()
        return sorted((e for e in ready if e.id in chosen), key=self.lines[name].place)

    # ---- clients

    @rule(name=names, priorities=st.lists(st.integers(0, 3), min_size=1, max_size=4))
    def publish(self, name: str, priorities: list[int]) -> None:
        self.put_in(name, priorities)

    def put_in(self, name: str, priorities: list[int]) -> None:
        for priority in priorities:
            asked = traits(is_persistent=True, priority=priority)
            self.driver.publish(self.channel, name, b"xy", traits=asked)
            self.lines[name].fresh.append(Entry(self.new_id(), priority))

    @rule(name=names)
    def take(self, name: str) -> None:
        self.pages_come()
        ready = self.lines[name].ready()
        reply = self.driver.do(c.TakeMessage(self.channel, name))
        while reply.is_on_its_way:
            self.pages_come()
            reply = self.driver.do(c.TakeMessage(self.channel, name))
        assert (reply.message.id if reply.message else None) == (ready[0].id if ready else None)
        if ready:
            self.lines[name].take_out(ready[0])
            self.held[self.next_tag] = (name, replace(ready[0], times=ready[0].times + 1))
            self.next_tag += 1

    @rule(which=st.integers(0, 9), outcome=st.sampled_from(Outcome))
    def settle(self, which: int, outcome: Outcome) -> None:
        """What was ended by hand can be settled once more; nothing comes of it."""
        tags = sorted([*self.held, *self.forced])
        if not tags:
            return
        tag = tags[which % len(tags)]
        self.driver.settle(self.channel, tag, outcome)
        if tag in self.forced:
            self.forced.discard(tag)
        else:
            self.ended(tag, outcome)

    @rule(name=names, count=st.integers(1, 3))
    def come_back(self, name: str, count: int) -> None:
        """Some have been handed over before."""
        first = self.next_tag
        for _ in range(count):
            self.take(name)
        for tag in range(first, self.next_tag):
            self.driver.settle(self.channel, tag, Outcome.RELEASED)
            self.ended(tag, Outcome.RELEASED)

    @rule()
    def settle_all(self) -> None:
        self.driver.settle(self.channel, 0, Outcome.ACCEPTED, is_multiple=True)
        self.held.clear()
        self.forced.clear()

    def ended(self, tag: int, outcome: Outcome) -> None:
        name, entry = self.held.pop(tag)
        if outcome is Outcome.RELEASED and not (name == "quorum" and entry.times > 9):
            self.lines[name].put_back(entry)
        elif outcome is not Outcome.ACCEPTED and name == "plain":
            self.lines["dead"].fresh.append(Entry(self.new_id(), entry.priority, died_in=name))

    # ---- by hand

    @rule(name=names, which=picks, stranger=st.integers(0, 40))
    def remove(self, name: str, which: list[int], stranger: int) -> None:
        chosen = self.picked(name, which)
        unknown = stranger if all(e.id != stranger for e in self.lines[name].ready()) else 10_000
        ids = (unknown, *(e.id for e in chosen))
        reply = self.driver.by_hand(v.RemoveMessages(self.channel, name, ids))
        assert (reply.count, reply.left) == (len(chosen), (unknown,))
        self.note_removed(name, chosen, reply)

    @rule(
        name=names,
        which=picks,
        to=names,
        is_copy=st.booleans(),
        by_exchange=st.booleans(),
        keeps_deaths=st.booleans(),
    )
    def move(  # noqa: PLR0917  # as hypothesis gives them
        self, name: str, which: list[int], to: str, is_copy: bool, by_exchange: bool, keeps_deaths: bool
    ) -> None:
        if name == to:
            return
        chosen = self.picked(name, which)
        where = v.Destination(exchange="", routing_key=to) if by_exchange else v.Destination(queue=to)
        ids = tuple(e.id for e in reversed(chosen))
        reply = self.driver.by_hand(
            v.MoveMessages(self.channel, name, ids, where, is_copy, keeps_deaths=keeps_deaths)
        )
        new = []
        for entry in chosen:
            if not is_copy:
                self.lines[name].take_out(entry)
            died_in = entry.died_in if keeps_deaths else ""
            origin = None if is_copy else (name, entry)
            new.append(Entry(self.new_id(), entry.priority, 0, origin, died_in))
        self.lines[to].fresh += new
        assert (reply.count, list(reply.successors)) == (len(chosen), [e.id for e in new])
        if new:
            self.undo.append(("copy" if is_copy else "move", (to, new)))

    @rule(which=picks)
    def redrive(self, which: list[int]) -> None:
        chosen = self.picked("dead", which)
        going = [e for e in chosen if e.died_in]
        reply = self.driver.by_hand(
            v.RedriveMessages(self.channel, "dead", tuple(e.id for e in chosen), keeps_deaths=False)
        )
        assert reply.count == len(going)
        new = []
        for entry in going:
            self.lines["dead"].take_out(entry)
            new.append(Entry(self.new_id(), entry.priority, 0, ("dead", entry)))
            self.lines[entry.died_in].fresh.append(new[-1])
        if new:
            self.undo.append(("move", ("plain", new)))

    @rule(name=names, which=picks, outcome=st.sampled_from(Outcome))
    def force(self, name: str, which: list[int], outcome: Outcome) -> None:
        mine = {entry.id: tag for tag, (queue, entry) in self.held.items() if queue == name}
        chosen = {sorted(mine)[each % len(mine)] for each in which} if mine else set()
        reply = self.driver.do(v.ForceOutcome(self.channel, name, tuple(sorted(chosen)), outcome))
        assert (reply.count, reply.left) == (len(chosen), ())
        for message_id in sorted(chosen, reverse=name != "quorum"):
            self.ended(mine[message_id], outcome)
            self.forced.add(mine[message_id])

    @rule()
    def undo_last(self) -> None:
        if not self.undo:
            return
        how, what = self.undo.pop()
        getattr(self, f"undo_{how}")(*what)

    def undo_bin(self, name: str, bin_id: int, chosen: list[Entry]) -> None:
        rows = self.driver.disk.bins[bin_id]
        restored = [c.RestoredMessage(row.message, row.deliveries) for row in rows]
        assert self.driver.do(c.RestoreMessages(self.channel, name, bin_id, restored)).count == len(chosen)
        for entry in sorted(chosen, key=lambda e: e.id):
            self.lines[name].put_back(entry)

    def undo_copy(self, name: str, new: list[Entry]) -> None:
        still = [e for e in self.lines[name].ready() if e.id in {each.id for each in new}]
        reply = self.driver.by_hand(v.RemoveMessages(self.channel, name, tuple(e.id for e in new)))
        assert reply.count == len(still)
        for entry in still:
            self.lines[name].take_out(entry)

    def undo_move(self, name: str, new: list[Entry]) -> None:
        ready = {e.id: e for e in self.lines[name].ready()}
        still = sorted((ready[e.id] for e in new if e.id in ready), key=self.lines[name].place)
        reply = self.driver.by_hand(v.MoveBack(self.channel, name, tuple(e.id for e in new)))
        assert (reply.count, len(reply.left)) == (len(still), len(new) - len(still))
        for entry in still:
            self.lines[name].take_out(entry)
            assert entry.came_from is not None
            home, old = entry.came_from
            self.lines[home].put_back(old)

    # ---- memory

    @rule(window=st.integers(1, 3))
    def page_out(self, window: int) -> None:
        self.driver.do(c.PageOut(0, window))

    @rule(is_read=st.booleans())
    def a_page_is_on_its_way(self, is_read: bool) -> None:
        self.driver.ask()
        if is_read:
            self.driver.read(0)

    @rule(name=names, which=picks, is_read=st.booleans(), priority=st.integers(0, 3))
    def a_page_comes_late(self, name: str, which: list[int], is_read: bool, priority: int) -> None:
        """What is taken out meanwhile may be in it, and so may what has come meanwhile."""
        self.pages_come()
        self.driver.do(c.PageOut(0, 1))
        self.take(name)
        self.driver.do(c.PageOut(0, 1))
        self.driver.ask()
        if is_read:
            self.driver.read(0)
        self.put_in(name, [priority])
        self.remove(name, [*which, -1], 10_000)

    @rule(name=names, which=picks)
    def what_was_fetched_is_no_longer_so(self, name: str, which: list[int]) -> None:
        """Between the store's answer and the verb the same messages have gone another way."""
        self.driver.do(c.PageOut(0, 1))
        chosen = self.picked(name, which)
        command = v.RemoveMessages(self.channel, name, tuple(e.id for e in chosen))
        reply = self.driver.do(command) if chosen else None
        if not isinstance(reply, v.NotInHand):
            self.note_removed(name, chosen, reply)
            return
        rows = self.driver.disk.of(reply.queue)
        fetched = v.Fetched(reply.stamp, tuple(rows[each] for each in reply.ids))
        self.note_removed(name, chosen, self.driver.by_hand(command))
        late = self.driver.by_hand(msgspec.structs.replace(command, fetched=fetched))
        assert (late.count, set(late.left)) == (0, {e.id for e in chosen})

    def note_removed(self, name: str, chosen: list[Entry], reply: Any) -> None:
        for entry in chosen:
            self.lines[name].take_out(entry)
        if chosen:
            self.undo.append(("bin", (name, reply.bin_id, chosen)))

    @rule()
    def pages_come(self) -> None:
        while not self.driver.is_calm():
            self.driver.ask()
            self.driver.read(0)
            page = self.driver.next_answer(0)
            if page is not None:
                self.driver.do(page)

    @invariant()
    def all_is_where_the_lists_have_it(self) -> None:
        for name, line in self.lines.items():
            queue = self.driver.engine.vhosts["/"].queues[name]
            assert self.driver.ready(name) == [entry.id for entry in line.ready()], name
            assert queue.ready_count == len(line.ready())
            times = {e.id: e.times for e in line.ready() if e.times}
            beyond = {
                row.message.id: row.deliveries for row in self.driver.rows_beyond(name) if row.deliveries
            }
            assert {**queue.redelivered, **beyond} == times
            held = [entry for of, entry in self.held.values() if of == name]
            assert queue.in_flight == len(held)
            in_hand = [
                *queue.ready,
                *(
                    d.event.message
                    for d in self.driver.engine.channels[self.channel].deliveries.values()
                    if d.queue is queue
                ),
            ]
            assert queue.bytes_held == sum(message.held_bytes for message in in_hand)

    @invariant()
    def what_is_done_by_hand_is_not_routed(self) -> None:
        """Places that messages came to by hand, or came back to, are no new ones."""
        first_places = sum(map(count_first_places, self.driver.batches))
        assert count_routed(self.driver.engine) == first_places

    def teardown(self) -> None:
        self.pages_come()
        self.all_is_where_the_lists_have_it()
        assert not self.driver.miscounted


VerbMachine.TestCase.settings = settings(max_examples=250, stateful_step_count=50, deadline=None)
TestVerbs = VerbMachine.TestCase
