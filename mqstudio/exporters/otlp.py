"""OpenTelemetry spans as OTLP/JSON, by the semantic conventions for messaging: a message is sent, and each
time somebody had it, processed. They join the trace of its publisher, if that said which (`traceparent`).
"""

import re
from hashlib import sha256
from typing import Any, Final

import msgspec

from mqstudio.exporters.base import Options, Record
from mqstudio.exporters.spans import Hold, spans_of
from mqstudio.model.message import plain_headers

PRODUCER, CONSUMER = 4, 5
"""SpanKind of the protocol."""

ERROR: Final = 2
TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
SYSTEMS: Final = {"amqp091": "rabbitmq"}

_HEAD: Final = (
    b'{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"mqstudio"}}]},'
    b'"scopeSpans":[{"scope":{"name":"mqstudio"},"spans":[\n'
)
_TAIL: Final = b"\n]}]}]}\n"

Span = dict[str, Any]
"""Any: strings, numbers and lists, as the format has them."""


class SpanFile:
    """One file of spans."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._is_first = True

    def begin(self) -> bytes:
        """The head."""
        return _HEAD

    def record(self, record: Record) -> bytes:
        """The spans of one message."""
        start, self._is_first = b"" if self._is_first else b",\n", False
        return start + b",\n".join(msgspec.json.encode(each) for each in self._spans(record))

    def end(self) -> bytes:
        """The tail."""
        return _TAIL

    def _spans(self, record: Record) -> list[Span]:
        row = record.row
        trace_id, parent_id = _context(record)
        sent_id = _id(8, record, "send")
        attributes = self._attributes(record)
        sent = _span(trace_id, sent_id, parent_id, f"send {row.exchange or row.queue}", PRODUCER)
        sent |= _times(row.published_at_us, row.enqueued_at_us or row.published_at_us)
        sent["attributes"] = [*attributes, *_operation("send")]
        spans = [sent]
        for number, hold in enumerate(spans_of(record).holds):
            own_id = _id(8, record, f"process {number}")
            span = _span(trace_id, own_id, sent_id, f"process {row.queue}", CONSUMER)
            span |= _times(hold.from_us, hold.until_us or hold.from_us)
            span["attributes"] = [*attributes, *_operation("process"), *_holding(hold, number)]
            if not hold.is_good:
                span["status"] = {"code": ERROR, "message": hold.outcome}
            spans.append(span)
        return spans

    def _attributes(self, record: Record) -> list[Span]:
        row, properties = record.row, record.properties
        told: dict[str, str | int] = {
            "messaging.system": SYSTEMS.get(record.format, record.format or "mqstudio"),
            "messaging.destination.name": row.exchange or row.queue,
            "messaging.rabbitmq.destination.routing_key": row.routing_key,
            "messaging.destination.subscription.name": row.queue,
            "messaging.message.body.size": row.size_bytes,
            "mqstudio.message.id": row.message_id,
            "mqstudio.message.state": row.state.value,
            "mqstudio.vhost": record.vhost,
        }
        if row.publisher:
            told["mqstudio.publisher"] = row.publisher
        if self._options.has_properties:
            if properties.message_id is not None:
                told["messaging.message.id"] = properties.message_id
            if properties.correlation_id is not None:
                told["messaging.message.conversation_id"] = properties.correlation_id
        return [_attribute(key, value) for key, value in told.items()]


def _context(record: Record) -> tuple[str, str]:
    """The trace that its publisher said it belongs to, and the span there; else a trace of its own."""
    told = plain_headers(record.properties.headers).get("traceparent")
    match = TRACEPARENT.fullmatch(told) if isinstance(told, str) else None
    if match is not None and set(match[1]) != {"0"} and set(match[2]) != {"0"}:
        return match[1], match[2]
    return _id(16, record, "trace"), ""


def _id(size: int, record: Record, what: str) -> str:
    """An id in hex, the same each time for the same message and what."""
    row = record.row
    text = f"{record.vhost}\0{row.queue}\0{row.message_id}\0{row.published_at_us}\0{what}"
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[: 2 * size]


def _span(trace_id: str, span_id: str, parent_id: str, name: str, kind: int) -> Span:
    span: Span = {"traceId": trace_id, "spanId": span_id, "name": name, "kind": kind}
    return span | ({"parentSpanId": parent_id} if parent_id else {})


def _times(from_us: int, until_us: int) -> Span:
    """Nanoseconds as text, since JSON's numbers are too short."""
    return {"startTimeUnixNano": f"{from_us}000", "endTimeUnixNano": f"{max(from_us, until_us)}000"}


def _operation(name: str) -> list[Span]:
    return [_attribute("messaging.operation.name", name), _attribute("messaging.operation.type", name)]


def _holding(hold: Hold, number: int) -> list[Span]:
    told = [
        _attribute("messaging.client.id", hold.holder),
        _attribute("mqstudio.outcome", hold.outcome or "still held"),
        _attribute("mqstudio.delivery", number + 1),
    ]
    return told if hold.is_good else [*told, _attribute("error.type", hold.outcome)]


def _attribute(key: str, value: str | int) -> Span:
    told = {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}
    return {"key": key, "value": told}


class Otlp:
    """The format."""

    title = "OpenTelemetry spans"
    suffixes = (".otlp.json", ".otlp")

    def write(self, options: Options) -> SpanFile:
        """See Exporter."""
        return SpanFile(options)


EXPORTER = Otlp()
