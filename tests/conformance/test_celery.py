"""Celery with real worker processes: results, retries, late acks, times, workflows, control and events.

Workers run `python -m celery worker` as users do. What a task does is seen by its result or by the
line that it leaves in a file.
"""

import datetime
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from celery import chain, chord, group

from tests.support.broker import RunningBroker
from tests.support.waiting import eventually

PROGRAM = Path(__file__).parent / "programs" / "celery_app.py"
QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat")
WAIT_S = 30


@dataclass
class Works:
    """One Celery application on our broker, and the workers started for it."""

    folder: Path
    environment: dict[str, str]
    module: ModuleType
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def app(self) -> Any:
        return self.module.app

    def start(self, name: str, *options: str) -> subprocess.Popen[bytes]:
        """Start a worker and wait until it serves.

        It says that it is ready before it consumes. What it takes while it still sets its prefetch it
        acknowledges only at its next timer, up to 10 s later; an answered ping shows that this is over.
        """
        log_path = self.folder / f"{name}.log"
        command = [sys.executable, "-m", "celery", "-A", "celery_app", "worker", "--pool", "solo", "-c", "1"]
        command += ["--loglevel", "info", "-n", f"{name}@localhost", *options]
        with log_path.open("wb") as log:
            worker = subprocess.Popen(
                command, env=self.environment, cwd=PROGRAM.parent, stdout=log, stderr=subprocess.STDOUT
            )
        self.workers.append(worker)

        def is_ready() -> bool:
            assert worker.poll() is None, log_path.read_text()
            return "ready." in log_path.read_text()

        eventually(is_ready)
        eventually(lambda: self.app.control.ping([f"{name}@localhost"], timeout=WAIT_S, limit=1))
        return worker

    def notes(self) -> list[str]:
        """The lines that tasks have left."""
        path = self.folder / "notes.txt"
        return path.read_text().splitlines() if path.exists() else []

    def said(self) -> str:
        """What the workers have printed, for the message of a failure."""
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def result(self, sent: Any) -> Any:
        """Wait for the result of a task; the workers' words come with a failure."""
        try:
            return sent.get(timeout=WAIT_S)
        except Exception as error:
            raise AssertionError(self.said()) from error


@contextmanager
def celery_works(broker: RunningBroker, folder: Path, **more: str) -> Iterator[Works]:
    """Load the application here for the broker; end its workers after the block."""
    settings = {"CELERY_URL": broker.url, "CELERY_FOLDER": str(folder), **more}
    environment = {**os.environ, **settings}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        spec = importlib.util.spec_from_file_location("celery_app", PROGRAM)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        patch.setitem(sys.modules, "celery_app", module)
        spec.loader.exec_module(module)
        works = Works(folder, environment, module)
        try:
            yield works
        finally:
            # A warm end waits for the worker's next timer, up to 10 s on any broker.
            for worker in works.workers:
                worker.kill()
                worker.wait()
            if "CELERY_BACKEND" not in settings:
                module.app.backend.result_consumer.stop()
            module.app.close()


@pytest.fixture(scope="module")
def works(broker: RunningBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    """A worker as Celery starts it by itself: gossip, mingle and heartbeats on, results by rpc://."""
    with celery_works(broker, tmp_path_factory.mktemp("celery")) as works:
        works.start("first", "-E")
        yield works


def test_the_result_of_a_task_comes_back(works: Works) -> None:
    assert works.result(works.module.add.delay(2, 3)) == 5


def test_a_task_is_tried_again_after_a_countdown(works: Works) -> None:
    assert works.result(works.module.third_time.delay()) == 3


def test_countdown_and_eta_hold_a_task_back(works: Works) -> None:
    begun = time.monotonic()
    eta = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=0.5)
    sent = [
        works.module.noted.apply_async(("eta",), eta=eta),
        works.module.noted.apply_async(("countdown",), countdown=0.5),
    ]
    assert [works.result(each) for each in sent] == ["eta", "countdown"]
    assert time.monotonic() - begun >= 0.45


def test_chains_and_groups(works: Works) -> None:
    add = works.module.add
    assert works.result(chain(add.s(1, 2), add.s(10), add.s(100)).apply_async()) == 113
    assert works.result(group(add.s(number, number) for number in range(5)).apply_async()) == [0, 2, 4, 6, 8]


def test_remote_control_answers(works: Works) -> None:
    control = works.app.control
    assert control.ping(timeout=5, limit=1) == [{"first@localhost": {"ok": "pong"}}]
    inspect = control.inspect(timeout=5, limit=1)
    queues = inspect.active_queues()["first@localhost"]
    assert [each["name"] for each in queues] == [works.module.NAME]
    assert "celery_app.add" in inspect.registered()["first@localhost"]


def test_a_revoked_task_does_not_run(works: Works) -> None:
    sent = works.module.noted.apply_async(("revoked",), countdown=1)
    works.app.control.revoke(sent.id, reply=True, timeout=5, limit=1)
    assert sent.id in works.app.control.inspect(timeout=5, limit=1).revoked()["first@localhost"]
    eventually(lambda: "Discarding revoked task" in works.said())
    assert "revoked" not in works.notes()


def test_events_tell_of_a_task(works: Works) -> None:
    seen: list[tuple[str, str]] = []

    def keep(event: dict[str, Any]) -> None:
        seen.append((event["type"], event.get("uuid", "")))

    with works.app.connection() as connection:
        receiver = works.app.events.Receiver(connection, handlers={"*": keep})
        with receiver.consumer_context() as (own, _channel, _consumers):
            sent = works.module.add.delay(1, 1)

            def has_seen() -> bool:
                with suppress(TimeoutError):
                    own.drain_events(timeout=1)
                return ("task-succeeded", sent.id) in seen

            eventually(has_seen)
    mine = [kind for kind, task in seen if task == sent.id and kind != "task-sent"]
    assert mine == ["task-received", "task-started", "task-succeeded"]


def test_priorities_order_what_waits(works: Works) -> None:
    """A task holds the only worker; one more may be prefetched, the rest waits in the priority queue."""
    module = works.module
    module.hold.delay("gate")
    eventually(lambda: "gate" in works.notes())
    module.noted.apply_async(("priority first",), priority=0)
    sent = [module.noted.apply_async((f"priority {number}",), priority=number) for number in range(1, 6)]
    (works.folder / "gate").touch()
    for each in sent:
        works.result(each)
    noted = [each for each in works.notes() if each.startswith("priority ") and each[-1].isdigit()]
    assert noted == [f"priority {number}" for number in (5, 4, 3, 2, 1)]


def test_a_task_runs_again_when_its_worker_is_killed(broker: RunningBroker, tmp_path: Path) -> None:
    with celery_works(broker, tmp_path, CELERY_QUEUE="late") as works:
        first = works.start("killed", *QUIET)
        sent = works.module.stubborn.delay("late")
        eventually(lambda: works.notes() == ["late False"])
        first.kill()
        first.wait()
        works.start("next", *QUIET)
        assert works.result(sent) is True
        assert works.notes() == ["late False", "late True"]


def test_a_chord_and_a_quorum_queue_with_delays_of_its_own(broker: RunningBroker, tmp_path: Path) -> None:
    """rpc:// keeps results in one client's reply queue, so a worker cannot count a chord's parts: files do.

    With quorum queues Celery holds countdowns back in the broker, in 28 levels of TTL and dead letters. The
    worker beats, as by default: without timers its loop rests up to 10 s before it acknowledges.
    """
    results = tmp_path / "results"
    results.mkdir()
    settings = {"CELERY_QUEUE": "safe", "CELERY_QUORUM": "1", "CELERY_BACKEND": results.as_uri()}
    with celery_works(broker, tmp_path, **settings) as works:
        works.start("quorum", "--without-gossip", "--without-mingle")
        begun = time.monotonic()
        delayed = works.module.noted.apply_async(("delayed",), countdown=2)
        add = works.module.add
        parts = [add.s(number, number) for number in range(4)]
        assert works.result(chord(parts, works.module.total.s()).apply_async()) == 12
        assert works.result(delayed) == "delayed"
        assert time.monotonic() - begun >= 1.9
