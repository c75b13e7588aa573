"""`mqstudio decrypt`: make an encrypted profile a plain one."""

from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option
from mqstudio.cli.profile_options import find_key, key_options, profile_path
from mqstudio.cli.running import sentences


@click.command("decrypt", short_help="Make an encrypted profile a plain one.")
@click.argument("profile")
@key_options
@data_dir_option()
def command(profile: str, key_file: Path | None, data_dir: Path | None, *, use_keyring: bool) -> None:
    """Decrypt PROFILE, a name or a file. No broker may run on it.

    \b
    Examples:
      mqstudio decrypt default --key-file key.txt
      mqstudio backup plain.mqs --key-file key.txt --plain     a plain copy; the profile stays encrypted
    """
    from mqstudio.store.encryption import change_key  # noqa: PLC0415 - not for `--help`

    path = profile_path(profile, data_dir)
    key = find_key(path, key_file, use_keyring=use_keyring)
    if key is None:
        raise click.UsageError("Say where the passphrase is: --key-file FILE or --keyring.")
    with sentences():
        change_key(path, key, None)
    click.echo(f"{path} is plain.")
