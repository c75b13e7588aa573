"""Tries inputs by the million, on all processors, and judges each: no exception but the expected ones, no
more than 50 ms, no memory that stays.

What is counted as an input is one sequence of bytes given to one reader or one connection: a table, a
method, a frame, a session of many frames, or a request by HTTP. `levels.py` says what each must survive.
"""

import asyncio
import gc
import multiprocessing
import os
import resource
import time
import traceback
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.fuzz.levels import LEVELS, Level

LIMIT_S = 0.05
"""Processor time that one input may take. One that takes longer is tried twice more: the least counts."""

SHARES = {"tables": 0.42, "methods": 0.35, "frames": 0.17, "requests": 0.03, "sessions": 0.03}
"""How inputs are divided: each level takes its part of the time."""

JOB_BATCHES = {"tables": 20, "methods": 20, "frames": 20, "requests": 20, "sessions": 10}

GROWTH_MAX_BYTES = 32 * 1024 * 1024
"""What a process may have grown by when a batch has ended and its broker is gone."""

PROCESS_MAX_BYTES = 128 * 1024 * 1024
"""The most memory a process may ever have had, however many jobs it has done: over twice what is usual.
What each job leaves behind is little, and would not show otherwise."""

ADDRESSES_MAX_BYTES = 3 * 1024 * 1024 * 1024
"""Addresses a process may use: an input that takes memory without end fails, and the machine goes on."""

MEASURED_EVERY = 10
"""In one of so many batches of tables and methods memory is measured, which takes ten times as long."""

PEAK_MAX_BYTES = 8 * 1024 * 1024
"""Memory that reading one input may take: inputs are at most one frame, 128 KiB."""


@dataclass(slots=True)
class Job:
    """Some batches of one level, one after another."""

    level: str
    seed: int
    first: int
    count: int


@dataclass(slots=True)
class Report:
    """What came of a job. `failure` is empty if all inputs were survived."""

    level: str
    inputs: int = 0
    slowest_s: float = 0.0
    slowest: int = 0
    growth_bytes: int = 0
    peak_bytes: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    failure: str = ""


class Watch:
    """Takes the processor's time from one input to the next."""

    def __init__(self, report: Report, first: int) -> None:
        self.next = first
        self.slow: list[tuple[int, float]] = []
        self._report = report
        self._since = time.thread_time()

    def done(self, number: int) -> None:
        """An input has been survived."""
        now = time.thread_time()
        took, self._since = now - self._since, now
        self.next = number + 1
        if took > LIMIT_S:
            self.slow.append((number, took))
        elif took > self._report.slowest_s:
            self._report.slowest_s, self._report.slowest = took, number


def work(job: Job) -> Report:
    """Do a job, in a process of its own; ends at the first failure."""
    gc.collect()
    gc.freeze()
    gc.disable()
    report = Report(job.level)
    level = LEVELS[job.level]()
    process = psutil.Process()
    rss_before = process.memory_info().rss
    for first in range(job.first, job.first + job.count, level.batch):
        count = min(level.batch, job.first + job.count - first)
        report.failure = _batch(level, job, first, count, report)
        gc.collect()
        report.growth_bytes = max(report.growth_bytes, process.memory_info().rss - rss_before)
        if not report.failure and report.growth_bytes > GROWTH_MAX_BYTES:
            report.failure = _failed(job, first + count - 1, f"grew by {report.growth_bytes >> 20} MiB")
        if report.failure:
            break
        report.inputs += count
    report.outcomes = level.outcomes
    report.peak_bytes = peak_bytes()
    gc.unfreeze()
    gc.enable()
    return report


def peak_bytes() -> int:
    """The most memory this program has had. `ru_maxrss` would not do: Linux hands it down through exec, so
    that a small process started by a large one (the tests' own) would be taken for large."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def _batch(level: Level, job: Job, first: int, count: int, report: Report) -> str:
    """Try a batch; returns what went wrong, "" if nothing."""
    watch = Watch(report, first)
    is_measured = job.level in ("tables", "methods") and first // level.batch % MEASURED_EVERY == 0
    try:
        asyncio.run(level.tries(job.seed, first, count, watch.done))
        if is_measured:
            _measure_memory(level, job, first, count)
    except Exception:  # whatever it is, it is what we look for
        return _failed(job, watch.next, traceback.format_exc(limit=-12))
    for number, took in watch.slow:
        least = min([took, *(_time_again(job, number) for _ in range(2))])
        if least > LIMIT_S:
            return _failed(job, number, f"took {least * 1000:.0f} ms of processor time")
    return ""


def _time_again(job: Job, number: int) -> float:
    """Try the batch up to this input once more, and time just this one."""
    level = LEVELS[job.level]()
    first = number - number % level.batch
    times = {}
    since = [time.thread_time()]

    def done(done_number: int) -> None:
        now = time.thread_time()
        times[done_number] = now - since[0]
        since[0] = now

    gc.collect()
    asyncio.run(level.tries(job.seed, first, number - first + 1, done))
    return times[number]


def _measure_memory(level: Level, job: Job, first: int, count: int) -> None:
    """Try a batch again, and watch the most memory that one input takes."""
    sizes: list[int] = []
    tracemalloc.start()
    base = tracemalloc.get_traced_memory()[0]

    def done(number: int) -> None:
        nonlocal base
        sizes.append(tracemalloc.get_traced_memory()[1] - base)
        tracemalloc.reset_peak()
        base = tracemalloc.get_traced_memory()[0]

    try:
        asyncio.run(level.tries(job.seed, first, count, done))
    finally:
        tracemalloc.stop()
    most = max(sizes)
    assert most <= PEAK_MAX_BYTES, f"an input took {most >> 10} KiB"


def _failed(job: Job, number: int, why: str) -> str:
    return f"{why.rstrip()}\nreplay: python -m tests.fuzz --replay {job.level}:{job.seed}:{number}"


def replay(where: str) -> Report:
    """Try one input again, after those before it in its batch."""
    name, seed, number = where.split(":")
    batch = LEVELS[name].batch
    first = int(number) - int(number) % batch
    return work(Job(name, int(seed), first, int(number) - first + 1))


def jobs(count: int, seed: int, only: str = "") -> Iterator[Job]:
    """Divide inputs among the levels, and each level's into jobs."""
    for name, share in SHARES.items():
        if only and name != only:
            continue
        batch = LEVELS[name].batch
        total = -(-int(count * (1 if only else share)) // batch) * batch
        size = batch * JOB_BATCHES[name]
        for first in range(0, total, size):
            yield Job(name, seed, first, min(size, total - first))


def confine() -> None:
    """Bound the memory of a process that does jobs."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES_MAX_BYTES, hard))


def judge_process(report: Report) -> None:
    """Fail a job whose process has had too much memory, be it what earlier jobs left behind."""
    if not report.failure and report.peak_bytes > PROCESS_MAX_BYTES:
        report.failure = (
            f"{report.level}: a process had {report.peak_bytes >> 20} MiB, more than "
            f"{PROCESS_MAX_BYTES >> 20}: something stays after each job"
        )


def run(
    count: int, seed: int, *, only: str = "", processes: int = 0, say: Callable[[str], None] = lambda _: None
) -> dict[str, Report]:
    """Try so many inputs; a report for each level. Stops at the first failure."""
    total: dict[str, Report] = {}
    # The long ones first: at the end no processor waits for one of them alone.
    todo = sorted(jobs(count, seed, only), key=lambda job: -list(SHARES).index(job.level))
    todo.reverse()
    context = multiprocessing.get_context("spawn")
    processes = processes or os.cpu_count() or 1
    with ProcessPoolExecutor(processes, mp_context=context, initializer=confine) as pool:
        running: set[Future[Report]] = set()
        while todo or running:
            while todo and len(running) < 2 * processes:
                running.add(pool.submit(work, todo.pop()))
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for each in finished:
                report = each.result()
                judge_process(report)
                _add(total.setdefault(report.level, Report(report.level)), report)
                say(report.level)
                if report.failure:
                    todo.clear()
    return total


def _add(total: Report, report: Report) -> None:
    total.inputs += report.inputs
    total.outcomes += report.outcomes
    total.growth_bytes = max(total.growth_bytes, report.growth_bytes)
    total.peak_bytes = max(total.peak_bytes, report.peak_bytes)
    total.failure = total.failure or report.failure
    if report.slowest_s > total.slowest_s:
        total.slowest_s, total.slowest = report.slowest_s, report.slowest
