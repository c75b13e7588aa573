"""FastStream over aio-pika: subscribers, chains, requests with direct reply-to, headers exchanges."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from faststream import AckPolicy
from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange, RabbitMessage, RabbitQueue

from tests.support.broker import RunningBroker
from tests.support.waiting import eventually_async


@pytest.fixture
async def app(broker: RunningBroker) -> AsyncIterator[RabbitBroker]:
    """A FastStream broker; the test adds subscribers and starts it."""
    app = RabbitBroker(broker.url, logger=None)
    yield app
    await app.stop()


async def test_what_a_handler_returns_goes_to_the_next_queue(app: RabbitBroker, queue: str) -> None:
    got: list[int] = []

    @app.subscriber(queue)
    @app.publisher(f"{queue}-next")
    async def double(number: int) -> int:
        return number * 2

    @app.subscriber(f"{queue}-next")
    async def keep(number: int) -> None:
        got.append(number)

    await app.start()
    for number in range(10):
        await app.publish(number, queue)
    await eventually_async(lambda: len(got) == 10)
    assert got == [number * 2 for number in range(10)]


async def test_a_request_is_answered(app: RabbitBroker, queue: str) -> None:
    @app.subscriber(queue)
    async def greet(name: str) -> str:
        return f"hello {name}"

    await app.start()
    answer = await app.request("Ada", queue, timeout=10)
    assert await answer.decode() == "hello Ada"


async def test_reply_to_names_the_queue_of_the_answer(app: RabbitBroker, queue: str) -> None:
    answers: list[tuple[str, str]] = []

    @app.subscriber(queue)
    async def greet(name: str) -> str:
        return f"hello {name}"

    @app.subscriber(f"{queue}-answers")
    async def keep(answer: str, message: RabbitMessage) -> None:
        answers.append((answer, message.correlation_id))

    await app.start()
    await app.publish("Bo", queue, reply_to=f"{queue}-answers", correlation_id="7")
    await eventually_async(lambda: answers)
    assert answers == [("hello Bo", "7")]


async def test_a_headers_exchange_picks_by_headers(app: RabbitBroker, queue: str, exchange: str) -> None:
    got: list[tuple[str, str]] = []
    headers = RabbitExchange(exchange, type=ExchangeType.HEADERS)

    @app.subscriber(RabbitQueue(f"{queue}-all", bind_arguments={"x-match": "all", "a": 1, "b": "x"}), headers)
    async def both(body: str) -> None:
        got.append(("all", body))

    @app.subscriber(RabbitQueue(f"{queue}-any", bind_arguments={"x-match": "any", "a": 1, "b": "x"}), headers)
    async def either(body: str) -> None:
        got.append(("any", body))

    await app.start()
    await app.publish("two", exchange=headers, headers={"a": 1, "b": "x"})
    await app.publish("one", exchange=headers, headers={"a": 1})
    await eventually_async(lambda: len(got) == 3)
    assert sorted(got) == [("all", "two"), ("any", "one"), ("any", "two")]


async def test_a_failed_message_is_given_again(app: RabbitBroker, queue: str) -> None:
    tries: list[bool] = []
    done = asyncio.Event()

    @app.subscriber(queue, ack_policy=AckPolicy.NACK_ON_ERROR)
    async def second_time(body: str, message: RabbitMessage) -> None:
        tries.append(message.raw_message.redelivered)
        if len(tries) == 1:
            raise ValueError(body)
        done.set()

    await app.start()
    await app.publish("it", queue)
    await asyncio.wait_for(done.wait(), 20)
    assert tries == [False, True]


async def test_a_refused_message_reaches_the_dead_letter_queue(app: RabbitBroker, queue: str) -> None:
    dead: list[str] = []
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": f"{queue}-dead"}

    @app.subscriber(RabbitQueue(queue, arguments=arguments), ack_policy=AckPolicy.REJECT_ON_ERROR)
    async def refuse(body: str) -> None:
        raise ValueError(body)

    @app.subscriber(f"{queue}-dead")
    async def keep(body: str, message: RabbitMessage) -> None:
        dead.append(message.headers["x-death"][0]["reason"])

    await app.start()
    await app.publish("it", queue)
    await eventually_async(lambda: dead)
    assert dead == ["rejected"]
