"""A real broker as a process of its own, begun and ended as users do it."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from mqstudio.client.client import Client
from tests.support.waiting import eventually

START_S = 30.0
STOP_S = 15.0


@dataclass(frozen=True, slots=True)
class RunningBroker:
    """A broker that has said that it is ready."""

    process: subprocess.Popen[bytes]
    data_dir: Path
    log_path: Path
    port_amqp: int
    port_native: int
    port_amqps: int = 0
    """0 without TLS."""
    port_management: int = 0
    port_metrics: int = 0
    port_sqs: int = 0

    @property
    def url(self) -> str:
        """What an AMQP client is given to connect."""
        return f"amqp://guest:guest@127.0.0.1:{self.port_amqp}/"

    def log(self) -> list[str]:
        """What it has said on standard error so far, line by line."""
        return self.log_path.read_text().splitlines()

    def memory_bytes(self) -> int:
        """Resident memory."""
        rss: int = psutil.Process(self.process.pid).memory_info().rss
        return rss

    def cpu_s(self) -> float:
        """Processor time it has used, in seconds."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    async def attach(self) -> Client:
        """Connect as the window does."""
        return await Client.attach(self.data_dir, name="test")

    def stop(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """End it and check that it goes in peace: exit code 0, no traceback, nothing more on stdout.

        meanwhile: what is done once it has been told, such as hearing its goodbye.
        """
        self.process.send_signal(signal.SIGTERM)
        meanwhile()
        rest, _ = self.process.communicate(timeout=STOP_S)
        log = self.log_path.read_text()
        assert self.process.returncode == 0, log
        assert rest == b""
        assert "Traceback" not in log, log


@contextmanager
def running_broker(
    data_dir: Path, *options: str, program: Sequence[str] = ("mqstudio",)
) -> Iterator[RunningBroker]:
    """Run `mqstudio serve` on free ports for as long as the block lasts, with a profile on disk as users do.

    With the option `--memory` it keeps nothing. program: the module that serves, and what comes before
    `serve`.
    """
    data_dir.mkdir(exist_ok=True)
    log_path = data_dir / "stderr.txt"
    command = [
        sys.executable,
        "-m",
        *program,
        "serve",
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
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [*command, "--data-dir", str(data_dir), *options], stdout=subprocess.PIPE, stderr=log
        )
    try:
        ports = _wait_ready(process, log_path)
        broker = RunningBroker(
            process,
            data_dir,
            log_path,
            ports["amqp"],
            ports["native"],
            ports.get("amqps", 0),
            ports.get("management", 0),
            ports.get("metrics", 0),
            ports.get("sqs", 0),
        )
        yield broker
        if process.poll() is None:
            broker.stop()
    finally:
        process.kill()
        process.communicate()


def _wait_ready(process: subprocess.Popen[bytes], log_path: Path) -> dict[str, int]:
    """Read the one line that a broker prints. It comes, or the process ends: no time-out is needed."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        eventually(lambda: process.poll() is not None, within_s=START_S)
        raise AssertionError(f"the broker ended with {process.returncode}:\n{log_path.read_text()}")
    ready = json.loads(line)
    assert ready["ready"] is True
    assert ready["pid"] == process.pid
    ports: dict[str, int] = ready["ports"]
    return ports
