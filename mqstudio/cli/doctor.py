"""`mqstudio doctor`: look through a profile's file, and save what can be read of a damaged one."""

from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option, json_option
from mqstudio.cli.output import print_json, printable
from mqstudio.cli.profile_options import find_key, key_options, profile_path
from mqstudio.cli.running import sentences


@click.command("doctor", short_help="Look through a profile's file.")
@click.argument("profile", default="default")
@click.option(
    "--salvage",
    type=click.Path(path_type=Path),
    help="Copy what can be read to this new file, and say what was left out.",
)
@key_options
@data_dir_option()
@json_option
def command(
    profile: str,
    salvage: Path | None,
    key_file: Path | None,
    data_dir: Path | None,
    *,
    use_keyring: bool,
    as_json: bool,
) -> None:
    """Look through PROFILE, a name or a file, and say what was found. It is not changed.

    Exit code 0: it is sound; 1: it is damaged, or none of ours. A broker may run on it meanwhile.

    \b
    Examples:
      mqstudio doctor
      mqstudio doctor old.mqs
      mqstudio doctor old.mqs --salvage saved.mqs
    """
    from mqstudio.store.doctor import examine  # noqa: PLC0415 - not for `--help`
    from mqstudio.store.salvage import salvage as save  # noqa: PLC0415

    path = profile_path(profile, data_dir)
    key = find_key(path, key_file, use_keyring=use_keyring)
    with sentences():
        if salvage is not None:
            left_out = save(path, salvage.absolute(), key=key)
            click.echo(f"What can be read is in {salvage}.")
            for says in left_out or ["Nothing was left out."]:
                click.echo(printable(says))
            return
        report = examine(path, key=key, told=_tell)
    if as_json:
        print_json(report)
    else:
        for says in (*report.facts, *(report.damage or ("It is sound.",))):
            click.echo(printable(says))
        if report.damage:
            click.echo("`mqstudio doctor --salvage NEW_FILE` copies what can be read.")
    click.get_current_context().exit(1 if report.damage else 0)


def _tell(number: int, count: int) -> None:
    if count:
        end = "\r    \r" if number >= count else ""
        click.echo(f"\r{number / count:4.0%}{end}", nl=False, err=True)
