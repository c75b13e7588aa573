"""`mqstudio definitions`: everything declared as one file, in RabbitMQ's format, out and in."""

from collections import Counter
from pathlib import Path
from typing import BinaryIO

import click

from mqstudio.cli.options import data_dir_option, json_option
from mqstudio.cli.output import counted, print_json, print_table, printable
from mqstudio.cli.running import failure, with_client
from mqstudio.client.client import Client
from mqstudio.client.definition_items import Item, Verdict
from mqstudio.client.definitions import Taken, export, preview, take
from mqstudio.model.limits import DEFINITIONS_MAX_BYTES
from mqstudio.model.topology import DEFAULT_VHOST


@click.group("definitions", short_help="Import and export RabbitMQ's definitions.json.")
def command() -> None:
    """Queues, exchanges, bindings, policies, users and permissions as a file that RabbitMQ reads and writes.

    \b
    Examples:
      mqstudio definitions export                        to standard output
      mqstudio definitions export --to shop.json --vhost shop
      mqstudio definitions import shop.json --dry-run    says what it would change
      mqstudio definitions import shop.json
    """


@command.command("export")
@click.option(
    "--to", "target", type=click.File("wb", lazy=True), default="-", help="File; - is standard output."
)
@click.option("--vhost", default=None, help="Only this virtual host.")
@data_dir_option()
def export_definitions(target: BinaryIO, vhost: str | None, data_dir: Path | None) -> None:
    """Write the definitions, with the hashes of passwords; messages are not among them."""

    async def run(client: Client) -> bytes:
        if vhost is not None:
            known = [each.name for each in (await client.topology()).vhosts]
            if vhost not in known:
                raise failure(f"There is no virtual host '{vhost}'. There are: {', '.join(known)}.")
        return await export(client, vhost)

    target.write(with_client(data_dir, run))


@command.command("import")
@click.argument("source", type=click.File("rb"))
@click.option("--vhost", default=DEFAULT_VHOST, help="Where a file of one virtual host goes; / by default.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Only say what would change.")
@data_dir_option()
@json_option
def import_definitions(
    source: BinaryIO, vhost: str, data_dir: Path | None, *, is_dry: bool, as_json: bool
) -> None:
    """Take over what SOURCE defines. What is the same stays; what conflicts stays, and is told."""
    data = source.read(DEFINITIONS_MAX_BYTES + 1)

    async def run(client: Client) -> tuple[list[Item], Taken]:
        items = await preview(client, data, vhost)
        chosen = [] if is_dry else [each for each in items if each.is_takeable]
        return items, await take(client, chosen)

    items, taken = with_client(data_dir, run)
    if as_json:
        print_json(
            {
                "items": [_facts(each) for each in items],
                "taken": len(taken.done),
                "failed": [{**_facts(each.item), "says": each.says} for each in taken.failed],
            }
        )
    else:
        _tell(items, taken, is_dry=is_dry)
    if taken.failed:
        raise failure(f"{counted(len(taken.failed), 'definition')} could not be taken over.")


def _facts(item: Item) -> dict[str, str]:
    return {
        "kind": item.kind,
        "vhost": item.vhost,
        "name": item.name,
        "verdict": item.verdict.value,
        "says": item.says,
    }


def _tell(items: list[Item], taken: Taken, *, is_dry: bool) -> None:
    shown = [each for each in items if each.verdict is not Verdict.SAME]
    if shown:
        print_table(
            ("", "kind", "virtual host", "name", "why"),
            [(each.verdict.value, each.kind, each.vhost, each.name, each.says) for each in shown],
        )
    counts = Counter(each.verdict for each in items)
    click.echo(", ".join(f"{counts[each]} {each.value}" for each in Verdict if counts[each]) + ".")
    if not is_dry:
        click.echo(f"Took over {counted(len(taken.done), 'definition')}.")
    for each in taken.failed:
        click.echo(printable(f"Refused: {each.item.kind} {each.item.name}: {each.says}"), err=True)
