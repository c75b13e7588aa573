"""Section 8.1 of the list, dead letters: why a message dies, what is written onto it, where it goes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import BasicProperties

from tests.support.pika_client import Got, ready, send, settle, take_all, wait_until

LIFE_MS = 20


@pytest.fixture
def dead(channel: BlockingChannel) -> str:
    """A queue for dead letters."""
    name: str = channel.queue_declare("", exclusive=True).method.queue
    return name


@pytest.fixture
def mortal(channel: BlockingChannel, queue: str, dead: str) -> Callable[..., str]:
    """Declare the queue whose dead letters go to `dead`, with further arguments."""

    def mortal(**more: Any) -> str:
        arguments = {name.replace("_", "-"): value for name, value in more.items()}
        channel.queue_declare(queue, exclusive=True, arguments=to(dead) | arguments)
        return queue

    return mortal


def to(queue: str) -> dict[str, Any]:
    """Arguments of a queue whose dead letters go straight to another."""
    return {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": queue}


def reject(channel: BlockingChannel, queue: str) -> None:
    """Take a message, when it is there, and refuse it for good."""
    wait_until(channel, lambda: ready(channel, queue) > 0)
    channel.basic_reject(channel.basic_get(queue)[0].delivery_tag, requeue=False)


def arrived(channel: BlockingChannel, queue: str) -> tuple[Any, Any, bytes]:
    """Take a message when it is there."""
    wait_until(channel, lambda: ready(channel, queue) > 0)
    got: tuple[Any, Any, bytes] = channel.basic_get(queue, auto_ack=True)
    return got


def deaths(properties: BasicProperties) -> list[tuple[str, str, int]]:
    """Queue, reason and count of each entry, in order."""
    return [(each["queue"], each["reason"], each["count"]) for each in properties.headers["x-death"]]


# ---- why


def test_rejected(channel: BlockingChannel, mortal: Callable[..., str], dead: str) -> None:
    """One entry says how often, why, where, when, and how it had come there."""
    queue = mortal()
    send(channel, queue, b"x")
    reject(channel, queue)
    delivered, properties, body = arrived(channel, dead)
    (entry,) = properties.headers["x-death"]
    died_at = entry.pop("time")
    assert abs(datetime.now(UTC) - died_at.replace(tzinfo=UTC)) < timedelta(minutes=1)
    assert entry == {
        "count": 1,
        "reason": "rejected",
        "queue": queue,
        "exchange": "",
        "routing-keys": [queue],
    }
    assert (body, delivered.exchange, delivered.routing_key) == (b"x", "", dead)
    assert not delivered.redelivered


@pytest.mark.parametrize(
    ("arguments", "properties"),
    [({"x_message_ttl": LIFE_MS}, {}), ({}, {"expiration": str(LIFE_MS)})],
)
def test_expired(
    channel: BlockingChannel,
    mortal: Callable[..., str],
    dead: str,
    arguments: dict[str, Any],
    properties: dict[str, Any],
) -> None:
    """By the queue's time to live or by its own; the latter is taken off and kept in the entry."""
    queue = mortal(**arguments)
    channel.basic_publish("", queue, b"x", BasicProperties(**properties))
    _, found, _ = arrived(channel, dead)
    assert deaths(found) == [(queue, "expired", 1)]
    assert found.expiration is None
    assert found.headers["x-death"][0].get("original-expiration") == properties.get("expiration")


@pytest.mark.parametrize("limit", [{"x_max_length": 1}, {"x_max_length_bytes": 3}])
def test_too_many(
    channel: BlockingChannel, mortal: Callable[..., str], dead: str, limit: dict[str, int]
) -> None:
    """By a queue that drops its head, the oldest goes."""
    queue = mortal(**limit)
    send(channel, queue, b"one", b"two", b"six")
    for body in (b"one", b"two"):
        _, properties, got = arrived(channel, dead)
        assert (got, deaths(properties)) == (body, [(queue, "maxlen", 1)])
    assert take_all(channel, queue) == [b"six"]


def test_refused_by_a_full_queue(channel: BlockingChannel, mortal: Callable[..., str], dead: str) -> None:
    """By one that refuses and dead-letters, the newest goes."""
    queue = mortal(x_max_length=1, x_overflow="reject-publish-dlx")
    send(channel, queue, b"one", b"two")
    _, properties, body = arrived(channel, dead)
    assert (body, deaths(properties)) == (b"two", [(queue, "maxlen", 1)])
    assert take_all(channel, queue) == [b"one"]


@pytest.mark.parametrize("act", [BlockingChannel.queue_purge, BlockingChannel.queue_delete])
def test_what_is_thrown_away(
    channel: BlockingChannel,
    mortal: Callable[..., str],
    dead: str,
    act: Callable[[BlockingChannel, str], object],
) -> None:
    """A purge or the queue's end is no death."""
    queue = mortal()
    send(channel, queue, b"x")
    act(channel, queue)
    settle(channel)
    assert ready(channel, dead) == 0


# ---- where to


def test_the_key_it_had(channel: BlockingChannel, queue: str, dead: str) -> None:
    """Without a key of the queue's, a dead letter keeps its own."""
    channel.queue_declare(queue, exclusive=True, arguments={"x-dead-letter-exchange": "amq.topic"})
    channel.queue_bind(queue, "amq.direct", f"{queue}.key")
    channel.queue_bind(dead, "amq.topic", f"{queue}.*")
    channel.basic_publish("amq.direct", f"{queue}.key", b"x")
    reject(channel, queue)
    delivered, properties, _ = arrived(channel, dead)
    assert (delivered.exchange, delivered.routing_key) == ("amq.topic", f"{queue}.key")
    (entry,) = properties.headers["x-death"]
    assert (entry["exchange"], entry["routing-keys"]) == ("amq.direct", [f"{queue}.key"])


def test_an_exchange_that_is_not_there(channel: BlockingChannel, queue: str) -> None:
    """The dead-letter exchange may be missing: dropped without a word."""
    channel.queue_declare(queue, exclusive=True, arguments={"x-dead-letter-exchange": "none"})
    send(channel, queue, b"x")
    reject(channel, queue)
    assert channel.basic_recover(requeue=True) is None
    assert ready(channel, queue) == 0


def test_an_exchange_that_comes_later(channel: BlockingChannel, queue: str, dead: str, exchange: str) -> None:
    """What counts is what there is when the message dies."""
    channel.queue_declare(queue, exclusive=True, arguments={"x-dead-letter-exchange": exchange})
    send(channel, queue, b"x")
    channel.exchange_declare(exchange, "fanout", auto_delete=True)
    channel.queue_bind(dead, exchange)
    reject(channel, queue)
    assert arrived(channel, dead)[2] == b"x"


def test_nobody_is_told_that_it_went_nowhere(channel: BlockingChannel, queue: str) -> None:
    """A mandatory message is not returned once it has been in a queue."""
    returned: list[Any] = []
    channel.add_on_return_callback(lambda *what: returned.append(what))
    channel.queue_declare(queue, exclusive=True, arguments=to("no such queue"))
    channel.basic_publish("", queue, b"x", mandatory=True)
    reject(channel, queue)
    settle(channel)
    assert returned == []


# ---- what is kept


def test_the_rest_stays(channel: BlockingChannel, mortal: Callable[..., str], dead: str) -> None:
    """Other properties and headers, delivery_mode among them, are as they were."""
    queue = mortal()
    sent = BasicProperties(
        headers={"mine": 1}, delivery_mode=2, priority=3, message_id="m", type="t", timestamp=1
    )
    channel.basic_publish("", queue, b"x", sent)
    reject(channel, queue)
    _, found, _ = arrived(channel, dead)
    assert found.headers["mine"] == 1
    names = ("delivery_mode", "priority", "message_id", "type", "timestamp", "content_type", "user_id")
    assert [getattr(found, name) for name in names] == [getattr(sent, name) for name in names]


def test_expiration_goes_for_any_reason(
    channel: BlockingChannel, mortal: Callable[..., str], dead: str
) -> None:
    """Also when the message was rejected: it would die of it again."""
    queue = mortal()
    channel.basic_publish("", queue, b"x", BasicProperties(expiration="60000"))
    reject(channel, queue)
    _, properties, _ = arrived(channel, dead)
    assert properties.expiration is None
    assert properties.headers["x-death"][0]["original-expiration"] == "60000"


@pytest.mark.parametrize("has_key", [False, True])
def test_copies(channel: BlockingChannel, queue: str, has_key: bool) -> None:
    """All keys route again, the blind one unseen; a key of the queue's is the only one, and takes CC out."""
    boxes = [channel.queue_declare("", exclusive=True).method.queue for _ in range(4)]
    key, cc, bcc, new = boxes
    arguments = {"x-dead-letter-exchange": ""} | (to(new) if has_key else {})
    channel.queue_declare(queue, exclusive=True, arguments=arguments)
    channel.queue_bind(queue, "amq.fanout")
    properties = BasicProperties(headers={"CC": [cc], "BCC": [bcc], "z": 1})
    channel.basic_publish("amq.fanout", key, b"x", properties)
    channel.queue_unbind(queue, "amq.fanout")
    reject(channel, queue)
    _, found, _ = arrived(channel, new if has_key else cc)
    again = [0, 0, 0, 0] if has_key else [1, 0, 1, 0]
    wait_until(channel, lambda: [ready(channel, box) for box in boxes] == again)
    assert found.headers["x-death"][0]["routing-keys"] == [key, cc]
    assert (found.headers.get("CC"), "BCC" in found.headers) == (None if has_key else [cc], False)


# ---- counting


def test_counting_round_a_circle(channel: BlockingChannel, queue: str) -> None:
    """Two queues in a loop: two entries, the latest first, with counts 1, 1 and then 2, 2."""
    one, two = queue, f"{queue}-2"
    channel.queue_declare(one, exclusive=True, arguments=to(two))
    channel.queue_declare(two, exclusive=True, arguments=to(one))
    send(channel, one, b"x")
    for name in (one, two, one, two):
        reject(channel, name)
    wait_until(channel, lambda: ready(channel, one) == 1)
    _, properties, _ = channel.basic_get(one)
    assert deaths(properties) == [(two, "rejected", 2), (one, "rejected", 2)]
    assert properties.headers["x-first-death-queue"] == one


@pytest.mark.not_as_3_10("4.x keeps the order of the older entries; 3.10 turns it round")
def test_one_entry_for_queue_and_reason(channel: BlockingChannel, queue: str) -> None:
    """Another reason at the same queue is another entry; the latest is in front."""
    one, two = queue, f"{queue}-2"
    channel.queue_declare(one, exclusive=True, arguments=to(two))
    channel.queue_declare(two, exclusive=True, arguments=to(one))
    channel.basic_publish("", one, b"x", BasicProperties(expiration=str(LIFE_MS)))
    reject(channel, two)
    reject(channel, one)
    _, properties, _ = arrived(channel, two)
    assert deaths(properties) == [(one, "rejected", 1), (two, "rejected", 1), (one, "expired", 1)]


def test_the_first_death(channel: BlockingChannel, mortal: Callable[..., str], dead: str) -> None:
    """x-first-death-reason, -queue and -exchange say how it began."""
    queue = mortal()
    channel.queue_bind(queue, "amq.direct", queue)
    channel.basic_publish("amq.direct", queue, b"x", BasicProperties(expiration=str(LIFE_MS)))
    _, properties, _ = arrived(channel, dead)
    first = {name: properties.headers[f"x-first-death-{name}"] for name in ("reason", "queue", "exchange")}
    assert first == {"reason": "expired", "queue": queue, "exchange": "amq.direct"}


@pytest.mark.not_as_3_10("4.x says what a message died of last")
def test_the_last_death(channel: BlockingChannel, queue: str) -> None:
    """x-last-death-reason, -queue and -exchange follow each death; x-first-death-… stay."""
    two, three = f"{queue}-2", f"{queue}-3"
    channel.queue_declare(queue, exclusive=True, arguments=to(two))
    channel.queue_declare(two, exclusive=True, arguments=to(three))
    channel.queue_declare(three, exclusive=True)
    channel.basic_publish("", queue, b"x", BasicProperties(expiration=str(LIFE_MS)))
    reject(channel, two)
    _, properties, _ = arrived(channel, three)
    for when, reason, name in (("first", "expired", queue), ("last", "rejected", two)):
        said = [properties.headers[f"x-{when}-death-{part}"] for part in ("reason", "queue", "exchange")]
        assert said == [reason, name, ""]


@pytest.mark.not_as_3_10("4.x ignores what a publisher says of deaths; 3.10 counts on")
def test_a_publishers_own_deaths(channel: BlockingChannel, mortal: Callable[..., str], dead: str) -> None:
    """An app that publishes a dead letter again begins to count anew."""
    queue = mortal()
    send(channel, queue, b"x")
    reject(channel, queue)
    _, properties, _ = arrived(channel, dead)
    channel.basic_publish("", queue, b"x", properties)
    reject(channel, queue)
    assert deaths(arrived(channel, dead)[1]) == [(queue, "rejected", 1)]


# ---- circles


def test_a_circle_without_a_rejection(channel: BlockingChannel, queue: str, dead: str) -> None:
    """Dropped when it would reach the same queue again."""
    two = f"{queue}-2"
    channel.queue_declare(queue, exclusive=True, arguments={**to(two), "x-message-ttl": LIFE_MS})
    channel.queue_declare(two, exclusive=True, arguments={**to(queue), "x-message-ttl": LIFE_MS})
    channel.queue_declare(f"{queue}-3", exclusive=True, arguments={**to(dead), "x-message-ttl": 8 * LIFE_MS})
    bell = Got(channel, dead, auto_ack=True)
    send(channel, queue, b"x")
    send(channel, f"{queue}-3", b"much later")
    bell.wait(1)
    assert (ready(channel, queue), ready(channel, two)) == (0, 0)


def test_a_circle_with_a_rejection(channel: BlockingChannel, queue: str) -> None:
    """The usual pattern goes on: rejected, it waits elsewhere, expires there, and comes back."""
    wait = f"{queue}-wait"
    channel.queue_declare(queue, exclusive=True, arguments=to(wait))
    channel.queue_declare(wait, exclusive=True, arguments={**to(queue), "x-message-ttl": LIFE_MS})
    send(channel, queue, b"job")
    for _ in range(3):
        reject(channel, queue)
    _, properties, body = arrived(channel, queue)
    assert body == b"job"
    assert deaths(properties) == [(wait, "expired", 3), (queue, "rejected", 3)]
