"""The two brokers that are compared, each as a process of its own on free ports, ended by its pid."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.bench import wire

RABBITMQ_SCRIPT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""Debian's script below /usr/sbin, which would insist on the account and folders of the service."""


@dataclass(frozen=True, slots=True)
class Broker:
    """A running broker and how long it took from its start to its first greeting."""

    name: str
    port: int
    pid: int
    start_s: float

    def memory_bytes(self) -> int:
        """Resident memory of the process and all its children."""
        process = psutil.Process(self.pid)
        return sum(p.memory_info().rss for p in [process, *process.children(recursive=True)])


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def studio() -> Iterator[Broker]:
    """Start `mqstudio serve` with nothing on disk."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="mqstudio-bench-") as folder:
        command = [sys.executable, "-m", "mqstudio", "serve", "--memory", "--data-dir", folder]
        command += ["--port-amqp", str(port), "--port-native", "0"]
        with _process(command, dict(os.environ), subprocess.PIPE) as (process, begin):
            start_s = _wait_for_greeting(process, port, begin)
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["ports"]["amqp"] == port
            yield Broker("MQ Studio", port, process.pid, start_s)


@contextmanager
def rabbitmq() -> Iterator[Broker]:
    """Start a RabbitMQ node of our own: own name, folders, cookie, ports and port mapper."""
    port, mapper_port = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="rabbitmq-bench-", ignore_cleanup_errors=True) as folder:
        environment = _rabbitmq_environment(Path(folder), port, mapper_port)
        mapper = [shutil.which("epmd") or "epmd", "-port", str(mapper_port), "-address", "127.0.0.1"]
        with _process(mapper, environment), _process([str(RABBITMQ_SCRIPT)], environment) as (node, begin):
            yield Broker("RabbitMQ", port, node.pid, _wait_for_greeting(node, port, begin))


def _rabbitmq_environment(folder: Path, port: int, mapper_port: int) -> dict[str, str]:
    absent = str(folder / "absent")
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(mapper_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": "bench@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": absent,
        "RABBITMQ_CONFIG_FILE": absent,
        "RABBITMQ_ADVANCED_CONFIG_FILE": absent,
        "RABBITMQ_CONF_ENV_FILE": absent,
        # The script then becomes the node instead of minding it: its pid is the node's.
        "RUNNING_UNDER_SYSTEMD": "1",
    }


@contextmanager
def _process(
    command: list[str], environment: dict[str, str], stdout: int = subprocess.DEVNULL
) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """Run a process for as long as the block lasts."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=stdout, stderr=subprocess.DEVNULL
    )
    try:
        yield process, begin
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _wait_for_greeting(process: subprocess.Popen[bytes], port: int, begin: float) -> float:
    """Return the time from the process's start until the broker answers a protocol header."""
    while process.poll() is None and time.perf_counter() - begin < 120:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                connection.sendall(wire.HEADER)
                if connection.recv(1):
                    return time.perf_counter() - begin
        except ConnectionError:
            time.sleep(0.002)
    raise RuntimeError(f"no broker answered on port {port}; exit code {process.poll()}")
