"""`mqstudio tail`: follow what happens, live."""

import os
import sys
from pathlib import Path

import click
import msgspec

from mqstudio.cli.options import checked_filter, data_dir_option
from mqstudio.cli.output import printable
from mqstudio.cli.running import with_client
from mqstudio.client.client import Client
from mqstudio.model.queries import WatchEvents
from mqstudio.protocols.native.messages import Gap


@click.command("tail", short_help="Follow what happens, live.")
@click.argument("queue", required=False)
@click.option("-n", "--count", type=click.IntRange(1), help="End after so many lines.")
@click.option("--where", default="", metavar="FILTER", help="Only messages that this filter finds.")
@data_dir_option()
@click.option("--json", is_flag=True, expose_value=False, help="Print JSON lines, as it does anyway.")
def command(queue: str | None, count: int | None, where: str, data_dir: Path | None) -> None:
    """Follow messages as they are published, routed, delivered, settled: one line of JSON each.

    All queues, or QUEUE alone. Where more happens than can be shown, a line {"gap": n} says how many
    were left out. Ctrl-C ends it. Standard error says when it has begun.

    \b
    Examples:
      mqstudio tail
      mqstudio tail hello | jq -r 'select(.what == "enqueued") | .preview'
      mqstudio tail hello --count 1          wait until something happens
      mqstudio tail --where 'body.total > 100 and state == dead'
    """
    if where:
        checked_filter(where)

    async def work(client: Client) -> None:
        async with client.watch(WatchEvents(queue, where=where)) as items:
            click.echo(_following(queue), err=True)
            left = count
            async for item in items:
                _print_line({"gap": item.count} if isinstance(item, Gap) else item)
                left = None if left is None else left - 1
                if left == 0:
                    return

    try:
        with_client(data_dir, work)
    except KeyboardInterrupt:
        pass  # the way it is meant to end
    except _NobodyReadsError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python fails to flush at exit


class _NobodyReadsError(Exception):
    """Standard output was closed, as `head` does when it has enough."""


def _print_line(item: object) -> None:
    try:
        click.echo(msgspec.json.encode(item).decode())
    except BrokenPipeError:
        raise _NobodyReadsError from None


def _following(queue: str | None) -> str:
    what = "all queues" if queue is None else f"queue '{printable(queue)}'"
    return f"Following {what}; Ctrl-C ends it."
