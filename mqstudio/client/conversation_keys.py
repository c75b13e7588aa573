"""What messages of a conversation have in common, and the filters that find what has it."""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from mqstudio.model.filters.fields import Operator
from mqstudio.model.filters.literals import Literal, literal_of, text_literal
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.filters.syntax import parse
from mqstudio.model.filters.tree import Ask, Node, write
from mqstudio.model.message import Properties, plain_headers

AUTO: Final = "auto"
CORRELATION, MESSAGE_ID, REPLY_TO, TRACE = "correlation_id", "message_id", "reply_to", "trace"
KINDS: Final = (AUTO, CORRELATION, MESSAGE_ID, REPLY_TO, TRACE)
"""By what messages belong together; anything else is a field, such as headers.order or body.order.id."""

TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*")
"""W3C Trace Context, §3.2.2: version, trace id, parent id, flags."""


class Key(Struct, frozen=True):
    """What messages have in common: a kind of KINDS or a field, and its value."""

    by: str
    value: str


def any_of(value: str) -> list[Key]:
    """What a bare value may be."""
    keys = [Key(CORRELATION, value), Key(MESSAGE_ID, value)]
    trace = trace_id_of(value) or (value if re.fullmatch(r"[0-9a-f]{32}", value) else "")
    return [*keys, Key(TRACE, trace)] if trace else keys


def own_keys(told: dict[str, str]) -> list[Key]:
    """What a message can be found with by others that belong to it."""
    keys = []
    for name in (CORRELATION, MESSAGE_ID):
        if told[name]:
            keys.append(Key(CORRELATION, told[name]))
    if told[CORRELATION]:
        keys.append(Key(MESSAGE_ID, told[CORRELATION]))
    if told["trace_id"]:
        keys.append(Key(TRACE, told["trace_id"]))
    if told[REPLY_TO]:
        keys.append(Key(REPLY_TO, told[REPLY_TO]))
    return list(dict.fromkeys(keys))


def said_by(properties: Properties) -> dict[str, str]:
    """What a message says of others, by the names of the fields of Spoken; "" where it is silent."""
    parent = plain_headers(properties.headers).get("traceparent")
    return {
        "correlation_id": properties.correlation_id or "",
        "message_id": properties.message_id or "",
        "reply_to": properties.reply_to or "",
        "trace_id": trace_id_of(parent) if isinstance(parent, str) else "",
        "type": properties.type or "",
        "app_id": properties.app_id or "",
    }


def trace_id_of(parent: str) -> str:
    """The trace that a traceparent is of; "" if it is none."""
    match = TRACEPARENT.fullmatch(parent)
    return match[1] if match is not None and set(match[1]) != {"0"} else ""


def field_of(by: str) -> Ask:
    """A field that somebody chose. Raises: FilterError."""
    node = parse(f"{by} == 1")
    if not isinstance(node, Ask):
        raise FilterError(f"'{by}' is no field. Such as: headers.order, body.order.id, type.", 0, len(by))
    return node


def filters_of(key: Key) -> Iterator[str]:
    """The filters that find what has a key, any of them."""
    literal = (text_literal(key.value),)
    asks: list[Node]
    if key.by == TRACE:
        asks = [Ask("headers", ("traceparent",), Operator.CONTAINS, literal)]
    elif key.by == REPLY_TO:
        asks = [Ask("reply_to", (), Operator.EQUAL, literal), Ask("key", (), Operator.EQUAL, literal)]
    elif key.by in (CORRELATION, MESSAGE_ID):
        asks = [Ask(key.by, (), Operator.EQUAL, literal)]
    else:
        field = field_of(key.by)
        asks = [Ask(field.field, field.path, Operator.EQUAL, (_literal(key.value),))]
    return (write(ask) for ask in asks)


def _literal(value: str) -> Literal:
    """A number, yes or no, where it looks like that; else a text."""
    literal = literal_of(value)
    is_plain = literal.number is not None or literal.flag is not None or literal.is_null
    return literal if is_plain else text_literal(value)
