"""The programs in docs/examples, run as their readers run them."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.broker import RunningBroker
from tests.support.programs import Program, Programs
from tests.support.waiting import eventually

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"

Run = Callable[..., Program]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, broker: RunningBroker, programs: Programs) -> Run:
    """Starts an example; what it prints is to be read at once."""
    monkeypatch.setenv("AMQP_URL", broker.url)
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    return lambda name, *arguments: programs.python(EXAMPLES / name, *arguments)


def _wait_said(program: Program, text: str, *, times: int = 1) -> None:
    eventually(lambda: program.said(text) and program.output().count(text) >= times)


def _wait_ended(program: Program) -> str:
    eventually(program.has_ended)
    return program.output()


def _press_ctrl_c(program: Program) -> list[str]:
    """It ends well, without a traceback; what it printed, less the line that it waits."""
    program.interrupt()
    return _wait_ended(program).splitlines()[1:]


def test_hello(run: Run) -> None:
    """What the first sends, the second prints, whichever comes first."""
    assert _wait_ended(run("1-hello/send.py")) == "Sent 'Hello World!'\n"
    receiver = run("1-hello/receive.py")
    _wait_said(receiver, "Received")
    _wait_ended(run("1-hello/send.py"))
    _wait_said(receiver, "Received 'Hello World!'", times=2)
    assert _press_ctrl_c(receiver) == ["Received 'Hello World!'"] * 2


def test_work_queues(run: Run) -> None:
    """A worker with a long task gets no other; what it leaves undone, the other worker does."""
    first = run("2-work-queues/worker.py")
    _wait_said(first, "Waiting")
    # A minute's work: it is not waited for.
    _wait_ended(run("2-work-queues/new_task.py", "long" + "." * 60))
    _wait_said(first, "Received 'long")

    second = run("2-work-queues/worker.py")
    for task in ("one", "two", "three"):
        assert _wait_ended(run("2-work-queues/new_task.py", "task", task)) == f"Sent 'task {task}'\n"
    _wait_said(second, "Done 'task three'")
    assert len(_press_ctrl_c(first)) == 1
    _wait_said(second, "Received 'long")

    done = [line for line in _press_ctrl_c(second) if line.startswith("Done")]
    assert done == ["Done 'task one'", "Done 'task two'", "Done 'task three'"]


def test_publish_and_subscribe(run: Run) -> None:
    """All who listen get each line; what is sent before, nobody gets."""
    _wait_ended(run("3-publish-subscribe/emit_log.py", "too early"))
    receivers = [run("3-publish-subscribe/receive_logs.py") for _ in range(2)]
    for receiver in receivers:
        _wait_said(receiver, "Waiting")
    assert _wait_ended(run("3-publish-subscribe/emit_log.py", "the disk", "is full")) == (
        "Sent 'the disk is full'\n"
    )
    for receiver in receivers:
        _wait_said(receiver, "the disk is full")
        assert _press_ctrl_c(receiver) == ["the disk is full"]


def test_routing(run: Run) -> None:
    """Only the severities asked for come."""
    receiver = run("4-routing/receive_logs_direct.py", "warning", "error")
    _wait_said(receiver, "Waiting")
    for severity in ("info", "error", "debug", "warning"):
        _wait_ended(run("4-routing/emit_log_direct.py", severity, "a", "line"))
    _wait_said(receiver, "warning")
    assert _press_ctrl_c(receiver) == ["error: a line", "warning: a line"]


def test_topics(run: Run) -> None:
    """A pattern's star is one word, its hash any number; a line that fits twice comes once."""
    receiver = run("5-topics/receive_logs_topic.py", "kern.*", "#.critical")
    _wait_said(receiver, "Waiting")
    for key in ("kern.critical", "kern.disk.info", "cron.info", "critical", "a.b.critical", "kern.info"):
        _wait_ended(run("5-topics/emit_log_topic.py", key, "a line"))
    _wait_said(receiver, "kern.info")
    fitting = ("kern.critical", "critical", "a.b.critical", "kern.info")
    assert _press_ctrl_c(receiver) == [f"{key}: a line" for key in fitting]


def test_request_and_reply(run: Run) -> None:
    """Each client gets the answer to its own question."""
    server = run("6-rpc/rpc_server.py")
    _wait_said(server, "Waiting")
    clients = {n: run("6-rpc/rpc_client.py", n) for n in (0, 1, 30)}
    answers = {n: _wait_ended(client) for n, client in clients.items()}
    assert answers == {0: "fibonacci(0) = 0\n", 1: "fibonacci(1) = 1\n", 30: "fibonacci(30) = 832040\n"}
    asked = _press_ctrl_c(server)
    assert sorted(asked) == [f"Asked for fibonacci({n})" for n in (0, 1, 30)]


def test_publisher_confirms(run: Run) -> None:
    """It is told what was taken, what came back and what was refused."""
    assert _wait_ended(run("7-publisher-confirms/publisher_confirms.py")).splitlines() == [
        "Confirmed: 100 messages",
        "Came back: 'lost?', NO_ROUTE",
        "Refused: 'one too many', as the queue is full",
    ]


@pytest.mark.parametrize("name", ["4-routing/receive_logs_direct.py", "5-topics/receive_logs_topic.py"])
def test_asked_for_nothing(name: str) -> None:
    """A receiver that is told nothing says what it needs, and ends in failure."""
    ended = subprocess.run([sys.executable, EXAMPLES / name], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert f"For example: {Path(name).name}" in ended.stderr
    assert "Traceback" not in ended.stderr
