"""A broker as a child: started, used, stopped; and what is said when it does not start."""

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from mqstudio.client import launch as launching
from mqstudio.client.client import Client
from mqstudio.client.launch import LaunchOptions, attach_or_launch, launch
from tests.support.ports import ANY_OPTIONS


@pytest.fixture
def options(tmp_path: Path) -> LaunchOptions:
    return LaunchOptions(tmp_path, in_memory=True, **ANY_OPTIONS)


async def test_a_broker_is_started_used_and_stopped(options: LaunchOptions) -> None:
    broker = await launch(options)
    async with await Client.attach(options.data_dir) as client:
        assert (await client.info()).pid == broker.ready.pid
        assert broker.ready.ports.native in {each.port for each in (await client.info()).listeners}
        assert await broker.stop() == 0
        assert "hung up" in await client.wait_closed()
    assert not psutil.pid_exists(broker.ready.pid)
    with pytest.raises(ConnectionError, match="No broker runs"):
        await Client.attach(options.data_dir)
    assert await broker.stop() == 0
    assert "Traceback" not in broker.log_path.read_text()


async def test_a_broker_is_started_with_tls(options: LaunchOptions) -> None:
    """Where asked for: it says on which port."""
    broker = await launch(replace(options, is_tls=True, port_amqps=0))
    async with await Client.attach(options.data_dir) as client:
        secure = [each.port for each in (await client.info()).listeners if each.is_tls]
    assert secure == [broker.ready.ports.amqps]
    assert await broker.stop() == 0


async def test_where_none_runs_one_is_started_and_where_one_runs_it_is_used(options: LaunchOptions) -> None:
    first, owned = await attach_or_launch(options, name="first")
    second, not_owned = await attach_or_launch(options, name="second")
    try:
        assert owned is not None
        assert not_owned is None
        assert await first.info() == await second.info()
    finally:
        await second.close()
        await first.close()
        assert owned is not None
        assert await owned.stop() == 0


async def test_a_broker_that_dies_is_noticed(options: LaunchOptions) -> None:
    broker = await launch(options)
    psutil.Process(broker.ready.pid).kill()
    assert await broker.wait() != 0
    assert await broker.stop() != 0


async def test_a_broker_that_does_not_start_says_why(options: LaunchOptions) -> None:
    """Its data folder is taken."""
    broker = await launch(options)
    try:
        with pytest.raises(OSError, match=r"A broker runs on .* already"):
            await launch(options)
        assert "listening" in broker.log_path.with_suffix(".log.old").read_text()  # the first one's
    finally:
        await broker.stop()


async def test_a_program_that_is_not_a_broker_is_explained(
    options: LaunchOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launching, "_command_line", lambda options: [sys.executable, "-c", "print('hello')"])
    with pytest.raises(OSError, match="did not start: it ended without a word"):
        await launch(options)


async def test_a_broker_that_does_not_get_ready_is_stopped(
    options: LaunchOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = "import sys; sys.stdin.read()"
    monkeypatch.setattr(launching, "_command_line", lambda options: [sys.executable, "-c", waits])
    monkeypatch.setattr(launching, "READY_TIMEOUT_S", 0.05)
    with pytest.raises(OSError, match="was not ready within"):
        await launch(options)


async def test_a_broker_that_does_not_go_is_forced(
    options: LaunchOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deaf to its input and to SIGTERM."""
    deaf = (
        "import json, signal, threading; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        'ports = {"amqp": 1, "native": 2}\n'
        'print(json.dumps({"ready": True, "pid": 1, "ports": ports, "profile": "x"}), flush=True)\n'
        "threading.Event().wait()"
    )
    monkeypatch.setattr(launching, "_command_line", lambda options: [sys.executable, "-c", deaf])
    monkeypatch.setattr(launching, "STOP_TIMEOUT_S", 0.05)
    monkeypatch.setattr(launching, "KILL_TIMEOUT_S", 0.05)
    broker = await launch(options)
    assert await broker.stop() == -9


QASYNC_PROGRAM = """
import asyncio, sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop
from mqstudio.client.launch import LaunchOptions, attach_or_launch
from mqstudio.model.queries import WatchSamples

async def main() -> None:
    options = LaunchOptions(Path(sys.argv[1]), 0, 0, True, port_management=0, port_metrics=0)
    client, broker = await attach_or_launch(options, name="window")
    async with client:
        await client.declare_queue("hello")
        async with client.watch(WatchSamples()) as samples:
            async for sample in samples:
                if any(queue.name == "hello" for queue in sample.queues):
                    break
    print("stopped with", await broker.stop())

application = QApplication([])
loop = QEventLoop(application)
asyncio.set_event_loop(loop)
with loop:
    loop.run_until_complete(main())
"""


async def test_it_works_from_a_window_loop(tmp_path: Path) -> None:
    """The window runs on qasync, whose loop is not asyncio's own."""
    run = asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", QASYNC_PROGRAM, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    done = await run
    assert (done.returncode, done.stdout) == (0, "stopped with 0\n"), done.stderr
    assert "Traceback" not in done.stderr
