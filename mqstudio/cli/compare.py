"""`mqstudio compare`: two recordings side by side."""

import sys
from pathlib import Path

import click
import msgspec

from mqstudio.cli.output import counted, printable
from mqstudio.cli.running import failure
from mqstudio.client.recordings import open_recording
from mqstudio.exporters.base import NotReadableError
from mqstudio.exporters.comparing import Comparison, Difference, Side, compare

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_SIGNS = {Side.LEFT: "-", Side.RIGHT: "+", Side.BOTH: "~"}


@click.command("compare", short_help="Say how two recordings differ.")
@click.argument("left", type=_FILE)
@click.argument("right", type=_FILE)
@click.option("--limit", default=100, show_default=True, help="Differences that are listed.")
@click.option("--json", "is_json", is_flag=True, help="Print everything as JSON.")
def command(left: Path, right: Path, limit: int, *, is_json: bool) -> None:
    """Say which messages are in one of two recordings only, and how those in both differ.

    Messages are matched by queue and message id, or else by what they say; times and numbers of two runs
    differ always, and count for nothing. Exit code 1 if there is any difference.

    \b
    Examples:
      mqstudio compare yesterday.mqs today.jsonl
    """
    try:
        found = compare(open_recording(left).records(), open_recording(right).records())
    except (NotReadableError, OSError) as error:
        raise failure(str(error)) from error
    if is_json:
        sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
    else:
        _say(found, left, right, limit)
    if found.differences:
        raise click.exceptions.Exit(1)


def _say(found: Comparison, left: Path, right: Path, limit: int) -> None:
    for each in found.differences[:limit]:
        click.echo(_line(each))
    more = len(found.differences) - limit
    if more > 0:
        click.echo(f"… and {counted(more, 'difference')} more")
    click.echo(_sum(found, left.name, right.name))


def _line(difference: Difference) -> str:
    place = f"{difference.queue or '(no queue)'}  {difference.name}"
    what = f"  {'; '.join(difference.what)}" if difference.what else ""
    return printable(f"{_SIGNS[difference.side]} {place}{what}")


def _sum(found: Comparison, left: str, right: str) -> str:
    return printable(
        f"{counted(found.same, 'message')} alike, {found.different:,} different, "
        f"{found.left_only:,} in {left} only, {found.right_only:,} in {right} only."
    )
