"""What the broker asks of a store: take events, and find them again."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from mqstudio.model.commands import RestoredMessage
from mqstudio.model.events import EventBatch, MessageEvent
from mqstudio.model.refs import QueueRef


class Life(Struct, frozen=True):
    """A message's kept events, oldest first; the earliest may be forgotten already."""

    message_id: int
    events: list[MessageEvent]


class LedgerPage(Struct, frozen=True):
    """Lives in order of message id. `is_whole`: nothing that is kept was left unread."""

    lives: list[Life]
    is_whole: bool


class Bin(Struct, frozen=True):
    """What one purge took away."""

    id: int
    queue: QueueRef
    purged_at_us: int
    messages: list[RestoredMessage]
    size_bytes: int


class Store(Protocol):
    """Keeps what has happened. Decides nothing.

    durable: the number of the last commit that is on disk.
    """

    durable: int

    def append(self, batch: EventBatch) -> int:
        """Take the events of one turn; the commit that must be on disk before anybody is told that it is
        done, 0 if nothing in it is to survive."""

    def page(
        self, queue_ids: Sequence[int], after_id: int | None, limit: int, *, is_oldest_first: bool
    ) -> LedgerPage:
        """Messages that ended in these queues (one name may have had several), behind `after_id`.

        Live ones are the engine's to show; looking for them here would mean to walk past all of them.
        """

    def life(self, message_id: int) -> Life:
        """Everything kept about one message."""

    def queue_ids(self, vhost: str, name: str) -> list[int]:
        """The ids that queues of this name have had, oldest first."""

    def connection_name(self, connection_id: int) -> str:
        """What a connection was called, also after it closed; "" if that is forgotten."""

    def bins(self) -> list[Bin]:
        """What can still be brought back, oldest first."""

    def bin(self, bin_id: int) -> Bin | None:
        """One bin; None if it was emptied or had to go."""
