"""`mqstudio move`: move messages to another queue, or by an exchange."""

from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option, json_option
from mqstudio.cli.selecting import act, check_selection, selection_options, told
from mqstudio.model.rows import MessageState
from mqstudio.model.verbs import Destination


@click.command("move", short_help="Move messages to another queue.")
@click.argument("queue")
@click.argument("to", default="")
@click.option("--exchange", help='By this exchange instead of to a queue ("" is the default one).')
@click.option("--key", help="With this routing key; otherwise with their own.")
@selection_options
@data_dir_option()
@json_option
def command(  # noqa: PLR0917  # click passes them by name
    queue: str,
    to: str,
    exchange: str | None,
    key: str | None,
    ids: tuple[int, ...],
    where: str,
    data_dir: Path | None,
    *,
    is_all: bool,
    as_json: bool,
) -> None:
    """Move ready messages of QUEUE to the end of queue TO, in the order they have.

    \b
    Examples:
      mqstudio move orders archive --message 17 --message 21
      mqstudio move orders archive --where 'body.total > 100'
      mqstudio move orders --exchange events --key order.late --all
    """
    if bool(to) == (exchange is not None):
        raise click.UsageError("Say where to: the name of a queue, or --exchange.")
    check_selection(ids, where, is_all=is_all)
    destination = Destination(to, exchange, key)
    replies = act(
        queue,
        ids,
        where,
        MessageState.READY,
        data_dir,
        lambda client, chosen: client.verbs.move(queue, chosen, destination),
    )
    told(replies, "Moved", as_json=as_json)
