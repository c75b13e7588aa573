"""Turns measurements into docs/benchmarks.md."""

import os
import platform
import re
import statistics
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import connection_costs, hot_path, wire
from tests.bench.connection_costs import ConnectionCosts
from tests.bench.hot_path import Profile
from tests.bench.window_stall import WindowFigures
from tests.bench.workloads import Measure, Workload

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """A workload's runs against ours and against its peer."""

    workload: Workload
    peer: list[Measure]
    studio: list[Measure]

    @property
    def ratio(self) -> float:
        """How many times as good as the peer's median ours is: as many messages, or as little time."""
        ours, theirs = _median(self.studio), _median(self.peer)
        return theirs / ours if self.workload.is_time else ours / theirs


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything a full run measures; pairs are (RabbitMQ, MQ Studio)."""

    rabbitmq_version: str
    rounds: int
    load_before: float
    rows: list[Row]
    idle_bytes: tuple[int, int]
    start_s: tuple[float, float]
    costs: tuple[ConnectionCosts, ConnectionCosts]
    window: WindowFigures
    profile: Profile


def rabbitmq_version(port: int) -> str:
    """What the other broker says it is and runs on, from its greeting."""
    connection = wire.Connection(port)
    greeting = connection.server_properties
    connection.close()
    version = re.search(rb"\x07versionS....([\d.]+)", greeting, re.DOTALL)
    erlang = re.search(rb"Erlang/OTP [\d.]+", greeting)
    named = [match.group(match.lastindex or 0).decode() for match in (version, erlang) if match]
    return "RabbitMQ " + " on ".join(named)


def rates_table(rows: list[Row], peer: str = "RabbitMQ", ours: str = "MQ Studio") -> str:
    """The figures as a table."""
    head = [
        f"| workload | messages | unit | {peer} | {ours} | ratio | load generator |",
        "| --- | ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    return "\n".join(head + [_rates_line(row) for row in rows])


def _rates_line(row: Row) -> str:
    share = max(measure.client_share for measure in row.peer + row.studio)
    return (
        f"| {row.workload.title} | {row.workload.count:,} | {row.workload.unit} "
        f"| {_value_and_range(row.peer)} | {_value_and_range(row.studio)} "
        f"| **{row.ratio:.1f}** | {share:.0%} |"
    )


def _value_and_range(measures: list[Measure]) -> str:
    values = [measure.value for measure in measures]
    return f"{_short(statistics.median(values))} ({_short(min(values))}–{_short(max(values))})"


def _is_on_disk(row: Row) -> bool:
    return row.workload.is_lasting or row.workload.is_own_peer


def _short(value: float) -> str:
    """Three digits or so."""
    if value >= 10_000:
        return f"{value / 1000:,.0f} k"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _median(measures: list[Measure]) -> float:
    return statistics.median(measure.value for measure in measures)


def document(figures: Figures) -> str:
    """The whole document."""
    idle, start, window = figures.idle_bytes, figures.start_s, figures.window
    return f"""\
# Benchmarks

Made by `make bench` on {datetime.now(UTC):%d %B %Y}; not edited by hand.

| machine | |
| --- | --- |
| processor | {_processor()}, {os.cpu_count()} cores |
| system | {platform.system()} {platform.machine()}, load average before the run {figures.load_before:.1f} |
| MQ Studio | Python {platform.python_version()}, uvloop, everything recorded in its ledger |
| compared with | {figures.rabbitmq_version}, Debian's package in its default configuration |

## Against RabbitMQ

Medians of {figures.rounds} rounds (lowest–highest). In each round both brokers take their turn, in changing
order, on the same cores, driven by the same load generator over loopback. The ratio says how many times as
good ours is: as many messages, or as little time. The last column is the most the load generator used of
one core. Unless it says otherwise, messages and queues are transient and messages are 16 bytes of body
with no properties, one queue, one publisher, one consumer.

{rates_table([row for row in figures.rows if not _is_on_disk(row)])}

A run is over when the broker is done, not when the client has sent. *publish*: a passive declare on the
same channel answers with the full count. *publish + consume*: the consumer has everything, and a passive
declare behind its last acknowledgement answers with none. *confirms*: all are confirmed. *connections*:
each sends ten messages to a queue of its own, waits until they are back, and sends the next. *declare*: one
run only, for RabbitMQ takes its time.

What to keep in mind:

* MQ Studio keeps messages in memory here (`--memory`): *persistent* and *quorum* cost RabbitMQ a disk, MQ
  Studio nothing. What both do on a disk is below.
* It keeps the last 256 MiB of ended messages in its ledger, which RabbitMQ does not. Large bodies run until
  the ledger is full before they count; before that they are slower, since all memory is new.
* MQ Studio works on one core, RabbitMQ on all it gets. With large bodies that counts: of 55 µs for one of
  100 KiB the kernel takes 35, which RabbitMQ has done by several threads. On a machine with many cores and
  many busy queues RabbitMQ may well be ahead.
* The messages of most runs are alike, and that helps; the *variant* with a message_id and a timestamp for
  each and *headers, all different* show how much.

## With a profile

Both brokers durable on the same disk: persistent messages, a durable queue, and confirms or
acknowledgements. MQ Studio has a profile, as when it is started without options, with the whole ledger in
it: who had which message when, and its payload. *Time to confirm* counts from when each message was due.

{rates_table([row for row in figures.rows if row.workload.is_lasting])}

Transient traffic is recorded there as well, less of it when the disk cannot keep up. Beside MQ Studio in
memory (`--memory`), which has its ledger there:

{rates_table([row for row in figures.rows if row.workload.is_own_peer], "in memory", "with a profile")}

## What each microsecond goes to

Measured step by step in one process without sockets (`python -m tests.bench.hot_path`), per message of
16 bytes in turns of 256, best of {hot_path.ROUNDS} rounds. *Different*: each has a message_id and a timestamp
of its own. Profiles of the running broker (py-spy) have the same order, and add the sockets: 2 % of the time
when publishing 16 B, 15 to 25 % when consuming as well, 55 % for bodies of 100 KiB, 70 % for ten
connections that wait for every ten messages.

{hot_path.tables(figures.profile)}

## What connections cost

{connection_costs.table(*figures.costs)}

Each has a channel open. While messages go from one client to another, every other connection that comes says
goodbye before it goes; there are at most as many as the target says, or as the broker can take.

## Memory, starting, and the window

| | RabbitMQ | MQ Studio | target |
| --- | ---: | ---: | ---: |
| resident memory of the idle broker | {idle[0] / MIB:.0f} MiB | {idle[1] / MIB:.0f} MiB | |
| process start to first accepted connection | {start[0]:.2f} s | {start[1]:.2f} s | 0.5 s |
| process start to usable window | | {window.usable_s:.2f} s | 2 s |
| window's 16 ms timer while the broker is saturated, p50 | | {window.p50_ms:.0f} ms | |
| the same, p99 | | {window.p99_ms:.0f} ms | 50 ms |
| the same, longest | | {window.longest_ms:.0f} ms | |

The window is offscreen, on the page of the queue under load: {_short(window.rate_per_s)} msg/s published,
consumed and acknowledged for {window.seconds:.0f} s. A timer is asked for every 16 ms; the figures are the
times between its calls. Usable is: connected to its broker, with its figures, and painted.
"""


def _processor() -> str:
    try:
        match = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        match = None
    return match.group(1).strip() if match else platform.processor() or "unknown"
