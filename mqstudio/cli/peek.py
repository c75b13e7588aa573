"""`mqstudio peek`: look at messages without taking them."""

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from mqstudio.cli.details import print_message
from mqstudio.cli.options import checked_filter, data_dir_option, json_option
from mqstudio.cli.output import as_text, clock_time, counted, print_json, print_table, printable, thinned
from mqstudio.cli.running import with_client
from mqstudio.client.client import Client
from mqstudio.model.filters.matching import asks_about
from mqstudio.model.limits import MESSAGE_MAX_BYTES, PAGE_MAX_ROWS
from mqstudio.model.rows import MessageDetail, MessagePage, MessageRow, MessageState

LIVE = (MessageState.READY, MessageState.IN_FLIGHT)


@click.command("peek", short_help="Look at messages; none is taken.")
@click.argument("queue")
@click.option("-n", "--limit", type=click.IntRange(1, PAGE_MAX_ROWS), default=10, help="At most so many.")
@click.option("--newest", is_flag=True, help="The newest first; otherwise the oldest.")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in MessageState]),
    help="Only messages in this state; may be repeated.  [default: ready, in_flight]",
)
@click.option("--where", default="", metavar="FILTER", help="Only messages that this filter finds.")
@click.option("--message", "message_id", type=click.IntRange(0), help="Show one message whole.")
@click.option("--raw", is_flag=True, help="With --message: write its body as it is, and nothing else.")
@data_dir_option()
@json_option
def command(  # noqa: PLR0917  # click passes them by name
    queue: str,
    limit: int,
    states: tuple[str, ...],
    where: str,
    message_id: int | None,
    data_dir: Path | None,
    *,
    newest: bool,
    raw: bool,
    as_json: bool,
) -> None:
    """Look at the messages of QUEUE. Nothing is taken, counted or moved by it.

    \b
    Examples:
      mqstudio peek hello
      mqstudio peek hello --newest --limit 3
      mqstudio peek hello --state done                 those that were consumed
      mqstudio peek hello --where 'body.total > 100'   those that a filter finds
      mqstudio peek hello --message 17                 one of them, whole
      mqstudio peek hello --message 17 --raw > body
    """
    if message_id is not None:
        _peek_one(queue, message_id, data_dir, raw=raw, as_json=as_json)
        return
    if raw:
        raise click.UsageError("--raw needs --message: say whose body it is.")

    says_states = asks_about(checked_filter(where), "state")
    wanted = [MessageState(each) for each in states or (() if says_states else LIVE)]

    async def work(client: Client) -> MessagePage:
        return await _page(client, queue, limit, wanted, where, newest=newest)

    page = with_client(data_dir, work)
    if as_json:
        print_json(page)
    elif page.rows:
        _print_page(page)
    else:
        click.echo(f"No such messages in queue '{printable(queue)}'. {_try_states(states)}".rstrip())
    if page.recorded_one_in > 1 and not as_json:
        click.echo(thinned(page.recorded_one_in), err=True)


async def _page(
    client: Client, queue: str, limit: int, states: list[MessageState], where: str, *, newest: bool
) -> MessagePage:
    """The first rows there are: with a filter it may take several looks to find them."""
    rows: list[MessageRow] = []
    after_id, one_in = None, 1
    while True:
        page = await client.page(
            queue,
            limit=limit - len(rows),
            after_id=after_id,
            is_oldest_first=not newest,
            states=states,
            where=where,
        )
        rows += page.rows
        after_id, one_in = page.next_id, max(one_in, page.recorded_one_in)
        if not where or after_id is None or len(rows) >= limit:
            return msgspec.structs.replace(page, rows=rows, recorded_one_in=one_in)


def _print_page(page: MessagePage) -> None:
    print_table(
        ("message", "state", "published", "routing key", "bytes", "body"), [_cells(row) for row in page.rows]
    )
    left = page.total_live - len(page.rows)
    if left > 0:
        click.echo(f"… {counted(page.total_live, 'message')} ready or in flight; --limit shows more.")


def _cells(row: MessageRow) -> tuple[object, ...]:
    state = row.state.value.replace("_", " ")
    if row.state is MessageState.IN_FLIGHT:
        state += f" to {row.holder}"
    return (
        row.message_id,
        state,
        clock_time(row.published_at_us),
        row.routing_key,
        row.size_bytes,
        row.preview,
    )


def _try_states(states: tuple[str, ...]) -> str:
    return "" if states else "With --state done it shows those that were consumed."


def _peek_one(queue: str, message_id: int, data_dir: Path | None, *, raw: bool, as_json: bool) -> None:
    async def work(client: Client) -> MessageDetail:
        return await client.message(
            queue, message_id, body_limit=MESSAGE_MAX_BYTES if raw or as_json else None
        )

    detail = with_client(data_dir, work)
    if raw:
        sys.stdout.buffer.write(detail.body)
        if detail.kept_bytes is not None:
            kept = f"The ledger has kept {detail.kept_bytes} of {detail.row.size_bytes} bytes."
            click.echo(kept, err=True)
    elif as_json:
        print_json(_document(detail))
    else:
        print_message(detail)


def _document(detail: MessageDetail) -> dict[str, Any]:  # Any: JSON
    """A message as JSON: its body as text where it is text, and as base64 always."""
    document: dict[str, Any] = msgspec.to_builtins(detail)
    document["body_base64"] = document.pop("body")
    document["body_text"] = as_text(detail.body)
    return document
