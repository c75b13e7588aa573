"""`mqstudio convert`: recorded messages from one file into another, of any format that there is."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from mqstudio.cli.formats import Writes, read, write_of
from mqstudio.cli.output import counted, printable
from mqstudio.cli.running import failure
from mqstudio.exporters.base import NotReadableError, Options

STDIO = Path("-")


@click.command("convert", short_help="Copy recorded messages into a file of another format.")
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--from", "source_suffix", default="", metavar="SUFFIX", help="What SOURCE is, as .jsonl.")
@click.option("--as", "target_suffix", default="", metavar="SUFFIX", help="What TARGET is to be, as .csv.")
@click.option("--column", "columns", multiple=True, metavar="PATH", help="In CSV: headers.tenant.")
@click.option("--no-body", is_flag=True, help="Leave bodies out.")
@click.option("--no-headers", is_flag=True, help="Leave properties and headers out.")
@click.option("--no-life", is_flag=True, help="Leave out what happened to each.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def command(source: Path, target: Path, **options: Any) -> None:  # Any: what click has parsed
    """Copy recorded messages into a file of another format; the ends of their names say which.

    SOURCE can be .jsonl, .msgpack, a ledger file (.mqs), or a .log of RabbitMQ's tracing plugin. No broker
    need be running. A dash is standard input or output.

    \b
    Examples:
      mqstudio convert orders.jsonl orders.mqs
      mqstudio convert trace.log trace.html
    """
    if target != STDIO and target.exists() and not options["force"]:
        raise failure(f"{target} is there already. Choose another name, or write over it with --force.")
    wanted = Options(
        not options["no_body"], not options["no_headers"], not options["no_life"], options["columns"]
    )
    try:
        records = read(source, options["source_suffix"], sys.stdin.buffer)
        with write_of(target, options["target_suffix"] or target.name, wanted, sys.stdout.buffer) as writing:
            count = _copy(records, writing)
    except (NotReadableError, OSError, ValueError) as error:
        raise failure(str(error)) from error
    if target != STDIO:
        click.echo(f"Wrote {counted(count, 'message')} to {printable(str(target))}.")


def _copy(records: Iterator[Any], writing: Writes) -> int:
    """Any: records."""
    count = 0
    for record in records:
        writing.record(record)
        count += 1
    return count
