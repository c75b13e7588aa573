"""Facts for rules, made by hand: a message, a queue, a consumer and so on, as much of them as a test says."""

from typing import Any

from msgspec.structs import replace

from mqstudio.model.flows import Published
from mqstudio.model.message import Death, Past, Properties
from mqstudio.model.rows import (
    BrokerInfo,
    ChannelRow,
    ExchangeRow,
    FailedHandshake,
    Happening,
    LifeStep,
    Listener,
    MessageRow,
    MessageState,
    QueueRow,
    SubscriptionRow,
    Topology,
)
from mqstudio.model.rules import QueueRules
from mqstudio.model.samples import ConnectionSample, Counters, QueueSample, Totals
from mqstudio.model.topology import BindingSpec, ExchangeSpec, QueueSpec, VhostSpec
from mqstudio.why import facts as f

SECOND = 1_000_000
NOW = 1_700_000_000 * SECOND
READY, HELD = MessageState.READY, MessageState.IN_FLIGHT
DONE, DROPPED, PURGED = MessageState.DONE, MessageState.DROPPED, MessageState.PURGED


def row(state: MessageState = READY, number: int = 7, **more: Any) -> MessageRow:
    """A message of queue orders, published a minute ago."""
    queue = more.pop("queue", "orders")
    made = MessageRow(number, queue, state, "", "orders", 3, "abc", NOW - 60 * SECOND)
    return replace(made, **more)


def step(what: str, ago_s: float = 1.0, **more: Any) -> LifeStep:
    """A step of message 7 in queue orders."""
    queue = more.pop("queue", "" if what in {"published", "unroutable", "delayed"} else "orders")
    made = LifeStep(NOW - int(ago_s * SECOND), what, queue, "", 7, vhost="/")
    return replace(made, **more)


def delivered(ago_s: float = 2.0, **more: Any) -> LifeStep:
    """It was handed to worker's consumer c1."""
    told = {"connection_id": 3, "client": "worker", "channel": 1, "delivery_tag": 1, "tag": "c1", **more}
    return step("delivered", ago_s, **told)


def settled(outcome: str, reason: str = "", ago_s: float = 1.0, **more: Any) -> LifeStep:
    """That delivery ended so."""
    told = {"connection_id": 3, "client": "worker", "channel": 1, "delivery_tag": 1, **more}
    return step("settled", ago_s, outcome=outcome, reason=reason, **told)


def released(reason: str = "", **more: Any) -> tuple[LifeStep, ...]:
    """It was handed over, released for a cause, and went back."""
    return delivered(), settled("released", reason, **more), step("requeued")


def message(state: MessageState = READY, *life: LifeStep, **more: Any) -> f.MessageFacts:
    """Facts about that message."""
    made = row(state, **more.pop("row", {}))
    info = BrokerInfo("1", 1, "p", NOW - 3600 * SECOND, [])
    told: dict[str, Any] = {"now_us": NOW, "vhost": "/", "row": made, "life": life, "broker": info}
    return f.MessageFacts(**{**told, **more})


def dead(reason: str, *life: LifeStep, **more: Any) -> f.MessageFacts:
    """A dead letter in orders.dlq that died in orders."""
    death = Death("orders", reason, "", ("orders",), 1, NOW - SECOND)
    past = Past(6, (death,), (reason, "orders", ""))
    return message(READY, *life, past=past, row={"queue": "orders.dlq"}, **more)


def queue_row(name: str = "orders", rules: QueueRules | None = None, **more: Any) -> QueueRow:
    """A queue as topology has it."""
    spec = more.pop("spec", QueueSpec(name, is_durable=True))
    return QueueRow(spec, "/", 1, 0, 0, 0, more.pop("bindings", []), rules or QueueRules())


def sample(ready: int = 0, in_flight: int = 0, **more: Any) -> QueueSample:
    """Its figures."""
    counters = more.pop("counters", Counters(published=10, delivered=5))
    return replace(QueueSample(1, "/", "orders", ready, in_flight, 0, False, counters), **more)


def queue(
    ready: int = 0, in_flight: int = 0, *consumers: f.Consumer, rules: QueueRules | None = None, **more: Any
) -> f.QueueFacts:
    """Facts about queue orders."""
    first = row() if ready else None
    figures = more.pop("sample", {})
    made = {
        "now_us": NOW,
        "row": more.pop("row", None) or queue_row(rules=rules),
        "sample": sample(ready, in_flight, **figures),
        "consumers": consumers,
        "first": first,
    }
    return f.QueueFacts(**{**made, **more})


def consumer(
    unacked: int = 0,
    credit: int = 0,
    *,
    tag: str = "c1",
    number: int = 5,
    shared: int = 0,
    is_slow: bool = False,
    **more: Any,
) -> f.Consumer:
    """A consumer of worker's."""
    made = SubscriptionRow(number, tag, "/", "orders", 3, 4, 1, credit, 0, False, False, True, unacked, {})
    channel = ChannelRow(4, 3, 1, "/", shared, unacked, 1, False)
    return f.Consumer(replace(made, **more), "worker", channel, is_slow)


def one_of(asked: f.Consumer, facts: f.QueueFacts) -> f.ConsumerFacts:
    """Facts about a consumer of a queue."""
    return f.ConsumerFacts(now_us=NOW, consumer=asked, queue=facts)


def exchange(name: str = "ex", kind: str = "topic", *keys: str, **arguments: Any) -> ExchangeRow:
    """An exchange, bound to orders by these keys."""
    bindings = [BindingSpec(name, "orders", key) for key in keys]
    return ExchangeRow(ExchangeSpec(name, kind, arguments=arguments), "/", bindings)


def topology(*rows: ExchangeRow | QueueRow) -> Topology:
    """What there is."""
    exchanges = [each for each in rows if isinstance(each, ExchangeRow)]
    queues = [each for each in rows if isinstance(each, QueueRow)]
    return Topology(exchanges, queues, [VhostSpec("/")])


def exchange_facts(found: ExchangeRow, published: int = 5, unroutable: int = 0) -> f.ExchangeFacts:
    """Facts about an exchange that shop publishes to."""
    told = (("shop", Published(3, "/", found.spec.name, published, unroutable)),)
    return f.ExchangeFacts(
        now_us=NOW, row=found, published=published, publishers=told, topology=topology(found)
    )


def client(*, is_blocked: bool = False, **totals: Any) -> f.ClientFacts:
    """Facts about shop."""
    figures = ConnectionSample(
        3, "amqp091", "shop", "127.0.0.1:9", "guest", "", "", "", 0, 1, 0, 0, 5, 0, is_blocked
    )
    return f.ClientFacts(now_us=NOW, sample=figures, totals=Totals(**totals))


def broker(**totals: Any) -> f.BrokerFacts:
    """Facts about the broker."""
    return f.BrokerFacts(now_us=NOW, totals=Totals(**totals))


def attempt(why: str, protocol: str = "amqp091", **more: Any) -> f.AttemptFacts:
    """Somebody who failed."""
    made = FailedHandshake(NOW - SECOND, protocol, "127.0.0.1:50000", why, "127.0.0.1:5672")
    listeners = [
        Listener("amqp091", ["127.0.0.1"], 5672, 5672, ""),
        Listener("management", ["127.0.0.1"], 15672, 15672, ""),
    ]
    info = BrokerInfo("1", 1, "p", 0, listeners)
    return f.AttemptFacts(now_us=NOW, attempt=replace(made, **more), broker=info, vhosts=("/", "shop"))


def happened(what: str, ago_s: float = 1.0, **more: Any) -> Happening:
    """Something beside messages."""
    return replace(Happening(NOW - int(ago_s * SECOND), what), **more)


def properties(**more: Any) -> Properties:
    """What a message says of itself."""
    return Properties(**more)
