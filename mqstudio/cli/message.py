"""`mqstudio message`: what has happened to one message."""

from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option, json_option
from mqstudio.cli.output import print_json, printable
from mqstudio.cli.running import with_client
from mqstudio.client.client import Client
from mqstudio.model.lifecycle import Lifecycle
from mqstudio.viewmodel.lifecycle_text import lifecycle_text


@click.command("message", short_help="What has happened to a message, event by event.")
@click.argument("message_id", metavar="ID", type=click.IntRange(1))
@data_dir_option()
@json_option
def command(message_id: int, data_dir: Path | None, *, as_json: bool) -> None:
    """Tell the lifecycle of message ID: how it was routed, and why not elsewhere; how long it waited, who had
    it, how that ended; where it is now. Messages that it was before, and that it became, are told with it.

    Nothing is taken, counted or moved by it. `mqstudio peek` and `mqstudio search` show messages' numbers.

    \b
    Examples:
      mqstudio message 41
      mqstudio message 41 --json
    """

    async def work(client: Client) -> Lifecycle:
        return await client.lifecycle(message_id)

    told = with_client(data_dir, work)
    if as_json:
        print_json(told)
    else:
        click.echo(printable(lifecycle_text(told, told.now_us), keep=frozenset("\n")))
