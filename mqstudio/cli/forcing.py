"""The commands that end what consumers hold: `release`, `accept` and `reject` are made here."""

from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option, json_option
from mqstudio.cli.selecting import act, check_selection, selection_options, told
from mqstudio.model.delivery import Outcome
from mqstudio.model.rows import MessageState


def make(name: str, outcome: Outcome, short_help: str, becomes: str, done: str) -> click.Command:
    """A command for one outcome."""

    @click.command(name, short_help=short_help)
    @click.argument("queue")
    @selection_options
    @data_dir_option()
    @json_option
    def command(  # click passes them by name
        queue: str,
        ids: tuple[int, ...],
        where: str,
        data_dir: Path | None,
        *,
        is_all: bool,
        as_json: bool,
    ) -> None:
        check_selection(ids, where, is_all=is_all)
        replies = act(
            queue,
            ids,
            where,
            MessageState.IN_FLIGHT,
            data_dir,
            lambda client, chosen: client.verbs.force(queue, chosen, outcome),
        )
        told(replies, done, as_json=as_json)

    command.help = (
        f"{becomes} Their consumers get their credit back; what they say of them later is ignored.\n\n"
        f"\b\nExamples:\n  mqstudio {name} orders --message 17\n  mqstudio {name} orders --all"
    )
    return command
