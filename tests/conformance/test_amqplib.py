"""amqplib, the usual client of Node.js, at work: its programs are in the folder `node`."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import run
from typing import Any

import pytest

from tests.support.address import Address

SOURCES = Path(__file__).parent / "node"
INSTALL = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"]
INSTALL_S = 100
RUN_S = 30

Say = Callable[[str], Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs with amqplib beside them."""
    folder = tmp_path_factory.mktemp("node") / "programs"
    shutil.copytree(SOURCES, folder, ignore=shutil.ignore_patterns("node_modules"))
    installed = run(INSTALL, cwd=folder, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    assert installed.returncode == 0, installed.stderr
    return folder


@pytest.fixture
def say(folder: Path, address: Address, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Run a program; returns what it says when it has ended, and well."""
    # By name: Node tries the address of version 6 first.
    host = "localhost" if address.host == "127.0.0.1" else address.host
    monkeypatch.setenv("AMQP_URL", f"amqp://{host}:{address.port}")

    def say(name: str) -> Any:  # JSON
        ended = run(["node", name], cwd=folder, capture_output=True, text=True, timeout=RUN_S, check=False)
        assert ended.returncode == 0, ended.stderr
        assert ended.stderr == ""
        return json.loads(ended.stdout)

    return say


def test_confirms(say: Say) -> None:
    """A hundred are taken; what has no queue comes back; what a full queue refuses is an error of its own."""
    assert say("confirms.js") == {
        "messageCount": 100,
        "returned": [[312, "NO_ROUTE", "lost?"]],
        "refusal": "message nacked",
    }


def test_prefetch(say: Say) -> None:
    """Two come, three wait; what is given back comes first again, what is given up is dead-lettered."""
    assert say("prefetch.js") == {
        "held": ["1", "2"],
        "waiting": 3,
        "rest": [["2", True], ["3", False], ["4", False], ["5", False]],
        "dead": "1",
        "why": "rejected",
        "headers": [2, 3, 4, 5],
    }


def test_exchanges(say: Say) -> None:
    """Messages go from exchange to exchange, and by their headers."""
    red, both, green = '{"colour":"red"}', '{"colour":"red","size":7}', '{"size":7,"colour":"green"}'
    assert say("exchanges.js") == {
        "chained": ["through both", "through both too"],
        "any": [red, both, green],
        "all": [both],
    }


def test_direct_reply(say: Say) -> None:
    """Answers come without a queue, each with the id of its question."""
    assert say("reply.js") == {"answers": [["a", "ONE"], ["b", "TWO"]], "rewritten": True, "same": 1}


def test_cancelled(say: Say) -> None:
    """A consumer whose queue is deleted is told, and its channel goes on."""
    assert say("cancelled.js") == {"message": None, "channelGoesOn": True}


def test_errors(say: Say) -> None:
    """Each refusal has the code that it has on RabbitMQ, and the other channel goes on."""
    said = say("errors.js")
    assert {what: code for what, (code, _) in said["codes"].items()} == {
        "no such queue": 404,
        "no such exchange": 404,
        "other options": 406,
        "reserved name": 403,
        "unknown delivery": 406,
        "publish to nowhere": 404,
    }
    assert "NOT_FOUND - no queue 'nowhere' in vhost '/'" in said["codes"]["no such queue"][1]
    assert "PRECONDITION_FAILED - unknown delivery tag 99" in said["codes"]["unknown delivery"][1]
    assert said["messageCount"] == 0
