"""Reads each field of a subject: one function a field. MISSING where there is nothing."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from mqstudio.model.filters.paths import MISSING
from mqstudio.model.filters.subject import Subject

Reader = Callable[[Subject], Any]
"""Any: what the field holds, or MISSING."""

HOLDER_SEPARATOR: Final = " · "


def _or_missing(value: Any) -> Any:  # Any: as above
    return MISSING if value is None or value == "" else value


def _waited(subject: Subject) -> Any:
    delivered = subject.standing.delivered_at_us
    return MISSING if delivered is None else delivered - subject.message.published_at_us


def _held(subject: Subject) -> Any:
    standing = subject.standing
    if standing.delivered_at_us is None:
        return MISSING
    end_us = subject.now_us if standing.ended_at_us is None else standing.ended_at_us
    return end_us - standing.delivered_at_us if standing.holder else MISSING


def _reason(subject: Subject) -> Any:
    because = subject.standing.ended_because
    if because:
        return because
    past = subject.message.past
    return past.deaths[0].reason if past is not None and past.deaths else MISSING


def _timestamp(subject: Subject) -> Any:
    seconds = subject.properties.timestamp_s
    return MISSING if seconds is None else seconds * 1_000_000


def _property(name: str) -> Reader:
    def read(subject: Subject) -> Any:
        value = getattr(subject.properties, name)
        return MISSING if value is None else value

    return read


READERS: Final[dict[str, Reader]] = {
    "state": lambda subject: subject.standing.state.value,
    "key": lambda subject: subject.message.routing_key,
    "exchange": lambda subject: subject.message.exchange,
    "queue": lambda subject: _or_missing(subject.standing.queue),
    "size": lambda subject: subject.body_size,
    "age": lambda subject: subject.now_us - subject.message.published_at_us,
    "time": lambda subject: subject.message.published_at_us,
    "delivered": lambda subject: _or_missing(subject.standing.delivered_at_us),
    "ended": lambda subject: _or_missing(subject.standing.ended_at_us),
    "waited": _waited,
    "held": _held,
    "priority": lambda subject: subject.message.traits.priority,
    "redelivered": lambda subject: subject.standing.is_redelivered,
    "persistent": lambda subject: subject.message.traits.is_persistent,
    "deliveries": lambda subject: subject.standing.delivery_count,
    "held_by": lambda subject: _or_missing(subject.standing.holder),
    "consumer": lambda subject: _or_missing(subject.standing.holder.rpartition(HOLDER_SEPARATOR)[2]),
    "publisher": lambda subject: _or_missing(subject.publisher),
    "reason": _reason,
    "id": lambda subject: subject.message.id,
    "timestamp": _timestamp,
    "headers": lambda subject: subject.headers or MISSING,
    "body": lambda subject: subject.message.body,
} | {
    name: _property(name)
    for name in (
        "message_id", "correlation_id", "reply_to", "type", "content_type", "content_encoding", "app_id",
        "user_id", "expiration",
    )
}  # fmt: skip


_TEXTS: Final = (
    "content_type", "content_encoding", "correlation_id", "reply_to", "expiration", "message_id", "type",
    "user_id", "app_id", "cluster_id",
)  # fmt: skip


def everything_said(subject: Subject) -> Iterator[str]:
    """The texts in a message's properties: header names and values, ids, types."""
    properties = subject.properties
    for name in _TEXTS:
        value = getattr(properties, name)
        if value:
            yield value
    yield from _texts_in(subject.headers)


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_in(inner)
