"""The two brokers that are compared, each as a process of its own on free ports, ended by its pid."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from tests.support.rabbitmq import free_port, running_process, running_rabbitmq, wait_for_greeting


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


@contextmanager
def studio(*options: str) -> Iterator[Broker]:
    """Start `mqstudio serve` with nothing on disk."""
    with _studio("MQ Studio", "--memory", *options) as broker:
        yield broker


@contextmanager
def lasting_studio(*options: str) -> Iterator[Broker]:
    """Start `mqstudio serve` as users do: with a profile on disk, and the whole ledger in it."""
    with _studio("MQ Studio with a profile", *options) as broker:
        yield broker


@contextmanager
def _studio(name: str, *options: str) -> Iterator[Broker]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="mqstudio-bench-") as folder:
        command = [sys.executable, "-m", "mqstudio", "serve", *options, "--data-dir", folder]
        command += [
            "--port-amqp",
            str(port),
            "--port-native",
            "0",
            "--port-management",
            "0",
            "--port-sqs",
            "0",
            "--port-metrics",
            "0",
        ]
        with running_process(command, dict(os.environ), subprocess.PIPE) as (process, begin):
            start_s = wait_for_greeting(process, port, begin)
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["ports"]["amqp"] == port
            yield Broker(name, port, process.pid, start_s)


@contextmanager
def rabbitmq() -> Iterator[Broker]:
    """Start a RabbitMQ node of our own."""
    with running_rabbitmq() as node:
        yield Broker("RabbitMQ", node.port, node.pid, node.start_s)
