"""`make crash`: power cuts, failing disks and simulated lives by the thousand, on all processors.

The first seed that fails ends its kind, with the line that replays it.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.crash import kill9, nth_io
from tests.crash.checker import Report
from tests.crash.nth_io import Case
from tests.crash.one_of_many import cut, play, sim
from tests.crash.simulation import POWER_CUTS, Result

SAY_EVERY_S = 10.0
CHUNK = 25
CHUNKS_EACH = 20
"""After so many chunks another process goes on: what engines leave behind in memory is not ours to keep."""


def main() -> int:
    """Run, or replay; 1 if anything went wrong."""
    # Clients whose broker is killed say so at length, a thousand times.
    logging.getLogger("aiormq").addHandler(logging.NullHandler())
    logging.getLogger("aiormq").propagate = False
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--cuts", type=int, default=10_000, help="power cuts (default 10,000)")
    parser.add_argument("--sims", type=int, default=10_000, help="simulated lives (default 10,000)")
    parser.add_argument("--kills", type=int, default=1_000, help="ends by kill -9 (default 1,000)")
    parser.add_argument("--io", type=int, default=1, help="every n-th failing call (default 1, all; 0: none)")
    parser.add_argument("--seed", type=int, default=0, help="where seeds begin (default: the time)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--replay", default="", metavar="KIND:SEED", help="one seed again: cut:7, sim:7, io:7,eio,once"
    )
    options = parser.parse_args()
    if options.replay:
        return _replay(options.replay)
    first = options.seed or int(time.time())
    print(f"seed {first}", flush=True)
    fresh = get_context("spawn")
    with ProcessPoolExecutor(options.processes, fresh, max_tasks_per_child=CHUNKS_EACH) as pool:

        def seeds(count: int) -> list[str]:
            return [str(first + number) for number in range(count)]

        wrongs = _lives("cut", cut, seeds(options.cuts // POWER_CUTS.cuts), pool.map)
        wrongs += _lives("sim", sim, seeds(options.sims), pool.map)
        wrongs += _io(options.io, pool.map) if options.io else 0
    wrongs += _kills(options.kills, first) if options.kills else 0
    print("all is well" if not wrongs else "something is wrong: see above")
    return 1 if wrongs else 0


class _Progress:
    """A line now and then."""

    def __init__(self, kind: str, total: int) -> None:
        self._kind, self._total = kind, total
        self._begun = self._said = time.perf_counter()

    def say(self, done: int, what: object, *, is_last: bool = False) -> None:
        now = time.perf_counter()
        if is_last or now - self._said > SAY_EVERY_S:
            self._said = now
            print(f"{now - self._begun:6.0f} s  {self._kind} {done:,} of {self._total:,}: {what}", flush=True)


def _lives(
    kind: str,
    live: Callable[[str], Result],
    seeds: list[str],
    mapped: Callable[..., Iterable[Result]],
) -> int:
    total, progress = Report(), _Progress(kind, len(seeds))
    faults: dict[str, int] = {}
    done = 0
    for result in mapped(live, seeds, chunksize=CHUNK):
        done += 1
        total.add(result.report)
        for name, count in result.faults.items():
            faults[name] = faults.get(name, 0) + count
        if result.wrongs:
            print(f"python -m tests.crash --replay {kind}:{result.seed}", *result.wrongs[:5], sep="\n  ")
            return 1
        progress.say(done, total)
    progress.say(done, f"{total}; {faults}", is_last=True)
    return 0


def _io(step: int, mapped: Callable[..., Iterable[tuple[Case, list[str]]]]) -> int:
    cases = list(nth_io.cases(nth_io.recorded(), step))
    progress = _Progress("io", len(cases))
    for done, (case, wrongs) in enumerate(mapped(play, cases, chunksize=CHUNK), 1):
        if wrongs:
            print(f"python -m tests.crash --replay io:{case}", *wrongs, sep="\n  ")
            return 1
        progress.say(done, "all right so far", is_last=done == len(cases))
    return 0


def _kills(count: int, seed: int) -> int:
    """Real processes and real clients, ended by kill -9."""
    begun = time.perf_counter()
    with TemporaryDirectory() as folder:
        report, wrongs = kill9.run(Path(folder), count, seed)
    print(f"{time.perf_counter() - begun:6.0f} s  kill -9 {count:,}: {report}", flush=True)
    print(*report.wrongs[:20], *wrongs, sep="\n")
    return len(report.wrongs) + len(wrongs)


def _replay(what: str) -> int:
    kind, _, seed = what.partition(":")
    if kind == "io":
        at, way, often = seed.split(",")
        wrongs = play(Case(int(at), way, often == "ever"))[1]
    else:
        result = (cut if kind == "cut" else sim)(seed)
        print(result.report, result.faults, result.digest, sep="\n")
        wrongs = result.wrongs
    print(*(wrongs or ["all is well"]), sep="\n")
    return 1 if wrongs else 0


if __name__ == "__main__":
    sys.exit(main())
