"""What looks on in the window's process: when rows are painted, how long it stands, what it asks."""

import asyncio
import json
import subprocess
import sys
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QTableView

from mqstudio.client.client import Client
from mqstudio.gui.widgets.queue_view import QueueView

PATIENCE_S: Final = 60.0
TICK_MS: Final = 5


def at(values: Sequence[float], percent: float) -> float:
    """The value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)]


async def until(is_so: Callable[[], object], every_s: float = 0.005, patience_s: float = PATIENCE_S) -> float:
    """Wait until it is so; returns the milliseconds that took."""
    begin = time.monotonic()
    while not is_so():
        if time.monotonic() - begin > patience_s:
            raise TimeoutError("the window did not come so far")
        await asyncio.sleep(every_s)
    return (time.monotonic() - begin) * 1000


async def client_process(what: str, *numbers: int) -> Any:  # Any: what it says, as JSON
    """Run clients of the broker in a process of their own, and wait for what they say."""
    command = [sys.executable, "-m", "tests.bench.window_load", what, *map(str, numbers)]
    done = await asyncio.to_thread(subprocess.run, command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


class Stalls(QObject):
    """How late a timer is called that is asked for every 5 ms: the window had no time for it."""

    def __init__(self) -> None:
        super().__init__()
        self.late_ms: list[float] = []
        self._last = time.monotonic()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timeout)
        self._timer.start(TICK_MS)

    def _on_timeout(self) -> None:
        now = time.monotonic()
        self.late_ms.append((now - self._last) * 1000)
        self._last = now

    def begin(self) -> None:
        """Forget what was."""
        self.late_ms = []
        self._last = time.monotonic()


class Paints(QObject):
    """Which message was on top of a queue's table at each paint; bodies begin with their numbers."""

    def __init__(self, view: QueueView) -> None:
        super().__init__(view)
        self._view = view
        self.times: list[float] = []
        self.numbers: list[int] = []
        view.table.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self._on_painted)
        return False

    def _on_painted(self) -> None:
        row = self._view.page.rows.at(0)
        number = int(row.preview.split()[0]) if row is not None else -1
        if not self.numbers or number > self.numbers[-1]:
            self.times.append(time.monotonic())
            self.numbers.append(number)

    def latencies_ms(self, stamps: Sequence[float]) -> list[float]:
        """From when each message went out until a paint showed it, or a newer one above it."""
        found = []
        for number, stamp in enumerate(stamps):
            place = bisect_left(self.numbers, number)
            if place < len(self.numbers):
                found.append((self.times[place] - stamp) * 1000)
        return found


class Asked:
    """Counts what the window asks its broker for, by the question's name."""

    def __init__(self, client: Client) -> None:
        self.counts: Counter[str] = Counter()
        self._call = client.call
        client.call = self._counted  # type: ignore[method-assign]  # looks on, and changes nothing

    async def _counted(self, request: Any, *rest: Any, **more: Any) -> Any:  # Any: as calls are
        self.counts[type(request).__name__] += 1
        return await self._call(request, *rest, **more)


def repaint(table: QTableView) -> None:
    """What is still to be painted is painted now."""
    table.viewport().repaint()
