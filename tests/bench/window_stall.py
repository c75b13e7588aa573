"""How the window fares while the broker is saturated: a timer asked for every 16 ms, and its gaps.

Run as a program it is the window's process: the real window with a broker of its own, offscreen, on
the page of the queue that the load generator in the parent process works on.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench import workloads
from tests.bench.letters import QUEUE
from tests.support.ports import ANY_OPTIONS

if TYPE_CHECKING:
    from mqstudio.gui.app import WindowSession

INTERVAL_MS = 16
SECONDS = 20.0
SETTLE_S = 2.0
"""The graphs are loaded after the first paint; a person takes longer than that to begin."""
BODY_BYTES = 16
MESSAGES_A_RUN = 100_000


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """The window's start, its timer's gaps under load, and how heavy the load was."""

    usable_s: float
    p50_ms: float
    p99_ms: float
    longest_ms: float
    rate_per_s: float
    seconds: float


def measure(seconds: float = SECONDS, platform: str = "offscreen") -> WindowFigures:
    """Start the window, put its broker under load, and ask how it was."""
    with tempfile.TemporaryDirectory(prefix="mqstudio-bench-") as folder:
        command = [sys.executable, "-m", "tests.bench.window_stall", folder, repr(time.monotonic())]
        command.append(str(seconds))
        environment = {**os.environ, "QT_QPA_PLATFORM": platform}
        log_path = Path(folder) / "window.txt"
        with log_path.open("w") as log:
            process = subprocess.Popen(
                command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert process.stdin is not None and process.stdout is not None
        try:
            port = int(process.stdout.readline())
            rate_per_s = _load_until_over(port, seconds)
            process.stdin.close()
            figures = json.loads(process.stdout.readline())
            process.wait(timeout=60)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
        if "Traceback" in (says := log_path.read_text()):
            raise RuntimeError(f"the window failed under load:\n{says[-5000:]}")
    return WindowFigures(**figures, rate_per_s=rate_per_s, seconds=seconds)


def _load_until_over(port: int, seconds: float) -> float:
    """Publish and consume until the time is up. Returns messages per second."""
    begin, count = time.monotonic(), 0
    while time.monotonic() - begin < SETTLE_S + seconds + 1:
        workloads.acked(port, MESSAGES_A_RUN, BODY_BYTES, keeps_queues=True)
        count += MESSAGES_A_RUN
    return count / (time.monotonic() - begin)


class Timer:
    """Notes when it is called."""

    def __init__(self) -> None:
        self.called_at_s: list[float] = []

    def on_timeout(self) -> None:
        """Note the time."""
        self.called_at_s.append(time.monotonic())

    def gaps_ms(self, since_s: float, until_s: float) -> list[float]:
        """Times between calls, shortest first."""
        called = [at for at in self.called_at_s if since_s <= at <= until_s]
        return sorted((after - before) * 1000 for before, after in pairwise(called))


def _show_window(folder: Path, started_at_s: float, seconds: float) -> dict[str, float]:
    """Be the window's process until standard input closes."""
    # Qt is for this process only: the load generator has no use for it.
    from mqstudio.client.launch import LaunchOptions
    from mqstudio.gui.app import WindowSession, make_application, open_settings
    from mqstudio.gui.loop import run
    from mqstudio.gui.theme import Mode, Theme

    application = make_application()
    figures: dict[str, float] = {}

    async def main() -> int:
        options = LaunchOptions(folder, in_memory=True, **ANY_OPTIONS)
        async with WindowSession(Theme(application, Mode.LIGHT), open_settings(folder), options) as session:
            figures["usable_s"] = await _usable_s(session, started_at_s)
            figures.update(await _watch(session, seconds))
            session.window.close()
            await session.wait_closed()
        return 0

    run(application, main)
    return figures


async def _usable_s(session: "WindowSession", started_at_s: float) -> float:
    """Wait for a window that is painted and has its broker's figures."""
    sampled = asyncio.Event()

    def on_sampled() -> None:
        sampled.set()

    session.studio.workspace.sampled.connect(on_sampled)
    await sampled.wait()
    session.window.grab()  # whatever was still to be painted is painted now
    return time.monotonic() - started_at_s


async def _watch(session: "WindowSession", seconds: float) -> dict[str, float]:
    """Open the queue's page, say the port, and take the timer's gaps while the load goes on."""
    from PySide6.QtCore import Qt, QTimer

    client = session.studio.workspace.client
    await client.declare_queue(QUEUE)
    session.window.open_queue("/", QUEUE)
    timer, qt_timer = Timer(), QTimer()
    qt_timer.setTimerType(Qt.TimerType.PreciseTimer)
    qt_timer.timeout.connect(timer.on_timeout)
    qt_timer.start(INTERVAL_MS)
    print(session.studio.workspace.port(), flush=True)
    begin_s = time.monotonic() + SETTLE_S
    await _wait_input_closed()
    qt_timer.stop()
    gaps = timer.gaps_ms(begin_s, begin_s + seconds)
    return {"p50_ms": gaps[len(gaps) // 2], "p99_ms": gaps[len(gaps) * 99 // 100], "longest_ms": gaps[-1]}


async def _wait_input_closed() -> None:
    closed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(closed.set)

    threading.Thread(target=wait, daemon=True).start()
    await closed.wait()


if __name__ == "__main__":
    figures_seen = _show_window(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
    print(json.dumps(figures_seen), flush=True)
