"""`mqstudio purge`: empty a queue, and bring it all back."""

from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option, json_option
from mqstudio.cli.output import counted, print_json, printable
from mqstudio.cli.running import failure, with_client
from mqstudio.client.client import Client
from mqstudio.model.replies import PurgeReply


@click.command("purge", short_help="Empty a queue; it can be undone.")
@click.argument("queue")
@click.option("--undo", is_flag=True, help="Bring back what the last purge of this queue took.")
@click.option("--bin", "bin_id", type=click.IntRange(1), help="With --undo: bring back this bin's messages.")
@data_dir_option()
@json_option
def command(queue: str, bin_id: int | None, data_dir: Path | None, *, undo: bool, as_json: bool) -> None:
    """Move the ready messages of QUEUE to the bin. Those in flight stay with their consumers.

    \b
    Examples:
      mqstudio purge hello
      mqstudio purge hello --undo            bring the messages back to their places
      mqstudio purge hello --undo --bin 3    those of an earlier purge
    """
    if bin_id is not None and not undo:
        raise click.UsageError("--bin needs --undo.")
    if undo:
        _undo(queue, bin_id, data_dir, as_json=as_json)
        return
    reply = with_client(data_dir, lambda client: client.purge(queue))
    if as_json:
        print_json(reply)
    else:
        click.echo(
            f"Purged {counted(reply.count, 'message')} from queue '{printable(queue)}'. {_hint(reply)}"
        )


def _hint(reply: PurgeReply) -> str:
    if reply.bin_id is not None:
        return f"They are in bin {reply.bin_id}; the same command with --undo brings them back."
    return (
        "They were too many for the bin: this cannot be undone."
        if reply.count
        else "There was nothing to do."
    )


def _undo(queue: str, bin_id: int | None, data_dir: Path | None, *, as_json: bool) -> None:
    async def work(client: Client) -> tuple[int, int]:
        chosen = bin_id if bin_id is not None else await _last_bin(client, queue)
        return await client.undo_purge(chosen), chosen

    count, chosen = with_client(data_dir, work)
    if as_json:
        print_json({"count": count, "bin_id": chosen})
    else:
        click.echo(f"Brought {counted(count, 'message')} of bin {chosen} back.")


async def _last_bin(client: Client, queue: str) -> int:
    for each in await client.bins():
        if each.queue == queue:
            return each.bin_id
    raise failure(f"No purge of queue '{queue}' can be undone: the bin holds none of its messages.")
