"""Which right each method needs, on what: a table at the end, asked before the handler runs.

As RabbitMQ has it (measured on 3.10.8): who may not use a name is told so whether or not anything of that
name exists; passive declarations, acks, cancels and direct replies need no right. What no right would
help with, reserved names and the default exchange, is left to the handlers, whose texts say so.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mqstudio.model.message import Header
from mqstudio.model.rights import Verb
from mqstudio.protocols.amqp091.channel import Channel
from mqstudio.protocols.amqp091.methods import CODES, Args
from mqstudio.protocols.amqp091.vetting import REPLY_TO

if TYPE_CHECKING:
    from mqstudio.protocols.amqp091.session import AmqpSession

_TOPIC = "topic"
_RESERVED = "amq."
_SERVER_NAMED = "amq.gen-" + "A" * 22
"""Stands for the random name that a queue without one gets: patterns can only tell its beginning."""


def check(channel: Channel, code: int, args: Args) -> None:
    """Raises: RefusedError(ACCESS_REFUSED, TOPIC_REFUSED) if the user may not do this; limits likewise."""
    needs = _NEEDS.get(code)
    if needs is not None:
        needs(channel, args)


def check_publish(session: "AmqpSession", exchange: str, key: str) -> None:
    """The same for a publish whose content is complete."""
    session.rights.check(Verb.WRITE, "exchange", exchange)
    _check_topic(session, Verb.WRITE, exchange, key)


def _check_topic(session: "AmqpSession", verb: Verb, exchange: str, key: str) -> None:
    """Routing keys have rules at topic exchanges only; elsewhere the same rules mean nothing."""
    has_rule = session.rights.has_topic_rule(exchange)
    if has_rule and session.host.exchange_kind(session.vhost, exchange) == _TOPIC:
        session.rights.check_topic(verb, exchange, key)


def _declare_exchange(channel: Channel, args: Args) -> None:
    _, name, _, is_passive, _, _, _, _, arguments = args
    if is_passive or not name:
        return
    session = channel.session
    session.rights.check(Verb.CONFIGURE, "exchange", name)
    if session.host.exchange_kind(session.vhost, name):
        return
    alternate = _exchange_among(arguments, "alternate-exchange")
    if alternate is not None:
        session.rights.check(Verb.READ, "exchange", name)
        session.rights.check(Verb.WRITE, "exchange", alternate)


def _delete_exchange(channel: Channel, args: Args) -> None:
    _, name, _, _ = args
    if name and not name.startswith(_RESERVED):
        channel.session.rights.check(Verb.CONFIGURE, "exchange", name)


def _bind_exchange(channel: Channel, args: Args) -> None:
    _, destination, source, key, _, _ = args
    _check_binding(channel, "exchange", destination, source, key)


def _declare_queue(channel: Channel, args: Args) -> None:
    _, name, is_passive, _, _, _, _, arguments = args
    if is_passive or name.startswith(_RESERVED):
        return
    session = channel.session
    name = name or _SERVER_NAMED
    session.rights.check(Verb.CONFIGURE, "queue", name)
    if session.host.has_queue(session.vhost, name):
        return
    session.host.check_queue_limit(session.vhost, name)
    dead_letters_to = _exchange_among(arguments, "x-dead-letter-exchange")
    if dead_letters_to is not None:
        session.rights.check(Verb.READ, "queue", name)
        session.rights.check(Verb.WRITE, "exchange", dead_letters_to)


def _configure_queue(channel: Channel, args: Args) -> None:
    channel.session.rights.check(Verb.CONFIGURE, "queue", channel.named_or_last_queue(args[1]))


def _read_queue(channel: Channel, args: Args) -> None:
    name = channel.named_or_last_queue(args[1])
    if name != REPLY_TO:
        channel.session.rights.check(Verb.READ, "queue", name)


def _bind_queue(channel: Channel, args: Args) -> None:
    named, source, key = args[1:4]
    queue = channel.named_or_last_queue(named)
    _check_binding(channel, "queue", queue, source, key if named or key else queue)


def _check_binding(channel: Channel, kind: str, destination: str, source: str, key: str) -> None:
    rights = channel.session.rights
    rights.check(Verb.WRITE, kind, destination)
    if not source or (kind == "exchange" and not destination):
        return  # nothing can be bound to, or by, the default exchange
    rights.check(Verb.READ, "exchange", source)
    _check_topic(channel.session, Verb.READ, source, key)


def _exchange_among(arguments: list[Header], wanted: str) -> str | None:
    """An argument that names an exchange; None where it is missing, or no name: then it is refused later."""
    for argument in arguments:
        if argument.name == wanted and isinstance(argument.value, str):
            return argument.value
    return None


Needs = Callable[[Channel, Args], None]

_NEEDS: Mapping[int, Needs] = {
    CODES[name]: needs
    for name, needs in {
        "exchange.declare": _declare_exchange,
        "exchange.delete": _delete_exchange,
        "exchange.bind": _bind_exchange,
        "exchange.unbind": _bind_exchange,
        "queue.declare": _declare_queue,
        "queue.delete": _configure_queue,
        "queue.bind": _bind_queue,
        "queue.unbind": _bind_queue,
        "queue.purge": _read_queue,
        "basic.consume": _read_queue,
        "basic.get": _read_queue,
    }.items()
}
