"""What is under way in a replay; where keys keep their order, one message of each, and those behind it."""

from collections import deque
from collections.abc import Iterable

from msgspec import Struct

from mqstudio.client.replay_values import Failed
from mqstudio.client.sending import Parcel


class Item(Struct, frozen=True):
    """A message that is ready. key: by which it was recorded. due_s: after the start. may_vanish: no queue
    took what it was made of, either.
    """

    message_id: int
    key: str
    due_s: float
    parcel: Parcel
    may_vanish: bool = False

    @property
    def size_bytes(self) -> int:
        """What it counts for in bounds."""
        return len(self.parcel.body)

    def failed(self, says: str) -> Failed:
        """That it did not arrive."""
        return Failed(self.message_id, self.parcel.exchange, self.parcel.routing_key, says)


class Lanes:
    """Messages that have begun. count, size_bytes: of those, with what waits behind them."""

    def __init__(self, *, has_order: bool) -> None:
        self.count = self.size_bytes = 0
        self._has_order = has_order
        self._behind: dict[str, deque[Item]] = {}
        """Keys of which a message is under way, and those that wait for it."""

    def begin(self, items: Iterable[Item]) -> list[Item]:
        """Take these in; those that may go at once."""
        go: list[Item] = []
        for item in items:
            self.count += 1
            self.size_bytes += item.size_bytes
            key = item.key
            if self._has_order and key in self._behind:
                self._behind[key].append(item)
                continue
            if self._has_order:
                self._behind[key] = deque()
            go.append(item)
        return go

    def next_after(self, done: Iterable[Item]) -> list[Item]:
        """These are answered; those that may go now."""
        go: list[Item] = []
        for item in done:
            self._leave(item)
            if self._has_order:
                key = item.key
                behind = self._behind[key]
                if behind:
                    go.append(behind.popleft())
                else:
                    del self._behind[key]
        return go

    def forget(self, items: Iterable[Item]) -> None:
        """These will not be answered any more, and what waits behind them does not go."""
        for item in items:
            self._leave(item)
            for other in self._behind.pop(item.key, ()):
                self._leave(other)

    def _leave(self, item: Item) -> None:
        self.count -= 1
        self.size_bytes -= item.size_bytes
