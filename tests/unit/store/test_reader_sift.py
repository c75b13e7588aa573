"""Sifting a file when its time is over in the middle of a stride."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import apsw
import pytest

from mqstudio.model.message import Message
from mqstudio.store import reader_sift
from mqstudio.store.base import Sift
from mqstudio.store.matching import read_hub
from mqstudio.store.reader_sift import STRIDE_MIN, Sifter
from mqstudio.store.sift_sources import Source, source_of
from tests.property.test_sifting import QUEUE, new_file

MESSAGES = [Message(number, b"", b"", "", "k", 0, "", 0) for number in range(1, 101)]
WANTED = Sift("key == k", 0, [], True, QUEUE)


class Interrupted:
    """A source whose time is over after some rows of the strides named by number."""

    def __init__(self, source: Source, at: set[int]) -> None:
        self.measure, self.count, self._source = source.measure, source.count, source
        self._at = at
        self._stride = 0

    def rows(self, *args: Any) -> Iterator[Any]:
        """Rows, and the interruption."""
        self._stride += 1
        for number, row in enumerate(self._source.rows(*args)):
            if self._stride in self._at and number == 3:
                raise apsw.InterruptError
            yield row


def sifter(monkeypatch: pytest.MonkeyPatch, at: set[int]) -> Sifter:
    monkeypatch.setattr(reader_sift, "source_of", lambda *args: Interrupted(source_of(*args), at))
    return Sifter(new_file(MESSAGES), lambda _: nullcontext(), read_hub, None)


def test_what_was_done_before_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on behind the last stride that was finished; nothing is missed, nothing is told twice."""
    look = sifter(monkeypatch, {2})
    first = look.sift(WANTED, None)
    assert [each.message.id for each in first.told] == list(range(1, STRIDE_MIN + 1))
    assert (first.looked_at, first.next_id) == (STRIDE_MIN, STRIDE_MIN)
    monkeypatch.setattr(reader_sift, "source_of", source_of)
    second = look.sift(WANTED, first.next_id)
    assert [each.message.id for each in second.told] == list(range(STRIDE_MIN + 1, 101))
    assert (second.looked_at, second.next_id) == (100 - STRIDE_MIN, None)


def test_where_nothing_was_done_it_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """To ask again would end the same way."""
    with pytest.raises(apsw.InterruptError):
        sifter(monkeypatch, {1}).sift(WANTED, None)
