"""The questions of a Store, asked of a reader process."""

from asyncio import Future
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

import msgspec

from mqstudio.model.queries import Search
from mqstudio.model.rates import RateStep, ScopeKind
from mqstudio.model.records import GetRecords, Records
from mqstudio.model.refs import QueueRef
from mqstudio.model.volume import Tallied, Tally
from mqstudio.server.access import then
from mqstudio.server.reader_link import ReaderLink
from mqstudio.server.steps import Steps, run
from mqstudio.store import reader_events, told
from mqstudio.store.base import (
    POSITION_MAX,
    Answer,
    Bin,
    LedgerPage,
    Life,
    SearchSlice,
    Sift,
    Sifted,
    Waiting,
)

R = TypeVar("R")

_page = msgspec.msgpack.Decoder(told.ToldPage)
_changes = msgspec.msgpack.Decoder(list[tuple[int, int]])
_numbers = msgspec.msgpack.Decoder(list[int])
_names = msgspec.msgpack.Decoder(dict[int, str])
_rows = msgspec.msgpack.Decoder(list[tuple[str, str]])
_steps = msgspec.msgpack.Decoder(list[RateStep])
_tallied = msgspec.msgpack.Decoder(Tallied)
_bins = msgspec.msgpack.Decoder(list[Bin])
_records = msgspec.msgpack.Decoder(Records)
_bin = msgspec.msgpack.Decoder(Bin | None)


class DiskQueries:
    """What a store on disk answers, always later. `reader` asks the process that reads."""

    def __init__(self, reader: ReaderLink) -> None:
        self.reader = reader

    def _ask(self, read: Callable[[bytes], R], name: str, *arguments: object) -> "Future[R]":
        return then(self.reader.ask(name, *arguments), read)

    def page(
        self, queue_ids: Sequence[int], after_id: int | None, limit: int, *, is_oldest_first: bool
    ) -> "Future[LedgerPage]":
        """See Store."""
        asked = (list(queue_ids), _within(after_id), limit, is_oldest_first)
        return self._ask(lambda data: told.page_of(_page.decode(data)), "page", *asked)

    def places(
        self,
        queue: QueueRef,
        after_id: int | None,
        limit: int,
        *,
        is_oldest_first: bool,
        above: int = -1,
        below: int = POSITION_MAX,
    ) -> "Future[list[Waiting]]":
        """See Store."""
        asked = (queue.vhost, queue.name, queue.id, queue.max_priority)
        rest = (_within(after_id), limit, is_oldest_first, above, below)
        return self._ask(lambda data: told.places_of(_page.decode(data)), "places", asked, *rest)

    def sift(self, wanted: Sift, after_id: int | None) -> "Future[Sifted]":
        """See Store."""
        is_waiting = wanted.queue is not None
        return self._ask(
            lambda data: told.sifted_of(_page.decode(data), is_waiting=is_waiting),
            "sift",
            msgspec.msgpack.encode(wanted),
            _within(after_id),
        )

    def life(self, message_id: int) -> Answer[Life]:
        """See Store."""
        if message_id != _within(message_id):
            return Life(message_id, [])
        return self._ask(lambda data: told.life_in(_page.decode(data), message_id), "life", message_id)

    def body(self, message_id: int, start: int, length: int) -> "Future[bytes]":
        """See Store."""
        return self._ask(lambda data: data, "body", message_id, start, length)

    def search(self, wanted: Search, before_id: int | None) -> Answer[SearchSlice]:
        """See Store."""
        return run(self._search(wanted, before_id))

    def _search(self, wanted: Search, before_id: int | None) -> Steps[SearchSlice]:
        queue_ids: list[int] | None = None
        if wanted.queue is not None:
            queue_ids = yield self.queue_ids(wanted.vhost, wanted.queue)
        times = {"since_us": _within(wanted.since_us), "until_us": _within(wanted.until_us)}
        wanted = msgspec.structs.replace(wanted, **times)
        asked = msgspec.msgpack.encode(wanted)
        data: Any = yield self.reader.ask("search", asked, queue_ids, _within(before_id))
        return told.slice_of(_page.decode(data))

    def records(self, wanted: GetRecords, began_us: int) -> "Future[Records]":
        """Messages in bulk. began_us: when the broker did that has what is not on disk."""
        asked = msgspec.msgpack.encode(msgspec.structs.replace(wanted, until_us=_within(wanted.until_us)))
        return self._ask(_records.decode, "records", asked, began_us)

    def tally(self, wanted: Tally, before_id: int | None) -> "Future[Tallied]":
        """See Store."""
        asked = msgspec.msgpack.encode(wanted)
        return self._ask(_tallied.decode, "tally", asked, _within(before_id))

    def queue_ids(self, vhost: str, name: str) -> "Future[list[int]]":
        """See Store."""
        return self._ask(_numbers.decode, "queue_ids", vhost, name)

    def connection_names(self, ids: Collection[int]) -> Answer[dict[int, str]]:
        """See Store."""
        return self._ask(_names.decode, "connection_names", sorted(ids)) if ids else {}

    def thinned(self) -> "Future[list[tuple[int, int]]]":
        """See Store."""
        return self._ask(_changes.decode, "thinned")

    def broker_events(self, since_us: int, until_us: int, limit: int) -> "Future[list[Any]]":
        """See Store. Any: events."""
        times = (_within(since_us), _within(until_us))
        return self._ask(lambda data: reader_events.read(_rows.decode(data)), "broker_events", *times, limit)

    def rates(
        self, kind: ScopeKind, ids: Sequence[int], step_us: int, since_us: int, until_us: int
    ) -> "Future[list[RateStep]]":
        """See Store."""
        times = (_within(since_us), _within(until_us))
        return self._ask(_steps.decode, "rates", str(kind), list(ids), step_us, *times)

    def bins(self) -> "Future[list[Bin]]":
        """See Store."""
        return self._ask(_bins.decode, "bins")

    def bin(self, bin_id: int) -> "Future[Bin | None]":
        """See Store."""
        return self._ask(_bin.decode, "bin", bin_id)


def _within(number: int | None) -> int | None:
    """A number that SQLite can hold; others are behind all that it has."""
    return None if number is None else max(-1, min(number, POSITION_MAX - 1))
