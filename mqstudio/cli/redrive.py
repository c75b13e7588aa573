"""`mqstudio redrive`: move dead letters back to where they came from."""

from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option, json_option
from mqstudio.cli.selecting import act, check_selection, selection_options, told
from mqstudio.model.rows import MessageState


@click.command("redrive", short_help="Move dead letters back to their queues.")
@click.argument("queue")
@click.option("--strip", "strips", is_flag=True, help="Without the record of how they died (x-death).")
@selection_options
@data_dir_option()
@json_option
def command(  # click passes them by name
    queue: str,
    ids: tuple[int, ...],
    where: str,
    data_dir: Path | None,
    *,
    strips: bool,
    is_all: bool,
    as_json: bool,
) -> None:
    """Move messages of QUEUE back to the queues where they died last. Those that never died stay.

    \b
    Examples:
      mqstudio redrive orders.dead --all
      mqstudio redrive orders.dead --where 'header.tenant == "acme"' --strip
    """
    check_selection(ids, where, is_all=is_all)
    replies = act(
        queue,
        ids,
        where,
        MessageState.READY,
        data_dir,
        lambda client, chosen: client.verbs.redrive(queue, chosen, keeps_deaths=not strips),
    )
    told(replies, "Redrove", as_json=as_json)
