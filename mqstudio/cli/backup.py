"""`mqstudio backup`: copy a profile, also of a broker that runs."""

import asyncio
from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option
from mqstudio.cli.profile_options import find_key, key_options, profile_path
from mqstudio.cli.running import failure, sentences, with_client
from mqstudio.client.client import Client

LOOK_S = 0.2


@click.command("backup", short_help="Copy a profile, also of a broker that runs.")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--of", "profile", help="A profile's name or file; without it, that of the running broker.")
@click.option("--plain", is_flag=True, help="With --of: leave the copy of an encrypted profile plain.")
@key_options
@data_dir_option()
def command(
    target: Path,
    profile: str | None,
    key_file: Path | None,
    data_dir: Path | None,
    *,
    plain: bool,
    use_keyring: bool,
) -> None:
    """Copy a profile, as it is at this moment, to the new file TARGET. Nothing is ever replaced.

    The broker goes on meanwhile, and nobody waits. Ctrl-C gives the copy up, and leaves nothing of it. The
    copy of an encrypted profile has the same passphrase.

    \b
    Examples:
      mqstudio backup monday.mqs
      mqstudio backup shop.mqs --of shop                                   one that no broker runs on
      mqstudio backup plain.mqs --of default --key-file key.txt --plain    without encryption
      mqstudio serve --read-only monday.mqs --data-dir ./look &            look into it
    """
    if profile is None:
        if plain or key_file or use_keyring:
            raise click.UsageError("--plain, --key-file and --keyring need --of.")
        with_client(data_dir, lambda client: _follow(client, target.absolute()))
    else:
        path = profile_path(profile, data_dir)
        _copy(path, target.absolute(), find_key(path, key_file, use_keyring=use_keyring), plain=plain)
    click.echo(f"Copied to {target}.")


async def _follow(client: Client, target: Path) -> None:
    state = await client.start_backup(str(target))
    try:
        while state.is_running:
            click.echo(f"\r{state.done_share:.0%}", nl=False, err=True)
            await asyncio.sleep(LOOK_S)
            state = await client.backup()
    except asyncio.CancelledError:
        await client.stop_backup()
        raise
    click.echo("\r    \r", nl=False, err=True)
    if state.problem:
        raise failure(state.problem)


def _copy(path: Path, target: Path, key: str | None, *, plain: bool) -> None:
    from mqstudio.store.backup import Copying, copy  # noqa: PLC0415 - not for `--help`

    with sentences():
        copy(Copying(str(path), str(target), key, "" if plain else None))
