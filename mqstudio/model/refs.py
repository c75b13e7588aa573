"""Names of things as events carry them: small shared values that read well on their own."""

from msgspec import Struct


class QueueRef(Struct, frozen=True, gc=False):
    """A queue: `id` is never reused, `name` may be declared again after a delete."""

    vhost: str
    name: str
    id: int


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
