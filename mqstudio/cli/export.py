"""`mqstudio export`: messages with all that is known of them, into a file."""

import asyncio
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import click

from mqstudio.cli.options import checked_filter, data_dir_option
from mqstudio.cli.output import counted, printable
from mqstudio.cli.running import failure, with_client
from mqstudio.cli.search import age_us
from mqstudio.client.client import Client
from mqstudio.client.exporting import Wanted, export
from mqstudio.exporters.base import Exporter, Options
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.registry import discover


@click.command("export", short_help="Write messages, with their bodies and lives, into a file.")
@click.argument("queues", nargs=-1)
@click.option(
    "--to", "path", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file."
)
@click.option("--where", default="", metavar="FILTER", help="Only messages that this filter finds.")
@click.option("--last", metavar="AGE", help="Not older than this: 30s, 5m, 2h, 7d.")
@click.option("--vhost", default=DEFAULT_VHOST, show_default=True, help="The virtual host of the queues.")
@click.option(
    "--column", "columns", multiple=True, metavar="PATH", help="In CSV: body.total, headers.tenant."
)
@click.option("--no-body", is_flag=True, help="Leave bodies out.")
@click.option("--no-headers", is_flag=True, help="Leave properties and headers out.")
@click.option("--no-life", is_flag=True, help="Leave out what happened to each.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@data_dir_option()
def command(  # noqa: PLR0917  # click passes them by name
    queues: tuple[str, ...],
    path: Path,
    where: str,
    last: str | None,
    vhost: str,
    columns: tuple[str, ...],
    data_dir: Path | None,
    *,
    no_body: bool,
    no_headers: bool,
    no_life: bool,
    force: bool,
) -> None:
    """Write the messages of QUEUES, or of all queues, into a file; those that have ended, too, as far as the
    ledger keeps them. The end of the file's name says the format: .jsonl, .csv,
    .trace.json (for Chrome and Perfetto) or .otlp (for OpenTelemetry).

    Looking changes nothing. Ctrl-C ends it; what is written by then is a whole file.

    \b
    Examples:
      mqstudio export orders --to orders.jsonl
      mqstudio export --to dead.csv --where 'state == dead' --last 1d --column body.total
      mqstudio export orders --to o.jsonl --no-life; jq .body o.jsonl
    """
    exporter = exporter_of(path)
    if where:
        checked_filter(where)
    if path.exists() and not force:
        raise failure(f"{path} is there already. Choose another name, or write over it with --force.")
    options = Options(not no_body, not no_headers, not no_life, columns)
    since_us = time.time_ns() // 1000 - age_us(last, "--last") if last else 0

    async def work(client: Client) -> tuple[int, bool]:
        wanted = Wanted(await _named(client, vhost, queues), where, since_us)
        return await _until_interrupted(client, wanted, exporter, options, path)

    count, is_whole = with_client(data_dir, work)
    begins = "Wrote" if is_whole else "Interrupted: wrote"
    click.echo(f"{begins} {count:,} message{'s' if count != 1 else ''} to {printable(str(path))}.")
    if not is_whole:
        raise click.exceptions.Exit(130)


def exporter_of(path: Path) -> Exporter:
    """The format that a file's name asks for."""
    found: list[Exporter] = list(discover("mqstudio.exporters", "EXPORTER").found.values())
    for exporter in found:
        if path.name.endswith(exporter.suffixes):
            return exporter
    known = " ".join(suffix for exporter in found for suffix in exporter.suffixes)
    raise failure(f"The end of {path.name} says no format that can be written. There are: {known}.")


async def _named(client: Client, vhost: str, queues: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    if queues:
        return tuple((vhost, queue) for queue in queues)
    topology = await client.topology()
    return tuple((each.vhost, each.spec.name) for each in topology.queues if each.vhost == vhost)


async def _until_interrupted(
    client: Client, wanted: Wanted, exporter: Exporter, options: Options, path: Path
) -> tuple[int, bool]:
    """Write until all is written, or Ctrl-C; how many, and whether that is all."""
    written = 0

    def progress(count: int, size: int) -> None:
        nonlocal written
        written = count
        if sys.stderr.isatty():
            click.echo(f"\r{count:,} messages, {size / 1e6:,.1f} MB", err=True, nl=False)

    task: asyncio.Task[object] | None = asyncio.current_task()
    assert task is not None
    with suppress(NotImplementedError):  # Windows' loop: there Ctrl-C ends it by KeyboardInterrupt
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, task.cancel)
    try:
        return await export(client, wanted, exporter, options, path, progress), True
    except asyncio.CancelledError:
        task.uncancel()
        return written, False
