"""Property tests are bound by processor time, not by the clock on the wall.

They wait for nothing: what they take is computing, five to twenty seconds each. With other programs busy
beside them that became more than the two minutes of the clock that any test may take; and a time-out that
comes while an example is drawn looks to hypothesis like data that depend on something else ("inconsistent
data generation"). A minute of computing is less than two of the clock, and the same on any day.
"""

import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

PROCESSOR_S = 60.0
CLOCK_S = 1_200.0
"""Where there is no timer for processor time, and for what is not computing after all."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the clock on the wall count for little."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(CLOCK_S))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test that computes for too long."""
    if not hasattr(signal, "setitimer"):
        return (yield)
    before = signal.signal(signal.SIGPROF, _on_time)
    signal.setitimer(signal.ITIMER_PROF, PROCESSOR_S)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _on_time(number: int, frame: FrameType | None) -> None:
    pytest.fail(f"more than {PROCESSOR_S:g} s of processor time")
