"""`mqstudio rates`: how much went through, and how long it took."""

import re
import time
from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option, json_option
from mqstudio.cli.output import date_time, print_json, print_table
from mqstudio.cli.running import with_client
from mqstudio.model.histogram import Histogram
from mqstudio.model.queries import GetHistory
from mqstudio.model.rate_bins import RateBin, bins_of
from mqstudio.model.rates import ScopeKind
from mqstudio.model.rows import RateHistory

UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
ROWS = 60
"""Lines of the table, about."""

STEPS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400)
SHARES = (0.5, 0.95, 0.99)
NOTHING = "Nothing has happened in that time."


class Span(click.ParamType):  # type: ignore[type-arg]  # generic in the stubs only
    """How long: `30s`, `15m`, `1h`, `7d`."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """So many seconds."""
        found = re.fullmatch(r"(\d{1,7})([smhd])", str(value).strip())
        if found is None or not int(found[1]):
            self.fail(f"{value!r} is not a time such as 30s, 15m, 1h or 7d.", param, ctx)
        return int(found[1]) * UNITS_S[found[2]]


@click.command("rates", short_help="Show rates and latencies over time.")
@click.argument("queue", required=False)
@click.option(
    "--since", "since_s", type=Span(), default="1h", help="How far back: 30s, 15m, 1h, 7d.  [default: 1h]"
)
@click.option(
    "--step", "step_s", type=Span(), help="Length of one step; the farther back, the longer they are."
)
@click.option("--client", "client_id", type=int, help="Rates of a client: the id of its connection.")
@click.option("--consumer", "consumer_id", type=int, help="Rates of a consumer: the id of its subscription.")
@click.option("--vhost", default="/", show_default=True, help="Virtual host of the queue.")
@data_dir_option()
@json_option
def command(  # noqa: PLR0917  # as click calls it
    queue: str | None,
    since_s: int,
    step_s: int | None,
    client_id: int | None,
    consumer_id: int | None,
    vhost: str,
    data_dir: Path | None,
    *,
    as_json: bool,
) -> None:
    """Show rates and latencies of a queue, a client, a consumer, or of all together.

    Times are from the publish to the first hand-over (wait), and from a hand-over until it is accepted (ack).

    \b
    Examples:
      mqstudio rates --since 15m
      mqstudio rates orders --since 1h --json | jq '.steps[].ack.p99_us'
    """
    if sum(each is not None for each in (queue, client_id, consumer_id)) > 1:
        raise click.UsageError("Rates are of one thing: name a queue, or give --client or --consumer.")
    now_us = time.time_ns() // 1000
    since_us = now_us - since_s * 1_000_000
    kind, number = None, 0
    if client_id is not None:
        kind, number = ScopeKind.CLIENT, client_id
    elif consumer_id is not None:
        kind, number = ScopeKind.CONSUMER, consumer_id
    step_us = (step_s or _fitting(since_s)) * 1_000_000
    wanted = GetHistory(queue, vhost, step_us, since_us, None, kind, number)
    history = with_client(data_dir, lambda each: each.rates(wanted))
    if as_json:
        print_json({"since_us": since_us, "steps": _steps(history)})
        return
    bins = [each for each in bins_of(history, since_us, now_us, step_us) if _has_moved(each)]
    if not bins:
        click.echo(NOTHING)
        return
    headings = ("until", "in/s", "out/s", "acked/s", "again/s", "unroutable/s", "there", "in flight")
    print_table(
        (*headings, "wait p50", "p95", "p99", "ack p50", "p95", "p99"), [_cells(each) for each in bins]
    )
    _say_sampled(max(each.one_in for each in bins))


def _fitting(since_s: int) -> int:
    return next((each for each in STEPS_S if since_s / each <= ROWS), STEPS_S[-1])


def _has_moved(each: RateBin) -> bool:
    return any(each.per_s.values()) or any(times.counts for times in each.times.values())


def _cells(each: RateBin) -> tuple[object, ...]:
    per_s = [f"{value:.1f}" for value in each.per_s.values()]
    levels = [value or 0 for value in each.levels.values()]
    return (
        date_time(each.until_us),
        *per_s,
        *levels,
        *_times(each.times["waits"]),
        *_times(each.times["holds"]),
    )


def _times(histogram: Histogram) -> list[str]:
    values = [histogram.percentile(share) for share in SHARES]
    return ["–" if value is None else f"{value / 1000:.1f} ms" for value in values]


def _steps(history: RateHistory) -> list[dict[str, object]]:
    names = ("published", "delivered", "settled", "redelivered", "unroutable")
    return [
        {
            "at_us": at_us,
            "length_us": history.lengths_us[place],
            **{f"{name}_per_s": getattr(history, f"{name}_per_s")[place] for name in names},
            "depth": history.depth[place],
            "in_flight": history.in_flight[place],
            "wait": _percentiles(history.waits[place]),
            "ack": _percentiles(history.holds[place]),
            "one_in": history.one_in[place],
        }
        for place, at_us in enumerate(history.times_us)
    ]


def _percentiles(packed: bytes) -> dict[str, int | None]:
    histogram = Histogram.of((packed,))
    named = {f"p{share * 100:.0f}_us": histogram.percentile(share) for share in SHARES}
    return {"count": histogram.total, **named}


def _say_sampled(one_in: int) -> None:
    if one_in > 1:
        click.echo(f"Times are those of one in {one_in} messages at the busiest; rates are of all.")
