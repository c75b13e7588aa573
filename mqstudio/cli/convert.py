"""`mqstudio convert`: recorded messages from one file into another, of any format that there is."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from mqstudio.cli.formats import Writes, read, taken_out, write_of
from mqstudio.cli.options import data_dir_option, resolve_data_dir
from mqstudio.cli.output import counted, printable
from mqstudio.cli.profile_options import find_key, key_options
from mqstudio.cli.running import failure
from mqstudio.client.redaction_files import load_profile
from mqstudio.exporters.base import NotReadableError, Options, Record
from mqstudio.exporters.redacting import Redactor

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
@click.option(
    "--redact",
    default="default",
    show_default=True,
    metavar="PROFILE",
    help="What is taken out: a profile in redaction/ of the data folder, a file, or none.",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@key_options
@data_dir_option()
def command(source: Path, target: Path, **options: Any) -> None:  # Any: what click has parsed
    """Copy recorded messages into a file of another format; the ends of their names say which.

    SOURCE can be .jsonl, .msgpack, a ledger file (.mqs), or a .log of RabbitMQ's tracing plugin. No broker
    need be running. A dash is standard input or output. Secrets are taken out, as in exports.

    \b
    Examples:
      mqstudio convert orders.jsonl orders.mqs --redact none
      mqstudio convert trace.log trace.html
    """
    if target != STDIO and target.exists() and not options["force"]:
        raise failure(f"{target} is there already. Choose another name, or write over it with --force.")
    wanted = Options(
        not options["no_body"], not options["no_headers"], not options["no_life"], options["columns"]
    )
    key = None
    if options["key_file"] or options["use_keyring"]:
        key = find_key(source, options["key_file"], use_keyring=options["use_keyring"])
    try:
        redactor = Redactor(load_profile(resolve_data_dir(options["data_dir"]), options["redact"]))
        records = read(source, options["source_suffix"], sys.stdin.buffer, key=key)
        with write_of(target, options["target_suffix"] or target.name, wanted, sys.stdout.buffer) as writing:
            count = _copy(records, writing, redactor)
    except (NotReadableError, OSError, ValueError) as error:
        raise failure(str(error)) from error
    if target != STDIO:
        says = f"Wrote {counted(count, 'message')} to {printable(str(target))}."
        click.echo(says + taken_out(redactor.hits))


def _copy(records: Iterator[Record], writing: Writes, redactor: Redactor) -> int:
    count = 0
    for record in records:
        writing.record(redactor.record(record))
        count += 1
    return count
