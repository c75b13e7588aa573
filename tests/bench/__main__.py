"""`make bench`: run every workload against both brokers, alternating, and write the medians down."""

import argparse
import contextlib
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from tests.bench import brokers, connection_costs, hot_path, report, window_stall
from tests.bench.brokers import Broker
from tests.bench.report import Figures, Row
from tests.bench.workloads import WORKLOADS, Measure, Workload

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
STARTS: dict[Callable[[], AbstractContextManager[Broker]], int] = {brokers.studio: 7, brokers.rabbitmq: 3}
"""How often each broker is started to take its start time."""


def main() -> int:
    """Measure, print, and write the document unless only a part was asked for."""
    options = _options()
    workloads = [each for each in WORKLOADS if _is_wanted(each, options.only)]
    if options.list:
        print("\n".join(each.title for each in workloads))
        return 0
    load_before = os.getloadavg()[0]
    with brokers.rabbitmq() as rabbitmq, brokers.studio() as studio, brokers.lasting_studio() as lasting:
        rabbitmq_version = report.rabbitmq_version(rabbitmq.port)
        idle_bytes = (rabbitmq.memory_bytes(), studio.memory_bytes())
        rows = [
            _row(
                workload,
                studio if workload.is_own_peer else rabbitmq,
                lasting if workload.is_lasting or workload.is_own_peer else studio,
                options.rounds,
            )
            for workload in workloads
        ]
    if options.only:
        print(report.rates_table(rows))
        return _verdict(rows) if options.check else 0
    figures = Figures(
        rabbitmq_version=rabbitmq_version,
        rounds=options.rounds,
        load_before=load_before,
        rows=rows,
        idle_bytes=idle_bytes,
        start_s=(_median_start_s(brokers.rabbitmq), _median_start_s(brokers.studio)),
        costs=(connection_costs.measure(brokers.rabbitmq), connection_costs.measure(brokers.studio)),
        window=window_stall.measure(),
        profile=hot_path.measure(),
    )
    text = report.document(figures)
    print(text)
    if not options.no_write:
        DOCUMENT.write_text(text)
    return _verdict(rows) if options.check else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each workload (default 3)")
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="TEXT",
        help="only workloads with one of these in their title",
    )
    parser.add_argument("--list", action="store_true", help="say what workloads there are")
    parser.add_argument("--check", action="store_true", help="fail if a ratio is under its target")
    parser.add_argument("--no-write", action="store_true", help="print only, leave the document alone")
    return parser.parse_args()


def _is_wanted(workload: Workload, texts: list[str]) -> bool:
    return not texts or any(text in workload.title for text in texts)


def _row(workload: Workload, peer: Broker, studio: Broker, rounds: int) -> Row:
    """Measure one workload: both brokers in each round, the order turned round each time."""
    measures: dict[str, list[Measure]] = {peer.name: [], studio.name: []}
    for broker in (peer, studio):
        workload.warm_up(broker.port)
    for number in range(min(rounds, workload.most_rounds)):
        for broker in (peer, studio) if number % 2 == 0 else (studio, peer):
            measure = workload.measure(broker.port)
            measures[broker.name].append(measure)
            _say(f"{workload.title}: {broker.name} {measure.value:,.4g} {workload.unit}")
    return Row(workload, measures[peer.name], measures[studio.name])


def _median_start_s(start: Callable[[], AbstractContextManager[Broker]]) -> float:
    return statistics.median(_starts_s(start))


def _starts_s(start: Callable[[], AbstractContextManager[Broker]]) -> Iterator[float]:
    for _ in range(STARTS[start]):
        with contextlib.ExitStack() as stack:
            broker = stack.enter_context(start())
            _say(f"start: {broker.name} {broker.start_s:.2f} s")
            yield broker.start_s


def _verdict(rows: list[Row]) -> int:
    slow = [row for row in rows if row.ratio < row.workload.target]
    for row in slow:
        _say(f"too slow: {row.workload.title}: {row.ratio:.2f} times its peer, wanted {row.workload.target}")
    return 1 if slow else 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
