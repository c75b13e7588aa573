"""What is written to a profile's ledger comes back as it was: every kind of event, and whole engine runs."""

import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model import verbs as v
from mqstudio.model.delivery import DropReason, Outcome
from mqstudio.model.events import EventBatch
from mqstudio.model.message import Death, Message, Moved, Past, Traits, traits
from mqstudio.model.refs import ChannelRef, QueueRef, SubscriptionRef
from mqstudio.model.topology import ConnectionInfo, QueueSpec
from mqstudio.store import projection, told
from mqstudio.store.kinds import Kind
from mqstudio.store.reader import Reader
from tests.support.profile import Profile

QUEUES = [QueueRef("/", "orders", 1), QueueRef("shop", "ünïcode", 2), QueueRef("/", "late", 3)]
CHANNELS = [ChannelRef(11, 5, 1), ChannelRef(12, 6, 2)]
READERS = [SubscriptionRef(21, 5, 1, "tag"), SubscriptionRef(22, 6, 2, "ctag 2")]
MESSAGE_EVENTS = e.MessageEvent.__args__

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.integers(0, 2**40)
times = st.integers(1, 2**50)
queues, channels = st.sampled_from(QUEUES), st.sampled_from(CHANNELS)
reasons = st.sampled_from(DropReason)
pasts = st.none() | st.builds(
    Past,
    numbers,
    st.lists(
        st.builds(Death, text, text, text, st.tuples(text), numbers, times, st.none() | numbers), max_size=2
    ).map(tuple),
    st.none() | st.tuples(text, text, text),
    st.none() | numbers,
    st.booleans(),
    st.none()
    | st.builds(
        Moved, text, text, st.tuples(text), text, text, times, before=st.none() | st.builds(Past, numbers)
    ),
)


IDS = count(1)
"""Each example is about a message of its own, so that all can go to one file."""


def _message(  # noqa: PLR0917  # as Message has them
    body: bytes, properties: bytes, exchange: str, key: str, at_us: int, wants: Traits, past: Past | None
) -> Message:
    size = len(body) + len(properties) + 256
    return Message(next(IDS), body, properties, exchange, key, at_us, "amqp091", 5, size, wants, past)


messages = st.builds(
    _message,
    st.binary(max_size=300),
    st.binary(max_size=40),
    text,
    text,
    times,
    st.builds(
        traits, st.booleans(), st.integers(0, 255), st.none() | numbers, st.none() | numbers, st.tuples(text)
    ),
    pasts,
)


def _after(message: Message) -> dict[type, st.SearchStrategy[Any]]:
    """Event type → its events about a message, but for the two that begin every life."""
    m = st.just(message)
    notes = (
        st.none()
        | st.builds(e.DeliveryNotes, st.integers(1, 99))
        | st.builds(e.DeliveryNotes, st.just(0), numbers)
    )

    def is_possible(event: e.MessageDelivered) -> bool:
        """What is read from a log is never a redelivery, and never settled at once."""
        is_read = event.notes is not None and event.notes.offset is not None
        return not (is_read and (event.is_redelivered or event.is_auto_settled))

    return {
        e.MessageUnroutable: st.builds(e.MessageUnroutable, times, m, st.booleans()),
        e.MessageEnqueued: st.builds(e.MessageEnqueued, times, m, queues, st.none() | numbers),
        e.MessageDelivered: st.builds(
            e.MessageDelivered,
            times,
            m,
            queues,
            channels,
            st.none() | st.sampled_from(READERS),
            numbers,
            st.booleans(),
            st.booleans(),
            notes,
        ).filter(is_possible),
        e.MessageSettled: st.builds(
            e.MessageSettled, times, m, queues, channels, numbers, st.sampled_from(Outcome), st.booleans()
        )
        | st.builds(
            e.MessageSettled,
            times,
            m,
            queues,
            channels,
            numbers,
            st.sampled_from(Outcome),
            st.just(False),
            numbers,
        ),
        e.MessageRequeued: st.builds(e.MessageRequeued, times, m, queues, numbers),
        e.MessageDropped: st.builds(e.MessageDropped, times, m, queues, reasons),
        e.MessageDeadLettered: st.builds(e.MessageDeadLettered, times, m, queues, reasons, text, numbers),
        e.MessageRefused: st.builds(e.MessageRefused, times, m, queues),
        e.MessageDelayed: st.builds(e.MessageDelayed, times, m, text, times, text),
        e.MessagePurged: st.builds(e.MessagePurged, times, m, queues, numbers, numbers),
        e.MessageMoved: st.builds(
            e.MessageMoved, times, m, queues, numbers, text, st.lists(text, max_size=2).map(tuple)
        ),
        e.MessageRestored: st.builds(e.MessageRestored, times, m, queues, numbers, numbers),
    }


def _routed(life: list[Any]) -> list[Any]:
    """The life with the event that no row is written for, where the engine has it."""
    arrivals = [
        each
        for each in life
        if type(each) in {e.MessageEnqueued, e.MessageRefused}
        or (type(each) is e.MessageDropped and each.reason is DropReason.CYCLE)
    ]
    if not arrivals:
        return life
    first = arrivals[0]
    routed = e.MessageRouted(first.at_us, first.message, tuple(each.queue for each in arrivals))
    at = life.index(first)
    return [*life[:at], routed, *life[at:]]


def _declare(profile: Profile) -> None:
    batch = EventBatch()
    for queue in QUEUES:
        batch.note(e.QueueDeclared(1, queue, QueueSpec(queue.name), None))
    for number in (5, 6):
        batch.note(e.ConnectionOpened(1, ConnectionInfo(number, "test", "127.0.0.1:1", f"c{number}")))
    for channel in CHANNELS:
        batch.note(e.ChannelOpened(1, channel))
    for queue, reader in zip(QUEUES, READERS, strict=False):
        batch.note(e.SubscriptionOpened(1, queue, reader, 1, False))
    profile.save(batch)


@st.composite
def lives(draw: st.DrawFn) -> list[Any]:
    message = draw(messages)
    after = st.one_of(*_after(message).values())
    return [e.MessagePublished(message.published_at_us, message), *draw(st.lists(after, max_size=6))]


def _is_possible(life: list[Any]) -> bool:
    """No message is purged twice into one bin."""
    bins = [event.bin_id for event in life if isinstance(event, e.MessagePurged)]
    return len(bins) == len(set(bins))


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Profile, Reader]]:
    profile = Profile(tmp_path_factory.mktemp("ledger") / "p.mqs")
    _declare(profile)
    yield profile, profile.reader()
    profile.connection.close()


def _write_and_read(disk: tuple[Profile, Reader], life: list[Any]) -> list[Any]:
    profile, reader = disk
    batch, message_id = EventBatch(), life[0].message.id
    batch.extend(life)
    profile.save(batch)
    page = reader.life(message_id)
    page = msgspec.msgpack.decode(msgspec.msgpack.encode(page), type=told.ToldPage)  # as it crosses the pipe
    found = told.life_in(page, message_id)
    assert not found.problem
    return found.events


@settings(max_examples=150, deadline=None)
@given(life=lives().filter(_is_possible))
def test_a_life_comes_back_as_it_was(disk: tuple[Profile, Reader], life: list[Any]) -> None:
    life = _fresh(life)
    assert _write_and_read(disk, life) == _routed(life)


@pytest.mark.parametrize(
    "kind", [each for each in MESSAGE_EVENTS if each not in {e.MessagePublished, e.MessageRouted}]
)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_type_of_event_comes_back(
    disk: tuple[Profile, Reader], kind: type, data: st.DataObject
) -> None:
    message = data.draw(messages)
    event = data.draw(_after(message)[kind])
    life = _fresh([e.MessagePublished(message.published_at_us, message), event])
    assert _write_and_read(disk, life) == _routed(life)


def _fresh(life: list[Any]) -> list[Any]:
    """The same life of a message that the file has not seen: examples are repeated."""
    message = msgspec.structs.replace(life[0].message, id=next(IDS))
    return [msgspec.structs.replace(event, message=message) for event in life]


def test_nothing_that_can_happen_to_a_message_is_left_out() -> None:
    """Each type of event is written (but for the route, which others tell), and each number is read."""
    written = set(projection.FUNCTIONS) & set(MESSAGE_EVENTS)
    assert written == set(MESSAGE_EVENTS) - {e.MessageRouted}
    assert set(_after(Message(7, b"", b"", "", "", 1, "", 0))) == written - {e.MessagePublished}
    assert set(told.MAKE) == set(Kind)


def _plain(event: Any) -> Any:
    """An event as the ledger tells it: where it is kept, and how its queue keeps it, is not the ledger's."""
    changes: dict[str, Any] = {}
    for name in ("queue", "queues"):
        value = getattr(event, name, None)
        if isinstance(value, QueueRef):
            changes[name] = QueueRef(value.vhost, value.name, value.id)
        elif value is not None:
            changes[name] = tuple(QueueRef(each.vhost, each.name, each.id) for each in value)
    if hasattr(event, "is_paged"):
        changes["is_paged"] = False
    return msgspec.structs.replace(event, **changes) if changes else event


ENGINE_STEPS = st.lists(
    st.sampled_from(
        [
            "publish",
            "persist",
            "nowhere",
            "late",
            "take",
            "no_ack",
            "accept",
            "release",
            "reject",
            "purge",
            "remove",
            "move",
            "copy",
            "redrive",
            "force",
            "undo",
            "wait",
        ]
    ),
    min_size=5,
    max_size=40,
)


@settings(max_examples=15, deadline=None)
@given(ENGINE_STEPS)
def test_what_an_engine_did_comes_back(steps: list[str]) -> None:
    """Dead letters, limits, delays, logs and bins as they really happen, not as somebody thinks they do."""
    with tempfile.TemporaryDirectory() as folder:
        profile = Profile(Path(folder) / "p.mqs")
        try:
            _run(profile, steps)
            reader = profile.reader()
            by_message: dict[int, list[Any]] = {}
            for event in profile.all_events:
                if type(event) in MESSAGE_EVENTS:
                    by_message.setdefault(event.message.id, []).append(_plain(event))
            for message_id, happened in by_message.items():
                assert told.life_in(reader.life(message_id), message_id).events == happened
        finally:
            profile.connection.close()


def _run(profile: Profile, steps: list[str]) -> None:
    me = profile.channel(profile.connect("Ada"))
    profile.do(c.DeclareExchange(me, "all", "fanout"))
    profile.do(c.DeclareExchange(me, "later", "x-delayed-message", arguments={"x-delayed-type": "fanout"}))
    rules = {"x-max-length": 3, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
    full = {"x-max-length": 2, "x-overflow": "reject-publish"}
    profile.queue(me, "q", is_durable=True, arguments=rules)
    profile.queue(me, "dead", arguments={"x-message-ttl": 40, **rules, "x-dead-letter-routing-key": "q"})
    profile.queue(me, "full", arguments=full)
    profile.queue(me, "log", is_durable=True, arguments={"x-queue-type": "stream", "x-max-length-bytes": 6})
    for name in ("q", "full", "log"):
        profile.do(c.Bind(me, "all", name))
        profile.do(c.Bind(me, "later", name))
    profile.subscribe(me, "log", "reader", credit=50)
    open_tags: list[int] = []
    bins: list[int] = []
    for step in steps:
        _step(profile, me, step, open_tags, bins)


def _step(profile: Profile, me: int, step: str, open_tags: list[int], bins: list[int]) -> None:
    if step in {"publish", "persist"}:
        profile.publish(me, "k", b"xy", "all", traits=traits(step == "persist"))
    elif step == "nowhere":
        profile.publish(me, "nowhere")
    elif step == "late":
        profile.publish(me, "k", b"xy", "later", traits=traits(delay_us=20_000))
    elif step in {"take", "no_ack"}:
        reply = profile.do(c.TakeMessage(me, "q", is_auto_settled=step == "no_ack"))
        if reply.message is not None and step == "take":
            open_tags.append(reply.delivery_tag)
    elif step == "wait":
        profile.wait(25)
        batch = EventBatch()
        batch.extend(profile.events)
        profile.batches.append(batch)
    elif step == "purge":
        bins.append(profile.do(c.PurgeQueue(me, "q")).bin_id)
    elif step == "remove":
        bins.append(profile.do(v.RemoveMessages(me, "q", tuple(profile.ready()[1:2]))).bin_id)
    elif step in {"move", "copy"}:
        some = tuple(profile.ready()[:2])
        moved = profile.do(v.MoveMessages(me, "q", some, v.Destination("dead"), is_copy=step == "copy"))
        profile.do(v.MoveBack(me, "dead", moved.successors[1:]))
    elif step == "redrive":
        profile.do(v.RedriveMessages(me, "dead", tuple(profile.ready("dead"))))
    elif step == "force":
        held = [
            d.event.message.id for d in profile.engine.channels[me].deliveries.values() if not d.queue.is_log
        ]
        profile.do(v.ForceOutcome(me, "q", tuple(held[:1]), Outcome.REJECTED))
    elif step == "undo" and bins and (bin_id := bins.pop()):
        found = profile.reader().bin(bin_id)
        assert found is not None
        profile.do(c.RestoreMessages(me, "q", bin_id, found.messages))
    elif open_tags:
        outcomes = {"accept": Outcome.ACCEPTED, "release": Outcome.RELEASED, "reject": Outcome.REJECTED}
        if step in outcomes:
            profile.settle(me, open_tags.pop(), outcomes[step])
