"""Asks a real broker why, as the window and the command line do, beside programs that give it reason."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from mqstudio.client.client import Client
from mqstudio.client.figures import latest
from mqstudio.client.reasons import Reasons
from mqstudio.model.queries import Search
from mqstudio.model.rows import Found, Place
from mqstudio.why.base import Finding
from tests.support.broker import RunningBroker
from tests.support.waiting import eventually

T = TypeVar("T")

REASONS = Reasons()


class Asker:
    """Asks one broker."""

    def __init__(self, broker: RunningBroker) -> None:
        self.broker = broker
        self._connections: list[pika.BlockingConnection] = []

    def connect(self, name: str = "shop", **options: Any) -> pika.BlockingConnection:
        """Connect a program that calls itself so."""
        parameters = pika.ConnectionParameters(
            "127.0.0.1", self.broker.port_amqp, client_properties={"connection_name": name}, **options
        )
        self._connections.append(pika.BlockingConnection(parameters))
        return self._connections[-1]

    def close(self) -> None:
        """Let go of all programs that still run."""
        for each in self._connections:
            with suppress(AMQPError):  # some were sent away
                each.close()

    def run(self, work: Callable[[Client], Awaitable[T]]) -> T:
        """Do something as the command line does."""

        async def attached() -> T:
            async with await self.broker.attach() as client:
                return await work(client)

        return asyncio.run(attached())

    def id_of(self, body: str) -> int:
        """The number of the newest message with this body."""

        async def find(client: Client) -> int:
            async with client.watch(Search(text=body)) as items:
                async for item in items:
                    if isinstance(item, Found) and item.rows:
                        return item.rows[0].message_id
                    if isinstance(item, Found) and item.is_over:
                        return 0
            return 0

        return eventually(lambda: self.run(find))

    def message(self, body: str | int, queue: str | None = None, vhost: str = "/") -> list[Finding]:
        """Why a message is as it is, where it is, or in this queue."""
        number = body if isinstance(body, int) else self.id_of(body)
        place = Place(vhost, queue) if queue is not None else None

        async def ask(client: Client) -> list[Finding]:
            answers = await REASONS.of_message(client, await latest(client), number, place)
            return [finding for answer in answers for finding in answer.findings]

        return self.run(ask)

    def queue(self, name: str) -> list[Finding]:
        """Why a queue is as it is."""

        async def ask(client: Client) -> list[Finding]:
            return await REASONS.of_queue(client, await latest(client), "/", name)

        return self.run(ask)

    def consumer(self, queue: str, tag: str) -> list[Finding]:
        """Why a consumer gets nothing."""

        async def ask(client: Client) -> list[Finding]:
            return await REASONS.of_consumer(client, await latest(client), "/", queue, tag)

        return self.run(ask)

    def problems(self) -> list[Finding]:
        """What is wrong."""

        async def ask(client: Client) -> list[Finding]:
            return await REASONS.problems(client, await latest(client))

        return self.run(ask)


def only(findings: list[Finding], rule: str, *says: str) -> Finding:
    """The one finding there is, of this rule; its sentence and its proofs say all of this."""
    assert [each.rule for each in findings] == [rule], told(findings)
    return one(findings, rule, *says)


def one(findings: list[Finding], rule: str, *says: str) -> Finding:
    """The finding of a rule among others."""
    found = [each for each in findings if each.rule == rule]
    assert len(found) == 1, told(findings)
    whole = told(found)
    for each in says:
        assert each in whole, whole
    assert found[0].link.startswith("https://"), found[0].link
    assert found[0].then.template, "it does not say what to do"
    return found[0]


def none(findings: list[Finding], rule: str) -> None:
    """No finding of a rule."""
    assert rule not in [each.rule for each in findings], told(findings)


def told(findings: list[Finding]) -> str:
    """All that findings say."""
    return "\n".join(
        " | ".join([each.rule, str(each.says), *(str(p.says) for p in each.proofs), str(each.then)])
        for each in findings
    )


def channel(connection: pika.BlockingConnection, **qos: int) -> BlockingChannel:
    """A channel, with a prefetch if one is given."""
    opened = connection.channel()
    if qos:
        opened.basic_qos(**qos)
    return opened
