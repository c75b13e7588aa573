"""The path of a dead letter."""

from msgspec.structs import replace

from mqstudio.model.message import Death, Past, Properties
from mqstudio.model.rows import LifeStep, MessageDetail, MessageRow, MessageState
from mqstudio.viewmodel.path import deaths_sentence, path_of
from tests.support.list_broker import START_US

S = 1_000_000
DEATHS = (
    Death("retry", "expired", "dlx", ("k",), 1, START_US + 31 * S, None),
    Death("orders", "rejected", "shop", ("k",), 2, START_US + S, None),
)
ROW = MessageRow(3, "orders", MessageState.READY, "back", "k", 1, "x", START_US + 32 * S, START_US + 32 * S)


def step(seconds: float, what: str, message_id: int, queue: str = "", **more: object) -> LifeStep:
    return replace(LifeStep(START_US + int(seconds * S), what, queue, "", message_id), **more)


LIFE = [
    step(0, "published", 1, exchange="shop", routing_key="k", detail="by shop.py"),
    step(0, "enqueued", 1, "audit"),
    step(0, "enqueued", 1, "orders"),
    step(0.5, "delivered", 1, "orders", detail="to worker-1 · ctag1"),
    step(0.6, "delivered", 1, "orders", detail="to worker-1 (again)"),
    step(1, "dead_lettered", 1, "orders", successor_id=2, exchange="dlx", reason="rejected"),
    step(1, "published", 2, exchange="dlx", routing_key="k"),
    step(1, "enqueued", 2, "retry"),
    step(31, "dead_lettered", 2, "retry", successor_id=3, exchange="back", reason="expired"),
    step(31, "published", 3, exchange="back", routing_key="k"),
    step(31, "enqueued", 3, "orders"),
]


def detail(life: list[LifeStep], past: Past | None) -> MessageDetail:
    return MessageDetail(ROW, Properties(), b"", 0, "amqp091", "", life, past)


def test_each_queue_each_death_each_exchange() -> None:
    """In order, with times and counts; other queues that had it too are not on the path."""
    stops = path_of(detail(LIFE, Past(2, DEATHS[:1])), START_US + 40 * S)
    assert [(stop.what, stop.title, stop.detail) for stop in stops] == [
        ("published", "Published by shop.py", "to shop with routing key k"),
        ("queue", "orders", "2 tries, there for 1.0 s"),
        ("died", "Rejected by worker-1 after 2 tries", "goes on by dlx"),
        ("exchange", "dlx", "with routing key k"),
        ("queue", "retry", "nobody took it, there for 30.0 s"),
        ("died", "Expired after 30.0 s", "goes on by back"),
        ("exchange", "back", "with routing key k"),
        ("now", "orders", "Ready, waiting 8 s"),
    ]


def test_what_the_ledger_forgot_is_told_by_the_message() -> None:
    """The deaths that it carries."""
    stops = path_of(detail(LIFE[-2:], Past(2, DEATHS)), START_US + 40 * S)
    assert [(stop.what, stop.title, stop.detail) for stop in stops][1:] == [
        ("died", "Rejected in orders", "twice, published by shop"),
        ("died", "Expired in retry", "once, published by dlx"),
        ("exchange", "back", "with routing key k"),
        ("now", "orders", "Ready, waiting 8 s"),
    ]
    assert stops[0].what == "gap"


def test_held_by_an_exchange() -> None:
    """Delayed messages go on as new ones, too."""
    life = [
        step(0, "published", 1, exchange="slow", routing_key="k"),
        step(0, "delayed", 1, detail="for 5,000 ms"),
        step(5, "published", 3, exchange="slow", routing_key="k"),
    ]
    stops = path_of(detail(life, Past(1, delay_us=5 * S)), START_US + 40 * S)
    assert [stop.what for stop in stops] == ["published", "delayed", "exchange", "now"]
    assert stops[1].detail == "for 5,000 ms"


def test_deaths_in_a_sentence() -> None:
    """How often, why, where."""
    assert deaths_sentence(DEATHS) == "Died 3 times: once expired in retry, twice rejected in orders."
    assert deaths_sentence(()) == ""
