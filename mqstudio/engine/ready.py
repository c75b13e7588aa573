"""The ready messages of a queue, in the order in which they are handed out.

Four arrangements: by arrival (the usual), by priority, returned ones first, and by offset, where all stay.
Each consists of runs that are in order of message id, so that a page of a long queue can be found without
walking it.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterator, Sequence, Set
from itertools import islice
from operator import attrgetter
from typing import Protocol

from mqstudio.model.message import Message

by_id = attrgetter("id")

_FEW = 16
"""So many are looked for one by one; for more the whole queue is walked."""


class Ready(Protocol):
    """What queues ask of their ready messages."""

    def append(self, message: Message) -> None:
        """Add one that has just arrived."""

    def popleft(self) -> Message:
        """Remove the first."""

    def first(self) -> Message:
        """The first, which stays."""

    def put_back(self, message: Message) -> None:
        """Return one that was taken."""

    def runs(self) -> Sequence[Sequence[Message]]:
        """All messages as sequences in order of id."""

    def in_order(self) -> Iterator[Message]:
        """Those that have a place, in order of it: all but returned ones that come before the others."""

    def count_in_order(self) -> int:
        """How many these are."""

    def cut(self, count: int) -> list[Message]:
        """Remove the last `count` of these; in their order."""

    def take_out(self, ids: Set[int]) -> None:
        """Remove those with these ids, wherever they stand."""

    def clear(self) -> None:
        """Remove all."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Message]: ...


class ReadyByArrival(deque[Message]):
    """The order of ids; a returned message takes the place it had. `append` and `popleft` are deque's own."""

    __slots__ = ()

    def first(self) -> Message:
        """The first, which stays."""
        return self[0]

    def put_back(self, message: Message) -> None:
        """Return a message to its place; at either end that costs nothing."""
        if not self or message.id < self[0].id:
            self.appendleft(message)
        elif message.id > self[-1].id:
            self.append(message)
        else:
            insort(self, message, key=by_id)

    def runs(self) -> Sequence[Sequence[Message]]:
        """One run."""
        return (self,)

    def in_order(self) -> Iterator[Message]:
        """All."""
        return iter(self)

    def count_in_order(self) -> int:
        """All."""
        return len(self)

    def cut(self, count: int) -> list[Message]:
        """Remove the last ones."""
        last = [self.pop() for _ in range(count)]
        last.reverse()
        return last

    def take_out(self, ids: Set[int]) -> None:
        """Remove these: few at a step each, many in one walk."""
        if len(ids) <= _FEW:
            for each in ids:
                index = bisect_left(self, each, key=by_id)
                if index < len(self) and self[index].id == each:
                    del self[index]
            return
        kept = [message for message in self if message.id not in ids]
        self.clear()
        self.extend(kept)


class ReadyByPriority:
    """The highest priority first, within one by arrival. Priorities above the most count as that."""

    __slots__ = ("_count", "_levels", "_top")

    def __init__(self, max_priority: int) -> None:
        self._levels = [ReadyByArrival() for _ in range(max_priority + 1)]
        self._count = 0
        self._top = 0
        """No level above this one has any."""

    def _level(self, message: Message) -> ReadyByArrival:
        priority = min(message.traits.priority, len(self._levels) - 1)
        self._top = max(self._top, priority)
        return self._levels[priority]

    def _highest(self) -> ReadyByArrival:
        """The highest level that has any; there must be one."""
        while not (level := self._levels[self._top]):
            self._top -= 1
        return level

    def append(self, message: Message) -> None:
        """Add one that has just arrived."""
        self._level(message).append(message)
        self._count += 1

    def popleft(self) -> Message:
        """Remove the first."""
        self._count -= 1
        return self._highest().popleft()

    def first(self) -> Message:
        """The first, which stays."""
        return self._highest()[0]

    def put_back(self, message: Message) -> None:
        """Return one to its place."""
        self._level(message).put_back(message)
        self._count += 1

    def runs(self) -> Sequence[Sequence[Message]]:
        """A run for each priority in use."""
        return [level for level in reversed(self._levels) if level]

    def in_order(self) -> Iterator[Message]:
        """All."""
        return iter(self)

    def count_in_order(self) -> int:
        """All."""
        return len(self)

    def cut(self, count: int) -> list[Message]:
        """Remove the last ones of the lowest priorities."""
        self._count -= count
        parts = []
        for level in self._levels:
            parts.append(level.cut(min(count, len(level))))
            count -= len(parts[-1])
            if not count:
                break
        return [message for part in reversed(parts) for message in part]

    def take_out(self, ids: Set[int]) -> None:
        """Remove these, of any priority."""
        for level in self._levels:
            if level:
                level.take_out(ids)
        self._count = sum(map(len, self._levels))

    def clear(self) -> None:
        """Remove all."""
        for level in self._levels:
            level.clear()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Message]:
        for level in reversed(self._levels):
            yield from level


class ReadyReturnedFirst:
    """By arrival, but returned messages come first, in the order they were returned.

    So quorum queues do it (measured on RabbitMQ 4.0.5: 0, 1, 2 returned as 1, 0, 2 before a waiting 3 come
    back as 1, 0, 2, 3).
    """

    __slots__ = ("_fresh", "_returned")

    def __init__(self) -> None:
        self._fresh = ReadyByArrival()
        self._returned: deque[Message] = deque()

    def append(self, message: Message) -> None:
        """Add one that has just arrived."""
        self._fresh.append(message)

    def popleft(self) -> Message:
        """Remove the first."""
        return (self._returned or self._fresh).popleft()

    def first(self) -> Message:
        """The first, which stays."""
        return (self._returned or self._fresh)[0]

    def put_back(self, message: Message) -> None:
        """Return one, behind those returned before."""
        self._returned.append(message)

    def runs(self) -> Sequence[Sequence[Message]]:
        """The returned ones, sorted, and the others."""
        return [sorted(self._returned, key=by_id), self._fresh] if self._returned else [self._fresh]

    def returned(self) -> Iterator[Message]:
        """Those that come first, whatever their place."""
        return iter(self._returned)

    def in_order(self) -> Iterator[Message]:
        """Those that were not returned."""
        return iter(self._fresh)

    def count_in_order(self) -> int:
        """Those that were not returned."""
        return len(self._fresh)

    def cut(self, count: int) -> list[Message]:
        """Remove the last that were not returned."""
        return self._fresh.cut(count)

    def take_out(self, ids: Set[int]) -> None:
        """Remove these, returned or not."""
        self._fresh.take_out(ids)
        if self._returned:
            self._returned = deque(each for each in self._returned if each.id not in ids)

    def clear(self) -> None:
        """Remove all."""
        self._fresh.clear()
        self._returned.clear()

    def __len__(self) -> int:
        return len(self._returned) + len(self._fresh)

    def __iter__(self) -> Iterator[Message]:
        yield from self._returned
        yield from self._fresh


TIDY_MIN = 1_024
"""So many dropped places at the front of a log are not worth moving the others for."""

_GONE = Message(0, b"", b"", "", "", 0, "", 0)


class ReadyByOffset:
    """The messages of a log, each found at once by its offset. They only ever leave at the front.

    Those in hand are the last ones, from `hand_offset` on; what is kept before them, from `first_offset`
    on, only the store has.
    """

    __slots__ = ("_dropped", "_kept", "first_offset", "hand_offset")

    def __init__(self) -> None:
        self._kept: list[Message] = []
        self._dropped = 0
        """Places at the front of `_kept` whose message has gone."""
        self.first_offset = self.hand_offset = 0

    @property
    def next_offset(self) -> int:
        """The offset that the next message will have."""
        return self.hand_offset + len(self)

    def at(self, offset: int) -> Message:
        """The message with this offset, which must be in hand."""
        return self._kept[self._dropped + offset - self.hand_offset]

    def offset_of(self, message: Message) -> int:
        """The offset of a message that is in hand."""
        return (
            self.hand_offset + bisect_left(self._kept, message.id, self._dropped, key=by_id) - self._dropped
        )

    def append(self, message: Message) -> None:
        """Add one that has just arrived."""
        self._kept.append(message)

    def popleft(self) -> Message:
        """Remove the oldest; there is none before those in hand."""
        message = self.give_up_first()
        self.first_offset = self.hand_offset
        return message

    def give_up_first(self) -> Message:
        """Have the oldest in hand no more; the log keeps it."""
        message = self._kept[self._dropped]
        self._kept[self._dropped] = _GONE
        self._dropped += 1
        self.hand_offset += 1
        if self._dropped > TIDY_MIN and 2 * self._dropped > len(self._kept):
            self._tidy()
        return message

    def first(self) -> Message:
        """The oldest in hand, which stays."""
        return self._kept[self._dropped]

    def put_back(self, message: Message) -> None:
        """Nothing leaves a log to come back to it."""
        raise NotImplementedError("the messages of a log stay where they are")

    def runs(self) -> Sequence[Sequence[Message]]:
        """One run."""
        self._tidy()
        return (self._kept,)

    def in_order(self) -> Iterator[Message]:
        """All in hand."""
        return iter(self)

    def count_in_order(self) -> int:
        """All."""
        return len(self)

    def cut(self, count: int) -> list[Message]:
        """Give up the first ones, not the last: readers of a log wait at its end."""
        return [self.give_up_first() for _ in range(count)]

    def take_out(self, ids: Set[int]) -> None:
        """Nothing leaves a log but its oldest."""
        raise NotImplementedError("the messages of a log stay where they are")

    def clear(self) -> None:
        """Remove all."""
        self.first_offset = self.hand_offset = self.next_offset
        self._kept.clear()
        self._dropped = 0

    def _tidy(self) -> None:
        del self._kept[: self._dropped]
        self._dropped = 0

    def __len__(self) -> int:
        return len(self._kept) - self._dropped

    def __iter__(self) -> Iterator[Message]:
        return islice(self._kept, self._dropped, None)
