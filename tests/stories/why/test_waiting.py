"""Messages that wait, and queues that hand nothing over: who or what holds them up."""

import socket

import pika
from pika.adapters.blocking_connection import BlockingChannel

from tests.support.pika_client import settle
from tests.support.reasons import Asker, none, one, only
from tests.support.waiting import eventually


def _queue(asker: Asker, name: str, *bodies: str, **arguments: object) -> BlockingChannel:
    """A queue with messages, and the channel of its publisher."""
    channel = asker.connect("shop").channel()
    channel.queue_declare(name, arguments=arguments)
    for body in bodies:
        channel.basic_publish("", name, body.encode())
    settle(channel)
    return channel


def _consume(asker: Asker, queue: str, tag: str, prefetch: int = 0, **options: object) -> BlockingChannel:
    """A consumer that acknowledges nothing."""
    channel = asker.connect(f"client of {tag}").channel()
    channel.basic_qos(prefetch_count=prefetch)
    channel.basic_consume(queue, lambda *_: None, consumer_tag=tag, **options)
    settle(channel)
    return channel


def test_queue_no_consumer(asker: Asker) -> None:
    """Its consumer has left, and who that was."""
    _queue(asker, "left", "waits for nobody")
    consumer = asker.connect("worker").channel()
    consumer.basic_qos(prefetch_count=1)
    consumer.basic_consume("left", lambda *_: None, consumer_tag="c1")
    settle(consumer)
    consumer.basic_cancel("c1")
    consumer.connection.close()
    says = ("it has no consumer", "The last consumer, 'worker · c1', left")
    one(asker.message("waits for nobody"), "queue_no_consumer", "It waits: ", *says)
    only(asker.queue("left"), "queue_no_consumer", "1 message in queue 'left'", *says)


def test_nearly_queue_no_consumer(asker: Asker) -> None:
    """A queue that is empty needs none; one that has a consumer has one."""
    _queue(asker, "idle")
    none(asker.queue("idle"), "queue_no_consumer")
    _queue(asker, "read", "is held")
    _consume(asker, "read", "c1")
    none(asker.queue("read"), "queue_no_consumer")


def test_queue_nobody_reads(asker: Asker) -> None:
    """Nobody has ever consumed from it."""
    _queue(asker, "audit", "one", "two")
    only(asker.queue("audit"), "queue_nobody_reads", "nobody has ever consumed", "2 messages came to it")


def test_nearly_queue_nobody_reads(asker: Asker) -> None:
    """Once it had a reader somebody is missed."""
    _queue(asker, "audited", "one", "two")
    _consume(asker, "audited", "c1", prefetch=1).connection.close()
    only(asker.queue("audited"), "queue_no_consumer")


def test_queue_paused(asker: Asker) -> None:
    """Somebody paused it, which hides that it has no consumer."""
    _queue(asker, "frozen", "is frozen")
    asker.run(lambda client: client.verbs.pause_queue("frozen"))
    only(asker.queue("frozen"), "queue_paused", "'frozen' is paused", "'test' paused it")
    only(asker.message("is frozen"), "queue_paused", "It waits: queue 'frozen' is paused")


def test_nearly_queue_paused(asker: Asker) -> None:
    """One that was resumed is not."""
    _queue(asker, "thawed", "is thawed")
    asker.run(lambda client: client.verbs.pause_queue("thawed"))
    asker.run(lambda client: client.verbs.pause_queue("thawed", is_paused=False))
    none(asker.queue("thawed"), "queue_paused")


def test_everything_paused(asker: Asker) -> None:
    """All of it is paused: of each queue that is the reason, and of all problems this is the one."""
    _queue(asker, "standing", "stands")
    asker.run(lambda client: client.verbs.pause_all())
    try:
        only(asker.queue("standing"), "all_paused", "everything is paused", "'test' paused it")
        only(asker.message("stands"), "all_paused", "It waits: everything is paused")
        found = one(asker.problems(), "everything_paused", "Everything is paused", "'test' paused it")
        assert found.verb == "pause_all"
    finally:
        asker.run(lambda client: client.verbs.pause_all(is_paused=False))


def test_nearly_everything_paused(asker: Asker) -> None:
    """One queue that is paused is not everything."""
    _queue(asker, "alone", "x")
    asker.run(lambda client: client.verbs.pause_queue("alone"))
    found = asker.problems()
    none(found, "everything_paused")
    assert ("queue_paused", "alone") in [(each.rule, each.subject.name) for each in found]


def test_nearly_all_paused(asker: Asker) -> None:
    """A queue that is paused by itself says so."""
    _queue(asker, "by itself", "x")
    asker.run(lambda client: client.verbs.pause_queue("by itself"))
    none(asker.queue("by itself"), "all_paused")


def test_consumers_paused(asker: Asker) -> None:
    """Each of its consumers was paused by hand."""
    _queue(asker, "tired")
    _consume(asker, "tired", "c1")
    _pause(asker, "tired")
    asker.connect().channel().basic_publish("", "tired", b"for the tired")
    asker.id_of("for the tired")
    found = asker.queue("tired")
    one(found, "consumers_paused", "all of its consumers are paused", "'client of c1 · c1'")
    one(found, "consumer_paused", "'client of c1 · c1' gets nothing: it is paused", "'test' paused it")
    one(asker.consumer("tired", "c1"), "consumer_paused")


def _pause(asker: Asker, queue: str) -> None:
    found = asker.run(lambda client: client.clients()).subscriptions
    subscription = next(each.id for each in found if each.queue == queue)
    asker.run(lambda client: client.verbs.pause_consumer(subscription))


def test_nearly_consumers_paused(asker: Asker) -> None:
    """One of two is paused: the other goes on."""
    _queue(asker, "half")
    _consume(asker, "half", "c1")
    _pause(asker, "half")
    _consume(asker, "half", "c2")
    asker.connect().channel().basic_publish("", "half", b"goes to c2")
    one(asker.message("goes to c2"), "held_by_consumer", "c2")
    none(asker.queue("half"), "consumers_paused")


def test_credit_spent(asker: Asker) -> None:
    """Its consumer holds as much as it may: what, since when."""
    _queue(asker, "busy", "busy 1", "busy 2")
    _consume(asker, "busy", "c1", prefetch=1)
    held = asker.id_of("busy 1")
    says = ("as its prefetch allows", "'client of c1 · c1' holds 1 message of 1", f"the oldest, #{held}, for")
    one(asker.message("busy 2"), "credit_spent", "It waits: its consumer", *says)
    found = asker.queue("busy")
    one(found, "credit_spent", *says)
    one(found, "consumer_credit_spent", "'client of c1 · c1' gets no more")
    only(asker.consumer("busy", "c1"), "consumer_credit_spent")


def test_nearly_credit_spent(asker: Asker) -> None:
    """One that may hold more has got all there is."""
    _queue(asker, "easy", "easy 1", "easy 2")
    _consume(asker, "easy", "c1", prefetch=3)
    found = asker.queue("easy")
    none(found, "credit_spent")
    none(found, "consumer_credit_spent")


def test_active_consumer_busy(asker: Asker) -> None:
    """Only one at a time may have messages, and it is busy; the other waits for it to leave."""
    _queue(asker, "single", "single 1", "single 2", **{"x-single-active-consumer": True})
    _consume(asker, "single", "first", prefetch=1)
    _consume(asker, "single", "second", prefetch=1)
    says = (
        "only 'client of first · first' gets messages (single active consumer)",
        "getting nothing: 1 consumer",
    )
    one(asker.message("single 2"), "active_consumer_busy", *says)
    found = asker.queue("single")
    one(found, "active_consumer_busy", *says)
    none(found, "credit_spent")
    says = ("for one consumer at a time", "'client of first · first' is the active one")
    only(asker.consumer("single", "second"), "consumer_not_active", *says)


def test_nearly_active_consumer_busy(asker: Asker) -> None:
    """Without that argument the second one helps, and both are busy."""
    _queue(asker, "double", "double 1", "double 2", "double 3")
    _consume(asker, "double", "first", prefetch=1)
    _consume(asker, "double", "second", prefetch=1)
    found = asker.queue("double")
    none(found, "active_consumer_busy")
    none(found, "consumer_not_active")
    one(found, "credit_spent", "all 2 consumers hold")


def test_exclusive_consumer_busy(asker: Asker) -> None:
    """One has the queue to itself, and is busy."""
    _queue(asker, "mine", "mine 1", "mine 2")
    _consume(asker, "mine", "only", prefetch=1, exclusive=True)
    says = "'client of only · only' has the queue alone (exclusive)"
    one(asker.message("mine 2"), "exclusive_consumer_busy", says)
    none(asker.queue("mine"), "credit_spent")


def test_nearly_exclusive_consumer_busy(asker: Asker) -> None:
    """One that has it to itself and room is not busy."""
    _queue(asker, "mine too", "m1")
    _consume(asker, "mine too", "only", prefetch=2, exclusive=True)
    none(asker.queue("mine too"), "exclusive_consumer_busy")


def test_consumer_low_priority(asker: Asker) -> None:
    """Others of a higher priority can take messages: they go first."""
    _queue(asker, "ranked")
    _consume(asker, "ranked", "high", arguments={"x-priority": 10})
    _consume(asker, "ranked", "low")
    asker.connect().channel().basic_publish("", "ranked", b"for the high")
    asker.id_of("for the high")
    says = (
        "as long as consumers of a higher priority",
        "Its priority is 0; before it: 'client of high · high' (10)",
    )
    only(asker.consumer("ranked", "low"), "consumer_low_priority", *says)


def test_nearly_consumer_low_priority(asker: Asker) -> None:
    """Where the higher one is full, the lower one gets the rest."""
    _queue(asker, "ranked full", "r1", "r2")
    _consume(asker, "ranked full", "high", prefetch=1, arguments={"x-priority": 10})
    _consume(asker, "ranked full", "low")
    none(asker.queue("ranked full"), "consumer_low_priority")


def test_consumer_queue_empty(asker: Asker) -> None:
    """There is nothing to get, and what the queue is bound with."""
    channel = _queue(asker, "empty")
    channel.exchange_declare("news", "topic")
    channel.queue_bind("empty", "news", "eu.*")
    _consume(asker, "empty", "c1")
    only(asker.consumer("empty", "c1"), "consumer_queue_empty", "'empty' is empty", "bound with 'eu.*'")


def test_nearly_consumer_queue_empty(asker: Asker) -> None:
    """One that holds all there was has got something."""
    _queue(asker, "emptied", "e1")
    _consume(asker, "emptied", "c1")
    none(asker.queue("emptied"), "consumer_queue_empty")


def test_nearly_consumer_paused(asker: Asker) -> None:
    """The one beside a paused one is not."""
    _queue(asker, "beside")
    _consume(asker, "beside", "c1")
    _pause(asker, "beside")
    _consume(asker, "beside", "c2")
    none(asker.consumer("beside", "c2"), "consumer_paused")


def test_consumer_does_not_read(asker: Asker) -> None:
    """A program that stopped reading: its socket is full."""
    _queue(asker, "stuck")
    consumer = asker.connect("stopped").channel()
    consumer.basic_consume("stuck", lambda *_: None, consumer_tag="c1")
    settle(consumer)
    publisher = asker.connect().channel()

    def is_full() -> bool:
        publisher.basic_publish("", "stuck", b"x" * 4_000_000)
        settle(publisher)
        found = [each.rule for each in asker.queue("stuck")]
        return "consumer_does_not_read" in found and "consumer_socket_full" in found

    eventually(is_full)
    found = asker.queue("stuck")
    one(found, "consumer_does_not_read", "'stopped · c1' is not read", "socket is full")
    one(found, "consumer_socket_full", "'stopped · c1' gets no more")
    consumer.connection._impl._transport._sock.shutdown(socket.SHUT_RDWR)  # it never reads the rest


def test_nearly_consumer_does_not_read(asker: Asker) -> None:
    """One that holds what it may, and has read it, is not stuck."""
    _queue(asker, "fed", "f1", "f2")
    _consume(asker, "fed", "c1", prefetch=1)
    found = asker.queue("fed")
    none(found, "consumer_does_not_read")
    none(found, "consumer_socket_full")


def test_behind_others(asker: Asker) -> None:
    """Others came before it: a program that takes one at a time has not come to it yet."""
    channel = _queue(asker, "line", "line 1", "line 2", "line 3")
    channel.basic_get("line", auto_ack=True)
    first = asker.id_of("line 2")
    eventually(lambda: [each.rule for each in asker.message("line 3")] == ["behind_others"])
    only(
        asker.message("line 3"),
        "behind_others",
        "1 message in queue 'line' came before it",
        f"The first, #{first}",
    )


def test_nearly_behind_others(asker: Asker) -> None:
    """The first one is behind nobody."""
    _queue(asker, "head", "head 1", "head 2")
    none(asker.message("head 1"), "behind_others")


def test_behind_priority(asker: Asker) -> None:
    """Others of a higher priority go first, and its consumer is busy with such."""
    channel = asker.connect().channel()
    channel.queue_declare("urgent", arguments={"x-max-priority": 5})
    for body, priority in ((b"can wait", 1), (b"cannot wait", 9), (b"cannot either", 9)):
        channel.basic_publish("", "urgent", body, pika.BasicProperties(priority=priority))
    settle(channel)
    _consume(asker, "urgent", "c1", prefetch=1)
    found = asker.message("can wait")
    one(found, "behind_priority", "it has 1, and the first in the queue has 5")
    one(found, "credit_spent")
    none(asker.message("cannot either"), "behind_priority")


def test_nearly_behind_priority(asker: Asker) -> None:
    """Of equal priorities the older goes first."""
    channel = asker.connect().channel()
    channel.queue_declare("equal", arguments={"x-max-priority": 5})
    channel.basic_publish("", "equal", b"equal 1", pika.BasicProperties(priority=3))
    channel.basic_publish("", "equal", b"equal 2", pika.BasicProperties(priority=3))
    none(asker.message("equal 2"), "behind_priority")


def test_delayed(asker: Asker) -> None:
    """Its exchange holds it for as long as it asked."""
    channel = asker.connect().channel()
    channel.exchange_declare("later", "x-delayed-message", arguments={"x-delayed-type": "fanout"})
    channel.queue_declare("after a while")
    channel.queue_bind("after a while", "later")
    properties = pika.BasicProperties(headers={"x-delay": 600_000})
    channel.basic_publish("later", "", b"comes later", properties)
    settle(channel)
    only(asker.message(_newest(asker)), "delayed", "Exchange 'later' holds it", "600,000 ms")


def _newest(asker: Asker) -> int:
    """The number of the message that was published last: no queue has it, and no search finds it."""
    channel = asker.connect().channel()
    channel.basic_publish("", "nowhere at all", b"the one after it")
    return asker.id_of("the one after it") - 1


def test_nearly_delayed(asker: Asker) -> None:
    """Without x-delay it goes on at once."""
    channel = asker.connect().channel()
    channel.exchange_declare("now", "x-delayed-message", arguments={"x-delayed-type": "fanout"})
    channel.queue_declare("at once")
    channel.queue_bind("at once", "now")
    channel.basic_publish("now", "", b"comes at once")
    none(asker.message("comes at once"), "delayed")


def test_kept_in_log(asker: Asker) -> None:
    """A stream keeps what was read."""
    channel = asker.connect().channel()
    channel.queue_declare("stream", durable=True, arguments={"x-queue-type": "stream"})
    channel.basic_publish("", "stream", b"stays here")
    reader = asker.connect("reader").channel()
    reader.basic_qos(prefetch_count=10)
    reader.basic_consume("stream", lambda *_: None, arguments={"x-stream-offset": "first"})
    settle(reader)
    found = asker.message("stays here")
    one(found, "kept_in_log", "'stream' is a stream", "read 1 time")
    none(found, "queue_no_consumer")


def test_nearly_kept_in_log(asker: Asker) -> None:
    """A queue of another kind keeps nothing that was read."""
    _queue(asker, "no stream", "does not stay")
    none(asker.message("does not stay"), "kept_in_log")


def test_held_by_consumer(asker: Asker) -> None:
    """Who has it, and since when."""
    _queue(asker, "held", "is held by w")
    _consume(asker, "held", "w", prefetch=5)
    only(asker.message("is held by w"), "held_by_consumer", "'client of w · w' has it for")


def test_nearly_held_by_consumer(asker: Asker) -> None:
    """One that was acknowledged is held by nobody."""
    channel = _queue(asker, "let go", "is let go")
    method, _, _ = channel.basic_get("let go")
    channel.basic_ack(method.delivery_tag)
    settle(channel)
    none(asker.message("is let go"), "held_by_consumer")
