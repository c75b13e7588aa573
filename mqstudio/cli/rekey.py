"""`mqstudio rekey`: give an encrypted profile another passphrase."""

from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option
from mqstudio.cli.profile_options import find_key, key_options, profile_path
from mqstudio.cli.running import sentences


@click.command("rekey", short_help="Give an encrypted profile another passphrase.")
@click.argument("profile")
@key_options
@click.option(
    "--new-key-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File with the new passphrase; without it, it is asked for and kept in the keyring.",
)
@data_dir_option()
def command(
    profile: str,
    key_file: Path | None,
    new_key_file: Path | None,
    data_dir: Path | None,
    *,
    use_keyring: bool,
) -> None:
    """Encrypt PROFILE, a name or a file, with another passphrase. No broker may run on it.

    \b
    Examples:
      mqstudio rekey default --key-file old.txt --new-key-file new.txt
    """
    from mqstudio.client import keys  # noqa: PLC0415 - not for `--help`
    from mqstudio.store.encryption import change_key  # noqa: PLC0415

    path = profile_path(profile, data_dir)
    key = find_key(path, key_file, use_keyring=use_keyring)
    if key is None:
        raise click.UsageError("Say where the present passphrase is: --key-file FILE or --keyring.")
    with sentences():
        new_key = find_key(path, new_key_file, use_keyring=False)
        if new_key is None:
            new_key = str(click.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True))
        change_key(path, key, new_key)
        if new_key_file is None:
            keys.keep_in_keyring(path, new_key)
    click.echo(f"{path} has another passphrase.")
