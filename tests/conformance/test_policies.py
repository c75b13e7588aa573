"""Sections 9.8 and 5 of the list, policies and default types: put by the management API, felt by a client."""

from collections.abc import Callable, Iterator
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.support.broker import RunningBroker
from tests.support.http_api import Api
from tests.support.pika_client import ready, refused, send, settle, take_all, wait_until

Put = Callable[..., None]


@pytest.fixture
def channel(broker: RunningBroker) -> Iterator[BlockingChannel]:
    """A channel on our own broker, whose management API is known."""
    with pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port_amqp)) as connection:
        yield connection.channel()


@pytest.fixture
def put(broker: RunningBroker, queue: str) -> Iterator[Put]:
    """Put a policy for names that begin as the queue's; all are taken away in the end."""
    api, made = Api(broker.port_management), list[str]()

    def put(definition: dict[str, Any], *, name: str = queue, kind: str = "policies", **more: Any) -> None:
        body = {"pattern": f"^{queue}", "definition": definition, "apply-to": "all"} | more
        made.append(f"api/{kind}/%2F/{name}")
        assert api.ask("PUT", made[-1], body).status == 201

    yield put
    for path in made:
        assert api.ask("DELETE", path).status == 204


@pytest.fixture
def dead(channel: BlockingChannel) -> str:
    """A queue for dead letters that no policy is for."""
    name: str = channel.queue_declare("", exclusive=True).method.queue
    return name


def filled(channel: BlockingChannel, queue: str, count: int = 4, **arguments: Any) -> None:
    channel.queue_declare(queue, exclusive=True, arguments=arguments)
    send(channel, queue, *[b"%d" % number for number in range(count)])


def reject(channel: BlockingChannel, queue: str) -> None:
    channel.basic_reject(channel.basic_get(queue)[0].delivery_tag, requeue=False)


# ---- what each key does


def test_max_length(channel: BlockingChannel, queue: str, put: Put) -> None:
    """Applies at once to a queue that is there, and what it holds."""
    filled(channel, queue)
    put({"max-length": 2})
    assert take_all(channel, queue) == [b"2", b"3"]
    send(channel, queue, b"4", b"5", b"6")
    assert take_all(channel, queue) == [b"5", b"6"]


def test_max_length_bytes(channel: BlockingChannel, queue: str, put: Put) -> None:
    """Counts for queues that are declared later, too."""
    put({"max-length-bytes": 3})
    filled(channel, queue)
    assert take_all(channel, queue) == [b"1", b"2", b"3"]


def test_overflow(channel: BlockingChannel, queue: str, put: Put) -> None:
    """A full queue refuses instead of dropping its head."""
    put({"max-length": 2, "overflow": "reject-publish"})
    filled(channel, queue)
    assert take_all(channel, queue) == [b"0", b"1"]


def test_message_ttl(channel: BlockingChannel, queue: str, put: Put) -> None:
    """Messages go after it."""
    put({"message-ttl": 20})
    filled(channel, queue)
    wait_until(channel, lambda: ready(channel, queue) == 0)


def test_expires(channel: BlockingChannel, queue: str, put: Put) -> None:
    """An unused queue goes: what is published to it then comes back."""
    returned: list[Any] = []
    channel.add_on_return_callback(lambda *what: returned.append(what))
    channel.queue_declare(queue)
    put({"expires": 20})

    def is_returned() -> bool:
        channel.basic_publish("", queue, b"x", mandatory=True)
        settle(channel)
        return bool(returned)

    wait_until(channel, is_returned)


def test_dead_letters(channel: BlockingChannel, queue: str, put: Put, dead: str) -> None:
    """Exchange and key."""
    put({"dead-letter-exchange": "", "dead-letter-routing-key": dead})
    filled(channel, queue, 1)
    reject(channel, queue)
    assert take_all(channel, dead) == [b"0"]


def test_delivery_limit(channel: BlockingChannel, queue: str, put: Put, dead: str) -> None:
    """Of a quorum queue."""
    put({"delivery-limit": 1, "dead-letter-exchange": "", "dead-letter-routing-key": dead})
    channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"})
    send(channel, queue, b"x")
    for _ in range(2):
        channel.basic_nack(channel.basic_get(queue)[0].delivery_tag)
    assert take_all(channel, dead) == [b"x"]
    channel.queue_delete(queue)


def test_consumer_timeout(channel: BlockingChannel, queue: str, put: Put) -> None:
    """Who holds a message for too long loses the channel, and the message is ready again."""
    put({"consumer-timeout": 50})
    filled(channel, queue, 1)
    holding = channel.connection.channel()
    assert holding.basic_get(queue)[2] == b"0"
    wait_until(channel, lambda: holding.is_closed)
    assert ready(channel, queue) == 1


def test_alternate_exchange(channel: BlockingChannel, queue: str, put: Put, dead: str) -> None:
    """Of exchanges; without the policy a mandatory message comes back."""
    returned: list[Any] = []
    channel.add_on_return_callback(lambda *what: returned.append(what))
    channel.exchange_declare(queue, auto_delete=True)
    channel.queue_bind(dead, "amq.fanout")
    put({"alternate-exchange": "amq.fanout"})
    channel.basic_publish(queue, "none", b"x", mandatory=True)
    assert take_all(channel, dead) == [b"x"]
    settle(channel)
    assert returned == []


# ---- which counts


@pytest.mark.parametrize(("argument", "policy"), [(1, 3), (3, 1)])
def test_the_lower_number(channel: BlockingChannel, queue: str, put: Put, argument: int, policy: int) -> None:
    """Of argument and policy."""
    put({"max-length": policy})
    filled(channel, queue, **{"x-max-length": argument})
    assert ready(channel, queue) == 1


def test_the_argument_for_dead_letters(channel: BlockingChannel, queue: str, put: Put, dead: str) -> None:
    """Wins over the policy."""
    other = channel.queue_declare("", exclusive=True).method.queue
    put({"dead-letter-exchange": "", "dead-letter-routing-key": other})
    filled(channel, queue, 1, **{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead})
    reject(channel, queue)
    assert (take_all(channel, dead), take_all(channel, other)) == ([b"0"], [])


def test_the_highest_priority(channel: BlockingChannel, queue: str, put: Put) -> None:
    """One policy for each queue, whichever came first."""
    put({"max-length": 2}, name=f"{queue}-high", priority=2)
    put({"max-length": 1}, name=f"{queue}-low", priority=1)
    filled(channel, queue)
    assert ready(channel, queue) == 2


def test_an_operators_policy(channel: BlockingChannel, queue: str, put: Put) -> None:
    """Counts beside the user's: the lower number of both."""
    put({"max-length": 3, "message-ttl": 60_000})
    put({"max-length": 2}, kind="operator-policies", **{"apply-to": "queues"})
    filled(channel, queue)
    assert ready(channel, queue) == 2


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        ("queues", 1),
        ("classic_queues", 1),
        ("quorum_queues", 4),
        ("exchanges", 4),
        ("streams", 4),
        ("all", 1),
    ],
)
def test_what_it_applies_to(channel: BlockingChannel, queue: str, put: Put, kind: str, left: int) -> None:
    """A classic queue is none of the others."""
    put({"max-length": 1} if kind != "exchanges" else {"alternate-exchange": "x"}, **{"apply-to": kind})
    filled(channel, queue)
    assert ready(channel, queue) == left


def test_other_names(channel: BlockingChannel, queue: str, put: Put) -> None:
    """The pattern says which; what does not match is not touched."""
    put({"max-length": 1}, pattern=f"^{queue}$")
    filled(channel, f"{queue}-other")
    assert ready(channel, f"{queue}-other") == 4


def test_not_an_argument(channel: BlockingChannel, queue: str, put: Put) -> None:
    """A queue under a policy is declared again without it."""
    put({"max-length": 1, "message-ttl": 60_000})
    filled(channel, queue)
    channel.queue_declare(queue, exclusive=True)
    with refused(406, f"inequivalent arg 'x-max-length' for queue '{queue}'"):
        channel.queue_declare(queue, exclusive=True, arguments={"x-max-length": 1})


@pytest.fixture
def vhost(broker: RunningBroker, queue: str) -> Iterator[BlockingChannel]:
    """A channel in a virtual host whose queues are quorum queues unless they say otherwise."""
    api = Api(broker.port_management)
    assert api.ask("PUT", f"api/vhosts/{queue}", {"default_queue_type": "quorum"}).status == 201
    parameters = pika.ConnectionParameters("127.0.0.1", broker.port_amqp, queue)
    with pika.BlockingConnection(parameters) as connection:
        yield connection.channel()
    assert api.ask("DELETE", f"api/vhosts/{queue}").status == 204


def test_a_default_type_of_queues(vhost: BlockingChannel) -> None:
    """It stands for what is not said: such a queue counts deliveries, and is no classic one."""
    vhost.queue_declare("q", durable=True)
    vhost.queue_declare("q", durable=True, arguments={"x-queue-type": "quorum"})
    send(vhost, "q", b"x")
    vhost.basic_nack(vhost.basic_get("q")[0].delivery_tag)
    assert vhost.basic_get("q")[1].headers == {"x-delivery-count": 1}
    with refused(406, "inequivalent arg 'x-queue-type' for queue 'q'"):
        vhost.queue_declare("q", durable=True, arguments={"x-queue-type": "classic"})


def test_what_cannot_be_of_the_default_type(vhost: BlockingChannel) -> None:
    """An exclusive queue is a classic one all the same, as for programs that know of no types."""
    name = vhost.queue_declare("", exclusive=True).method.queue
    send(vhost, name, b"x")
    vhost.basic_nack(vhost.basic_get(name)[0].delivery_tag)
    assert vhost.basic_get(name)[1].headers is None
