"""`mqstudio record`: what goes through the broker, into a file, until it is stopped."""

import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path

import click

from mqstudio.cli.formats import exporter_named
from mqstudio.cli.options import checked_filter, data_dir_option, resolve_data_dir
from mqstudio.cli.output import printable
from mqstudio.cli.running import failure, with_client
from mqstudio.cli.search import age_us
from mqstudio.client.client import Client
from mqstudio.client.recording import SETTLE_S, Asked, Recorded, Recorder
from mqstudio.client.redaction_files import load_profile
from mqstudio.exporters.redaction import DEFAULT, NotRedactionError
from mqstudio.model.topology import DEFAULT_VHOST


@click.command("record", short_help="Record what goes through the broker, until stopped.")
@click.option(
    "--to", "path", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file."
)
@click.option("--queue", "queues", multiple=True, metavar="QUEUE", help="Only this; may be repeated.")
@click.option("--where", default="", metavar="FILTER", help="Only messages that this filter finds.")
@click.option("--for", "lasting", metavar="TIME", help="For so long: 30s, 5m. Otherwise until Ctrl-C.")
@click.option(
    "--settle", default=f"{SETTLE_S:.0f}s", show_default=True, metavar="TIME",
    help="How long a message is given to be consumed before it is written.",
)  # fmt: skip
@click.option(
    "--redact", default=DEFAULT.name, show_default=True, metavar="PROFILE",
    help="What is taken out: a profile in redaction/ of the data folder, a file, or none.",
)  # fmt: skip
@click.option("--vhost", default=DEFAULT_VHOST, show_default=True, help="The virtual host of the queues.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@data_dir_option()
def command(  # noqa: PLR0917  # click passes them by name
    path: Path,
    queues: tuple[str, ...],
    where: str,
    lasting: str | None,
    settle: str,
    vhost: str,
    data_dir: Path | None,
    redact: str,
    *,
    force: bool,
) -> None:
    """Record what is published from now on, with bodies, headers and what happens to it, into a file that
    `mqstudio replay` and the window read. The end of its name says the format: .jsonl, .msgpack, .mqs.

    Ctrl-C ends it. The file is whole whenever it ends, however it ends. Recording changes nothing.

    \b
    Examples:
      mqstudio record --to run.jsonl
      mqstudio record --to orders.mqs --queue orders --where 'body.total > 100' --for 30s
    """
    try:
        exporter = exporter_named(path.name)
    except ValueError as error:
        raise failure(str(error)) from error
    if where:
        checked_filter(where)
    if path.exists() and not force:
        raise failure(f"{path} is there already. Choose another name, or write over it with --force.")
    places = tuple((vhost, queue) for queue in queues)
    try:
        redaction = load_profile(resolve_data_dir(data_dir), redact)
    except (NotRedactionError, OSError) as error:
        raise failure(str(error)) from error
    asked = Asked(places, where, age_us(settle, "--settle") / 1e6, redaction)
    for_s = age_us(lasting, "--for") / 1e6 if lasting else None
    recorder = Recorder(asked, exporter, path, _progress)
    recorded = with_client(data_dir, lambda client: _until_stopped(client, recorder, path, for_s))
    _tell(recorded, path)


async def _until_stopped(client: Client, recorder: Recorder, path: Path, for_s: float | None) -> Recorded:
    """Record until the time is over, or a signal comes."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows' loop: there Ctrl-C ends it by KeyboardInterrupt
            loop.add_signal_handler(number, recorder.stop)
    says = f"Recording to {printable(str(path))}. Ctrl-C ends it."

    def begin() -> None:
        click.echo(says, err=True)
        if for_s is not None:
            loop.call_later(for_s, recorder.stop)

    return await recorder.run(client, begin)


def _progress(recorded: Recorded) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{recorded.count:,} messages, {recorded.size_bytes / 1e6:,.1f} MB", err=True, nl=False)


def _tell(recorded: Recorded, path: Path) -> None:
    if sys.stderr.isatty():
        click.echo(err=True)
    many = "1 message" if recorded.count == 1 else f"{recorded.count:,} messages"
    click.echo(f"Recorded {many} to {printable(str(path))}, {recorded.size_bytes:,} bytes.")
    if recorded.hits.messages:
        found = ", ".join(f"{rule} {count}×" for rule, count in sorted(recorded.hits.counts.items())[:5])
        click.echo(
            f"Secrets were taken out of {recorded.hits.messages:,} of them ({printable(found)}); "
            "--redact none leaves them in."
        )
