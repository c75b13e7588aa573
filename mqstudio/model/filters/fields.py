"""The one table of fields that a filter can ask about, for parser, matcher, completion and documentation."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from mqstudio.model.rows import MessageState


class FieldKind(StrEnum):
    """What values a field has."""

    TEXT = "text"
    BODY = "body"
    STATE = "state"
    NUMBER = "number"
    SIZE = "size"
    DURATION = "duration"
    TIME = "time"
    FLAG = "yes or no"
    ANY = "any value"


class Field(Struct, frozen=True):
    """A field. `cost`: about how long reading it takes; `is_of_message`: the message itself says it.

    Other fields are about where a message stands in a queue. example: a value, as one would write it.
    """

    name: str
    kind: FieldKind
    says: str
    example: str
    cost: int = 1
    is_of_message: bool = False
    aliases: tuple[str, ...] = ()


PROPERTY_COST: Final = 20
PATH_COST: Final = 40
BODY_COST: Final = 10
"""Properties are decoded once per message, bodies of JSON likewise; searching a body is quicker."""


def _property(name: str, says: str, example: str, kind: FieldKind = FieldKind.TEXT) -> Field:
    return Field(name, kind, says, example, PROPERTY_COST, True)


_K = FieldKind
_ALL = (
    Field("state", _K.STATE, "where it stands in the queue", "ready"),
    Field("key", _K.TEXT, "the routing key", '"eu.new"', 1, True, ("routing_key",)),
    Field("exchange", _K.TEXT, "the exchange it was published to", "orders.ex", 1, True),
    Field("queue", _K.TEXT, "the queue it is or was in", "orders"),
    Field("size", _K.SIZE, "the size of its body", "1KB", 2, True, ("size_bytes",)),
    Field("age", _K.DURATION, "how long ago it was published", "5m", 2, True),
    Field("time", _K.TIME, "when it was published", "10:30", 2, True, ("published",)),
    Field("delivered", _K.TIME, "when it was last handed over", "10:30", 2),
    Field("ended", _K.TIME, "when it left the queue", "10:30", 2),
    Field("waited", _K.DURATION, "from being published to being handed over", "2s", 2),
    Field("held", _K.DURATION, "from being handed over to its end, or until now", "500ms", 2),
    Field("priority", _K.NUMBER, "its priority; 0 if it has none", "5", 2, True),
    Field("redelivered", _K.FLAG, "whether it was handed over before", "true"),
    Field("persistent", _K.FLAG, "whether it is to survive a restart", "true", 2, True),
    Field("deliveries", _K.NUMBER, "how often it was handed over", "3", 1, False, ("delivery_count",)),
    Field("held_by", _K.TEXT, "who has it, or had it", '"worker-2"', 1, False, ("holder",)),
    Field("consumer", _K.TEXT, "the consumer tag that has it, or had it", '"ctag1"', 2),
    Field("publisher", _K.TEXT, "the connection that published it", '"shop"', 3),
    Field("reason", _K.TEXT, "why it left the queue, or died before", "rejected", 2),
    Field("id", _K.NUMBER, "its number in this broker", "8812", 1, True),
    _property("message_id", "the id its publisher gave it", '"8d1f"'),
    _property("correlation_id", "what it belongs to", '"77ab"'),
    _property("reply_to", "where an answer goes", '"replies"'),
    _property("type", "what its publisher calls it", "order.created"),
    _property("content_type", "what its body is", '"application/json"'),
    _property("content_encoding", "how its body is packed", "gzip"),
    _property("app_id", "the program that made it", "shop"),
    _property("user_id", "the user that made it", "guest"),
    _property("expiration", "its time to live, in ms", "60000"),
    _property("timestamp", "the time its publisher gave it", "2026-01-31", _K.TIME),
    Field("headers", _K.ANY, "a header, by its name", "acme", PROPERTY_COST + 5, True, ("header",)),
    Field("body", _K.BODY, "the body as text; with a path, a value in a body of JSON", "100", 10, True),
)
FIELDS: Final = {field.name: field for field in _ALL}
BY_ALIAS: Final = {name: field for field in _ALL for name in (field.name, *field.aliases)}
WITH_PATHS: Final = ("headers", "body")

STATES: Final = {each.value: each for each in MessageState} | {
    "unacked": MessageState.IN_FLIGHT,
    "acked": MessageState.DONE,
    "dead": MessageState.DEAD_LETTERED,
}
"""The words for states, ours first."""


class Operator(StrEnum):
    """What is asked of a field. `!=` is `==` with a not inside."""

    EQUAL = "=="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    CONTAINS = "contains"
    STARTS = "startswith"
    ENDS = "endswith"
    MATCHES = "matches"
    IN = "in"
    BETWEEN = "between"
    LAST = "last"
    EXISTS = "exists"


ORDERING: Final = frozenset({Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST})
TEXTUAL: Final = frozenset({Operator.CONTAINS, Operator.STARTS, Operator.ENDS, Operator.MATCHES})
_EQUAL: Final = frozenset({Operator.EQUAL, Operator.IN, Operator.EXISTS})
_ORDERED: Final = _EQUAL | ORDERING | {Operator.BETWEEN}

ALLOWED: Final[dict[FieldKind, frozenset[Operator]]] = {
    _K.TEXT: _ORDERED | TEXTUAL,
    _K.ANY: _ORDERED | TEXTUAL,
    _K.BODY: _EQUAL | TEXTUAL,
    _K.STATE: _EQUAL,
    _K.FLAG: _EQUAL,
    _K.NUMBER: _ORDERED,
    _K.SIZE: _ORDERED,
    _K.DURATION: _ORDERED,
    _K.TIME: _ORDERED | {Operator.LAST},
}
"""What can be asked of each kind."""

HINTS: Final = {
    _K.STATE: "States are " + ", ".join(each.value for each in MessageState) + ".",
    _K.FLAG: "Write true or false.",
    _K.NUMBER: "Write a number, such as 5.",
    _K.SIZE: "Write a size, such as 500, 1KB or 2MB.",
    _K.DURATION: "Write a number with a unit: 500ms, 5s, 10m, 2h or 1d.",
    _K.TIME: "Write 10:30, 2026-01-31, 2026-01-31T10:30 or now.",
}
"""What values of a kind look like; of others, all do."""


def kind_of(field: Field, *, has_path: bool) -> FieldKind:
    """The kind of values: those that paths lead to may be anything."""
    return FieldKind.ANY if has_path else field.kind
