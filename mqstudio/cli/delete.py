"""`mqstudio delete`: take messages out of a queue, wherever they stand in it, into the bin."""

from collections.abc import Sequence
from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option, json_option
from mqstudio.cli.running import with_client
from mqstudio.cli.selecting import act, check_selection, selection_options, told
from mqstudio.client.client import Client
from mqstudio.model.rows import MessageState
from mqstudio.model.verbs import ActedReply


@click.command("delete", short_help="Take messages out of a queue; it can be undone.")
@click.argument("queue")
@click.option("--first", type=click.IntRange(1), help="The first so many.")
@selection_options
@data_dir_option()
@json_option
def command(  # click passes them by name
    queue: str,
    first: int | None,
    ids: tuple[int, ...],
    where: str,
    data_dir: Path | None,
    *,
    is_all: bool,
    as_json: bool,
) -> None:
    """Move ready messages of QUEUE to the bin: `mqstudio purge --undo` brings them back to their places.

    \b
    Examples:
      mqstudio delete orders --message 17 --message 21
      mqstudio delete orders --where 'body.total < 0'
      mqstudio delete orders --first 100
    """
    if first is not None:
        if ids or where or is_all:
            raise click.UsageError("--first says which messages: leave --message, --where and --all out.")
        replies = with_client(data_dir, lambda client: client.verbs.remove_first(queue, first))
    else:
        check_selection(ids, where, is_all=is_all)
        replies = act(queue, ids, where, MessageState.READY, data_dir, lambda c, i: _remove(c, queue, i))
    hint = " `mqstudio purge --undo` with the queue's name brings the last of them back."
    told(replies, "Deleted", as_json=as_json, hint=hint)


async def _remove(client: Client, queue: str, ids: Sequence[int]) -> list[ActedReply]:
    return await client.verbs.remove(queue, ids)
