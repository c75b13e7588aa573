"""Bins: what purges took away, until it is brought back or newer bins need the space."""

from mqstudio.model import limits
from mqstudio.model.commands import RestoredMessage
from mqstudio.model.events import BinEmptied, Event, QueuePurged
from mqstudio.store.base import Bin


class Bins:
    """Bins by id, oldest first, bounded together by messages and bytes."""

    def __init__(
        self, *, max_messages: int = limits.BIN_MAX_MESSAGES, max_bytes: int = limits.BIN_MAX_BYTES
    ) -> None:
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._bins: dict[int, Bin] = {}
        self._messages = 0
        self._bytes = 0

    def note(self, event: Event) -> None:
        """Make a bin of a purge, and forget one that was emptied."""
        if isinstance(event, QueuePurged) and event.bin_id:
            messages = [RestoredMessage(p.message, p.deliveries) for p in event.purged]
            size = sum(restored.message.held_bytes for restored in messages)
            self._bins[event.bin_id] = Bin(
                event.bin_id, event.queue, event.at_us, messages, size, len(messages)
            )
            self._messages += len(messages)
            self._bytes += size
            while self._messages > self._max_messages or self._bytes > self._max_bytes:
                self._forget(next(iter(self._bins)))
        elif isinstance(event, BinEmptied):
            self._forget(event.bin_id)

    def _forget(self, bin_id: int) -> None:
        gone = self._bins.pop(bin_id, None)
        if gone is not None:
            self._messages -= len(gone.messages)
            self._bytes -= gone.size_bytes

    def all(self) -> list[Bin]:
        """All bins, oldest first."""
        return list(self._bins.values())

    def get(self, bin_id: int) -> Bin | None:
        """One bin; None if it is not there (any more)."""
        return self._bins.get(bin_id)
