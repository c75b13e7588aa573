"""`mqstudio pause`: hand nothing over from a queue, to a consumer, or at all."""

from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option
from mqstudio.cli.pausing import check_target, set_paused


@click.command("pause", short_help="Hand nothing over, until `resume`.")
@click.argument("queue", default="")
@click.option("--consumer", metavar="TAG", help="Only to this consumer of the queue.")
@click.option("--all", "is_all", is_flag=True, help="Of all queues, to anybody.")
@data_dir_option()
def command(queue: str, consumer: str | None, data_dir: Path | None, *, is_all: bool) -> None:
    """Hand no messages of QUEUE over. All else goes on; so does this, when the broker is started anew.

    \b
    Examples:
      mqstudio pause orders
      mqstudio pause orders --consumer worker-2
      mqstudio pause --all
    """
    check_target(queue, consumer, is_all=is_all)
    click.echo(set_paused(queue, consumer, data_dir, is_all=is_all, is_paused=True))
