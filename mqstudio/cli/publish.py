"""`mqstudio publish`: put messages in."""

import sys
from pathlib import Path

import click
import msgspec

from mqstudio.cli.options import data_dir_option, json_option
from mqstudio.cli.output import counted, print_json, printable
from mqstudio.cli.running import failure, with_client
from mqstudio.client.client import Client
from mqstudio.model.message import Header, Properties

NUMBERS = ("delivery_mode", "priority", "timestamp_s")
WORDS = tuple(name for name in Properties.__struct_fields__ if name not in (*NUMBERS, "headers"))


@click.command("publish", short_help="Publish a message.")
@click.argument("routing_key")
@click.argument("body", default="-")
@click.option(
    "-e", "--exchange", default="", help="Exchange to publish to; the default one goes by queue name."
)
@click.option(
    "-p", "--property", "pairs", multiple=True, metavar="NAME=VALUE", help="Set a property; may be repeated."
)
@click.option(
    "-H", "--header", "headers", multiple=True, metavar="NAME=TEXT", help="Add a header; may be repeated."
)
@click.option("-n", "--count", type=click.IntRange(1, 1_000_000), default=1, help="Publish it so many times.")
@data_dir_option()
@json_option
def command(
    *,
    routing_key: str,
    body: str,
    exchange: str,
    pairs: tuple[str, ...],
    headers: tuple[str, ...],
    count: int,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Publish BODY with ROUTING_KEY, which for the default exchange is the name of a queue.

    Without BODY, or with "-", the body is read from standard input. Exits with 1 if no queue took it.

    Properties: content_type, content_encoding, delivery_mode, priority, correlation_id, reply_to,
    expiration, message_id, timestamp_s, type, user_id, app_id, cluster_id.

    \b
    Examples:
      mqstudio publish hello "Hi!"
      mqstudio publish hello --count 10 "Hi!"
      mqstudio publish -e orders new -p content_type=application/json < order.json
      mqstudio publish hello -H source=shell -p priority=5 "Hi!"
    """
    properties = read_properties(pairs, headers)
    content = sys.stdin.buffer.read() if body == "-" else body.encode("utf-8", "surrogateescape")

    async def work(client: Client) -> tuple[int, str]:
        routed = 0
        for _ in range(count):
            routed += await client.publish(exchange, routing_key, content, properties)
        why_not = "" if routed else (await client.preview_route(exchange, routing_key)).problem
        return routed, why_not

    routed, why_not = with_client(data_dir, work)
    if as_json:
        print_json({"published": count, "routed": routed})
    elif routed:
        click.echo(
            f"Published {counted(count, 'message')} of {counted(len(content), 'byte')} "
            f"{_destination(exchange, routing_key)}."
        )
    if routed < count:
        raise failure(_not_routed(count, routed, why_not))


def read_properties(pairs: tuple[str, ...], headers: tuple[str, ...]) -> Properties:
    """Make properties of `NAME=VALUE` texts. Raises click.BadParameter."""
    values: dict[str, object] = {}
    for name, value in map(_split, pairs):
        if name not in (*NUMBERS, *WORDS):
            raise click.BadParameter(
                f"There is no property {name!r}. There are: {', '.join(WORDS + NUMBERS)}."
            )
        values[name] = _number(name, value) if name in NUMBERS else value
    if headers:
        values["headers"] = [Header(name, "string", value) for name, value in map(_split, headers)]
    return msgspec.convert(values, Properties)


def _split(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not equals or not name:
        raise click.BadParameter(f"{pair!r} is not of the form NAME=VALUE.")
    return name, value


def _number(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise click.BadParameter(f"{name} is a number, not {value!r}.") from None


def _destination(exchange: str, routing_key: str) -> str:
    if not exchange:
        return f"to queue '{printable(routing_key)}'"
    return f"to exchange '{printable(exchange)}' with routing key '{printable(routing_key)}'"


def _not_routed(count: int, routed: int, why_not: str) -> str:
    lost = "It was" if count == 1 else f"{count - routed} of {count} were"
    return f"No queue took it: {why_not} {lost} dropped. `mqstudio queues` lists the queues there are."
