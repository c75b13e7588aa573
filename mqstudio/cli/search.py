"""`mqstudio search`: find messages in everything that is kept."""

import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from mqstudio.cli.options import checked_filter, data_dir_option
from mqstudio.cli.output import counted, date_time, printable, thinned
from mqstudio.cli.running import failure, with_client
from mqstudio.client.client import Client
from mqstudio.model.filters.fields import Operator
from mqstudio.model.filters.literals import Literal, literal_of, text_literal
from mqstudio.model.filters.paths import Steps
from mqstudio.model.filters.tree import All, Ask, Node, write
from mqstudio.model.limits import SEARCH_MAX_ROWS
from mqstudio.model.queries import Search
from mqstudio.model.rows import Found, MessageRow, MessageState
from mqstudio.protocols.native.messages import Gap

UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
WIDTH_PREVIEW = 60


@click.command("search", short_help="Find messages, also those that were consumed.")
@click.argument("text", default="")
@click.option("--queue", "-q", help="Only messages that have been in this queue.")
@click.option("--exchange", "-e", help="Only messages published to this exchange.")
@click.option("--key", "-k", "key_part", default="", help="Only messages whose routing key contains this.")
@click.option("--header", "headers", multiple=True, metavar="NAME=VALUE", help="A header; may be repeated.")
@click.option("--json", "paths", multiple=True, metavar="PATH=VALUE", help="A value in a body of JSON.")
@click.option("--state", "states", multiple=True, type=click.Choice([each.value for each in MessageState]))
@click.option("--since", metavar="AGE", help="Not older than this: 30s, 5m, 2h, 7d.")
@click.option("--where", default="", metavar="FILTER", help="Only messages that this filter finds.")
@click.option("-n", "--limit", type=click.IntRange(1, SEARCH_MAX_ROWS), default=100, show_default=True)
@data_dir_option()
@click.option("--json-output", "as_json", is_flag=True, help="Print JSON lines.")
def command(  # noqa: PLR0917  # click passes them by name
    text: str,
    queue: str | None,
    exchange: str | None,
    key_part: str,
    headers: tuple[str, ...],
    paths: tuple[str, ...],
    states: tuple[str, ...],
    since: str | None,
    where: str,
    limit: int,
    data_dir: Path | None,
    *,
    as_json: bool,
) -> None:
    """Find messages whose body contains TEXT, newest first. All that is given must be so; case counts.

    What is found is printed at once; Ctrl-C ends the search. A message that was in several queues is shown
    once for each.

    \b
    Examples:
      mqstudio search "order 17"
      mqstudio search --queue orders --state dead_lettered --since 2h
      mqstudio search --header tenant=acme --key eu.
      mqstudio search --json customer.id=17 --json lines.0.sku=A1
      mqstudio search --where 'body.total > 100 and not headers.tenant == acme'
    """
    wanted = Search(
        queue=queue,
        where=_filter(text, exchange, key_part, headers, paths, where),
        since_us=None if since is None else time.time_ns() // 1_000 - age_us(since),
        states=[MessageState(each) for each in states],
        limit=limit,
    )
    last: list[Found] = []

    async def work(client: Client) -> None:
        printed = 0
        async with client.watch(wanted) as items:
            async for item in items:
                if isinstance(item, Gap):
                    continue
                last[:] = [item]
                _clear_progress()
                for row in item.rows:
                    _print_row(row, as_json=as_json)
                printed += len(item.rows)
                if item.is_over:
                    _conclude(item, printed, limit)
                    return
                _progress(item)

    try:
        with_client(data_dir, work)
    except KeyboardInterrupt:
        _clear_progress()
        looked_at = last[0].looked_at if last else 0
        click.echo(f"Stopped after {looked_at:,} of {last[0].of if last else 0:,} messages.", err=True)


def _filter(  # noqa: PLR0917  # the options that say what is wanted
    text: str, exchange: str | None, key_part: str, headers: Sequence[str], paths: Sequence[str], where: str
) -> str:
    """The one filter that all options come to."""
    parts: list[Node] = []
    if text:
        parts.append(Ask("body", (), Operator.CONTAINS, (text_literal(text),)))
    if exchange is not None:
        parts.append(Ask("exchange", (), Operator.EQUAL, (text_literal(exchange),)))
    if key_part:
        parts.append(Ask("key", (), Operator.CONTAINS, (text_literal(key_part),)))
    for name, value in _pairs("--header", headers).items():
        parts.append(Ask("headers", (name,), Operator.EQUAL, (_literal(value),)))
    for path, value in _pairs("--json", paths).items():
        parts.append(Ask("body", _steps(path), Operator.EQUAL, (_literal(value),)))
    if where:
        parts.append(checked_filter(where))
    return write(All(tuple(parts)))


def _literal(value: str) -> Literal:
    """What is looked for: whatever it looks like, or a text where it is in quotes."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        return text_literal(value[1:-1])
    literal = literal_of(value)
    is_plain = literal.number is not None or literal.flag is not None or literal.is_null
    return literal if is_plain else text_literal(value)


def _steps(path: str) -> Steps:
    """A path with dots; a number is a name of a table or a place in a list."""
    return tuple(path.split("."))


def _pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{option} {each}: write NAME=VALUE.")
        pairs[name] = value
    return pairs


def age_us(text: str, option: str = "--since") -> int:
    """An age such as 5m, in microseconds. Raises: click.UsageError."""
    match = re.fullmatch(r"(\d{1,9})([smhdw])", text)
    if match is None:
        raise click.UsageError(f"{option} {text}: write a number and a unit, such as 30s, 5m, 2h or 7d.")
    return int(match[1]) * UNITS_S[match[2]] * 1_000_000


def _print_row(row: MessageRow, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(row).decode())
        return
    state = row.state.value.replace("_", " ")
    where = row.queue or f"({row.ended_because})"
    facts = f"{row.message_id}  {date_time(row.published_at_us)}  {where}  {state}  {row.routing_key}"
    problem = f"  [damaged: {row.problem}]" if row.problem else ""
    click.echo(printable(f"{facts}  {row.preview[:WIDTH_PREVIEW]}{problem}").rstrip())


def _progress(item: Found) -> None:
    if sys.stderr.isatty() and item.of:
        click.echo(f"\r{100 * item.looked_at // item.of} % of {item.of:,} …", nl=False, err=True)


def _clear_progress() -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)


def _conclude(item: Found, printed: int, limit: int) -> None:
    if item.problem:
        raise failure(item.problem)
    says = f"{counted(printed, 'row')}; looked at {item.looked_at:,} of {counted(item.of, 'message')}."
    if printed >= limit and item.looked_at < item.of:
        says += " There may be more: --limit."
    if item.recorded_one_in > 1:
        says += f" {thinned(item.recorded_one_in)}"
    click.echo(says, err=True)
