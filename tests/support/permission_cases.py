"""What users with few rights try, and what they hear: the same table for our broker and for RabbitMQ."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

PASSWORD = "secret"


@dataclass(frozen=True, slots=True)
class Rule:
    """A user of the table: patterns to configure, write and read in `/`, and to write and read topics."""

    name: str
    configure: str = ""
    write: str = ""
    read: str = ""
    topics: tuple[tuple[str, str, str], ...] = ()


RULES = (
    Rule("nothing"),
    Rule("own", "^own", "^own", "^own"),
    Rule("maker", "^(own|amq\\.gen)", "^own", ""),
    Rule("topics", ".*", ".*", ".*", (("own.topic", "^w\\.", "^r\\."), ("own.direct", "^w\\.", "^r\\."))),
    Rule("templates", ".*", ".*", ".*", (("own.topic", "^{username}-{vhost}$", "^{username}$"),)),
)
OUTSIDER = "outsider"
"""A user without any permission."""


def prepare(channel: BlockingChannel) -> None:
    """What is there before anybody tries anything; by guest."""
    for name in ("own", "other"):
        channel.queue_declare(f"{name}.queue")
        channel.exchange_declare(f"{name}.direct", "direct")
        channel.exchange_declare(f"{name}.topic", "topic")


Try = Callable[[BlockingChannel], Any]


def publish(channel: BlockingChannel, exchange: str, key: str) -> None:
    """Publish, and wait for the confirm."""
    channel.confirm_delivery()
    channel.basic_publish(exchange, key, b"")


def _queue(name: str, user: str) -> str:
    return f"ACCESS_REFUSED - access to queue '{name}' in vhost '/' refused for user '{user}'"


def _exchange(name: str, user: str) -> str:
    return f"ACCESS_REFUSED - access to exchange '{name}' in vhost '/' refused for user '{user}'"


def _topic(key: str, user: str) -> str:
    where = "in exchange 'own.topic' in vhost '/'"
    return f"ACCESS_REFUSED - access to topic '{key}' {where} refused for user '{user}'"


def _dead(name: str, exchange: str) -> Try:
    return lambda ch: ch.queue_declare(name, arguments={"x-dead-letter-exchange": exchange})


def _alternate(name: str, exchange: str) -> Try:
    return lambda ch: ch.exchange_declare(name, "direct", arguments={"alternate-exchange": exchange})


def _ignore(*_delivery: Any) -> None:
    """Take a message that is not looked at."""


CASES: tuple[tuple[str, str, Try, str], ...] = (
    # who may do nothing
    ("nothing", "declare queue", lambda ch: ch.queue_declare("own.queue"), _queue("own.queue", "nothing")),
    ("nothing", "declare new queue", lambda ch: ch.queue_declare("new"), _queue("new", "nothing")),
    (
        "nothing",
        "declare reserved queue",
        lambda ch: ch.queue_declare("amq.own"),
        "ACCESS_REFUSED - queue name 'amq.own' contains reserved prefix 'amq.*'",
    ),
    ("nothing", "passive queue", lambda ch: ch.queue_declare("own.queue", passive=True), ""),
    ("nothing", "passive exchange", lambda ch: ch.exchange_declare("own.direct", passive=True), ""),
    (
        "nothing",
        "passive missing",
        lambda ch: ch.queue_declare("missing", passive=True),
        "NOT_FOUND - no queue 'missing' in vhost '/'",
    ),
    (
        "nothing",
        "declare exchange",
        lambda ch: ch.exchange_declare("own.direct", "direct"),
        _exchange("own.direct", "nothing"),
    ),
    (
        "nothing",
        "declare reserved exchange",
        lambda ch: ch.exchange_declare("amq.own", "direct"),
        _exchange("amq.own", "nothing"),
    ),
    (
        "nothing",
        "declare default exchange",
        lambda ch: ch.exchange_declare("", "direct"),
        "ACCESS_REFUSED - operation not permitted on the default exchange",
    ),
    ("nothing", "bind", lambda ch: ch.queue_bind("own.queue", "own.direct"), _queue("own.queue", "nothing")),
    ("nothing", "bind missing", lambda ch: ch.queue_bind("missing", "none"), _queue("missing", "nothing")),
    (
        "nothing",
        "bind to default exchange",
        lambda ch: ch.queue_bind("own.queue", ""),
        _queue("own.queue", "nothing"),
    ),
    (
        "nothing",
        "unbind",
        lambda ch: ch.queue_unbind("own.queue", "own.direct"),
        _queue("own.queue", "nothing"),
    ),
    (
        "nothing",
        "bind exchange",
        lambda ch: ch.exchange_bind("own.direct", "own.topic"),
        _exchange("own.direct", "nothing"),
    ),
    (
        "nothing",
        "unbind exchange",
        lambda ch: ch.exchange_unbind("own.direct", "own.topic"),
        _exchange("own.direct", "nothing"),
    ),
    (
        "nothing",
        "bind default exchange",
        lambda ch: ch.exchange_bind("", "own.topic"),
        _exchange("amq.default", "nothing"),
    ),
    ("nothing", "purge", lambda ch: ch.queue_purge("own.queue"), _queue("own.queue", "nothing")),
    ("nothing", "purge missing", lambda ch: ch.queue_purge("missing"), _queue("missing", "nothing")),
    ("nothing", "delete", lambda ch: ch.queue_delete("own.queue"), _queue("own.queue", "nothing")),
    ("nothing", "delete missing", lambda ch: ch.queue_delete("missing"), _queue("missing", "nothing")),
    (
        "nothing",
        "delete exchange",
        lambda ch: ch.exchange_delete("own.direct"),
        _exchange("own.direct", "nothing"),
    ),
    (
        "nothing",
        "delete system exchange",
        lambda ch: ch.exchange_delete("amq.direct"),
        "ACCESS_REFUSED - deletion of system exchange 'amq.direct' in vhost '/' not allowed",
    ),
    (
        "nothing",
        "delete default exchange",
        lambda ch: ch.exchange_delete(""),
        "ACCESS_REFUSED - operation not permitted on the default exchange",
    ),
    ("nothing", "get", lambda ch: ch.basic_get("own.queue"), _queue("own.queue", "nothing")),
    ("nothing", "get last", lambda ch: ch.basic_get(""), "NOT_FOUND - no previously declared queue"),
    ("nothing", "consume", lambda ch: ch.basic_consume("own.queue", _ignore), _queue("own.queue", "nothing")),
    (
        "nothing",
        "consume replies",
        lambda ch: ch.basic_consume("amq.rabbitmq.reply-to", _ignore, auto_ack=True),
        "",
    ),
    ("nothing", "publish", lambda ch: publish(ch, "own.direct", "k"), _exchange("own.direct", "nothing")),
    (
        "nothing",
        "publish to a queue",
        lambda ch: publish(ch, "", "own.queue"),
        _exchange("amq.default", "nothing"),
    ),
    ("nothing", "publish nowhere", lambda ch: publish(ch, "missing", "k"), _exchange("missing", "nothing")),
    (
        "nothing",
        "publish to an internal exchange",
        lambda ch: publish(ch, "amq.rabbitmq.trace", "k"),
        _exchange("amq.rabbitmq.trace", "nothing"),
    ),
    # who may do everything with names of its own
    ("own", "declare queue", lambda ch: ch.queue_declare("own.queue"), ""),
    ("own", "declare another", lambda ch: ch.queue_declare("other.queue"), _queue("other.queue", "own")),
    ("own", "bind", lambda ch: ch.queue_bind("own.queue", "own.direct", "k"), ""),
    (
        "own",
        "bind to another",
        lambda ch: ch.queue_bind("own.queue", "other.direct", "k"),
        _exchange("other.direct", "own"),
    ),
    (
        "own",
        "bind another exchange",
        lambda ch: ch.exchange_bind("other.direct", "own.direct"),
        _exchange("other.direct", "own"),
    ),
    ("own", "publish", lambda ch: publish(ch, "own.direct", "k"), ""),
    (
        "own",
        "publish to another",
        lambda ch: publish(ch, "other.direct", "k"),
        _exchange("other.direct", "own"),
    ),
    ("own", "get", lambda ch: ch.basic_get("own.queue"), ""),
    ("own", "get from another", lambda ch: ch.basic_get("other.queue"), _queue("other.queue", "own")),
    ("own", "purge", lambda ch: ch.queue_purge("own.queue"), ""),
    ("own", "declare with dead letters", _dead("own.dying", "own.direct"), ""),
    ("own", "dead letters to another", _dead("own.dying2", "other.direct"), _exchange("other.direct", "own")),
    ("own", "dead letters to a queue", _dead("own.dying3", ""), _exchange("amq.default", "own")),
    (
        "own",
        "a queue that exists, with other dead letters",
        _dead("own.dying", "other.direct"),
        "PRECONDITION_FAILED - inequivalent arg 'x-dead-letter-exchange' for queue 'own.dying' in vhost '/': "
        "received 'other.direct' but current is 'own.direct'",
    ),
    ("own", "alternate", _alternate("own.detour", "own.direct"), ""),
    (
        "own",
        "alternate of another",
        _alternate("own.detour2", "other.direct"),
        _exchange("other.direct", "own"),
    ),
    # who may make and fill, but not read
    ("maker", "server-named queue", lambda ch: ch.queue_declare("", exclusive=True), ""),
    ("maker", "dead letters", _dead("own.new", "own.direct"), _queue("own.new", "maker")),
    ("maker", "alternate", _alternate("own.new", "own.direct"), _exchange("own.new", "maker")),
    (
        "maker",
        "bind",
        lambda ch: ch.queue_bind("own.queue", "own.direct"),
        _exchange("own.direct", "maker"),
    ),
    ("maker", "consume", lambda ch: ch.basic_consume("own.queue", _ignore), _queue("own.queue", "maker")),
    # routing keys
    ("topics", "publish", lambda ch: publish(ch, "own.topic", "w.k"), ""),
    ("topics", "publish another key", lambda ch: publish(ch, "own.topic", "k"), _topic("k", "topics")),
    ("topics", "publish to a direct exchange", lambda ch: publish(ch, "own.direct", "k"), ""),
    ("topics", "publish without rule", lambda ch: publish(ch, "other.topic", "k"), ""),
    ("topics", "bind", lambda ch: ch.queue_bind("own.queue", "own.topic", "r.k"), ""),
    (
        "topics",
        "bind another key",
        lambda ch: ch.queue_bind("own.queue", "own.topic", "w.k"),
        _topic("w.k", "topics"),
    ),
    (
        "topics",
        "unbind another key",
        lambda ch: ch.queue_unbind("own.queue", "own.topic", "w.k"),
        _topic("w.k", "topics"),
    ),
    (
        "topics",
        "bind exchange by another key",
        lambda ch: ch.exchange_bind("own.direct", "own.topic", "k"),
        _topic("k", "topics"),
    ),
    ("topics", "bind to a direct exchange", lambda ch: ch.queue_bind("own.queue", "own.direct", "k"), ""),
    ("templates", "publish", lambda ch: publish(ch, "own.topic", "templates-/"), ""),
    (
        "templates",
        "publish as somebody else",
        lambda ch: publish(ch, "own.topic", "topics-/"),
        _topic("topics-/", "templates"),
    ),
    ("templates", "bind", lambda ch: ch.queue_bind("own.queue", "own.topic", "templates"), ""),
)
"""User, what it tries, how, and what it hears: "" where it may."""

NAMES = [f"{user}: {what}" for user, what, *_ in CASES]


def what_is_heard(connection: pika.BlockingConnection, attempt: Try) -> str:
    """Try something on a channel of its own; the text with which it was closed, or "" if it was not."""
    channel = connection.channel()
    try:
        attempt(channel)
        channel.close()
    except ChannelClosedByBroker as closed:
        return str(closed.reply_text)
    return ""
