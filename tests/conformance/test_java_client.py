"""RabbitMQ's client for Java at work: its program is in the folder `java`."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.address import Address
from tests.support.broker import RunningBroker
from tests.support.http_api import Api
from tests.support.waiting import eventually

SOURCE = Path(__file__).parent / "java" / "Stories.java"
JARS = ":".join(f"/usr/share/java/{name}.jar" for name in ("amqp-client", "slf4j-api", "slf4j-nop"))
COMPILE_S = 120
RUN_S = 60

Facts = dict[str, str]
Tell = Callable[[str], Facts]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the program is, compiled."""
    folder = tmp_path_factory.mktemp("java")
    command = ["javac", "-encoding", "UTF-8", "-nowarn", "-cp", JARS, "-d", str(folder), str(SOURCE)]
    made = subprocess.run(command, capture_output=True, text=True, timeout=COMPILE_S, check=False)
    assert made.returncode == 0, made.stderr
    return folder


def started(folder: Path, address: Address, story: str) -> "subprocess.Popen[str]":
    assert shutil.which("java"), "install the packages that scripts/install-test-packages names"
    return subprocess.Popen(
        [
            "java",
            "-Dfile.encoding=UTF-8",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            f"{folder}:{JARS}",
            "Stories",
            story,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "AMQP_URL": f"amqp://{address.host}:{address.port}"},
    )


def _end(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """Wait until a program has ended; one that does not is stopped."""
    try:
        return process.communicate(timeout=RUN_S)
    finally:
        process.kill()


def facts(said: str) -> Facts:
    return dict(line.split("=", 1) for line in said.splitlines())


@pytest.fixture
def tell(folder: Path, address: Address) -> Tell:
    """Run a story; returns what it says when it has ended, and well."""

    def tell(story: str) -> Facts:
        with started(folder, address, story) as process:
            said, errors = _end(process)
        assert (process.returncode, errors) == (0, ""), errors
        return facts(said)

    return tell


def test_confirms(tell: Tell) -> None:
    """A hundred are taken; what has no queue comes back and is confirmed; a full queue refuses."""
    assert tell("confirms") == {
        "messages": "100",
        "confirmed": "true",
        "returned": "312 NO_ROUTE lost?",
        "first": "true",
        "second": "false",
    }


def test_settling(tell: Tell) -> None:
    """Two come, and one more for each that is done with; what is given back comes again in its place."""
    assert tell("settling") == {
        "held": "[1, 2]",
        "waiting": "2",
        "then": "3",
        "rest": "[2 again, 3 again]",
        "last": "4",
        "left": "0",
    }


def test_errors(tell: Tell) -> None:
    """Code, method and text as the client reads them; other channels go on, until the connection ends."""
    said = tell("errors")
    queue = said["other options"].split("'")[3]
    assert said == {
        "no queue": "404 50/10 channel NOT_FOUND - no queue 'nowhere' in vhost '/'",
        "other options": (
            "406 50/10 channel PRECONDITION_FAILED - inequivalent arg 'auto_delete' for queue "
            f"'{queue}' in vhost '/': received 'false' but current is 'true'"
        ),
        "reserved": (
            "403 40/10 channel ACCESS_REFUSED - exchange name 'amq.mine' contains reserved prefix 'amq.*'"
        ),
        "unknown tag": "406 60/80 channel PRECONDITION_FAILED - unknown delivery tag 9",
        "no exchange": "404 60/40 channel NOT_FOUND - no exchange 'nowhere' in vhost '/'",
        "bad expiration": said["bad expiration"],
        "goes on": "0",
        "immediate": "540 60/40 connection NOT_IMPLEMENTED - immediate=true",
    }
    assert said["bad expiration"].startswith(
        "406 60/40 channel PRECONDITION_FAILED - invalid expiration 'soon'"
    )


def test_cancelled(tell: Tell) -> None:
    """A consumer whose queue is deleted is told, and its channel goes on."""
    assert tell("cancelled") == {"heard": "cancelled", "open": "true"}


def test_calls(tell: Tell) -> None:
    """Its own server and client of calls, by direct reply-to."""
    assert tell("calls") == {"one": "ONE", "two": "TWO"}


def test_transactions(tell: Tell) -> None:
    """What is rolled back was never published; what was settled in it can be settled again."""
    assert tell("transactions") == {"before": "0", "committed": "1", "left": "0"}


def test_values(tell: Tell) -> None:
    """Each type of header, and each property, comes back as it was."""
    said = tell("values")
    assert set(said.values()) == {"true"}
    assert len(said) == 13


def test_recovery(folder: Path, broker: RunningBroker) -> None:
    """Closed by an operator it hears 320, connects again, and has its queue, binding and consumer back."""
    api = Api(broker.port_management)
    with started(folder, Address("127.0.0.1", broker.port_amqp), "recovery") as process:
        assert process.stdout is not None
        heard = [process.stdout.readline() for _ in range(2)]
        assert heard == ["heard=before\n", "kick=now\n"]

        def name() -> str:
            shown = api.get("api/connections")
            return next((each["name"] for each in shown if each["user_provided_name"] == "java recovery"), "")

        kicked = api.ask("DELETE", f"api/connections/{quote(eventually(name))}", X_Reason="enough")
        assert kicked.status == 204
        said, errors = _end(process)
    assert (process.returncode, errors) == (0, "")
    told = facts(said)
    assert told == {
        "why": "320 0/0 connection CONNECTION_FORCED - enough",
        "recovered": "true",
        "heard again": "after",
    }
