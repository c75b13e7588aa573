"""`mqstudio resume`: what was paused goes on; without a name, publishers do after the disk has failed."""

from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option
from mqstudio.cli.pausing import check_target, set_paused
from mqstudio.cli.running import with_client
from mqstudio.client.client import Client


@click.command("resume", short_help="Let go on what was paused, or publishers after a failure.")
@click.argument("queue", default="")
@click.option("--consumer", metavar="TAG", help="Only this consumer of the queue.")
@click.option("--all", "is_all", is_flag=True, help="What `pause --all` has paused.")
@data_dir_option()
def command(queue: str, consumer: str | None, data_dir: Path | None, *, is_all: bool) -> None:
    """With QUEUE, --consumer or --all: let go on what `mqstudio pause` has paused.

    Without any, say that you have seen what went wrong with the profile's file, so that publishers go on.

    Until then they wait, and consumers go on. What went wrong is in the broker's log, and printed here.

    \b
    Examples:
      mqstudio resume
      mqstudio resume orders
      mqstudio resume --all
    """
    if queue or consumer is not None or is_all:
        check_target(queue, consumer, is_all=is_all)
        click.echo(set_paused(queue, consumer, data_dir, is_all=is_all, is_paused=False))
        return

    async def work(client: Client) -> str:
        problem = (await client.store_health()).problem
        await client.resume_publishing()
        return problem

    problem = with_client(data_dir, work)
    click.echo(
        f"Publishers go on. This had happened: {problem}" if problem else "Nobody was waiting for this."
    )
