"""A message in the making, as typed: everything is still text."""

from enum import StrEnum

from msgspec import Struct

from mqstudio.model.topology import DEFAULT_VHOST


class BodyKind(StrEnum):
    """How the body is given. KEPT: the bytes of a message that is sent again, too large or no text."""

    TEXT = "text"
    JSON = "json"
    HEX = "hex"
    BASE64 = "base64"
    FILE = "file"
    KEPT = "kept"


TYPED = (BodyKind.TEXT, BodyKind.JSON, BodyKind.HEX, BodyKind.BASE64)
"""Those that are typed."""


class HeaderDraft(Struct, frozen=True):
    """A header as typed: its value is still text; of a table or list it is `items`."""

    name: str = ""
    kind: str = "string"
    text: str = ""
    items: tuple["HeaderDraft", ...] = ()


class Draft(Struct, frozen=True, omit_defaults=True):
    """A message in the making. Property values are text as typed; "" means not set.

    empties: properties that are set, and empty ("headers" among them). keys: routing keys taken in turn.
    """

    exchange: str = ""
    routing_key: str = ""
    properties: dict[str, str] = {}
    headers: list[HeaderDraft] = []
    body: str = ""
    vhost: str = DEFAULT_VHOST
    body_kind: BodyKind = BodyKind.TEXT
    file: str = ""
    is_gzip: bool = False
    is_template: bool = False
    count: str = "1"
    rate: str = ""
    keys: str = ""
    seed: str = ""
    empties: tuple[str, ...] = ()


class Problem(Struct, frozen=True):
    """What is wrong with which field, in a sentence; where in its text, if it is known."""

    field: str
    says: str
    position: int = -1
    length: int = 0


PROPERTY_FIELDS: dict[str, str] = {
    "content_type": "Content type",
    "content_encoding": "Content encoding",
    "delivery_mode": "Delivery mode",
    "priority": "Priority",
    "correlation_id": "Correlation id",
    "reply_to": "Reply to",
    "expiration": "Expiration (ms)",
    "message_id": "Message id",
    "timestamp_s": "Timestamp",
    "type": "Type",
    "user_id": "User id",
    "app_id": "App id",
    "cluster_id": "Cluster id",
}
"""All properties but the headers, as they are shown."""
