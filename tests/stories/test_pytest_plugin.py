"""The plugin for tests of other programs, used by a small project of its own."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from mqstudio.client.recordings import open_recording

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "testing"
TIMEOUT_S = 100

FAILING = """
import subprocess, sys, pytest

def test_too_few(mqstudio):
    mqstudio.run(lambda client: client.declare_queue("orders"))
    assert mqstudio.publish("", "orders", b'{"total": 5}')
    assert not mqstudio.publish("", "nowhere", b"x")
    mqstudio.expect("orders", where="body.total > 100", within=0.2)

def test_something_else(mqstudio):
    mqstudio.run(lambda client: client.declare_queue("orders"))
    mqstudio.publish("", "orders", b"hello")
    assert [row.preview for row in mqstudio.messages("orders")] == ["hello"]
    assert 1 == 2

def test_a_broker_that_was_killed(mqstudio):
    import os, signal
    os.kill(mqstudio._owned.ready.pid, signal.SIGKILL)
    assert 1 == 2

@pytest.mark.parametrize("number", [1, 2])
def test_one_for_all(mqstudio_session, number):
    if number == 1:
        mqstudio_session.run(lambda client: client.declare_queue("shared"))
    mqstudio_session.publish("", "shared", b"x")
    assert len(mqstudio_session.expect("shared", number)) == number

def test_no_window_is_loaded(mqstudio):
    assert not [name for name in sys.modules if name.startswith("PySide6")]
"""


KEEPING = """
import pytest

def test_it(mqstudio):
    mqstudio.run(lambda client: client.declare_queue("orders"))
    mqstudio.publish("", "orders", b'{"total": 5}')
    mqstudio.publish("", "nowhere", b"lost")
    mqstudio.expect("orders", 2, within=0.1)

@pytest.mark.parametrize("number", range(3))
def test_nothing_of_others_is_here(mqstudio, number):
    assert mqstudio.run(lambda client: client.topology()).queues == []
    mqstudio.run(lambda client: client.declare_queue("orders"))
    assert mqstudio.messages("orders") == []
    mqstudio.publish("", "orders", b"x")
    assert len(mqstudio.expect("orders", exactly=True, within=0.05)) == 1
"""


def made(folder: Path, tests: str, ini: str = "") -> Path:
    (folder / "conftest.py").write_text('pytest_plugins = ["mqstudio.pytest_plugin"]\n')
    (folder / "test_it.py").write_text(tests)
    (folder / "pytest.ini").write_text(f"[pytest]\n{ini}")
    return folder


def run_pytest(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:pytest-qt",
        "-q",
        str(folder),
        *options,
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)


def brokers() -> set[int]:
    """Brokers that tests were given, and that still run."""
    found = set()
    for process in psutil.process_iter(["cmdline"]):
        if any("mqstudio-test-" in part for part in process.info["cmdline"] or ()):
            found.add(process.pid)
    return found


def test_the_example_passes() -> None:
    before = brokers()
    done = run_pytest(EXAMPLE)
    assert "4 passed" in done.stdout, done.stdout + done.stderr
    assert brokers() <= before


def test_what_fails_tells_what_the_broker_saw(tmp_path: Path) -> None:
    before = brokers()
    done = run_pytest(made(tmp_path, FAILING))
    assert "3 failed, 3 passed" in done.stdout, done.stdout + done.stderr
    assert "Expected 1 in orders where body.total > 100 within 0.2 s; saw 0." in done.stdout
    too_few, _, rest = done.stdout.partition("test_something_else")
    assert '{"total": 5}' in too_few
    assert "What the broker saw" in rest
    assert "orders: 1 ready, 0 in flight" in rest
    assert "enqueued" in rest
    assert "It cannot be asked any more" in rest
    assert brokers() <= before


def test_what_failed_is_kept_in_a_file_that_can_be_replayed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    done = run_pytest(made(tmp_path, KEEPING), "--mqstudio-keep", str(kept))
    assert "1 failed, 3 passed" in done.stdout, done.stdout + done.stderr
    (path,) = kept.iterdir()
    assert path.name == "test_it.py_test_it.mqstudio.jsonl"
    assert f"All of it, 1 message, is in {path}" in done.stdout
    (record,) = open_recording(path).records()
    assert (record.row.queue, record.body) == ("orders", b'{"total": 5}')
    assert "published" in done.stdout.partition("What the broker saw")[2]


@pytest.mark.parametrize(
    ("ini", "options"),
    [("mqstudio_scope = fresh", ()), ("", ("--mqstudio-scope", "fresh")), ("", ("-n", "2"))],
    ids=["ini", "option", "parallel"],
)
def test_a_process_each_or_several_at_once(tmp_path: Path, ini: str, options: tuple[str, ...]) -> None:
    before = brokers()
    done = run_pytest(made(tmp_path, KEEPING, ini), *options)
    assert "1 failed, 3 passed" in done.stdout, done.stdout + done.stderr
    assert brokers() <= before


def test_a_scope_that_is_none_is_told(tmp_path: Path) -> None:
    done = run_pytest(made(tmp_path, KEEPING, "mqstudio_scope = some"))
    assert "write clean or fresh" in done.stdout
