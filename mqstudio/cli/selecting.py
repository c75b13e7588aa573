"""Which messages a verb is about: those named, those that a filter finds, or all there are when it begins."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from mqstudio.cli.options import checked_filter
from mqstudio.cli.output import counted, print_json
from mqstudio.cli.running import failure, with_client
from mqstudio.client.client import Client
from mqstudio.model.filters.matching import asks_about
from mqstudio.model.limits import PAGE_MAX_ROWS
from mqstudio.model.rows import MessageState
from mqstudio.model.verbs import ActedReply

Work = Callable[[Client, list[int]], Any]
"""Any: the coroutine of a verb; it answers with a list of ActedReply."""


def selection_options(function: Callable[..., Any]) -> Callable[..., Any]:  # Any: commands differ
    """`--message`, `--where`, `--all`."""
    for option in (
        click.option("--all", "is_all", is_flag=True, help="All that are there when the command begins."),
        click.option("--where", default="", metavar="FILTER", help="Those that this filter finds."),
        click.option(
            "--message", "ids", multiple=True, type=click.IntRange(0), help="This message; may be repeated."
        ),
    ):
        function = option(function)
    return function


def check_selection(ids: Sequence[int], where: str, *, is_all: bool) -> None:
    """Exactly one way to say which. Raises: click.UsageError."""
    if bool(ids) + bool(where) + is_all != 1:
        raise click.UsageError("Say which messages: --message (it may be repeated), --where or --all.")
    checked_filter(where)


async def selected(
    client: Client, queue: str, ids: Sequence[int], where: str, state: MessageState
) -> list[int]:
    """The ids, the oldest first. What comes later is not among them."""
    if ids:
        return sorted(set(ids))
    states = [] if where and asks_about(checked_filter(where), "state") else [state]
    found: list[int] = []
    after_id = None
    while True:
        page = await client.page(
            queue,
            limit=PAGE_MAX_ROWS,
            after_id=after_id,
            is_oldest_first=True,
            states=states,
            where=where,
        )
        found += [row.message_id for row in page.rows]
        after_id = page.next_id
        if after_id is None:
            return found


def act(  # noqa: PLR0917  # as the commands have them
    queue: str,
    ids: Sequence[int],
    where: str,
    state: MessageState,
    data_dir: Path | None,
    work: Work,
) -> list[ActedReply]:
    """Find the messages and do it. Raises: click.ClickException if there is nothing to be done."""

    async def run(client: Client) -> list[ActedReply]:
        chosen = await selected(client, queue, ids, where, state)
        replies: list[ActedReply] = await work(client, chosen) if chosen else []
        return replies

    return with_client(data_dir, run)


def told(replies: Sequence[ActedReply], verb: str, *, as_json: bool, hint: str = "") -> None:
    """Say what was done: `Moved 3 messages.` Exit code 1 if none of those that were named was there."""
    count, left = sum(reply.count for reply in replies), [each for reply in replies for each in reply.left]
    bins = [reply.bin_id for reply in replies if reply.bin_id is not None]
    if as_json:
        successors = [each for reply in replies for each in reply.successors]
        print_json({"count": count, "left": left, "bins": bins, "successors": successors})
    else:
        click.echo(f"{verb} {counted(count, 'message')}.{hint if count else ''}")
        if left:
            shown = ", ".join(map(str, left[:10])) + (" …" if len(left) > 10 else "")
            click.echo(f"Left as they are, since they are not in the right state for it: {shown}.")
    if left and not count:
        raise failure("None of these messages could be found where the verb is about them.")
