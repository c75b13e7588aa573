"""`mqstudio demo` as people use it: a process at a real broker."""

import signal
import subprocess
import sys

import pytest

from tests.support.broker import RunningBroker
from tests.support.ports import deaf_port

OPEN = "The demo shop is open: 2 producers, 3 consumers. Ctrl-C closes it.\n"


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "mqstudio", "demo", *arguments]


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=60, check=False)


def test_open_for_a_time_and_cleaned_up(broker: RunningBroker) -> None:
    """At the broker of the data folder, unless told otherwise."""
    done = run("--for", "0.5s", "--rate", "50", "--data-dir", str(broker.data_dir))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(OPEN)
    done = run("--clean", "--amqp", broker.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "The demo shop's queues and exchanges are gone.\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_closed_when_told(broker: RunningBroker, number: signal.Signals) -> None:
    """Everybody finishes and hangs up; nothing is said on standard error."""
    program = subprocess.Popen(command("--amqp", broker.url), stdout=-1, stderr=-1, text=True)
    assert program.stdout is not None
    assert program.stdout.readline() == OPEN
    program.send_signal(number)
    said, wrong = program.communicate(timeout=30)
    assert (program.returncode, wrong) == (0, "")
    assert said.startswith("The demo shop is closed.")


def test_a_wrong_password_is_said(broker: RunningBroker) -> None:
    """In one sentence, with what would work, and without the password."""
    done = run("--amqp", broker.url.replace("guest:guest", "guest:secret"))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The broker refused the login.")
    assert "secret" not in done.stderr


def test_a_shop_without_a_broker_says_so() -> None:
    """And never repeats the address: it may hold a password."""
    with deaf_port() as port:
        for more in ((), ("--clean",)):
            done = run("--amqp", f"amqp://guest:secret@127.0.0.1:{port}/", *more)
            assert done.returncode == 1
            assert done.stderr.startswith("Error: No broker answers there.")
            assert "secret" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--for", "3x"), "'3x' is not a time like 30s, 5m or 1h."),
        (("--rate", "0"), "0.0 is not in the range"),
        (("--amqp", "localhost"), "That is no address of a broker."),
    ],
)
def test_what_cannot_be_understood_is_said(arguments: tuple[str, ...], says: str) -> None:
    """What is wrong, and how it is written."""
    done = run(*arguments)
    assert done.returncode in (1, 2)
    assert says in done.stderr
