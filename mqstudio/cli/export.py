"""`mqstudio export`: messages with all that is known of them, into a file."""

import asyncio
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from msgspec import Struct, field

from mqstudio.cli.formats import exporter_named, taken_out
from mqstudio.cli.options import checked_filter, data_dir_option, resolve_data_dir
from mqstudio.cli.output import printable
from mqstudio.cli.running import failure, with_client
from mqstudio.cli.search import age_us
from mqstudio.client.client import Client
from mqstudio.client.estimating import estimate
from mqstudio.client.exporting import Wanted, export
from mqstudio.client.redaction_files import load_profile
from mqstudio.exporters.base import Exporter, Options
from mqstudio.exporters.redacting import Hits
from mqstudio.exporters.redaction import NotRedactionError, Redaction
from mqstudio.model.topology import DEFAULT_VHOST


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
@click.option(
    "--redact",
    default="default",
    show_default=True,
    metavar="PROFILE",
    help="What is taken out: a profile in redaction/ of the data folder, a file, or none.",
)
@click.option("--dry-run", is_flag=True, help="Say how large it will be, and what is taken out.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@data_dir_option()
def command(queues: tuple[str, ...], data_dir: Path | None, **options: Any) -> None:  # Any: as click has it
    """Write the messages of QUEUES, or of all queues, into a file; those that have ended, too, as far as the
    ledger keeps them. The end of the file's name says the format: .jsonl, .msgpack, .csv, .parquet,
    .mqs (a ledger that MQ Studio opens), .html, .trace.json (Chrome and Perfetto) or .otlp (OpenTelemetry).

    Passwords, tokens, keys, cookies and card numbers are taken out, and counted, unless --redact says
    otherwise. Looking changes nothing. Ctrl-C ends it; what is written by then is a whole file.

    \b
    Examples:
      mqstudio export orders --to orders.jsonl
      mqstudio export --to dead.csv --where 'state == dead' --last 1d --column body.total
      mqstudio export orders --to o.jsonl --no-life; jq .body o.jsonl
      mqstudio export --to incident.mqs --last 5m --redact shop.json
    """
    job = _job(data_dir, options)
    if job.path.exists() and not (options["force"] or options["dry_run"]):
        raise failure(f"{job.path} is there already. Choose another name, or write over it with --force.")

    async def work(client: Client) -> "_Done | None":
        wanted = await _wanted(client, options["vhost"], queues, job)
        if options["dry_run"]:
            await _tell(client, wanted, job)
            return None
        return await _until_interrupted(client, wanted, job)

    done = with_client(data_dir, work)
    if done is not None:
        _say(done, job.path)


class _Job(Struct, frozen=True):
    """What is to be written, and how."""

    path: Path
    exporter: Exporter
    options: Options
    redaction: Redaction
    where: str
    since_us: int


class _Done(Struct):
    """What became of it."""

    count: int = 0
    hits: Hits = field(default_factory=Hits)
    is_whole: bool = True


def _job(data_dir: Path | None, options: dict[str, Any]) -> _Job:  # Any: as click has it
    path: Path = options["path"]
    try:
        exporter = exporter_named(path.name)
        redaction = load_profile(resolve_data_dir(data_dir), options["redact"])
    except (ValueError, NotRedactionError) as error:
        raise failure(str(error)) from error
    if options["where"]:
        checked_filter(options["where"])
    last = options["last"]
    since_us = time.time_ns() // 1000 - age_us(last, "--last") if last else 0
    wanted = Options(
        not options["no_body"], not options["no_headers"], not options["no_life"], options["columns"]
    )
    return _Job(path, exporter, wanted, redaction, options["where"], since_us)


async def _wanted(client: Client, vhost: str, queues: tuple[str, ...], job: _Job) -> Wanted:
    if queues:
        return Wanted(tuple((vhost, queue) for queue in queues), job.where, job.since_us)
    topology = await client.topology()
    named = tuple((each.vhost, each.spec.name) for each in topology.queues if each.vhost == vhost)
    is_all = {each.name for each in topology.vhosts} == {vhost}
    return Wanted(named, job.where, job.since_us, is_all=is_all)


async def _tell(client: Client, wanted: Wanted, job: _Job) -> None:
    """Say what would be written."""
    found = await estimate(client, wanted, job.exporter, job.options, job.redaction)
    about = "" if found.is_exact else "about "
    click.echo(f"It would be {about}{found.count:,} messages, {about}{found.size_bytes / 1e6:,.1f} MB.")
    if found.hits.total:
        sample = "" if found.is_exact else f" in a sample of {found.sampled:,}"
        click.echo(f"Taken out by redaction profile {job.redaction.name}{sample}:")
        for rule, count in sorted(found.hits.counts.items(), key=lambda each: -each[1]):
            click.echo(f"  {count:>8,}  {printable(rule)}")
        for hit in found.hits.examples[:5]:
            click.echo(f"  e.g. {printable(hit.where)}: {printable(hit.sample)}")


def _say(done: _Done, path: Path) -> None:
    begins = "Wrote" if done.is_whole else "Interrupted: wrote"
    plural = "" if done.count == 1 else "s"
    says = f"{begins} {done.count:,} message{plural} to {printable(str(path))}."
    click.echo(says + taken_out(done.hits))
    if not done.is_whole:
        raise click.exceptions.Exit(130)


async def _until_interrupted(client: Client, wanted: Wanted, job: _Job) -> _Done:
    """Write until all is written, or Ctrl-C."""
    done = _Done(hits=Hits())
    way = ""

    def on_way(at: int, of: int) -> None:
        nonlocal way
        way = f"{100 * at // of} %, " if of else ""

    def progress(count: int, size: int) -> None:
        done.count = count
        if sys.stderr.isatty():
            click.echo(f"\r{way}{count:,} messages, {size / 1e6:,.1f} MB", err=True, nl=False)

    task: asyncio.Task[object] | None = asyncio.current_task()
    assert task is not None
    with suppress(NotImplementedError):  # Windows' loop: there Ctrl-C ends it by KeyboardInterrupt
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, task.cancel)
    try:
        await export(
            client, wanted, job.exporter, job.options, job.path, progress,
            redaction=job.redaction, hits=done.hits, on_way=on_way,
        )  # fmt: skip
    except asyncio.CancelledError:
        task.uncancel()
        done.is_whole = False
    return done
