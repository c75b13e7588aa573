"""`mqstudio expect`: for scripts that check what a program sends."""

import time
from pathlib import Path

import click

from mqstudio.cli.options import checked_filter, data_dir_option
from mqstudio.cli.output import counted, printable
from mqstudio.cli.running import with_client
from mqstudio.cli.search import age_us
from mqstudio.client.client import Client
from mqstudio.client.expecting import Expected, Seen, expect, report
from mqstudio.model.lifecycle import Lifecycle
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.viewmodel.lifecycle_text import lifecycle_text

NOT_MET = 1


@click.command("expect", short_help="Wait for messages; fail, and say why, if they do not come.")
@click.argument("queue")
@click.option("--count", "-n", type=click.IntRange(0), default=1, show_default=True, help="How many.")
@click.option("--where", default="", metavar="FILTER", help="Only messages that this filter finds.")
@click.option(
    "--within", default="5s", show_default=True, metavar="TIME", help="How long to wait: 500ms, 5s, 1m."
)
@click.option("--exactly", is_flag=True, help="Not more either; waits the whole time.")
@click.option("--last", metavar="AGE", help="Count only messages not older than this: 30s, 5m.")
@click.option("--vhost", default=DEFAULT_VHOST, show_default=True)
@data_dir_option()
def command(  # noqa: PLR0917  # click passes them by name
    queue: str,
    count: int,
    where: str,
    within: str,
    last: str | None,
    vhost: str,
    data_dir: Path | None,
    *,
    exactly: bool,
) -> None:
    """Wait until COUNT messages that the filter finds have been in QUEUE, consumed or not. Exit code 0 if so;
    1 if not, with what happened to the messages that were there. --count 0: none, for the whole time.

    \b
    Examples:
      mqstudio expect orders --count 3 --where 'body.total > 100' --within 5s
      mqstudio expect errors --count 0 --within 2s
      mqstudio expect orders --where 'state == done' --last 1m
    """
    if where:
        checked_filter(where)
    since_us = time.time_ns() // 1000 - age_us(last, "--last") if last else 0
    expected = Expected(queue, count, where, _seconds(within), vhost, exactly, since_us)

    async def work(client: Client) -> tuple[Seen, str]:
        seen = await expect(client, expected)
        return seen, "" if seen.is_met else await report(client, seen, told)

    seen, says = with_client(data_dir, work)
    if seen.is_met:
        click.echo(f"Seen: {counted(len(seen.found), 'message')} in {printable(queue)}.")
        return
    click.echo("\n".join(printable(line) for line in says.splitlines()), err=True)
    raise click.exceptions.Exit(NOT_MET)


def told(lifecycle: Lifecycle) -> str:
    """A lifecycle in words."""
    return lifecycle_text(lifecycle, lifecycle.now_us)


def _seconds(text: str) -> float:
    """A time such as 500ms or 5s."""
    if text.endswith("ms") and text[:-2].isdigit():
        return int(text[:-2]) / 1000
    return age_us(text, "--within") / 1e6
