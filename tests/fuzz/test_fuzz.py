"""A million hostile inputs, the same at each run; `make fuzz` tries ten million others."""

import mmap
import multiprocessing
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.fuzz import run as fuzzing
from tests.fuzz.levels import LEVELS, Done, Frames, Sessions
from tests.fuzz.requests import Requests
from tests.fuzz.run import (
    ADDRESSES_MAX_BYTES,
    PROCESS_MAX_BYTES,
    Job,
    Report,
    confine,
    jobs,
    judge_process,
    peak_bytes,
    run,
    work,
)

COUNT = 1_000_000
SEED = 1

MUST_BE_SEEN = {
    "table: read",
    "table: tables are nested deeper than",
    "properties: passed",
    "properties: 406",
    "properties: 502",
    "UnicodeDecodeError",
    "survived",
    "hang-up",
    *(f"channel.close {code}" for code in (403, 404, 405, 406)),
    *(f"connection.close {code}" for code in (403, 501, 502, 503, 504, 505, 530, 540)),
    *(f"basic.{name}" for name in ("deliver", "return", "get-ok", "get-empty", "ack", "cancel")),
    *(f"tx.{name}" for name in ("select-ok", "commit-ok", "rollback-ok")),
    *(f"GET {status}" for status in (200, 400, 401, 404)),
    *(f"PUT {status}" for status in (201, 204, 400, 401, 404, 405)),
    *(f"POST {status}" for status in (200, 201, 204, 400, 401, 404)),
    *(f"DELETE {status}" for status in (204, 400, 401, 404)),
}
"""A fuzzer that does not get anywhere finds nothing: it must have got here."""


@pytest.mark.timeout(900)
def test_a_million_inputs_are_survived() -> None:
    """Nothing but the protocol's own errors, none takes over 50 ms, no memory stays; see `run`."""
    reports = run(COUNT, SEED)
    assert not (failures := [report.failure for report in reports.values() if report.failure]), failures[0]
    assert {name: report.inputs for name, report in reports.items()}.keys() == LEVELS.keys()
    assert sum(report.inputs for report in reports.values()) >= COUNT
    seen: Counter[str] = sum((report.outcomes for report in reports.values()), Counter())
    assert MUST_BE_SEEN - seen.keys() == set()


@pytest.mark.parametrize("level", [Frames, Sessions, Requests])
async def test_an_input_is_the_same_each_time(level: type[Frames] | type[Sessions] | type[Requests]) -> None:
    """Else a failure could not be replayed."""
    outcomes = []
    for _ in range(2):
        one = level()
        await one.tries(5, 3 * one.batch, one.batch, lambda _: None)
        outcomes.append(one.outcomes)
    assert outcomes[0] == outcomes[1]


def test_a_process_is_not_blamed_for_the_memory_of_the_one_that_started_it() -> None:
    held = mmap.mmap(-1, 2 * PROCESS_MAX_BYTES)
    for at in range(0, len(held), mmap.PAGESIZE):
        held[at] = 1
    assert peak_bytes() > 2 * PROCESS_MAX_BYTES
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(peak_bytes).result() < PROCESS_MAX_BYTES
    held.close()


class Failing:
    """A level whose inputs fail from one on, or take long."""

    batch = 10

    def __init__(self, *, is_slow: bool = False) -> None:
        self.outcomes: Counter[str] = Counter()
        self._is_slow = is_slow

    async def tries(self, seed: int, first: int, count: int, done: Done) -> None:
        for number in range(first, first + count):
            if number == 37:
                assert self._is_slow, "found it"
                sum(range(10_000_000))
            done(number)


@pytest.mark.parametrize(("is_slow", "says"), [(False, "found it"), (True, "ms of processor time")])
def test_a_failure_names_the_input(monkeypatch: pytest.MonkeyPatch, *, is_slow: bool, says: str) -> None:
    """One line is enough to try it again."""
    monkeypatch.setitem(LEVELS, "failing", lambda: Failing(is_slow=is_slow))  # type: ignore[arg-type]
    report = work(Job("failing", 9, 0, 60))
    assert says in report.failure
    assert report.failure.endswith("replay: python -m tests.fuzz --replay failing:9:37")
    assert report.inputs == 30


class Hoarding:
    """A level that keeps 4 MB of each input: memory that cannot be some that was free before."""

    batch = 10

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self._kept: list[mmap.mmap] = []

    async def tries(self, seed: int, first: int, count: int, done: Done) -> None:
        for number in range(first, first + count):
            self._kept.append(mmap.mmap(-1, 4_000_000))
            self._kept[-1].write(bytes(4_000_000))
            done(number)


def test_memory_that_stays_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a job it is measured after each batch."""
    monkeypatch.setitem(LEVELS, "hoarding", Hoarding)
    monkeypatch.setattr(fuzzing, "GROWTH_MAX_BYTES", 100_000_000)
    report = work(Job("hoarding", 9, 0, 60))
    assert "grew by" in report.failure
    assert report.failure.endswith("hoarding:9:29")
    assert report.peak_bytes > 120_000_000


def test_so_is_memory_that_stays_from_job_to_job() -> None:
    """However little it is each time."""
    report = Report("frames", peak_bytes=PROCESS_MAX_BYTES)
    judge_process(report)
    assert not report.failure
    report.peak_bytes += 1
    judge_process(report)
    assert "a process had 128 MiB, more than 128" in report.failure


def test_an_input_that_takes_memory_without_end_takes_it_from_nobody() -> None:
    """The process is refused more; what the machine has is not tried out."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=confine) as pool:
        assert isinstance(pool.submit(bytes, ADDRESSES_MAX_BYTES).exception(), MemoryError)


def test_jobs_cover_what_was_asked_for_and_begin_where_batches_do() -> None:
    """Inputs are numbered within a level; a batch is never divided."""
    all_jobs = list(jobs(100_000, 1))
    assert sum(job.count for job in all_jobs) >= 100_000
    for name, level in LEVELS.items():
        firsts = [job.first for job in all_jobs if job.level == name]
        assert firsts == sorted(set(firsts))
        assert all(first % level.batch == 0 for first in firsts)
