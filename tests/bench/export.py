"""How fast a recording leaves: `python -m tests.bench.export [--messages 1000000]`.

A profile of messages of about 1 KB, published, delivered and accepted, is shown by `serve --read-only` and
exported with everything: bodies, headers, lives. Beside it, in the same run, the shell of SQLite writes the
same rows as JSON, and a loop of json.dumps the same records. Figures are megabytes of the file per second,
starts of programs included; memory is the most that any process of ours took.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from msgspec import Struct

from mqstudio.client.recordings import open_recording
from mqstudio.model.message import Header, Properties
from mqstudio.model.topology import ConnectionInfo, QueueSpec
from mqstudio.protocols.amqp091 import convert
from mqstudio.store import spec_text
from mqstudio.store.changes import Section
from mqstudio.store.opened import QueueDefinition
from mqstudio.store.profile_file import open_for_writing
from mqstudio.store.writer import Writer
from tests.support.broker import running_broker

BEGAN_US = 1_764_000_000_000_000
COMMIT_ROWS = 5_000
LOOP_MESSAGES = 50_000
NOTE = "The quick brown fox jumps over the lazy dog"


class Figure(Struct, frozen=True):
    """What one way took: its file's size, its time, and the most memory."""

    name: str
    messages: int
    size_bytes: int
    took_s: float
    peak_bytes: int = 0

    def line(self) -> str:
        """A row of the table."""
        speed = self.size_bytes / self.took_s / 1e6
        memory = f"{self.peak_bytes / 1e6:,.0f} MB" if self.peak_bytes else ""
        rate = self.messages / self.took_s
        cells = (
            self.name, f"{self.size_bytes / 1e6:,.0f} MB", f"{self.took_s:,.1f} s", f"{speed:,.1f} MB/s",
            f"{rate:,.0f}", memory,
        )  # fmt: skip
        return f"| {' | '.join(cells)} |"


def fill(path: Path, count: int) -> None:
    """A profile of so many messages that are done with."""
    connection = open_for_writing(path, is_alone=True)
    writer, section = Writer(connection), Section()
    section.queues.append((1, "/", "orders", 0))
    spec = QueueDefinition(1, QueueSpec("orders", True))
    section.definitions["queue", "/", "orders"] = spec_text.to_text(spec)
    for number, name in ((1, "shop.py"), (2, "worker.py")):
        info = spec_text.to_text(ConnectionInfo(number, "amqp091", "127.0.0.1:1", name))
        section.connections.append((number, name, 0, info))
    section.channels.append((3, 2, 1))
    section.subscriptions.append((1, 2, 1, "ctag1.1", 1))
    for number in range(1, count + 1):
        _add(section, number)
        if not number % COMMIT_ROWS or number == count:
            progress = (number + 1, 2, 2, 1, 10)
            writer.commit(writer.last_commit + 1, [section.plain()], progress, is_clean=number == count)
            section = Section()
    connection.pragma("journal_mode", "delete")
    connection.close()


def _add(section: Section, number: int) -> None:
    lines = [{"sku": f"tea-{each}", "price": 3.5, "count": each, "note": NOTE} for each in range(9)]
    order = {"order": number, "customer": "Ada Lovelace", "lines": lines, "is_paid": True}
    body = json.dumps(order).encode()
    headers = [Header("tenant", "string", "acme"), Header("shard", "int32", number % 7)]
    told = Properties("application/json", None, headers, 2, message_id=f"m-{number}")
    packed, at_us = convert.write_properties(told), BEGAN_US + number * 20
    traits = '{"is_persistent":true}'
    section.messages.append(
        (number, at_us, 1, "orders.ex", "eu.new", "amqp091", packed, traits, None, body, len(body))
    )
    section.events += [
        (number, at_us, 1, 1, None, None, None, None),
        (number, at_us + 300, 2, 1, 3, 1, number, None),
        (number, at_us + 900, 6, 1, 3, None, number, None),
    ]


class Peak:
    """The most memory that a process and its children take while the block lasts."""

    def __init__(self, *pids: int) -> None:
        self._pids, self.bytes = pids, 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(0.2):
            for pid in self._pids:
                self._look(pid)

    def _look(self, pid: int) -> None:
        try:
            process = psutil.Process(pid)
            for each in (process, *process.children(recursive=True)):
                self.bytes = max(self.bytes, each.memory_info().rss)
        except psutil.Error:
            return


def export(folder: Path, broker_pid: int, name: str, count: int, *options: str) -> Figure:
    """`mqstudio export` of everything."""
    path = folder / name
    command = [
        sys.executable,
        "-m",
        "mqstudio",
        "export",
        "--to",
        str(path),
        "--data-dir",
        str(folder / "data"),
    ]
    began = time.perf_counter()
    process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
    with Peak(broker_pid, process.pid) as peak:
        assert process.wait() == 0
    took_s = time.perf_counter() - began
    title = f"mqstudio export {name} {' '.join(options)}".strip()
    return Figure(title, count, path.stat().st_size, took_s, peak.bytes)


def by_the_shell(folder: Path, profile: Path, count: int) -> Figure:
    """The shell of SQLite writes the same rows as JSON."""
    sql = (
        "SELECT message.*, (SELECT json_group_array(json_object('at', at_us, 'kind', kind)) "
        "FROM event WHERE message_id=message.id) AS life FROM message"
    )
    path = folder / "shell.json"
    began = time.perf_counter()
    with path.open("wb") as file:
        subprocess.run(["sqlite3", "-json", str(profile), sql], stdout=file, check=True)
    return Figure("sqlite3 -json", count, path.stat().st_size, time.perf_counter() - began)


def by_a_loop(folder: Path, source: Path) -> Figure:
    """json.dumps of the same records, which are in memory already."""
    rows = []
    with source.open("rb") as file:
        for line, _ in zip(file, range(LOOP_MESSAGES), strict=False):
            rows.append(json.loads(line))
    path = folder / "loop.jsonl"
    began = time.perf_counter()
    with path.open("w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row) + "\n")
    return Figure(
        "json.dumps of records in memory", len(rows), path.stat().st_size, time.perf_counter() - began
    )


def measure(count: int, say: Callable[[str], None]) -> list[Figure]:
    """All ways, on one profile."""
    with tempfile.TemporaryDirectory(prefix="mqstudio-bench-") as name:
        folder = Path(name)
        profile = folder / "bench.mqs"
        say(f"filling a profile with {count:,} messages")
        fill(profile, count)
        figures = []
        with running_broker(folder / "data", "--read-only", str(profile)) as broker:
            for file, options in (
                ("all.jsonl", ()), ("plain.jsonl", ("--redact", "none")),
                ("all.msgpack", ("--redact", "none")), ("all.csv", ("--redact", "none")),
                ("all.parquet", ("--redact", "none")),
            ):  # fmt: skip
                say(f"{file} {' '.join(options)}")
                figures.append(export(folder, broker.process.pid, file, count, *options))
        assert sum(1 for _ in (folder / "all.jsonl").open("rb")) == count
        assert next(iter(open_recording(folder / "all.jsonl").records())).row.message_id == 1
        figures.append(by_the_shell(folder, profile, count))
        figures.append(by_a_loop(folder, folder / "all.jsonl"))
    return figures


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    count = parser.parse_args().messages
    figures = measure(count, lambda text: print(text, file=sys.stderr))
    print(
        "| way | file | time | speed | messages/s | most memory |\n| --- | ---: | ---: | ---: | ---: | ---: |"
    )
    for figure in figures:
        print(figure.line())
    shell = figures[-2].messages / figures[-2].took_s
    for figure in figures[:-2]:
        print(
            f"{figure.name}: {figure.messages / figure.took_s / shell:.2f} of the shell's messages per second"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
