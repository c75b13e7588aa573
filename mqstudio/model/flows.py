"""Who publishes where, which way it goes on, and who gets it. Counters only grow; rates are differences."""

from msgspec import Struct

from mqstudio.model.topology import DestinationKind


class Published(Struct, frozen=True, array_like=True):
    """What a client has published to an exchange; `unroutable` of these led nowhere."""

    connection_id: int
    vhost: str
    exchange: str
    published: int
    unroutable: int


class Passed(Struct, frozen=True, array_like=True):
    """What went from an exchange to a queue or an exchange, by bindings with this key.

    From the default exchange it is what came to a queue by its name.
    """

    vhost: str
    exchange: str
    destination: str
    destination_kind: DestinationKind
    routing_key: str
    passed: int


class HandedOver(Struct, frozen=True, array_like=True):
    """What a subscription was handed, what it holds, and the most it takes at once (0: no limit)."""

    subscription_id: int
    connection_id: int
    vhost: str
    queue: str
    tag: str
    delivered: int
    unacked: int
    credit: int


class DeadLettered(Struct, frozen=True, array_like=True):
    """What has left a queue by its dead-letter exchange."""

    vhost: str
    queue: str
    count: int


class Flows(Struct, frozen=True):
    """All of it, of whatever exists. `alternate`: what exchanges handed on to their alternates.

    What never counted anything is left out, except subscriptions.
    """

    at_us: int
    published: list[Published] = []
    passed: list[Passed] = []
    alternate: list[Passed] = []
    handed_over: list[HandedOver] = []
    dead_lettered: list[DeadLettered] = []
