"""The broker process from its first port to its last goodbye."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from mqstudio.model import limits
from mqstudio.server import admission, serving
from mqstudio.server.config import ServerConfig
from mqstudio.server.runtime_files import RuntimeFiles
from mqstudio.store.frames import Frame
from mqstudio.store.problems import FileProblem
from tests.support.broker import START_S, STOP_S, RunningBroker
from tests.support.scripted_store import DISK_FAILS, DISK_IS_FULL, ScriptedFile
from tests.support.waiting import eventually_async

COMMAND = [
    sys.executable,
    "-m",
    "mqstudio",
    "serve",
    "--memory",
    "--port-amqp",
    "0",
    "--port-native",
    "0",
    "--port-management",
    "0",
    "--port-sqs",
    "0",
    "--port-metrics",
    "0",
]


def test_publishers_wait_at_a_quarter_of_the_memory_or_sooner() -> None:
    assert 0 < serving._memory_high_water_bytes() <= limits.MEMORY_HIGH_WATER_BYTES


async def test_a_store_that_dies_before_it_has_begun_is_started_again() -> None:
    """Nobody can connect before it is on disk that a broker has begun."""
    file = ScriptedFile()
    journal = await file.journal()
    journal.begin(lambda: (7, 8, 9, 10, 11), ())
    file.child.die()
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        journal.watch(lambda: serving._restart(journal, tasks))
        beginning = tasks.create_task(serving._begin(journal, stop))
        await eventually_async(lambda: len(file.children) == 2 and file.child.received)
        assert not beginning.done()
        file.child.commit()
    assert file.last_commit == journal.durable == 1


@pytest.mark.parametrize("problem", [DISK_FAILS, DISK_IS_FULL], ids=lambda problem: problem.kind)
async def test_a_broker_begins_though_nothing_can_be_written(problem: FileProblem) -> None:
    """The alarm says why; the process that takes over writes it first of all."""
    file = ScriptedFile()
    journal = await file.journal()
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        journal.watch(lambda: serving._restart(journal, tasks))
        journal.begin(lambda: (7, 8, 9, 10, 11), ())
        beginning = tasks.create_task(serving._begin(journal, stop))
        await eventually_async(lambda: file.child.received)
        file.child.fail(problem)
        await beginning
        assert journal.problem == problem
        await eventually_async(lambda: len(file.children) == 2 and file.child.received)
        assert [kind for kind, _ in file.child.received] == [Frame.COMMIT]


async def test_who_stops_a_broker_that_begins_need_not_wait() -> None:
    file = ScriptedFile()
    journal = await file.journal()
    journal.begin(lambda: (7, 8, 9, 10, 11), ())
    stop = asyncio.Event()
    stop.set()
    await serving._begin(journal, stop)
    assert file.last_commit == 0


def test_a_folder_in_use_is_refused_with_a_sentence(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = RuntimeFiles(data_dir)
    files.claim()
    assert serving.serve(ServerConfig(data_dir, 0, 0, in_memory=True)) == serving.EXIT_REFUSED
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("mqstudio: A broker runs on ")
    files.release()


def test_the_ready_line_and_the_file_agree(broker: RunningBroker) -> None:
    facts = json.loads((broker.data_dir / "run" / "broker.json").read_text())
    assert facts["pid"] == broker.process.pid
    ports = facts["ports"]
    assert (ports["amqp"], ports["native"]) == (broker.port_amqp, broker.port_native)
    assert ports["management"] == broker.port_management
    assert set(ports) == {"amqp", "native", "management", "metrics", "sqs"}
    assert len(facts["token"]) >= 43


def test_the_token_is_not_on_standard_output_nor_in_the_log(data_dir: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "--data-dir", str(data_dir)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    ready = process.stdout.readline()
    token = json.loads((data_dir / "run" / "broker.json").read_text())["token"]
    process.send_signal(signal.SIGTERM)
    rest, log = process.communicate(timeout=STOP_S)
    assert process.returncode == 0
    assert token not in ready + rest + log
    assert not (data_dir / "run" / "broker.json").exists()


def test_an_owned_broker_goes_with_its_owner(data_dir: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "--owned", "--data-dir", str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert json.loads(process.stdout.readline())["ready"]
    process.communicate(timeout=START_S)  # closes its standard input
    assert process.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no niceness")
def test_an_owned_broker_stands_back_behind_its_window(data_dir: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "mqstudio",
        "serve",
        "--owned",
        "--port-amqp",
        "0",
        "--port-native",
        "0",
        "--port-management",
        "0",
        "--port-sqs",
        "0",
        "--port-metrics",
        "0",
    ]
    process = subprocess.Popen(
        [*command, "--data-dir", str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        niceness = psutil.Process(process.pid).nice()
        process.communicate(b"", timeout=30)
    assert niceness == min(19, psutil.Process().nice() + serving.OWNED_NICENESS)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not limit open files")
@pytest.mark.parametrize(("soft", "hard", "told"), [(256, 12_000, False), (256, 512, True)])
def test_the_limit_of_open_files_is_raised_or_complained_about(
    data_dir: Path, soft: int, hard: int, *, told: bool
) -> None:
    """So that 10,000 clients find a place; where the system does not allow it, the log names the number."""
    import resource

    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < hard:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        told = hard < admission.FILES_WANTED
    limited = f'ulimit -Sn {soft}; ulimit -Hn {hard}; exec "$@"'
    process = subprocess.Popen(
        ["/bin/sh", "-c", limited, "sh", *COMMAND, "--data-dir", str(data_dir)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["ready"]
    limit, _ = psutil.Process(process.pid).rlimit(psutil.RLIMIT_NOFILE)
    assert limit == min(hard, admission.FILES_WANTED)
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=STOP_S)
    assert ("few_open_files" in log) is told
