"""What the process takes of its machine."""

import resource
from pathlib import Path
from typing import Any

import psutil
import pytest

from mqstudio.server.machine import look
from tests.support.peers import new_broker


def test_marks_are_the_brokers() -> None:
    """Nothing is said of a disk that nothing is kept on."""
    broker: Any = new_broker()
    broker.memory_high_water_bytes, broker.disk_alarm.low_bytes = 123, 456
    found = look(broker)
    assert (found.memory_limit_bytes, found.disk_low_bytes, found.disk_free_bytes) == (123, 456, None)


def test_figures_are_the_machines() -> None:
    broker: Any = new_broker()
    before = look(broker)
    with Path(__file__).open("rb"), Path(__file__).open("rb"):
        found = look(broker)
    assert found.files_open == before.files_open + 2
    assert found.processors == psutil.cpu_count()
    assert found.threads == psutil.Process().num_threads()
    assert 10_000_000 < found.memory_bytes < psutil.virtual_memory().total


@pytest.mark.parametrize(
    ("soft", "shown"), [(1_000, 1_000), (resource.RLIM_INFINITY, 2**31 - 1), (2**40, 2**31 - 1)]
)
def test_limits_are_the_systems(monkeypatch: pytest.MonkeyPatch, soft: int, shown: int) -> None:
    """As numbers that fit where readers have 32 bits."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, soft))
    found = look(new_broker())
    assert (found.files_max, found.threads_max) == (shown, shown)
