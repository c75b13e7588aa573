"""Verbs by hand on the command line: real processes against a real broker."""

from collections.abc import Callable
from typing import Any

import pika
import pytest

from mqstudio.client.client import Client
from mqstudio.model.rows import MessageState
from tests.support.broker import RunningBroker
from tests.support.pika_client import Got, send, settle
from tests.unit.test_cli_commands import complaint, document, mqstudio, text

Run = Callable[..., Any]


@pytest.fixture
def run(broker: RunningBroker) -> Run:
    return lambda *arguments: mqstudio(*arguments, "--data-dir", str(broker.data_dir))


@pytest.fixture
async def client(broker: RunningBroker) -> Any:
    async with await broker.attach() as client:
        yield client


@pytest.fixture
def connect(broker: RunningBroker) -> Any:
    """Makes a channel; its connection is closed after the test."""
    made: list[pika.BlockingConnection] = []

    def channel() -> Any:
        made.append(pika.BlockingConnection(pika.URLParameters(broker.url)))
        return made[-1].channel()

    yield channel
    for connection in made:
        connection.close()


async def fill(client: Client, queue: str, *bodies: bytes) -> list[int]:
    await client.declare_queue(queue)
    for body in bodies:
        await client.publish("", queue, body)
    return await ids(client, queue)


async def ids(client: Client, queue: str) -> list[int]:
    page = await client.page(queue, is_oldest_first=True, states=[MessageState.READY])
    return [row.message_id for row in page.rows]


async def test_delete_takes_what_is_named_and_purge_undo_brings_it_back(run: Run, client: Client) -> None:
    there = await fill(client, "delete", b"1", b"2", b"3")
    done = document(run("delete", "delete", "--message", str(there[1]), "--message", "999999", "--json"))
    assert (done["count"], done["left"], len(done["bins"])) == (1, [999999], 1)
    assert await ids(client, "delete") == [there[0], there[2]]
    text(run("purge", "delete", "--undo"))
    assert await ids(client, "delete") == there
    assert "Deleted 2 messages" in text(run("delete", "delete", "--first", "2"))
    assert await ids(client, "delete") == there[2:]
    assert "None of these" in complaint(run("delete", "delete", "--message", str(there[0])))


async def test_move_and_copy_take_what_a_filter_finds(run: Run, client: Client) -> None:
    there = await fill(client, "source", b'{"n": 1}', b'{"n": 5}', b'{"n": 9}')
    await client.declare_queue("target")
    assert "Moved 2 messages" in text(run("move", "source", "target", "--where", "body.n > 3"))
    assert (await ids(client, "source"), len(await ids(client, "target"))) == (there[:1], 2)
    assert "Copied 2 messages" in text(run("copy", "target", "--exchange", "", "--key", "source", "--all"))
    assert len(await ids(client, "source")) == 3


async def test_dead_letters_are_redriven(run: Run, client: Client) -> None:
    await client.declare_queue("dead")
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead", "x-max-length": 1}
    await client.declare_queue("work", arguments=arguments)
    for body in (b"1", b"2"):
        await client.publish("", "work", body)
    await client.verbs.remove("work", await ids(client, "work"))
    assert "Redrove 1 message." in text(run("redrive", "dead", "--all"))
    assert (len(await ids(client, "work")), await ids(client, "dead")) == (1, [])


async def test_what_consumers_hold_is_ended(run: Run, client: Client, connect: Any) -> None:
    channel = connect()
    channel.queue_declare("held")
    send(channel, "held", b"1", b"2", b"3")
    got = Got(channel, "held")
    got.wait(3)
    held = [row.message_id for row in (await client.page("held", is_oldest_first=True)).rows]
    text(run("pause", "held"))
    assert "Released 1 message." in text(run("release", "held", "--message", str(held[0])))
    assert "Accepted 1 message." in text(run("accept", "held", "--message", str(held[1])))
    assert "Rejected 1 message." in text(run("reject", "held", "--all"))
    assert await ids(client, "held") == [held[0]]
    assert "goes on" in text(run("resume", "held"))
    assert got.wait(4)[-1] == b"1"


@pytest.mark.parametrize(
    "target", [("paused",), ("paused", "--consumer", "me"), ("--all",)], ids=["queue", "consumer", "all"]
)
async def test_pause_and_resume(run: Run, client: Client, connect: Any, target: tuple[str, ...]) -> None:
    channel = connect()
    channel.queue_declare("paused", auto_delete=True)
    got = Got(channel, "paused", auto_ack=True, consumer_tag="me")
    assert "is paused" in text(run("pause", *target))
    send(channel, "paused", b"1")
    settle(channel)
    assert got.deliveries == []
    text(run("resume", *target))
    assert got.wait(1) == [b"1"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("delete", "q"),
        ("delete", "q", "--all", "--message", "1"),
        ("delete", "q", "--first", "1", "--all"),
        ("move", "q", "--all"),
        ("move", "q", "b", "--exchange", "x", "--all"),
        ("delete", "q", "--where", "body ="),
        ("pause",),
        ("pause", "q", "--all"),
        ("resume", "--consumer", "x"),
    ],
)
def test_what_is_not_clear_is_not_done(run: Run, arguments: tuple[str, ...]) -> None:
    assert complaint(run(*arguments), 2)


def test_a_consumer_that_is_not_there_is_named(run: Run) -> None:
    assert "no consumer 'nobody'" in complaint(run("pause", "none", "--consumer", "nobody"))
