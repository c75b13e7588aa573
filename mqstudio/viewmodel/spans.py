"""Stretches of a list of messages, from one down to an older one, by their ids: what was selected of it.

A list runs from the newest message down, and ids grow with time. So a stretch is known by its ends, however
many messages are in it, and whatever rows of it are at hand.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from msgspec import Struct


class Span(Struct, frozen=True):
    """From a message down to an older one, both with it. oldest: None is down to the oldest there is."""

    newest: int
    oldest: int | None = None

    def has(self, message_id: int) -> bool:
        """Whether a message is within."""
        return message_id <= self.newest and (self.oldest is None or message_id >= self.oldest)


class Spans:
    """Some of them, none of which overlap."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._spans = sorted(spans, key=lambda span: span.newest)
        self._newest = [span.newest for span in self._spans]

    def __len__(self) -> int:
        return len(self._spans)

    def __iter__(self) -> Iterator[Span]:
        return iter(self._spans)

    def has(self, message_id: int) -> bool:
        """Whether a message is in one of them."""
        place = bisect_left(self._newest, message_id)
        return place < len(self._spans) and self._spans[place].has(message_id)

    @property
    def is_open(self) -> bool:
        """Whether they go down to the oldest message there is."""
        return any(span.oldest is None for span in self._spans[:1])

    def is_open_at(self, message_id: int) -> bool:
        """Whether a message is in the one that goes down to the oldest."""
        return self.is_open and self._spans[0].has(message_id)
