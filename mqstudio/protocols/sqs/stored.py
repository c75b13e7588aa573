"""SQS messages as the broker keeps them: in the words that all protocols share.

Message attributes are headers, so that everybody can read them and filters find them; what only SQS knows of
a message is in one more header. What came by another protocol is read as if it had been sent here.
"""

import base64
import uuid
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from mqstudio.model.message import Header, Message, Properties, encode_properties, plain_headers
from mqstudio.protocols.sqs.message_attributes import Attribute, is_text

OURS: Final = "sqs"
"""The header that has what only SQS knows."""

_NUMBERS: Final = frozenset(
    {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "float", "double", "decimal"}
)


class Sent(Struct, frozen=True):
    """What is known of a message that was sent."""

    message_id: str
    sent_at_ms: int
    attributes: Mapping[str, Attribute] = {}
    system: Mapping[str, Attribute] = {}
    sender: str = ""
    group: str | None = None
    once_id: str | None = None


def write(sent: Sent) -> bytes:
    """As property bytes in the format that all protocols read."""
    headers = [_header(name, each) for name, each in sent.attributes.items()]
    ours = [
        Header("sent_ms", "int64", sent.sent_at_ms),
        Header("sender", "string", sent.sender),
    ]
    if sent.group is not None:
        ours.append(Header("group", "string", sent.group))
    if sent.once_id is not None:
        ours.append(Header("deduplication", "string", sent.once_id))
    labels = {
        name: each.kind for name, each in sent.attributes.items() if each.kind not in ("String", "Binary")
    }
    if labels:
        ours.append(Header("types", "table", [Header(name, "string", kind) for name, kind in labels.items()]))
    if sent.system:
        ours.append(Header("system", "table", [_header(name, each) for name, each in sent.system.items()]))
    headers.append(Header(OURS, "table", ours))
    return encode_properties(
        Properties(
            headers=headers, delivery_mode=2, message_id=sent.message_id, timestamp_s=sent.sent_at_ms // 1000
        )
    )


def _header(name: str, attribute: Attribute) -> Header:
    return Header(name, "bytes" if isinstance(attribute.value, bytes) else "string", attribute.value)


def read(message: Message, properties: Properties) -> Sent:
    """What is known of a message, whatever protocol it came by."""
    headers = properties.headers or []
    ours: dict[str, Any] = next(
        (plain_headers(h.value) for h in headers if h.name == OURS and h.kind == "table"), {}
    )
    types = ours.get("types") or {}
    attributes = {}
    for header in headers:
        attribute = _attribute(header, types.get(header.name))
        if attribute is not None:
            attributes[header.name] = attribute
    system = {name: Attribute("String", value) for name, value in (ours.get("system") or {}).items()}
    message_id = properties.message_id or str(uuid.UUID(int=message.id))
    sent_ms = ours.get("sent_ms") or message.published_at_us // 1000
    group = ours.get("group") or message.traits.ordering_key
    return Sent(
        message_id, sent_ms, attributes, system, ours.get("sender", ""), group, ours.get("deduplication")
    )


def _attribute(header: Header, kind: str | None) -> Attribute | None:
    """A header as an attribute; None for what SQS has no type for, or holds nothing."""
    value = header.value
    if header.kind == "bytes" and value:
        return Attribute(kind or "Binary", bytes(value))
    if header.kind == "string" and value and is_text(value):
        return Attribute(kind or "String", value)
    if header.kind in _NUMBERS and value is not None:
        return Attribute("Number", str(value))
    if header.kind == "bool":
        return Attribute("String.bool", "true" if value else "false")
    return None


def body_text(body: bytes) -> str:
    """A body as SQS can carry it: as text if it is that, else in base64."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return base64.b64encode(body).decode()
    return text if is_text(text) else base64.b64encode(body).decode()
