"""What the broker asks of a store: take events, and find them again."""

from asyncio import Future
from collections.abc import Collection, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

from msgspec import Struct

from mqstudio.model.access import AccessTable
from mqstudio.model.commands import RestoredMessage
from mqstudio.model.events import EventBatch, MessageEvent
from mqstudio.model.message import Message
from mqstudio.model.queries import Search
from mqstudio.model.rates import RateStep, Scope, ScopeKind
from mqstudio.model.refs import QueueRef
from mqstudio.model.replies import PageWanted
from mqstudio.model.samples import Counters
from mqstudio.model.volume import Tallied, Tally
from mqstudio.store.opened import StoredPage

T = TypeVar("T")
Answer: TypeAlias = T | Future[T]
"""What a store answers: at once, or later. Futures fail with RefusedError where there is no answer."""


POSITION_MAX = 2**63 - 1
"""No place in a queue is behind it."""


class Waiting(Struct, frozen=True):
    """A message that a store keeps in a queue: ready, or held by somebody; the engine knows which.

    deliveries: how often it was handed over. offset: its place in a log, None in other queues. body_size and
    problem: as in `Life`.
    """

    queue: QueueRef
    message: Message
    deliveries: int
    body_size: int
    offset: int | None = None
    problem: str = ""


class Life(Struct, frozen=True):
    """A message's kept events, oldest first; the earliest may be forgotten already.

    body_size: of the whole body, where that of the events' message may be a head (None: it is whole).
    kept_bytes: how much of the body the store still has, likewise. problem: why what is told may be wrong, ""
    if the file has what was written. waiting: where the store has the message waiting.
    """

    message_id: int
    events: list[MessageEvent]
    body_size: int | None = None
    kept_bytes: int | None = None
    problem: str = ""
    waiting: tuple[Waiting, ...] = ()


class LedgerPage(Struct, frozen=True):
    """Lives in order of message id. `is_whole`: nothing that is kept was left unread."""

    lives: list[Life]
    is_whole: bool


class SearchSlice(Struct, frozen=True):
    """What a part of a search has found, newest first.

    next_id: go on before this message; None: that was all. looked_at: messages looked at in this slice.
    of: how many there are to be looked at from where it began, these among them. answers: as in Sifted.
    """

    lives: list[Life]
    next_id: int | None
    looked_at: int
    of: int
    answers: list[int] = []


class Sift(Struct, frozen=True):
    """What messages of a queue are sifted out, and by which filter.

    where: the filter's text. now_us: when it is asked. queue_ids: those that ended in one of these queues;
    or, if there is a `queue`, those that wait in it at positions between `above` and `below`.
    """

    where: str
    now_us: int
    queue_ids: list[int] = []
    is_oldest_first: bool = False
    queue: QueueRef | None = None
    above: int = -1
    below: int = POSITION_MAX


class Sifted(Struct, frozen=True):
    """Messages that may be meant, in order, as far as they themselves tell: the lives of ended ones, or what
    waits. answers: to the filter's parts, for each (see model/filters/splitting.py).

    reached: the last message looked at; None: there are no more. looked_at: how many were. is_whole: as in
    LedgerPage.
    """

    found: list[Life] | list[Waiting]
    answers: list[int]
    reached: int | None
    looked_at: int
    is_whole: bool = True


class Bin(Struct, frozen=True):
    """What one purge took away: `count` messages.

    messages: all of them, if they are at hand. Where there are none, only the store has them: their bodies
    come to `body_bytes`, and none of the places they had is before `first_position`.
    """

    id: int
    queue: QueueRef
    purged_at_us: int
    messages: list[RestoredMessage]
    size_bytes: int
    count: int
    first_position: int = 0
    body_bytes: int = 0


class Store(Protocol):
    """Keeps what has happened. Decides nothing.

    durable: the number of the last commit that is on disk. is_lasting: there is a disk at all.
    """

    durable: int
    is_lasting: bool

    def append(self, batch: EventBatch) -> int:
        """Take the events of one turn; the commit that must be on disk before anybody is told that it is
        done, 0 if nothing in it is to survive."""

    def note_access(self, table: AccessTable) -> int:
        """Users or their rights have changed; the commit to wait for."""

    def note_whole(self, queue_id: int) -> None:
        """All of a queue is in memory again: nothing of it will be asked for by `read_page`."""

    def note_counters(self, queue_id: int, counters: Counters) -> None:
        """How much a lasting queue has seen so far."""

    def note_rates(self, whole: Sequence[tuple[Scope, int, RateStep]]) -> None:
        """What happened in steps of time that are whole now: whose, how long they are, and what."""

    def is_full(self) -> bool:
        """Whether so much waits for the disk that publishers must wait, too."""

    def tend(self) -> None:
        """Time has passed: keep the file in shape."""

    def read_page(self, wanted: PageWanted) -> "Future[StoredPage]":
        """What waits in a queue; it fails with RefusedError(NOT_STORED) if it cannot be read just now."""

    def read_entries(self, queue: QueueRef, ids: Sequence[int]) -> "Future[StoredPage]":
        """What waits in a queue of these messages, in this order; as many as do not take too much at once.

        It fails as `read_page` does.
        """

    def when_durable(self, number: int, answer: object) -> "Future[Any]":
        """A future of the answer, done when that commit is on disk. It fails with RefusedError(NOT_STORED).

        Any: whatever is to be answered.
        """

    def page(
        self, queue_ids: Sequence[int], after_id: int | None, limit: int, *, is_oldest_first: bool
    ) -> Answer[LedgerPage]:
        """Messages that ended in these queues (one name may have had several), behind `after_id`.

        Live ones are the engine's to show; looking for them here would mean to walk past all of them.
        """

    def places(
        self,
        queue: QueueRef,
        after_id: int | None,
        limit: int,
        *,
        is_oldest_first: bool,
        above: int = -1,
        below: int = POSITION_MAX,
    ) -> Answer[list[Waiting]]:
        """Messages that wait in a queue at positions between these two, by id, behind `after_id`.

        Only what memory has given up is worth looking for here.
        """

    def sift(self, wanted: Sift, after_id: int | None) -> Answer[Sifted]:
        """Look by a filter through some of the messages behind `after_id`, for as long as others can wait.

        What is asked about where messages stand is not for the store to answer.
        """

    def tally(self, wanted: Tally, before_id: int | None) -> Answer[Tallied]:
        """Count messages below `before_id` for a while, downwards: how they ended, and which wait here."""

    def life(self, message_id: int) -> Answer[Life]:
        """Everything kept about one message."""

    def body(self, message_id: int, start: int, length: int) -> Answer[bytes]:
        """A part of a kept message's body; b"" behind its end, or if the message is forgotten."""

    def search(self, wanted: Search, before_id: int | None) -> Answer[SearchSlice]:
        """Look through some of the messages older than `before_id` (None: from the newest on)."""

    def queue_ids(self, vhost: str, name: str) -> Answer[list[int]]:
        """The ids that queues of this name have had, oldest first."""

    def connection_names(self, ids: Collection[int]) -> Answer[dict[int, str]]:
        """What connections were called, also after they closed; those that are forgotten are left out."""

    def broker_events(self, since_us: int, until_us: int, limit: int) -> Answer[list[Any]]:
        """What was told of everything but messages in a time, both ends in it, oldest first; of more than
        `limit` the newest. Nothing where all of it is in memory. Any: events."""

    def thinned(self) -> Answer[list[tuple[int, int]]]:
        """From which message on, of those that would not survive a restart, one in how many is recorded.

        In order of messages; all before the first of these is recorded.
        """

    def rates(
        self, kind: ScopeKind, ids: Sequence[int], step_us: int, since_us: int, until_us: int
    ) -> Answer[list[RateStep]]:
        """Steps of this length that ended within a time, oldest first, of things with these ids."""

    def bins(self) -> Answer[list[Bin]]:
        """What can still be brought back, oldest first, without the messages."""

    def bin(self, bin_id: int) -> Answer[Bin | None]:
        """One bin; None if it was emptied or had to go."""
