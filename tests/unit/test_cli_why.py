"""`mqstudio why` and `mqstudio problems`: what people and programs get to see."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mqstudio.cli import program
from tests.support.broker import running_broker
from tests.support.pika_client import settle
from tests.support.reasons import Asker


@pytest.fixture
def asker(tmp_path: Path) -> Iterator[Asker]:
    """Beside a broker with a message that waits, and one that got lost."""
    with running_broker(tmp_path / "data", "--memory") as broker:
        asker = Asker(broker)
        channel = asker.connect("sh\x1bop").channel()
        channel.queue_declare("orders")
        channel.basic_publish("", "orders", b"waits")
        channel.exchange_declare("ex")
        channel.queue_bind("orders", "ex", "new")
        channel.basic_publish("ex", "New", b"is lost")
        settle(channel)
        yield asker
        asker.close()


def _run(asker: Asker, *arguments: str) -> Result:
    return CliRunner().invoke(program, ["--data-dir", str(asker.broker.data_dir), *arguments])


def test_why_of_a_message(asker: Asker) -> None:
    """The sentence, its proof with the time, what to do, and the page."""
    done = _run(asker, "why", str(asker.id_of("is lost")))
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == f"Message {asker.id_of('is lost')} in no queue: dropped"
    assert lines[1] == "  No binding of exchange 'ex' matches its routing key 'New'."
    assert "'new' to 'orders' differs only in upper and lower case." in done.output
    assert "    → Publish with key 'new'" in done.output
    assert lines[-1] == "    https://www.rabbitmq.com/docs/publishers#unroutable"


def test_why_as_json(asker: Asker) -> None:
    """For programs: rules by name, times in µs, no sentence to be parsed."""
    done = _run(asker, "why", str(asker.id_of("waits")), "--json")
    (answer,) = json.loads(done.output)
    assert (answer["queue"], answer["state"]) == ("orders", "ready")
    (finding,) = answer["findings"]
    assert (finding["rule"], finding["severity"]) == ("queue_nobody_reads", "info")
    assert finding["proofs"][1]["at_us"] > 0


def test_why_of_a_queue_and_a_consumer(asker: Asker) -> None:
    """Both by name; a consumer's tag may be hostile."""
    assert "nobody has ever consumed from it" in _run(asker, "why", "--queue", "orders").output
    channel = asker.connect().channel()
    channel.queue_declare("empty")
    channel.basic_consume("empty", lambda *_: None, consumer_tag="c\x1b[31m")
    settle(channel)
    done = _run(asker, "why", "--queue", "empty", "--consumer", "c\x1b[31m")
    assert "queue 'empty' is empty" in done.output
    assert "\x1b" not in done.output


def test_what_is_as_it_should_be(asker: Asker) -> None:
    """Says so, too."""
    channel = asker.connect().channel()
    channel.queue_declare("fine")
    assert "is as it should be" in _run(asker, "why", "--queue", "fine").output


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((), 2, "Say what is meant"),
        (("7", "--consumer", "c1"), 2, "--consumer needs --queue"),
        (("999",), 1, "Nobody knows of a message 999"),
        (("--queue", "no such"), 1, "There is no queue 'no such'"),
        (("--queue", "orders", "--consumer", "c1"), 1, "has no consumer 'c1'"),
    ],
)
def test_what_cannot_be_answered(asker: Asker, arguments: tuple[str, ...], code: int, says: str) -> None:
    """What is wrong, and what would work."""
    done = _run(asker, "why", *arguments)
    assert done.exit_code == code
    assert says in done.output


def test_problems(asker: Asker) -> None:
    """Listed for people, as JSON, and as an exit code; names are harmless."""
    done = _run(asker, "problems")
    assert done.exit_code == 0
    assert done.output.startswith("1 problem:\n  1 message published to exchange 'ex' reached no queue.")
    assert "\x1b" not in done.output
    (found,) = json.loads(_run(asker, "problems", "--json").output)
    assert (found["rule"], found["about"], found["name"]) == ("exchange_unroutable", "exchange", "ex")
    assert _run(asker, "problems", "--check").exit_code == 1


def test_no_problems(tmp_path: Path) -> None:
    """Says so, and checks well."""
    with running_broker(tmp_path / "data", "--memory") as broker:
        done = _run(Asker(broker), "problems", "--check")
    assert (done.exit_code, done.output) == (0, "All is well: no problems.\n")
