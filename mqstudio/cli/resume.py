"""`mqstudio resume`: let publishers go on after the disk has failed."""

from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option
from mqstudio.cli.running import with_client
from mqstudio.client.client import Client


@click.command("resume", short_help="Let publishers go on after a failure of the disk.")
@data_dir_option()
def command(data_dir: Path | None) -> None:
    """Say that you have seen what went wrong with the profile's file, so that publishers go on.

    Until then they wait, and consumers go on. What went wrong is in the broker's log, and printed here.

    \b
    Examples:
      mqstudio resume
    """

    async def work(client: Client) -> str:
        problem = (await client.store_health()).problem
        await client.resume_publishing()
        return problem

    problem = with_client(data_dir, work)
    click.echo(
        f"Publishers go on. This had happened: {problem}" if problem else "Nobody was waiting for this."
    )
