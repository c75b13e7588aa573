"""What a broker was when it stopped, as its store tells it: the values that an engine begins with.

Only what lasts is in it: durable queues and exchanges, what they held, and the numbers to go on with.
"""

from msgspec import Struct

from mqstudio.model.message import Message
from mqstudio.model.places import PageEntry
from mqstudio.model.policies import Policy
from mqstudio.model.refs import QueueRef
from mqstudio.model.samples import Counters
from mqstudio.model.topology import BindingSpec, ExchangeSpec, QueueSpec, VhostSpec


class RestoredExchange(Struct, frozen=True):
    """An exchange of a virtual host."""

    vhost: str
    spec: ExchangeSpec


class RestoredBinding(Struct, frozen=True):
    """A binding of a virtual host."""

    vhost: str
    spec: BindingSpec


class RestoredHeld(Struct, frozen=True):
    """A message that an exchange holds until a time."""

    vhost: str
    exchange: str
    message: Message
    until_us: int


class RestoredSent(Struct, frozen=True):
    """That a message was sent to a queue under a key by which repeats are known."""

    once_key: str
    message_id: int
    at_us: int
    properties: bytes


class RestoredQueue(Struct, frozen=True):
    """A queue, its first messages, and how much more there is.

    entries: the first ones, in order of position; of a log the newest, in order of offset. `on_disk` more,
    whose bodies come to `on_disk_bytes`, stay in the store until they are asked for; no entry is behind any
    of these. flagged_up_to: messages up to this id are handed over as redelivered. first_offset and
    next_offset: of a log.
    """

    ref: QueueRef
    spec: QueueSpec
    entries: tuple[PageEntry, ...] = ()
    on_disk: int = 0
    on_disk_bytes: int = 0
    flagged_up_to: int = 0
    first_offset: int = 0
    next_offset: int = 0
    counters: Counters = Counters()
    sent: tuple[RestoredSent, ...] = ()


class RestoredState(Struct, frozen=True):
    """All of it. `published`, `unroutable` and `retired`: what was counted before."""

    vhosts: tuple[VhostSpec, ...] = ()
    policies: tuple[Policy, ...] = ()
    exchanges: tuple[RestoredExchange, ...] = ()
    queues: tuple[RestoredQueue, ...] = ()
    bindings: tuple[RestoredBinding, ...] = ()
    held: tuple[RestoredHeld, ...] = ()
    next_message_id: int = 1
    next_queue_id: int = 1
    next_subscription_id: int = 1
    next_bin_id: int = 1
    published: int = 0
    unroutable: int = 0
    retired: Counters = Counters()
