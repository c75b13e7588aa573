"""What exists in a virtual host: exchanges, queues, bindings."""

from enum import StrEnum
from typing import Any

from msgspec import Struct

DEFAULT_VHOST = "/"

Arguments = dict[str, Any]
"""Optional arguments of a declaration: name → str, int, bool, float, bytes, list or dict."""


class ExchangeSpec(Struct, frozen=True):
    """An exchange as declared; `kind` is the name of an exchange type (direct, fanout …)."""

    name: str
    kind: str
    is_durable: bool = False
    is_auto_delete: bool = False
    is_internal: bool = False
    arguments: Arguments = {}


class QueueSpec(Struct, frozen=True):
    """A queue as declared."""

    name: str
    is_durable: bool = False
    is_exclusive: bool = False
    is_auto_delete: bool = False
    arguments: Arguments = {}


class DestinationKind(StrEnum):
    """What a binding leads to."""

    QUEUE = "queue"
    EXCHANGE = "exchange"


class BindingSpec(Struct, frozen=True):
    """A rule of an exchange: messages that match `routing_key` and `arguments` go to the destination."""

    exchange: str
    destination: str
    routing_key: str
    arguments: Arguments = {}
    destination_kind: DestinationKind = DestinationKind.QUEUE


class VhostSpec(Struct, frozen=True):
    """A virtual host. `is_traced`: everything published and delivered there is copied to its trace exchange.

    `default_kind` is the type of queues that are declared without one ("" means classic).
    """

    name: str
    description: str = ""
    tags: tuple[str, ...] = ()
    default_kind: str = ""
    is_traced: bool = False


class ConnectionTerms(Struct, frozen=True):
    """What a client and we have agreed on: how it logged in, and the most of what each will send."""

    mechanism: str = ""
    is_encrypted: bool = False
    heartbeat_s: int = 0
    frame_max: int = 0
    channel_max: int = 0


class ConnectionInfo(Struct, frozen=True):
    """Who is connected: as the network, the handshake and the client itself tell it.

    `name` is what to call the connection in one place: the client's own connection name, else its
    address. `product`, `version`, `platform` describe the client library. `local_address`: our end.
    """

    id: int
    protocol: str
    address: str
    name: str
    user: str = ""
    vhost: str = DEFAULT_VHOST
    product: str = ""
    version: str = ""
    platform: str = ""
    opened_at_us: int = 0
    local_address: str = ""
    terms: ConnectionTerms = ConnectionTerms()
