"""`mqstudio publish`: put messages in."""

import sys
from collections.abc import Callable
from pathlib import Path
from secrets import randbits
from time import time_ns
from typing import NamedTuple

import click
import msgspec

from mqstudio.cli.options import data_dir_option, json_option
from mqstudio.cli.output import counted, print_json, printable
from mqstudio.cli.running import failure, with_client
from mqstudio.client.client import Client
from mqstudio.client.fakes import LibraryFakes
from mqstudio.client.sending import Parcel, Sending
from mqstudio.model.limits import SEND_COUNT_MAX, SEND_RATE_MAX
from mqstudio.model.message import Header, Properties
from mqstudio.model.templates import Template, Turn

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
@click.option(
    "-n", "--count", type=click.IntRange(1, SEND_COUNT_MAX), default=1, help="Publish it so many times."
)
@click.option(
    "--rate",
    type=click.FloatRange(0, SEND_RATE_MAX, min_open=True),
    default=None,
    metavar="N",
    help="Publish N a second, by a schedule; otherwise as fast as the broker takes them.",
)
@click.option(
    "-t", "--template", "is_template", is_flag=True, help="Fill {{holes}} in body, key, headers, properties."
)
@click.option("--seed", type=int, default=None, help="The same seed fills templates alike.")
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
    rate: float | None,
    is_template: bool,
    seed: int | None,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Publish BODY with ROUTING_KEY, which for the default exchange is the name of a queue.

    Without BODY, or with "-", the body is read from standard input. Exits with 1 if no queue took it.

    Properties: content_type, content_encoding, delivery_mode, priority, correlation_id, reply_to,
    expiration, message_id, timestamp_s, type, user_id, app_id, cluster_id.

    With --template, holes such as {{seq}}, {{now}}, {{uuid}}, {{random 1 9}} and {{faker.name}} are filled
    anew for each message; docs/templates.md has all of them.

    \b
    Examples:
      mqstudio publish hello "Hi!"
      mqstudio publish hello --count 10 "Hi!"
      mqstudio publish -e orders new -p content_type=application/json < order.json
      mqstudio publish hello -H source=shell -p priority=5 "Hi!"
      mqstudio publish hello -t -n 1000 --rate 50 --seed 7 '{"id": {{seq}}, "name": "{{faker.name}}"}'
    """
    content = sys.stdin.buffer.read() if body == "-" else body.encode("utf-8", "surrogateescape")
    pattern = Pattern(exchange, routing_key, content, pairs, headers)
    used_seed = seed if seed is not None else randbits(32)
    start_us = time_ns() // 1000
    make = pattern_maker(pattern, count, rate or 0.0, used_seed, start_us) if is_template else fixed(pattern)
    sending = Sending(make, count, rate or 0.0)

    async def work(client: Client) -> str:
        await sending.run(client)
        first = make(1)
        if sending.failure or sending.counts.confirmed:
            return ""
        found = await client.preview_route(exchange, first.routing_key, headers=first.properties.headers)
        return found.problem

    why_not = with_client(data_dir, work)
    size = len(make(1).body)
    _tell(
        sending,
        _destination(exchange, routing_key),
        size,
        used_seed if is_template else None,
        why_not,
        as_json=as_json,
    )


def _tell(sending: Sending, where: str, size: int, seed: int | None, why_not: str, *, as_json: bool) -> None:
    """Say what became of it. Raises: ClickException if not all of them arrived."""
    counts = sending.counts
    if as_json:
        found = {"published": counts.sent, "routed": counts.confirmed}
        found |= {"refused": counts.refused} if counts.refused else {}
        print_json(found | ({"seed": seed} if seed is not None else {}))
    elif counts.confirmed:
        of = f" of {counted(size, 'byte')}" if seed is None else f", seed {seed},"
        click.echo(f"Published {counted(counts.sent, 'message')}{of} {where}.")
    if sending.failure:
        raise failure(f"{sending.failure} {counts.confirmed} of {sending.count} were published before.")
    if counts.refused:
        raise failure(
            f"{counts.refused} of {sending.count} were refused: a queue is full, and its rule is to refuse "
            "what is new. Consume or purge some first."
        )
    if counts.confirmed < sending.count:
        raise failure(_not_routed(sending.count, counts.confirmed, why_not))


class Pattern(NamedTuple):
    """What the command was given, its texts still templates."""

    exchange: str
    routing_key: str
    body: bytes
    pairs: tuple[str, ...]
    headers: tuple[str, ...]


def fixed(pattern: Pattern) -> Callable[[int], Parcel]:
    """What makes each message alike. Raises: click.BadParameter."""
    properties = read_properties(pattern.pairs, pattern.headers)
    parcel = Parcel(pattern.exchange, pattern.routing_key, pattern.body, properties)
    return lambda _number: parcel


def pattern_maker(
    pattern: Pattern, count: int, per_s: float, seed: int, start_us: int
) -> Callable[[int], Parcel]:
    """What makes the n-th message; its time is that at which it is due. Raises: click.BadParameter."""
    fakes = LibraryFakes()
    key = _template("ROUTING_KEY", pattern.routing_key, fakes)
    body = _template("BODY", _text(pattern.body), fakes)
    pairs = [_template("--property", each, fakes) for each in pattern.pairs]
    headers = [_template("--header", each, fakes) for each in pattern.headers]

    def make(number: int) -> Parcel:
        due_us = start_us + (int((number - 1) / per_s * 1e6) if per_s else 0)
        turn = Turn(number, count, due_us, seed, pattern.routing_key)
        properties = read_properties(
            tuple(each.fill(turn) for each in pairs), tuple(each.fill(turn) for each in headers)
        )
        return Parcel(pattern.exchange, key.fill(turn), body.fill(turn).encode(), properties)

    make(1)  # what properties it cannot have is said before any is sent
    return make


def _template(what: str, text: str, fakes: LibraryFakes) -> Template:
    template = Template(text, fakes, f"{what}{text.partition('=')[0] if what.startswith('--') else ''}")
    for error in template.errors:
        line = text.count("\n", 0, error.position) + 1
        place = error.position - text.rfind("\n", 0, error.position)
        at = f"line {line}, character {place}" if line > 1 else f"character {place}"
        raise click.BadParameter(f"{what}, {at}: {error.says} docs/templates.md has the grammar.")
    return template


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise click.BadParameter("A template is text in UTF-8. Leave out --template to send bytes.") from None


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
