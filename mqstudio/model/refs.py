"""Names of things as events carry them: small shared values that read well on their own."""

from msgspec import Struct


class QueueRef(Struct, frozen=True, gc=False):
    """A queue: `id` is never reused, `name` may be declared again after a delete.

    The rest never changes while it lives, and is what a store must know of it. is_durable: it survives the
    broker. keeps_all: so do all its messages, not only the persistent ones. max_priority: its order is by
    priority, up to this one.
    """

    vhost: str
    name: str
    id: int
    is_durable: bool = False
    keeps_all: bool = False
    max_priority: int = 0


class SubscriptionRef(Struct, frozen=True, gc=False):
    """A standing request for messages: which connection and channel made it, and its tag there."""

    id: int
    connection_id: int
    channel_number: int
    tag: str


class ChannelRef(Struct, frozen=True, gc=False):
    """A channel of a connection; `number` is the protocol's own, `id` is unique in the broker."""

    id: int
    connection_id: int
    number: int
