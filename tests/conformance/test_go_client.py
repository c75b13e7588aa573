"""RabbitMQ's client for Go at work: its program is in the folder `go`."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.address import Address
from tests.support.broker import RunningBroker
from tests.support.http_api import Api
from tests.support.waiting import eventually

SOURCE = Path(__file__).parent / "go" / "stories.go"
PACKAGES = "/usr/share/gocode"
"""Where Debian puts the sources of libraries."""
BUILD_S = 240
RUN_S = 60

Tell = Callable[[str], Any]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, built."""
    program = tmp_path_factory.mktemp("go") / "stories"
    built = subprocess.run(
        ["go", "build", "-o", str(program), str(SOURCE)],
        capture_output=True,
        text=True,
        timeout=BUILD_S,
        check=False,
        env={
            **os.environ,
            "GO111MODULE": "off",
            "GOPATH": PACKAGES,
            "GOCACHE": str(program.parent / "cache"),
        },
    )
    assert built.returncode == 0, built.stderr
    return program


def started(program: Path, address: Address, story: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [program, story],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "AMQP_URL": address.url_of_root},
    )


def _end(process: "subprocess.Popen[str]", entered: str = "") -> Any:
    """What a program says when it has ended, and well; one that does not is stopped."""
    try:
        said, errors = process.communicate(entered, timeout=RUN_S)
    finally:
        process.kill()
    assert (process.returncode, errors) == (0, "")
    return json.loads(said)


@pytest.fixture
def tell(program: Path, address: Address) -> Tell:
    """Run a story; returns what it says."""

    def tell(story: str) -> Any:
        with started(program, address, story) as process:
            return _end(process)

    return tell


def test_confirms(tell: Tell) -> None:
    """A hundred are taken; what has no queue comes back and is confirmed; a full queue refuses."""
    assert tell("confirms") == {
        "first tag": 1,
        "last tag": 100,
        "acks": 100,
        "messages": 100,
        "returned": [312, "NO_ROUTE", "lost?"],
        "lost": True,
        "first": True,
        "second": False,
    }


def test_settling(tell: Tell) -> None:
    """Two come, and one more for each that is done with; what is given back comes again in its place."""
    assert tell("settling") == {
        "held": ["1", "2"],
        "waiting": 2,
        "then": "3",
        "rest": ["2 again", "3 again"],
        "last": "4",
        "left": 0,
    }


def test_errors(tell: Tell) -> None:
    """Code and text, and that they are the server's; other channels go on, until the connection ends."""
    said = tell("errors")
    name = said["other options"][1].split("'")[3]
    codes = {what: shown[0] for what, shown in said.items() if isinstance(shown, list)}
    assert codes == {
        "no queue": 404,
        "other options": 406,
        "reserved": 403,
        "unknown tag": 406,
        "no exchange": 404,
        "immediate": 540,
    }
    assert said["no queue"] == [404, "NOT_FOUND - no queue 'nowhere' in vhost '/'", True]
    assert said["other options"][1] == (
        f"PRECONDITION_FAILED - inequivalent arg 'auto_delete' for queue '{name}' in vhost '/': "
        "received 'false' but current is 'true'"
    )
    assert said["goes on"] == 0


def test_cancelled(tell: Tell) -> None:
    """A consumer whose queue is deleted is told, its deliveries end, and its channel goes on."""
    assert tell("cancelled") == {"tag": "mine", "more to come": False, "channel goes on": True}


def test_transactions(tell: Tell) -> None:
    """What is rolled back was never published."""
    assert tell("transactions") == {"before": 0, "committed": 1, "left": 1}


def test_values(tell: Tell) -> None:
    """Each type of header, and each property, comes back as it was."""
    said = tell("values")
    assert [what for what, is_so in said.items() if not is_so] == []
    assert len(said) == 17


def test_kicked(program: Path, broker: RunningBroker) -> None:
    """Closed by an operator it hears 320 with the reason, and its deliveries end."""
    api = Api(broker.port_management)
    with started(program, Address("127.0.0.1", broker.port_amqp), "kicked") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

        def name() -> str:
            shown = api.get("api/connections")
            return next((each["name"] for each in shown if each["user_provided_name"] == "go kicked"), "")

        kicked = api.ask("DELETE", f"api/connections/{quote(eventually(name))}", X_Reason="enough")
        assert kicked.status == 204
        said = _end(process, "\n")
    assert said == {"why": [320, "CONNECTION_FORCED - enough", True, False], "more to come": False}
