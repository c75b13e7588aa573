"""`make bench-window`: the window's targets, P1 to P13, measured and written to docs/benchmarks-window.md.

Each part has a window of its own, under Xvfb where there is one; broker and clients are other processes.

python -m tests.bench.window [--only PART …] [--no-write]
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.bench import window_stall
from tests.bench.report import _processor
from tests.bench.window_targets import REASONS, Row, rows_of
from tests.support.rabbitmq import free_port, running_process, wait_for_greeting

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "benchmarks-window.md"
STALL_S: Final = 60.0
PART_TIMEOUT_S: Final = 300.0
SCREEN: Final = "1440x900x24"
FILLS: Final[dict[str, tuple[str, int]]] = {"many": ("many", 10_000), "big": ("fill", 1_000_000)}
"""What has to be in a part's profile before its window starts."""

PARTS: Final = ("stall", "painted", "opened", "many", "sent", "sampled", "big", "idle")


def main() -> int:
    """Measure, print, and write the document unless only a part was asked for."""
    options = _options()
    load_before, figures = os.getloadavg()[0], {}
    failed: list[str] = []
    with display():
        for name in options.only or PARTS:
            began = time.monotonic()
            try:
                figures.update(_stall() if name == "stall" else _part(name))
            except (subprocess.SubprocessError, RuntimeError) as error:
                failed.append(name)
                print(f"{name} came to no figures: {error}", file=sys.stderr)
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    rows = rows_of(figures)
    print(table(rows))
    if not (options.only or options.no_write or failed):
        DOCUMENT.write_text(document(rows, load_before))
    unexplained = [row for row in rows if not row.is_met and row.target.name not in REASONS]
    return 1 if unexplained or failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.window", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=PARTS, default=[], help="only these parts; writes nothing"
    )
    parser.add_argument("--no-write", action="store_true", help="print only, leave the document alone")
    return parser.parse_args()


@contextmanager
def display() -> Iterator[None]:
    """A screen for the windows: Xvfb; Qt's own without pixels where that is not installed."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", SCREEN, "-nolisten", "tcp"]
    try:
        server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        os.close(reader)
        os.close(writer)
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        yield
        return
    os.close(writer)
    with os.fdopen(reader) as number:
        os.environ["DISPLAY"] = f":{number.readline().strip()}"
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    try:
        yield
    finally:
        server.terminate()
        server.wait()


def _stall() -> dict[str, Any]:
    """Any: as the part says."""
    return asdict(window_stall.measure(STALL_S, platform=os.environ["QT_QPA_PLATFORM"]))


def _part(name: str) -> dict[str, Any]:
    """Any: as the part says."""
    with tempfile.TemporaryDirectory(prefix="mqstudio-bench-") as folder:
        if name in FILLS:
            fill(Path(folder), *FILLS[name])
        command = [sys.executable, "-m", "tests.bench.window_parts", name, folder, repr(time.monotonic())]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=PART_TIMEOUT_S)
        return dict(json.loads(done.stdout.splitlines()[-1]))


def fill(folder: Path, what: str, count: int) -> None:
    """Fill a profile through an ordinary broker, which is stopped again."""
    port = free_port()
    command = [sys.executable, "-m", "mqstudio", "serve", "--data-dir", str(folder), "--port-amqp", str(port)]
    command += ["--port-native", "0", "--port-management", "0", "--port-metrics", "0"]
    with running_process(command, dict(os.environ), subprocess.PIPE) as (process, begin):
        wait_for_greeting(process, port, begin)
        load = [sys.executable, "-m", "tests.bench.window_load", what, str(port), str(count)]
        subprocess.run(load, check=True, stdout=subprocess.DEVNULL)


def table(rows: list[Row]) -> str:
    """The figures beside their targets."""
    lines = ["| | what | figure | target | |", "| --- | --- | ---: | ---: | --- |"]
    lines += [
        f"| {row.target.number} | {row.target.says} | {row.figure} | {row.target.wanted} | {row.verdict} |"
        for row in rows
    ]
    return "\n".join(lines)


def document(rows: list[Row], load_before: float) -> str:
    """The whole document."""
    missed = [row for row in rows if not row.is_met]
    reasons = "\n".join(f"* *{row.target.says}*: {REASONS.get(row.target.name, '')}" for row in missed)
    return f"""\
# Benchmarks of the window

Made by `make bench-window` on {datetime.now(UTC):%d %B %Y}; not edited by hand.

| machine | |
| --- | --- |
| processor | {_processor()}, {os.cpu_count()} cores |
| system | {platform.system()} {platform.machine()}, load average before the run {load_before:.1f} |
| screen | {"Xvfb " + SCREEN if os.environ["QT_QPA_PLATFORM"] == "xcb" else "none"}, drawn by the processor |

Window, broker and clients are processes of their own on the same cores. The numbers in the first column are
those of the quality bar; P2 and P3 need people and are not here.

{table(rows)}

{f"What is missed, and why:{chr(10)}{chr(10)}{reasons}" if missed else "Every target is met."}

How it is measured:

* *Painted*: a client notes when it sent each message; a message counts as painted at the first paint of the
  table that has it, or a newer one, on top. *Exchanged*: how often the rows shown are asked for anew.
* *Hidden docks* are all there are; the badge of problems in the status line, which is always in sight and
  asks every ten seconds, rests meanwhile.
* *Timer*: asked for every 16 ms while one client publishes and another consumes and acknowledges as fast as
  the broker takes it; the figures are the times between its calls.
* *Frame*: a scroll bar's new value until the table is painted, over a thousand steps of wheel, pages, drag,
  Home and End; beside it a table of the same size and columns in which there is nothing.
* *Filters*: set in the window on a queue of a million persistent messages of about 1 KB, three headers each,
  in a profile. The filter by header finds messages, that by number in header finds none.
* *Open*: from choosing the row until the body's beginning is painted; the worst of three times.
* *Sent*: 50,000 persistent messages of 13 bytes from a window into its profile, as fast as it can, with the
  queue's page in front. *Export* and *purge*: of the million; the export is given up after five seconds.
* *Idle*: two publishers and three consumers, ten messages a second between them, for a minute.
* *Behind*: transient messages of 1 KB as fast as they go, into a profile; each sample that says only some
  are recorded is compared with the words in the status line at that moment.
"""


if __name__ == "__main__":
    sys.exit(main())
