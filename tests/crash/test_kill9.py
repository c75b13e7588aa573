"""A hundred times kill -9 under load: nothing that was confirmed is lost, nothing that ended comes back."""

from pathlib import Path

import pytest

from tests.crash import kill9

CYCLES = 100
SEED = 4


@pytest.mark.timeout(900)  # a hundred starts of a broker
def test_kill_9_loses_nothing(tmp_path: Path) -> None:
    report, wrongs = kill9.run(tmp_path, CYCLES, SEED)
    assert not report.wrongs, f"{report}\n" + "\n".join(report.wrongs[:20])
    assert not wrongs
    assert report.confirmed > 10 * CYCLES
    assert report.explained, "no message came back: then nothing was tested"
