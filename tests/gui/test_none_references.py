"""PySide6 does not lose references to None: some versions do, and abort Python 3.11 after a while."""

import sys

from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

TIMES = 3_000


def test_timer_events_keep_none_alive(qtbot: QtBot) -> None:
    """Thousands of timer events leave the count of None where it was.

    Below Python 3.12 None can be freed: PySide6 6.12.0 loses one reference with each timer event.
    """
    ticks = 0
    timer = QTimer()

    def on_tick() -> None:
        nonlocal ticks
        ticks += 1

    timer.timeout.connect(on_tick)
    timer.start(0)
    before = sys.getrefcount(None)
    qtbot.waitUntil(lambda: ticks >= TIMES, timeout=60_000)
    timer.stop()
    assert sys.getrefcount(None) > before - TIMES // 10
