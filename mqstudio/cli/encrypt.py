"""`mqstudio encrypt`: make a profile unreadable without its passphrase."""

from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option
from mqstudio.cli.profile_options import find_key, key_options, profile_path
from mqstudio.cli.running import sentences


@click.command("encrypt", short_help="Encrypt a profile.")
@click.argument("profile")
@key_options
@data_dir_option()
def command(profile: str, key_file: Path | None, data_dir: Path | None, *, use_keyring: bool) -> None:
    """Encrypt PROFILE, a name or a file, with the passphrase in a file or (asked for now) in the keyring.

    No broker may run on it. Without the passphrase nobody can read it again: there is no other way in. What
    was written before may still be found on the disk by those who have it in hand.

    \b
    Examples:
      mqstudio encrypt default --key-file key.txt
      mqstudio encrypt default --keyring
      mqstudio serve --keyring
    """
    from mqstudio.client import keys  # noqa: PLC0415 - not for `--help`
    from mqstudio.store.encryption import change_key  # noqa: PLC0415

    path = profile_path(profile, data_dir)
    with sentences():
        if key_file is not None:
            key = find_key(path, key_file, use_keyring=False)
        elif use_keyring:
            key = click.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
            keys.keep_in_keyring(path, str(key))
        else:
            raise click.UsageError("Say where the passphrase is: --key-file FILE or --keyring.")
        change_key(path, None, key)
    click.echo(f"{path} is encrypted.")
