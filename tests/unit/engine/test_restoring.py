"""Restoring: what a new engine is when it has been told what another one was."""

from msgspec.structs import replace

from mqstudio.engine import restoring
from mqstudio.engine.engine import Engine
from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.message import Message, traits
from mqstudio.model.places import PageEntry
from mqstudio.model.policies import Policy
from mqstudio.model.refs import QueueRef
from mqstudio.model.restored import (
    RestoredBinding,
    RestoredExchange,
    RestoredHeld,
    RestoredQueue,
    RestoredState,
)
from mqstudio.model.samples import Counters
from mqstudio.model.topology import BindingSpec, DestinationKind, ExchangeSpec, QueueSpec, VhostSpec
from tests.support.driver import Driver

LOG = {"x-queue-type": "stream"}


def message(number: int, body: bytes = b"x", ttl_us: int | None = None) -> Message:
    return Message(number, body, b"", "", "q", 1_000, "test", 1, 256 + len(body), traits(ttl_us=ttl_us))


def entries(*numbers: int, deliveries: int = 0) -> tuple[PageEntry, ...]:
    return tuple(PageEntry(number, message(number), deliveries) for number in numbers)


def a_queue(name: str = "q", arguments: dict[str, object] | None = None, **fields: object) -> RestoredQueue:
    ref = QueueRef("/", name, 7, is_durable=True)
    return RestoredQueue(ref, QueueSpec(name, True, arguments=arguments or {}), **fields)


def restored(**fields: object) -> Driver:
    """A driver of an engine that was restored, with everything in its place."""
    driver = Driver()
    state = RestoredState(**{"next_message_id": 100, "next_queue_id": 20, **fields})
    assert restoring.restore(driver.engine, state, driver.now_us) == []
    return driver


def queue_of(engine: Engine, name: str = "q") -> object:
    return engine.vhosts["/"].queues[name]


def test_nothing_has_happened_and_the_numbers_go_on() -> None:
    driver = restored(
        queues=(a_queue(entries=entries(1, 2), counters=Counters(9, 8, 7, 6, 5, 4)),),
        next_subscription_id=5,
        next_bin_id=6,
        published=40,
        unroutable=3,
        retired=Counters(1),
    )
    engine = driver.engine
    batch = e.EventBatch()
    engine.advance(driver.now_us, batch)
    assert batch == []
    assert (engine.published, engine.unroutable, engine.retired) == (40, 3, Counters(1))
    assert (engine.next_subscription_id, engine.next_bin_id) == (5, 6)
    queue = queue_of(engine)
    assert (queue.published, queue.delivered, queue.settled) == (9, 8, 7)
    assert (queue.redeliveries, queue.returned, queue.dropped) == (6, 5, 4)
    assert queue.is_plain
    channel = driver.channel()
    assert driver.publish(channel) == 100
    driver.queue(channel, "new")
    assert queue_of(engine, "new").ref.id == 20


def test_messages_wait_in_their_order_with_what_is_known_of_them() -> None:
    queue = a_queue(entries=(*entries(1, deliveries=2), *entries(3, 5)), flagged_up_to=3)
    driver = restored(queues=(queue,))
    channel = driver.channel()
    taken = [driver.do(c.TakeMessage(channel, "q")) for _ in range(3)]
    assert [(each.message.id, each.is_redelivered) for each in taken] == [(1, True), (3, True), (5, False)]
    assert queue_of(driver.engine).bytes_held == 3 * 257


def test_what_is_on_disk_is_counted_and_asked_for() -> None:
    driver = restored(queues=(a_queue(entries=entries(1, 2), on_disk=3, on_disk_bytes=3),))
    channel = driver.channel()
    assert driver.queue(channel, is_durable=True).ready == 5
    (wanted,) = _wanted_by_takes(driver, channel)
    assert wanted.after == 2
    driver.do(c.PageIn(wanted.queue, wanted.number, entries(3, 4, 9), True))
    assert driver.ready() == [3, 4, 9]
    assert queue_of(driver.engine).is_plain


def _wanted_by_takes(driver: Driver, channel: int) -> list[object]:
    for _ in range(2):
        driver.do(c.TakeMessage(channel, "q", True))
    assert driver.do(c.TakeMessage(channel, "q")).is_on_its_way
    return driver.engine.take_wanting()


def test_times_to_live_go_on() -> None:
    own = PageEntry(1, message(1, ttl_us=5_000))
    driver = restored(
        queues=(
            a_queue(entries=(own,)),
            a_queue("other", {"x-message-ttl": 3}, entries=entries(2)),
            a_queue("unused", {"x-expires": 4}),
        )
    )
    driver.wait(10)
    dropped = [(d.queue.name, d.message.id) for d in driver.of(e.MessageDropped)]
    assert dropped == [("other", 2), ("q", 1)]
    assert [d.queue.name for d in driver.of(e.QueueDeleted)] == ["unused"]


def test_policies_apply_and_alternates_are_found() -> None:
    driver = restored(
        policies=(
            Policy("/", "p", "^q$", {"max-length": 1}),
            Policy("/", "x", "^e$", {"alternate-exchange": "f"}),
        ),
        exchanges=(
            RestoredExchange("/", ExchangeSpec("e", "direct", True)),
            RestoredExchange("/", ExchangeSpec("f", "fanout", True)),
            RestoredExchange("/", ExchangeSpec("to", "topic", True, is_auto_delete=True)),
        ),
        queues=(a_queue(),),
        bindings=(
            RestoredBinding("/", BindingSpec("f", "q", "")),
            RestoredBinding("/", BindingSpec("to", "f", "a.#", {}, DestinationKind.EXCHANGE)),
        ),
    )
    channel = driver.channel()
    driver.publish(channel, "nowhere", exchange="e")
    driver.publish(channel, "a.b", exchange="to")
    assert len(driver.ready()) == 1
    driver.do(c.Unbind(channel, "to", "f", "a.#", {}, DestinationKind.EXCHANGE))
    assert "to" not in driver.engine.vhosts["/"].exchanges


def test_virtual_hosts_come_with_their_exchanges_and_properties() -> None:
    driver = restored(vhosts=(VhostSpec("/", "the first"), VhostSpec("v", default_kind="quorum")))
    assert driver.engine.vhosts["/"].spec.description == "the first"
    assert list(driver.engine.vhosts["v"].exchanges) == list(driver.engine.vhosts["/"].exchanges)
    assert driver.engine.vhosts["v"].spec.default_kind == "quorum"


def test_what_an_exchange_holds_comes_in_its_time() -> None:
    exchange = ExchangeSpec("later", "x-delayed-message", True, arguments={"x-delayed-type": "fanout"})
    held = replace(message(3), exchange="later", traits=traits(delay_us=5_000))
    driver = restored(
        exchanges=(RestoredExchange("/", exchange),),
        queues=(a_queue(),),
        bindings=(RestoredBinding("/", BindingSpec("later", "q", "")),),
        held=(RestoredHeld("/", "later", held, 6_000),),
    )
    assert (driver.engine.held_messages, driver.engine.held_bytes) == (1, held.held_bytes)
    driver.wait(4.9)
    assert driver.ready() == []
    driver.wait(0.2)
    assert driver.ready() == [100]
    assert (driver.engine.held_messages, driver.engine.held_bytes) == (0, 0)


def test_a_log_goes_on_at_its_offset_also_if_it_is_empty() -> None:
    driver = restored(
        queues=(
            a_queue("log", LOG, entries=entries(), first_offset=7, next_offset=7),
            a_queue(
                "long", LOG, entries=_logged(5, 6), on_disk=3, on_disk_bytes=3, first_offset=2, next_offset=7
            ),
        )
    )
    channel = driver.channel()
    for name in ("log", "long"):
        driver.publish(channel, name)
        assert [event.offset for event in driver.of(e.MessageEnqueued)] == [7]
    long = queue_of(driver.engine, "long")
    assert (long.ready_count, long.on_disk, long.ready.hand_offset) == (6, 3, 5)
    driver.do(c.SetChannelCredit(channel, 0))
    driver.subscribe(channel, "long", credit=9, start=c.LogStart(offset=0))
    (wanted,) = driver.engine.take_wanting()
    assert wanted.after == 1
    driver.do(c.PageIn(wanted.queue, wanted.number, _logged(2, 3, 4, 5, 6), False))
    assert [event.notes.offset for event in driver.delivered()] == [2, 3, 4, 5, 6, 7]


def _logged(*offsets: int) -> tuple[PageEntry, ...]:
    return tuple(PageEntry(offset, message(10 + offset)) for offset in offsets)


def test_of_a_log_only_what_reaches_its_end_is_in_memory() -> None:
    queue = a_queue("log", LOG, entries=_logged(2, 3, 5, 6), on_disk=2, on_disk_bytes=2, next_offset=7)
    driver = restored(queues=(queue,))
    log = queue_of(driver.engine, "log")
    assert (log.ready.hand_offset, log.on_disk, log.on_disk_bytes) == (5, 5, 4)


def test_what_cannot_be_restored_is_left_out_and_said() -> None:
    driver = Driver()
    state = RestoredState(
        policies=(Policy("gone", "p", ".", {"max-length": 1}), Policy("/", "bad", "(", {"max-length": 1})),
        exchanges=(
            RestoredExchange("/", ExchangeSpec("e", "x-unheard-of", True)),
            RestoredExchange("/", ExchangeSpec("fine", "direct", True)),
        ),
        queues=(a_queue(arguments={"x-max-length": "many"}), a_queue("fine")),
        bindings=(
            RestoredBinding("/", BindingSpec("fine", "q", "k")),
            RestoredBinding("/", BindingSpec("fine", "fine", "k")),
        ),
        held=(RestoredHeld("/", "e", message(1), 5),),
        next_message_id=2,
    )
    left_out = restoring.restore(driver.engine, state, 0)
    assert [each.split(" was left out: ")[0] for each in left_out] == [
        "Policy 'p' of virtual host 'gone'",
        "Policy 'bad' of virtual host '/'",
        "Exchange 'e' of virtual host '/'",
        "Queue 'q' of virtual host '/'",
        "The binding of 'q' to exchange 'fine' of virtual host '/'",
        "Message 1, held by exchange 'e', of virtual host '/'",
    ]
    assert all(each.endswith(".") for each in left_out)
    driver.publish(driver.channel(), "k", exchange="fine")
    assert driver.ready("fine") == [2]


def test_limits_are_met_when_it_begins_again() -> None:
    driver = restored(
        queues=(
            a_queue(arguments={"x-max-length": 1}, entries=entries(1, 2, 3)),
            a_queue("full", {"x-max-length": 1, "x-overflow": "reject-publish"}, entries=entries(4, 5)),
            a_queue("log", {**LOG, "x-max-length-bytes": 2}, entries=_logged(0, 1, 2), next_offset=3),
        )
    )
    driver.wait(1)
    assert [event.message.id for event in driver.of(e.MessageDropped)] == [1, 2, 10]
    assert driver.ready("full") == [4, 5]
