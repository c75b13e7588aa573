"""Filters made of a message: those that have the same value, key, conversation, publisher or shape.

A column has a field of the filter language, or none: of times and progress no two messages have the same.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from mqstudio.model.filters.fields import BY_ALIAS, FieldKind
from mqstudio.model.filters.paths import write_path
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.filters.syntax import parse
from mqstudio.model.filters.tokens import quoted
from mqstudio.model.filters.tree import Ask
from mqstudio.model.rows import MessageDetail, MessageRow
from mqstudio.viewmodel.queue_page_columns import CARRIED

SHAPE_FIELDS = 12
"""Fields that make a shape; a body with more is known by the first of them."""

_CARRIED: Final[dict[str, Callable[[MessageRow], str]]] = {
    "id": lambda row: f"id == {row.message_id}",
    "state": lambda row: f"state == {row.state.value}",
    "tries": lambda row: f"deliveries == {row.delivery_count}",
    "key": lambda row: f"key == {quoted(row.routing_key)}",
    "size": lambda row: f"size == {row.size_bytes}",
    "exchange": lambda row: f"exchange == {quoted(row.exchange)}",
    "publisher": lambda row: _text("publisher", row.publisher),
    "holder": lambda row: _text("held_by", row.holder),
    "consumer": lambda row: _text("consumer", row.holder.rpartition(" · ")[2]),
    "reason": lambda row: _text("reason", row.ended_because),
    "redelivered": lambda row: "redelivered" if row.is_redelivered else "not redelivered",
    "priority": lambda row: f"priority == {row.priority}",
}
"""Columns that a row carries, and what finds the rows that say the same there."""


def by_value(row: MessageRow, column: str, text: str) -> str:
    """What finds messages with the same value in a column; "" where there is no such filter.

    text: what the column shows, of a field that the row does not carry; "" is that it has none.
    """
    if column in _CARRIED:
        return _CARRIED[column](row)
    field = _field(column) if column not in CARRIED else None
    if field is None:
        return ""
    has_numbers = BY_ALIAS[field.field].kind in (FieldKind.BODY, FieldKind.ANY, FieldKind.NUMBER)
    return _text(column, text, may_be_number=has_numbers)


def by_key(row: MessageRow) -> str:
    """What finds messages with the same routing key."""
    return _CARRIED["key"](row)


def by_publisher(row: MessageRow) -> str:
    """What finds messages of the same publisher."""
    return _CARRIED["publisher"](row)


def by_correlation(detail: MessageDetail) -> str:
    """What finds messages that belong to the same conversation."""
    return _text("correlation_id", detail.properties.correlation_id or "")


def by_shape(detail: MessageDetail) -> str:
    """What finds messages whose bodies have the same fields; "" if the body is no JSON object."""
    try:
        body: Any = msgspec.json.decode(detail.body)  # Any: JSON
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    if not isinstance(body, Mapping) or not body:
        return ""
    return " and ".join(f"body{write_path((name,))} exists" for name in list(body)[:SHAPE_FIELDS])


def excluding(where: str) -> str:
    """What finds all others."""
    return where.removeprefix("not ") if where == "not redelivered" else f"not ({where})"


def _field(column: str) -> Ask | None:
    try:
        node = parse(f"{column} exists")
    except FilterError:
        return None
    return node if isinstance(node, Ask) else None


def _text(field: str, value: str, *, may_be_number: bool = False) -> str:
    """A field with this value; of a number in a body, as that number."""
    if not value:
        return f"{field} not exists"
    if may_be_number and _is_plain(value):
        return f"{field} == {value}"
    return f"{field} == {quoted(value)}"


def _is_plain(value: str) -> bool:
    try:
        decoded: Any = msgspec.json.decode(value)  # Any: JSON
    except msgspec.DecodeError:
        return False
    return isinstance(decoded, int | float | bool)
