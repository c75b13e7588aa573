"""Work that takes a while."""

import pytest

from mqstudio.viewmodel.jobs import JOBS_MAX, Job, Jobs, StoppedError
from tests.support.list_broker import Clock


class Watcher:
    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs
        self.seen: list[list[tuple[str, int, int]]] = []
        jobs.changed.connect(self.look)

    def look(self) -> None:
        self.seen.append([(job.title, job.done, job.total) for job in self.jobs.running_now])


@pytest.fixture
def jobs(clock: Clock) -> Jobs:
    return Jobs(clock)


def test_a_job_is_there_while_it_runs(jobs: Jobs) -> None:
    """It begins, goes on, ends; each is told."""
    watcher = Watcher(jobs)
    with jobs.running("Moving", 4) as job:
        job.advance(3)
        assert job.fraction == 0.75
        job.advance(1)
    assert watcher.seen == [[("Moving", 0, 4)], [("Moving", 3, 4)], [("Moving", 4, 4)], []]
    assert job.is_over


def test_a_cancelled_job_stops_at_its_next_part(jobs: Jobs) -> None:
    """What is done stays done, the rest is not begun, and who ran it goes on behind the block."""
    done = []
    with jobs.running("Moving", 10) as job:
        for part in range(10):
            done.append(part)
            if part == 2:
                job.cancel()
            job.advance()
    assert done == [0, 1, 2]
    assert (job.is_cancelled, job.done, jobs.running_now) == (True, 3, [])


def test_a_job_that_fails_says_why_and_ends(jobs: Jobs) -> None:
    """Whoever runs it hears of it."""
    with pytest.raises(ConnectionError), jobs.running("Moving") as job:
        raise ConnectionError("the broker has gone")
    assert (job.failure, jobs.running_now) == ("the broker has gone", [])


def test_how_far_is_unknown_without_a_total(jobs: Jobs) -> None:
    """It may become known on the way."""
    with jobs.running("Looking") as job:
        assert job.fraction is None
        job.advance(1, total=2)
        assert job.fraction == 0.5


def test_cancelling_what_is_over_does_nothing(jobs: Jobs) -> None:
    """A click that came too late."""
    with jobs.running("Moving", 1) as job:
        job.advance()
    job.cancel()
    assert not job.is_cancelled


def test_there_are_not_too_many(jobs: Jobs) -> None:
    """The next is refused with what to do about it, and the others go on."""

    def nest(depth: int) -> None:
        with jobs.running(f"job {depth}"):
            nest(depth + 1)

    with pytest.raises(RuntimeError, match="Wait for one to end"):
        nest(0)
    assert jobs.running_now == []
    assert JOBS_MAX == 20


def test_check_stops_without_a_step(jobs: Jobs) -> None:
    """For work that has no parts to count."""
    job = Job("Looking", 0, 0, lambda: None)
    job.check()
    job.cancel()
    with pytest.raises(StoppedError):
        job.check()
