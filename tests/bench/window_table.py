"""Scrolling a queue of a million messages: how long each frame takes, and when its rows are there.

The real window on a real broker with a profile, offscreen unless QT_QPA_PLATFORM says otherwise. A frame is
what a scroll bar's new value costs until the table is painted. The peer is a table of the same size and
columns whose model holds nothing: what Qt itself takes.

python -m tests.bench.window_table [--messages 1000000] [--bytes 256]
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from tests.bench import load
from tests.bench.letters import QUEUE, Layout, alike
from tests.bench.workloads import PERSISTENT
from tests.support.ports import ANY_OPTIONS

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTableView

    from mqstudio.gui.app import WindowSession
    from mqstudio.gui.widgets.queue_view import QueueView

FRAME_S = 1 / 60
MEDIAN_MS, WORST_MS, MEMORY_MIB = 1000 / 60, 25.0, 400.0
"""The targets: a median frame of 60 a second, the worst frame, the window's memory."""
PATIENCE_S = 60.0
MIB = 1024 * 1024


@dataclass
class Figures:
    """What was measured. frames_ms: by gesture; arrived_ms: from a jump until its rows are on screen."""

    frames_ms: dict[str, list[float]] = field(default_factory=dict)
    peer_ms: dict[str, list[float]] = field(default_factory=dict)
    arrived_ms: list[float] = field(default_factory=list)
    stalls_ms: list[float] = field(default_factory=list)
    count: int = 0
    memory_mib: float = 0.0
    before_mib: float = 0.0


def gestures(top: int, row: int, screen: int) -> dict[str, list[int]]:
    """Values of the scroll bar, one a frame: what a hand does to it."""
    middle = top // 2
    return {
        "wheel": [middle + step * 3 * row for step in range(240)],
        "wheel back": [middle + (240 - step) * 3 * row for step in range(240)],
        "pages": [middle + step * screen for step in range(120)],
        "drag": [top * step // 180 for step in range(181)],
        "drag back": [top * (180 - step) // 180 for step in range(181)],
        "end and home": [top if turn // 6 % 2 == 0 else 0 for turn in range(120)],
    }


def measure(messages: int, body_bytes: int) -> Figures:
    """Fill a broker, scroll, and measure."""
    # Qt is wanted only here: who imports this module for its figures has no use for it.
    from mqstudio.client.launch import LaunchOptions
    from mqstudio.gui.app import WindowSession, make_application, open_settings
    from mqstudio.gui.loop import run
    from mqstudio.gui.theme import Mode, Theme

    application = make_application()
    figures = Figures()

    async def main() -> int:
        with tempfile.TemporaryDirectory(prefix="mqstudio-bench-") as folder:
            options = LaunchOptions(Path(folder), **ANY_OPTIONS)
            settings = open_settings(Path(folder))
            async with WindowSession(Theme(application, Mode.LIGHT), settings, options) as session:
                await _scroll(session, figures, messages, body_bytes)
                session.window.close()
                await session.wait_closed()
        return 0

    run(application, main)
    return figures


async def _scroll(session: "WindowSession", figures: Figures, messages: int, body_bytes: int) -> None:
    workspace = session.studio.workspace
    await _until(lambda: workspace.is_live and workspace.port() is not None)
    port = workspace.port()
    assert port is not None
    process = psutil.Process()
    figures.before_mib = process.memory_info().rss / MIB
    letters = alike(body_bytes, PERSISTENT)
    layout = Layout(is_durable=True)
    await asyncio.to_thread(load.publish_confirmed, port, letters, messages, layout, keeps_queues=True)
    await _until(lambda: workspace.queue("/", QUEUE) is not None)
    session.window.open_queue("/", QUEUE)
    view = session.window.queue_view
    assert view is not None
    await _until(lambda: len(view.page.rows) >= messages)
    figures.count = len(view.page.rows)
    bar, table = view.table.verticalScrollBar(), view.table
    row, screen = table.rowHeight(0), table.viewport().height()
    for name, values in gestures(bar.maximum(), row, screen).items():
        figures.frames_ms[name] = await _play(table, values, figures.stalls_ms)
        await _until(lambda: _is_whole(view))
    for share in (0.31, 0.82, 0.13, 0.55, 0.97, 0.44, 0.76, 0.05):
        begin = time.perf_counter()
        bar.setValue(int(bar.maximum() * share))
        await _until(lambda: _is_whole(view), every_s=0.001)
        figures.arrived_ms.append((time.perf_counter() - begin) * 1000)
    figures.memory_mib = process.memory_info().rss / MIB
    peer = _peer(table, figures.count)
    for name, values in gestures(peer.verticalScrollBar().maximum(), row, screen).items():
        figures.peer_ms[name] = await _play(peer, values, [])
    peer.close()


async def _play(table: "QTableView", values: list[int], stalls_ms: list[float]) -> list[float]:
    """Scroll to each value, a frame apart. Returns what each took; between them others have their turn."""
    frames = []
    bar, viewport = table.verticalScrollBar(), table.viewport()
    due = time.perf_counter()
    for value in values:
        begin = time.perf_counter()
        bar.setValue(value)
        viewport.repaint()
        end = time.perf_counter()
        frames.append((end - begin) * 1000)
        due = max(due + FRAME_S, end)
        await asyncio.sleep(max(due - end, 0))
        stalls_ms.append((time.perf_counter() - due) * 1000)
    return frames


def _is_whole(view: "QueueView") -> bool:
    """Whether every place on screen has its row."""
    table, rows = view.table, view.page.rows
    first, last = table.rowAt(1), table.rowAt(table.viewport().height() - 2)
    last = len(rows) - 1 if last < 0 else last
    return first >= 0 and all(rows.at(place) is not None for place in range(first, last + 1))


def _peer(table: "QTableView", count: int) -> "QTableView":
    """A table as large as ours, of the same columns, with nothing in it."""
    from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
    from PySide6.QtWidgets import QHeaderView, QTableView

    nowhere = QModelIndex()

    class Nothing(QAbstractTableModel):
        def rowCount(self, parent: QModelIndex | QPersistentModelIndex = nowhere) -> int:
            return 0 if parent.isValid() else count

        def columnCount(self, parent: QModelIndex | QPersistentModelIndex = nowhere) -> int:
            return 0 if parent.isValid() else table.horizontalHeader().count()

        def data(
            self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
        ) -> Any:  # Any: as Qt has it
            return "" if role == Qt.ItemDataRole.DisplayRole else None

    peer = QTableView()
    peer.setModel(Nothing(peer))
    peer.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
    peer.verticalHeader().hide()
    peer.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    peer.verticalHeader().setDefaultSectionSize(table.rowHeight(0))
    for place in range(table.horizontalHeader().count()):
        peer.setColumnWidth(place, table.columnWidth(place))
    peer.resize(table.size())
    peer.show()
    return peer


async def _until(is_so: Callable[[], bool], every_s: float = 0.05) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError("the window did not come so far")
        await asyncio.sleep(every_s)


def report(figures: Figures) -> Iterator[str]:
    """The figures in lines."""
    yield f"{figures.count:,} messages in one queue, the table at full height:"
    for name, frames in figures.frames_ms.items():
        ours, peer = statistics.median(frames), statistics.median(figures.peer_ms[name])
        yield (
            f"  {name:<14} median {ours:5.2f} ms, p99 {_at(frames, 99):5.2f}, worst {max(frames):5.2f}"
            f"   empty table {peer:5.2f}, worst {max(figures.peer_ms[name]):5.2f}: {ours / peer:.1f} times"
        )
    stalls = figures.stalls_ms
    yield f"  between frames  p99 {_at(stalls, 99):.1f} ms late, worst {max(stalls):.1f}"
    arrived = sorted(figures.arrived_ms)
    yield f"  rows of a jump  on screen after {statistics.median(arrived):.0f} ms, worst {arrived[-1]:.0f}"
    yield f"  memory          {figures.memory_mib:.0f} MiB, {figures.before_mib:.0f} before the queue"


def _at(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) * percent // 100, len(values) - 1)]


def problems(figures: Figures) -> list[str]:
    """Which targets were missed."""
    frames = [each for frames in figures.frames_ms.values() for each in frames]
    missed = []
    if statistics.median(frames) > MEDIAN_MS:
        missed.append(f"the median frame takes {statistics.median(frames):.1f} ms, more than {MEDIAN_MS:.1f}")
    if max(frames) > WORST_MS:
        missed.append(f"the worst frame takes {max(frames):.1f} ms, more than {WORST_MS:.0f}")
    if figures.memory_mib > MEMORY_MIB:
        missed.append(f"the window takes {figures.memory_mib:.0f} MiB, more than {MEMORY_MIB:.0f}")
    return missed


def main() -> int:
    """Measure, print, and say by the exit status whether the targets were met."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.window_table", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--bytes", type=int, default=256)
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    figures = measure(options.messages, options.bytes)
    print("\n".join(report(figures)))
    missed = problems(figures)
    for each in missed:
        print(f"too slow: {each}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
