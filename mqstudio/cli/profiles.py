"""`mqstudio profiles`: what profiles there are."""

from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option, json_option, resolve_data_dir
from mqstudio.cli.output import date_time, print_json, print_table


@click.command("profiles", short_help="List the profiles.")
@data_dir_option()
@json_option
def command(data_dir: Path | None, *, as_json: bool) -> None:
    """List the profiles of the data folder: files that a broker keeps everything in.

    \b
    Examples:
      mqstudio profiles
      mqstudio serve --profile shop      begin a new one, or go on with it
    """
    from mqstudio.store.problems import PROFILE_SUFFIX  # noqa: PLC0415 - not for `--help`

    files = sorted(resolve_data_dir(data_dir).glob(f"*{PROFILE_SUFFIX}"))
    rows = [
        {"name": each.stem, "file": str(each), "size_bytes": _size(each), "changed_at_us": _changed(each)}
        for each in files
    ]
    if as_json:
        print_json(rows)
        return
    table = [(row["name"], row["size_bytes"], date_time(_changed(Path(str(row["file"]))))) for row in rows]
    print_table(("profile", "bytes", "changed"), table)


def _size(path: Path) -> int:
    """With its log."""
    log = path.with_name(f"{path.name}-wal")
    return path.stat().st_size + (log.stat().st_size if log.exists() else 0)


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns // 1000
