"""rabbitmq-c's tools for the command line, as programs of their own."""

import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.support.address import Address
from tests.support.pika_client import Connect
from tests.support.programs import Programs
from tests.support.waiting import eventually

RUN_S = 30

NOTHING_THERE = 2
"""The exit code of amqp-get for an empty queue."""

Ended = subprocess.CompletedProcess[str]
Tool = Callable[..., Ended]


@pytest.fixture
def tool(address: Address) -> Tool:
    """Run a tool to its end; `said` is its standard input."""

    def run(name: str, *options: str, said: str = "") -> Ended:
        command = [f"amqp-{name}", f"--url={address.url_of_root}", *options]
        return subprocess.run(command, input=said, capture_output=True, text=True, timeout=RUN_S, check=False)

    return run


@pytest.fixture
def declared(tool: Tool, queue: str) -> Iterator[str]:
    """A queue that amqp-declare-queue made, deleted by amqp-delete-queue."""
    assert tool("declare-queue", f"--queue={queue}").stdout == f"{queue}\n"
    yield queue
    assert tool("delete-queue", f"--queue={queue}").returncode == 0


def _got(tool: Tool, queue: str) -> list[str]:
    """Everything that waits, taken by amqp-get one by one."""
    bodies = []
    while (ended := tool("get", f"--queue={queue}")).returncode != NOTHING_THERE:
        assert ended.returncode == 0, ended.stderr
        bodies.append(ended.stdout)
    return bodies


def test_publish_and_get(tool: Tool, declared: str) -> None:
    """Bodies come as they went: from an option, from standard input, and line by line."""
    key = f"--routing-key={declared}"
    assert tool("publish", key, "--body=from an option").returncode == 0
    assert tool("publish", key, said="two\nlines").returncode == 0
    assert tool("publish", key, "--line-buffered", said="first\nsecond\n").returncode == 0
    assert _got(tool, declared) == ["from an option", "two\nlines", "first\n", "second\n"]


def test_properties(tool: Tool, declared: str, connect: Connect) -> None:
    """Its options are the message's properties."""
    options = [
        "--persistent",
        "--content-type=text/plain",
        "--content-encoding=utf-8",
        "--reply-to=answers",
        "--header=colour: red",
        "--body=x",
    ]
    assert tool("publish", f"--routing-key={declared}", *options).returncode == 0
    _, properties, _ = connect().channel().basic_get(declared, auto_ack=True)
    assert properties.delivery_mode == 2
    assert properties.content_type == "text/plain"
    assert properties.content_encoding == "utf-8"
    assert properties.reply_to == "answers"
    assert properties.headers == {"colour": "red"}


def test_consume_so_many(tool: Tool, declared: str) -> None:
    """It takes as many as it is told; the rest waits on."""
    tool("publish", f"--routing-key={declared}", "--line-buffered", said="a\nb\nc\nd\n")
    ended = tool("consume", f"--queue={declared}", "--count=3", "--prefetch-count=1", "cat")
    assert (ended.returncode, ended.stdout) == (0, "a\nb\nc\n")
    assert _got(tool, declared) == ["d\n"]


def test_consume_what_comes(tool: Tool, declared: str, address: Address, programs: Programs) -> None:
    """A consumer that waits gets what is published, and ends as it has enough."""
    consumer = programs.start(
        "amqp-consume", f"--url={address.url_of_root}", f"--queue={declared}", "--no-ack", "--count=2", "cat"
    )
    for body in ("one", "two"):
        tool("publish", f"--routing-key={declared}", f"--body={body}")
        eventually(lambda body=body: consumer.said(body))
    eventually(consumer.has_ended)
    assert _got(tool, declared) == []


def test_consume_from_an_exchange(tool: Tool, queue: str, address: Address, programs: Programs) -> None:
    """It makes a queue of its own, binds it, and the queue goes with it."""
    consumer = programs.start(
        "amqp-consume",
        f"--url={address.url_of_root}",
        f"--queue={queue}",
        "--exclusive",
        "--exchange=amq.topic",
        f"--routing-key={queue}.#",
        "--count=1",
        "cat",
    )

    def reached() -> bool:
        tool("publish", "--exchange=amq.topic", f"--routing-key={queue}.a.b", "--body=by topic")
        return consumer.said("by topic")

    eventually(reached)
    eventually(consumer.has_ended)
    eventually(lambda: "NOT_FOUND - no queue" in tool("get", f"--queue={queue}").stderr)


def test_delete_only_if(tool: Tool, declared: str) -> None:
    """A queue with messages stays if it is only to go empty; the refusal says so."""
    tool("publish", f"--routing-key={declared}", "--body=x")
    ended = tool("delete-queue", f"--queue={declared}", "--if-empty")
    assert ended.returncode != 0
    assert "not empty" in ended.stderr
    assert _got(tool, declared) == ["x"]
    assert tool("delete-queue", f"--queue={declared}", "--if-empty").stdout == "0\n"


def test_refusals(tool: Tool, address: Address, queue: str) -> None:
    """It passes on the code and words of the broker."""
    ended = tool("get", f"--queue={queue}")
    assert ended.returncode == 1
    assert f"NOT_FOUND - no queue '{queue}' in vhost '/'" in ended.stderr
    stranger = subprocess.run(
        [
            "amqp-get",
            f"--server={address.host}",
            f"--port={address.port}",
            "--username=nobody",
            "--password=x",
            f"--queue={queue}",
        ],
        capture_output=True,
        text=True,
        timeout=RUN_S,
        check=False,
    )
    assert stranger.returncode == 1
    assert "ACCESS_REFUSED" in stranger.stderr
