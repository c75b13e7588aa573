"""A RabbitMQ node of our own: own name, folders, cookie, ports and port mapper, ended by its pid."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIBRARY = Path("/usr/lib/rabbitmq/bin")
"""Debian's scripts below /usr/sbin would insist on the account and folders of the service."""

GREETING = b"AMQP\x00\x00\x09\x01"
START_S = 120.0
STOP_S = 30.0


@dataclass(frozen=True, slots=True)
class RabbitNode:
    """A running node; `start_s` is the time from its start to its first greeting."""

    port: int
    port_http: int
    pid: int
    start_s: float
    environment: dict[str, str]
    port_metrics: int

    def ask(self, method: str, path: str, body: object = None) -> Any:  # Any: whatever JSON says
        """Ask its management API as guest; the plug-in must run. Returns what was answered, decoded."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port_http}/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": "Basic Z3Vlc3Q6Z3Vlc3Q=", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=STOP_S) as response:
            answer = response.read()
        return json.loads(answer) if answer else None

    def control(self, *arguments: str) -> str:
        """Run `rabbitmqctl` on it; takes a second or two."""
        command = [str(LIBRARY / "rabbitmqctl"), "-n", self.environment["RABBITMQ_NODENAME"], *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def missing_rabbitmq() -> str:
    """Why no node can be started here; "" if one can."""
    if not (LIBRARY / "rabbitmq-server").exists():
        return "Debian's rabbitmq-server is not installed (scripts/install-test-packages installs it)"
    return "" if shutil.which("epmd") else "Erlang's port mapper, epmd, is not installed"


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running_rabbitmq(*plugins: str) -> Iterator[RabbitNode]:
    """Run a node with these plug-ins for as long as the block lasts."""
    ports = [free_port() for _ in range(5)]
    with tempfile.TemporaryDirectory(prefix="rabbitmq-", ignore_cleanup_errors=True) as folder:
        environment = _environment(Path(folder), ports, plugins)
        mapper = [shutil.which("epmd") or "epmd", "-port", str(ports[1]), "-address", "127.0.0.1"]
        server = [str(LIBRARY / "rabbitmq-server")]
        with running_process(mapper, environment), running_process(server, environment) as (node, begin):
            start_s = wait_for_greeting(node, ports[0], begin)
            yield RabbitNode(ports[0], ports[3], node.pid, start_s, environment, ports[4])


def _environment(folder: Path, ports: list[int], plugins: tuple[str, ...]) -> dict[str, str]:
    port, mapper_port, internal_port, http_port, metrics_port = ports
    enabled, settings, absent = folder / "plugins", folder / "rabbitmq.conf", str(folder / "absent")
    enabled.write_text(f"[{','.join(plugins)}].\n")
    if plugins:
        settings.write_text(
            f"management.tcp.port = {http_port}\nmanagement.tcp.ip = 127.0.0.1\n"
            "collect_statistics_interval = 1000\n"
            + (_metrics_settings(metrics_port) if "rabbitmq_prometheus" in plugins else "")
        )
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(mapper_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": "tests@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(internal_port),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(enabled),
        "RABBITMQ_CONFIG_FILE": str(settings) if plugins else absent,
        "RABBITMQ_ADVANCED_CONFIG_FILE": absent,
        "RABBITMQ_CONF_ENV_FILE": absent,
        # The script then becomes the node instead of minding it: its pid is the node's.
        "RUNNING_UNDER_SYSTEMD": "1",
    }


def _metrics_settings(port: int) -> str:
    """Only a node that knows the plug-in reads them."""
    return f"prometheus.tcp.port = {port}\nprometheus.tcp.ip = 127.0.0.1\n"


@contextmanager
def running_process(
    command: list[str], environment: dict[str, str], stdout: int = subprocess.DEVNULL
) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """Run a process for as long as the block lasts; with it comes the time of its start."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=stdout, stderr=subprocess.DEVNULL
    )
    try:
        yield process, begin
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def wait_for_greeting(process: subprocess.Popen[bytes], port: int, begin: float) -> float:
    """Return the time from the process's start until the broker answers a protocol header."""
    while process.poll() is None and time.perf_counter() - begin < START_S:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                connection.sendall(GREETING)
                if connection.recv(1):
                    return time.perf_counter() - begin
        except ConnectionError:
            time.sleep(0.002)
    raise RuntimeError(f"no broker answered on port {port}; exit code {process.poll()}")
