"""The lifecycle of a message: what it was, what it became, every event of each, and how it was routed."""

from msgspec import Struct

from mqstudio.model.rows import LifeStep, MessageRow
from mqstudio.model.topology import BindingSpec


class BindingAsked(Struct, frozen=True, omit_defaults=True):
    """A binding that an exchange had when a message came by. why: what did not fit, "" where it matched.

    was_removed: it is gone since.
    """

    binding: BindingSpec
    is_matching: bool
    why: str = ""
    was_removed: bool = False


class ExchangePassed(Struct, frozen=True, omit_defaults=True):
    """An exchange on a message's way, with the bindings it was held against: those that matched first.

    kind: "" if the exchange is gone. left_out: bindings beyond LIFECYCLE_BINDINGS. doubt: why what is told
    may not be what was, "" if it is.
    """

    exchange: str
    kind: str
    bindings: tuple[BindingAsked, ...] = ()
    left_out: int = 0
    doubt: str = ""


class LifePart(Struct, frozen=True, omit_defaults=True):
    """One message of a lifecycle: dead letters, delayed and moved messages are new messages with a past.

    parent_id: the message it was before, 0 if none. steps: what happened to it, oldest first; rows: where it
    stands, one for each queue it came to. is_trimmed: its first events are forgotten. left_out: events that
    are kept beyond those told. is_unrecorded: the ledger has nothing of it.
    """

    message_id: int
    vhost: str
    exchange: str
    routing_key: str
    published_at_us: int
    size_bytes: int
    publisher: str = ""
    parent_id: int = 0
    steps: tuple[LifeStep, ...] = ()
    rows: tuple[MessageRow, ...] = ()
    passed: tuple[ExchangePassed, ...] = ()
    is_trimmed: bool = False
    is_unrecorded: bool = False
    left_out: int = 0


class Lifecycle(Struct, frozen=True, omit_defaults=True):
    """The messages that one message was, is and became, oldest first, as they stand at `now_us`.

    recorded_one_in: of messages that would not survive a restart one in so many is recorded now. left_out:
    relatives beyond LIFECYCLE_MESSAGES.
    """

    message_id: int
    now_us: int
    parts: tuple[LifePart, ...]
    recorded_one_in: int = 1
    left_out: int = 0

    @property
    def own(self) -> LifePart:
        """The message that was asked about."""
        return next(part for part in self.parts if part.message_id == self.message_id)
