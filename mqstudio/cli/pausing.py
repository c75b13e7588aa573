"""What `pause` and `resume` share: what is meant, and doing it."""

from pathlib import Path

import click

from mqstudio.cli.output import printable
from mqstudio.cli.running import failure, with_client
from mqstudio.client.client import Client


def check_target(queue: str, consumer: str | None, *, is_all: bool) -> None:
    """A queue, perhaps with a consumer of it, or all. Raises: click.UsageError."""
    if bool(queue) == is_all or (is_all and consumer is not None):
        raise click.UsageError("Say what: a queue, a queue with --consumer, or --all.")


def set_paused(
    queue: str, consumer: str | None, data_dir: Path | None, *, is_all: bool, is_paused: bool
) -> str:
    """Do it; what to say of it."""

    async def work(client: Client) -> str:
        if is_all:
            await client.verbs.pause_all(is_paused=is_paused)
            return "Everything"
        if consumer is None:
            await client.verbs.pause_queue(queue, is_paused=is_paused)
            return f"Queue '{printable(queue)}'"
        for each in (await client.clients()).subscriptions:
            if (each.queue, each.tag) == (queue, consumer):
                await client.verbs.pause_consumer(each.id, is_paused=is_paused)
                return f"Consumer '{printable(consumer)}' of queue '{printable(queue)}'"
        raise failure(f"Queue '{queue}' has no consumer '{consumer}'.")

    what = with_client(data_dir, work)
    return f"{what} is paused; `mqstudio resume` goes on." if is_paused else f"{what} goes on."
