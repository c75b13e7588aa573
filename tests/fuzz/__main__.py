"""`make fuzz`: ten million inputs; any failure ends it with a line that replays it."""

import argparse
import sys
import time
from collections import Counter

from tests.fuzz.levels import LEVELS
from tests.fuzz.run import Report, replay, run


def main() -> int:
    """Run, or replay; 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=float, default=1e7, help="inputs, all levels together (default 1e7)")
    parser.add_argument("--seed", type=int, default=0, help="where chance begins (default: the time)")
    parser.add_argument("--only", default="", choices=["", *LEVELS], help="one level only")
    parser.add_argument("--processes", type=int, default=0, help="default: one for each processor")
    parser.add_argument("--replay", default="", metavar="LEVEL:SEED:NUMBER", help="try one input again")
    options = parser.parse_args()
    if options.replay:
        report = replay(options.replay)
        print(report.failure or "survived")
        return 1 if report.failure else 0
    seed = options.seed or int(time.time())
    print(f"seed {seed}", flush=True)
    begin = time.perf_counter()
    counted: Counter[str] = Counter()

    def say(level: str) -> None:
        counted[level] += 1
        if sum(counted.values()) % 50 == 0:
            print(f"{time.perf_counter() - begin:6.0f} s  {dict(counted)} jobs", flush=True)

    reports = run(int(options.count), seed, only=options.only, processes=options.processes, say=say)
    print(table(reports))
    print(
        f"{sum(report.inputs for report in reports.values()):,} inputs, {time.perf_counter() - begin:.0f} s"
    )
    failures = [report.failure for report in reports.values() if report.failure]
    print("\n".join(failures))
    return 1 if failures else 0


def table(reports: dict[str, Report]) -> str:
    """Inputs, the slowest of them, and what they led to."""
    lines = []
    for name, report in reports.items():
        lines.append(
            f"{name}: {report.inputs:,} inputs, the slowest took {report.slowest_s * 1000:.1f} ms "
            f"(number {report.slowest}), processes grew by at most {report.growth_bytes >> 20} MiB, "
            f"to {report.peak_bytes >> 20} MiB"
        )
        lines += [f"  {count:9,} {outcome}" for outcome, count in report.outcomes.most_common()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
