"""`mqstudio conversation`: the messages that belong together, in order, with who sent them to whom."""

import sys
from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option, json_option
from mqstudio.cli.output import print_json, printable
from mqstudio.cli.running import failure, with_client
from mqstudio.client.client import Client
from mqstudio.client.conversation_keys import AUTO, KINDS, Key
from mqstudio.client.conversing import Conversation, conversation_by, conversation_of
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.viewmodel.conversation_story import diagram_of
from mqstudio.viewmodel.conversation_text import conversation_text, mermaid


@click.command("conversation", short_help="Messages that belong together, as a sequence of who and when.")
@click.argument("key", required=False)
@click.option("--of", "message_id", type=click.IntRange(1), help="The conversation of this message.")
@click.option(
    "--by", default=AUTO, show_default=True, metavar="WHAT",
    help=f"What they have in common: {', '.join(KINDS)}, or a field such as headers.order, body.order.id.",
)  # fmt: skip
@click.option("--vhost", default=DEFAULT_VHOST, show_default=True, help="With KEY: the virtual host.")
@click.option("--mermaid", "as_mermaid", is_flag=True, help="Print a sequence diagram for Mermaid.")
@data_dir_option()
@json_option
def command(  # click passes them by name
    key: str | None,
    message_id: int | None,
    by: str,
    vhost: str,
    data_dir: Path | None,
    *,
    as_mermaid: bool,
    as_json: bool,
) -> None:
    """Find the messages that have KEY in common, or that belong to a message: by correlation id, message id,
    reply queue, trace, or any field; with all that they were before and became.

    \b
    Examples:
      mqstudio conversation 77ab
      mqstudio conversation --of 41
      mqstudio conversation 8812 --by body.order.id
      mqstudio conversation --of 41 --mermaid > talk.mmd
    """
    if (key is None) is (message_id is None):
        raise click.UsageError("Give either KEY or --of with the number of a message.")

    async def work(client: Client) -> Conversation:
        if message_id is None:
            return await conversation_by(client, Key(by, key or ""), vhost, _progress)
        places = (await client.find_message(message_id)).places
        if not places:
            says = f"No queue has message {message_id}, and the ledger has no record of it."
            raise RefusedError(Refusal.NO_SUCH_MESSAGE, says)
        place = places[0]
        return await conversation_of(client, place.vhost, place.queue, message_id, by=by, progress=_progress)

    try:
        told = with_client(data_dir, work)
    except FilterError as error:
        raise click.UsageError(error.says) from None
    finally:
        _clear()
    _print(told, as_mermaid=as_mermaid, as_json=as_json)


def _print(told: Conversation, *, as_mermaid: bool, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    if not told.messages:
        raise failure("No message that is kept has that. Case counts; --by says what is compared.")
    diagram = diagram_of(told)
    text = mermaid(diagram) if as_mermaid else conversation_text(diagram)
    click.echo(printable(text.rstrip("\n"), keep=frozenset("\n")))


def _progress(found: int, looked_at: int, of: int) -> bool:
    if sys.stderr.isatty() and of:
        click.echo(f"\r{found} found, {100 * looked_at // of} % of {of:,} …", nl=False, err=True)
    return True


def _clear() -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
