"""What a long queue costs: memory, the start after a kill -9, draining, looking into it.

python -m tests.bench.backlog --messages 1000000 --bytes 1024
"""

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil

from mqstudio.client.client import Client
from tests.bench import load, wire
from tests.bench.letters import QUEUE, TAG, Layout, Letters, alike
from tests.bench.workloads import PERSISTENT
from tests.support.rabbitmq import free_port, running_process, wait_for_greeting

LAYOUT = Layout(is_durable=True)
DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks-backlog.md"
PREFETCH = 300
PEEKS = 200
DRAINED_MAX = 1_000_000
"""Messages that are taken: enough to tell the rate."""
MIB = 1024 * 1024


@dataclass
class Figures:
    """What is measured; memory is the most that broker and store together had, in MiB."""

    build_per_s: float = 0.0
    memory_mib: float = 0.0
    file_mib: float = 0.0
    restart_s: float = 0.0
    first_delivery_s: float = 0.0
    drain_per_s: float = 0.0
    peek_ms: list[float] = field(default_factory=list)


class Broker:
    """A broker on a folder, watched for its memory."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, figures: Figures) -> None:
        self.process, self.port = process, port
        self._figures = figures
        self._is_watched = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self._is_watched.wait(0.25):
            with suppress(psutil.Error):
                root = psutil.Process(self.process.pid)
                rss = sum(each.memory_info().rss for each in (root, *root.children(recursive=True)))
                self._figures.memory_mib = max(self._figures.memory_mib, rss / MIB)

    def kill(self) -> None:
        """kill -9."""
        self._is_watched.set()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def _broker(folder: Path, figures: Figures) -> Iterator[tuple[Broker, float]]:
    port = free_port()
    command = [sys.executable, "-m", "mqstudio", "serve", "--data-dir", str(folder), "--port-amqp", str(port)]
    command += [part for name in ("native", "management", "metrics") for part in (f"--port-{name}", "0")]
    with running_process(command, dict(os.environ), subprocess.PIPE) as (process, begin):
        wait_for_greeting(process, port, begin)
        assert process.stdout is not None
        json.loads(process.stdout.readline())
        yield Broker(process, port, figures), begin


def measure(count: int, body_bytes: int) -> Figures:
    """Build a backlog, kill the broker, start it again, look into the queue while it is drained."""
    figures = Figures()
    letters = alike(body_bytes, PERSISTENT)
    with tempfile.TemporaryDirectory(prefix="mqstudio-backlog-") as name:
        folder = Path(name)
        with _broker(folder, figures) as (broker, _):
            figures.build_per_s = count / _build(broker.port, letters, count)
            broker.kill()
        figures.file_mib = (folder / "default.mqs").stat().st_size / MIB
        with _broker(folder, figures) as (broker, begin):
            figures.restart_s = time.perf_counter() - begin
            _first(broker.port, begin, figures)
            figures.drain_per_s = min(count, DRAINED_MAX) / _drain(
                broker.port, letters, count, folder, figures
            )
            broker.kill()
    return figures


def _build(port: int, letters: Letters, count: int) -> float:
    return load.publish_confirmed(port, letters, count, LAYOUT, keeps_queues=True)


def _first(port: int, begin: float, figures: Figures) -> None:
    """Until a message of the backlog has reached a consumer; it goes back."""
    connection = wire.Connection(port)
    connection.set_prefetch(1)
    connection.consume(QUEUE, "first", is_auto_ack=False)
    connection.wait_for((60, 60))
    figures.first_delivery_s = time.perf_counter() - begin
    connection.socket.close()


def _drain(port: int, letters: Letters, count: int, folder: Path, figures: Figures) -> float:
    consumer = wire.Connection(port)
    load.wait_for_ready(consumer, QUEUE, count)
    taken = min(count, DRAINED_MAX)
    consumer.set_prefetch(PREFETCH)
    consumer.consume(QUEUE, TAG, is_auto_ack=False)
    is_over = threading.Event()
    peeking = threading.Thread(target=lambda: asyncio.run(_peek(folder, count, figures, is_over)))
    begin = time.perf_counter()
    peeking.start()
    answers = memoryview(load.acks(taken, wire.ack_frame))
    delivery = wire.Delivery(TAG, "", QUEUE, letters.delivery.properties_bytes, letters.delivery.body_bytes)
    load.receive_all(consumer, delivery, taken, answers)
    seconds = time.perf_counter() - begin
    is_over.set()
    peeking.join()
    return seconds


async def _peek(folder: Path, count: int, figures: Figures, is_over: threading.Event) -> None:
    """Look at pages of 50 anywhere in the queue, as a window does, while it is drained."""
    chance = random.Random(1)
    client = await Client.attach(folder, name="bench")
    try:
        while not is_over.is_set() and len(figures.peek_ms) < PEEKS:
            begin = time.perf_counter()
            await client.page(QUEUE, limit=50, after_id=chance.randrange(count), is_oldest_first=True)
            figures.peek_ms.append((time.perf_counter() - begin) * 1000)
    finally:
        await client.close()


SIZES = ((1_000_000, 1_024, 1.0), (10_000_000, 128, 3.0))
"""Messages, bytes of each, and seconds from the start to the first delivery that are wanted at most."""

MEMORY_TARGET_MIB = 250


def document(measured: list[tuple[int, int, float, Figures]]) -> str:
    """The figures as a page."""
    lines = [
        "# Long queues",
        "",
        f"Made by `make bench-backlog` on {datetime.now(UTC):%d %B %Y}; not edited by hand. Persistent",
        "messages in a durable queue, each confirmed, the whole ledger on. Then the broker is killed",
        f"(`kill -9`), started again, and up to {DRAINED_MAX:,} messages are taken and acknowledged, while",
        "pages of 50 messages from anywhere in the queue are read.",
        "",
        "| messages | built at | file | memory of broker and store | start to first delivery | drained at "
        "| a page, p50 and p99 |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for messages, size, first_s, figures in measured:
        peeks = sorted(figures.peek_ms) or [0.0]
        lines.append(
            f"| {messages:,} of {size:,} B | {figures.build_per_s:,.0f}/s | {figures.file_mib:,.0f} MiB "
            f"| {figures.memory_mib:,.0f} MiB (at most {MEMORY_TARGET_MIB}) "
            f"| {figures.first_delivery_s:.2f} s (at most {first_s:g}) | {figures.drain_per_s:,.0f}/s "
            f"| {statistics.median(peeks):.0f} ms, {peeks[len(peeks) * 99 // 100]:.0f} ms |"
        )
    return "\n".join([*lines, ""])


def main() -> int:
    """Measure and print; without options both sizes, written to docs/benchmarks-backlog.md."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.backlog", description=__doc__)
    parser.add_argument("--messages", type=int)
    parser.add_argument("--bytes", type=int, default=1_024)
    options = parser.parse_args()
    sizes = ((options.messages, options.bytes, 1.0),) if options.messages else SIZES
    text = document([(*each, measure(each[0], each[1])) for each in sizes])
    print(text)
    if not options.messages:
        DOCUMENT.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
