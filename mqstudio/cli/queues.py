"""`mqstudio queues`: what is declared, and how full it is."""

from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option, json_option
from mqstudio.cli.output import print_json, print_table
from mqstudio.cli.running import with_client
from mqstudio.client.client import Client
from mqstudio.model.rows import QueueRow

NONE_YET = (
    "There are no queues yet. A client makes one when it declares it; "
    "in Python with pika: channel.queue_declare('hello')"
)


@click.command("queues", short_help="List queues with what waits in them.")
@data_dir_option()
@json_option
def command(data_dir: Path | None, *, as_json: bool) -> None:
    """List queues: messages ready and in flight, and consumers.

    \b
    Examples:
      mqstudio queues
      mqstudio queues --json | jq '.[] | select(.ready > 0) | .spec.name'
    """
    topology = with_client(data_dir, Client.topology)
    queues = sorted(topology.queues, key=lambda queue: (queue.vhost, queue.spec.name))
    if as_json:
        print_json(queues)
    elif queues:
        print_table(
            ("queue", "ready", "in flight", "consumers", "declared as"), [_cells(queue) for queue in queues]
        )
    else:
        click.echo(NONE_YET)


def _cells(queue: QueueRow) -> tuple[object, ...]:
    return (queue.spec.name, queue.ready, queue.in_flight, queue.subscriptions, _kind(queue))


def _kind(queue: QueueRow) -> str:
    spec = queue.spec
    words = {
        "durable": spec.is_durable,
        "exclusive": spec.is_exclusive,
        "auto-delete": spec.is_auto_delete,
    }
    return ", ".join(word for word, holds in words.items() if holds)
