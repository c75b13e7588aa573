"""Jobs in the status line: what takes a while has a bar, a count and a way to stop it."""

from pytestqt.qtbot import QtBot

from mqstudio.gui.widgets.job_line import JobLine
from tests.gui.conftest import Bench


def line(bench: Bench) -> JobLine:
    found = bench.window.status.jobs
    assert isinstance(found, JobLine)
    return found


def test_what_is_done_at_once_shows_nothing(bench: Bench) -> None:
    """A bar that flickers tells nobody anything."""
    with bench.studio.jobs.running("Moving messages", 10) as job:
        job.advance(10)
        assert not line(bench).isVisible()
    assert not line(bench).isVisible()


def test_a_job_has_a_bar_a_count_and_a_cancel(bench: Bench, qtbot: QtBot) -> None:
    """After a moment; it goes with the job."""
    jobs = bench.studio.jobs
    with jobs.running("Moving messages", 4_000) as job:
        qtbot.waitUntil(line(bench).isVisible)
        job.advance(1_000)
        bar = line(bench).bars[0]
        assert bar.bar.value() * 4 == bar.bar.maximum()
        assert bar.bar.accessibleName() == "Moving messages 1,000 of 4,000"
        bar.cancel_button.click()
        assert job.is_cancelled and not bar.cancel_button.isEnabled()
        job.advance(1)
    assert (job.done, line(bench).isVisible(), line(bench).bars) == (1_001, False, [])


def test_several_jobs(bench: Bench, qtbot: QtBot) -> None:
    """Two have bars, the others are counted; one without a total only moves."""
    jobs = bench.studio.jobs
    with jobs.running("a", 5), jobs.running("b"), jobs.running("c", 2):
        qtbot.waitUntil(lambda: len(line(bench).bars) == 2)
        assert line(bench)._more.text() == "+1"
        assert line(bench).bars[1].bar.maximum() == 0
    assert not line(bench).isVisible()
