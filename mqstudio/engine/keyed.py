"""Ready messages with ordering keys: those of one key are with one holder at a time, in order.

A message without a key is in nobody's way. What may be handed out is found by a heap of the first
messages of all keys; entries that hold no longer are passed over when they come up.
"""

from collections.abc import Iterator, Sequence, Set
from heapq import heapify, heappop, heappush, merge

from mqstudio.engine.ready import ReadyByArrival, by_id
from mqstudio.model.message import Message


class ReadyByKey:
    """By arrival, but for messages whose key is held.

    It is true while a message may be handed out; its length counts the others, too.
    """

    def __init__(self) -> None:
        self._runs: dict[str, ReadyByArrival] = {}
        self._heads: list[tuple[int, str]] = []
        """Message id and key; some are not first any more, or of keys that are held."""
        self._held: dict[str, int] = {}
        """How many messages of a key are with somebody."""
        self._count = 0

    # ---- what every arrangement has

    def append(self, message: Message) -> None:
        """Add one that has just arrived."""
        self.put_back(message)

    def popleft(self) -> Message:
        """Remove the first that may be handed out; its key is not held by that."""
        _, key = self._settle_heads()[0]
        heappop(self._heads)
        run = self._runs[key]
        message = run.popleft()
        self._count -= 1
        if run:
            heappush(self._heads, (run[0].id, key))
        else:
            del self._runs[key]
        return message

    def first(self) -> Message:
        """The first that may be handed out, which stays."""
        return self._runs[self._settle_heads()[0][1]].first()

    def put_back(self, message: Message) -> None:
        """Take a message in at its place."""
        key = message.traits.ordering_key or ""
        run = self._runs.setdefault(key, ReadyByArrival())
        run.put_back(message)
        self._count += 1
        if run[0] is message:
            heappush(self._heads, (message.id, key))

    def runs(self) -> Sequence[Sequence[Message]]:
        """One run for each key."""
        return tuple(self._runs.values())

    def in_order(self) -> Iterator[Message]:
        """All, by arrival."""
        return merge(*self._runs.values(), key=by_id)

    def count_in_order(self) -> int:
        """All."""
        return self._count

    def cut(self, count: int) -> list[Message]:
        """Remove the last ones."""
        last = list(self.in_order())[self._count - count :]
        self.take_out({message.id for message in last})
        return last

    def take_out(self, ids: Set[int]) -> None:
        """Remove these, wherever they stand."""
        for key, run in list(self._runs.items()):
            before, head = len(run), run[0]
            run.take_out(ids)
            self._count -= before - len(run)
            if not run:
                del self._runs[key]
            elif run[0] is not head:
                heappush(self._heads, (run[0].id, key))

    def clear(self) -> None:
        """Remove all; what is held stays held."""
        self._runs.clear()
        self._heads.clear()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __bool__(self) -> bool:
        return bool(self._settle_heads())

    def __iter__(self) -> Iterator[Message]:
        return self.in_order()

    # ---- keys

    def hold(self, message: Message) -> None:
        """A message is with somebody: the others of its key wait."""
        key = message.traits.ordering_key
        if key is not None:
            self._held[key] = self._held.get(key, 0) + 1

    def free(self, message: Message) -> None:
        """A message is with nobody any more."""
        key = message.traits.ordering_key
        if key is None:
            return
        left = self._held.get(key, 0) - 1
        if left > 0:
            self._held[key] = left
            return
        self._held.pop(key, None)
        run = self._runs.get(key)
        if run:
            heappush(self._heads, (run[0].id, key))

    def _settle_heads(self) -> list[tuple[int, str]]:
        """Drop entries from the front of the heap until the first one holds."""
        heads = self._heads
        if len(heads) > 2 * len(self._runs) + 64:  # what was put back and taken again leaves entries behind
            heads[:] = [(run[0].id, key) for key, run in self._runs.items() if key not in self._held]
            heapify(heads)
        while heads:
            message_id, key = heads[0]
            run = self._runs.get(key)
            if run and run[0].id == message_id and key not in self._held:
                break
            heappop(heads)
        return heads
