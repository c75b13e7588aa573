"""Searches a profile's file, newest first, a slice at a time.

SQLite tells what can be told from columns: the text in bodies, keys, exchanges, times, queues. What is
inside, headers and bodies of JSON, is read here, of those messages that are left. Slices begin small and grow
as long as they are quick, since nobody knows how large the next messages are; one that takes too long is cut
off and begun anew with less.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import apsw

from mqstudio.model import limits
from mqstudio.model.filters import tree
from mqstudio.model.filters.comparing import encoded
from mqstudio.model.filters.fields import FIELDS, PROPERTY_COST, Operator
from mqstudio.model.filters.matching import evidence
from mqstudio.model.filters.syntax import parse
from mqstudio.model.queries import Search
from mqstudio.model.rows import MessageState
from mqstudio.store import reader_rows
from mqstudio.store.changes import Value
from mqstudio.store.kinds import Kind
from mqstudio.store.matching import Matcher, ReadProperties
from mqstudio.store.told import Told, ToldPage

FIRST_SLICE: Final = 1_000
"""Ids looked at in the first read transaction of an answer."""

TRANSACTION_US: Final = 250_000
"""No read transaction lasts longer, or a checkpoint might wait for it for ever."""

KINDS: Final = {
    MessageState.DONE: Kind.ACCEPTED,
    MessageState.DEAD_LETTERED: Kind.DEAD_LETTERED,
    MessageState.PURGED: Kind.PURGED,
}
"""States that there is only one way into: so that others need not be looked at."""

Within = Callable[[int | None], AbstractContextManager[None]]


class Searcher:
    """Looks through the messages of a file. `within` makes read transactions of at most so many µs."""

    def __init__(self, connection: apsw.Connection, within: Within, read_properties: ReadProperties) -> None:
        self._connection = connection
        self._within = within
        self._read_properties = read_properties

    def look(self, wanted: Search, queue_ids: Sequence[int] | None, before_id: int | None) -> ToldPage:
        """Look on for a while, and say where to go on. queue_ids: it has been in one of these queues."""
        began_ns = time.monotonic_ns()
        with self._within(TRANSACTION_US):
            lowest = self._first_id(wanted.since_us)
            upper = self._upper(wanted.until_us, before_id)
        start = upper
        matcher = Matcher(wanted, self._read_properties)
        found: list[Told] = []
        answers: dict[int, int] = {}
        size = FIRST_SLICE
        while upper > lowest:
            lower = max(lowest, upper - size)
            slice_began_ns = time.monotonic_ns()
            try:
                with self._within(TRANSACTION_US if size > 1 else None):
                    reached = self._slice(wanted, matcher, queue_ids, lower, upper, found, answers)
            except apsw.InterruptError:
                size = max(1, size // 8)
                found = [each for each in found if each.message.id >= upper]
                continue
            upper = reached
            now_ns = time.monotonic_ns()
            took_us = (now_ns - began_ns) // 1_000
            if len(found) >= limits.SEARCH_SLICE_ROWS or took_us > limits.SEARCH_SLICE_US:
                break
            if 4 * (now_ns - slice_began_ns) < (limits.SEARCH_SLICE_US - took_us) * 1_000:  # else it is over
                size = min(size * 4, limits.SEARCH_SLICE_IDS)
        with self._within(TRANSACTION_US):
            refs = reader_rows.refs(self._connection, found)
        next_id = upper if upper > lowest else None
        each_answers = [answers[each.message.id] for each in found]
        return ToldPage(found, refs, True, next_id, start - upper, start - lowest, each_answers)

    def _first_id(self, since_us: int | None) -> int:
        (first,) = self._connection.execute("SELECT min(id) FROM message").fetchone() or (None,)
        if first is None:
            return 1
        return max(first, self.id_at(since_us)) if since_us is not None else int(first)

    def _upper(self, until_us: int | None, before_id: int | None) -> int:
        """One more than the newest id to look at."""
        (last,) = self._connection.execute("SELECT max(id) FROM message").fetchone() or (None,)
        upper = 1 if last is None else int(last) + 1
        if until_us is not None:
            upper = min(upper, self.id_at(until_us + 1))
        return upper if before_id is None else min(upper, before_id)

    def id_at(self, at_us: int) -> int:
        """An id between the last message published before, and the first one then or later, by bisection."""
        low = 0
        (last,) = self._connection.execute("SELECT max(id) FROM message").fetchone() or (None,)
        high = 1 if last is None else int(last) + 1
        while low < high:
            middle = (low + high) // 2
            row: Any = self._connection.execute(  # Any: as the table has it
                "SELECT id, published_at_us FROM message WHERE id>=? ORDER BY id LIMIT 1", (middle,)
            ).fetchone()
            if row is None or row[1] >= at_us:
                high = middle
            else:
                low = row[0] + 1
        return low

    def _slice(  # noqa: PLR0917  # what a slice is made of
        self,
        wanted: Search,
        matcher: Matcher,
        queue_ids: Sequence[int] | None,
        lower: int,
        upper: int,
        found: list[Told],
        answers: dict[int, int],
    ) -> int:
        """Add what is found from `lower` up to before `upper`; down to where it has looked."""
        sql, bound = _statement(wanted, queue_ids)
        for (message_id,) in self._connection.execute(sql, (lower, upper, *bound)):
            answer = self._look_inside(matcher, message_id) if matcher.looks_inside else 0
            if answer is None:
                continue
            answers[message_id] = answer
            told = reader_rows.told(self._connection, message_id)
            if told is not None:
                found.append(told)
            if len(found) >= limits.SEARCH_SLICE_ROWS:
                return int(message_id)
        return lower

    def _look_inside(self, matcher: Matcher, message_id: int) -> int | None:
        """The answers to the filter's parts; None if the message cannot be meant."""
        whole = reader_rows.message(self._connection, message_id, is_whole=True)
        if whole is None or not matcher.fits_inside(whole[0]):
            return None
        return matcher.answers(whole[0], whole[1])


def _statement(wanted: Search, queue_ids: Sequence[int] | None) -> tuple[str, list[Value]]:
    """The SQL that finds candidates; the cheap conditions come first."""
    conditions = ["id >= ?", "id < ?"]
    bound: list[Value] = []
    for condition, value in (
        ("published_at_us >= ?", wanted.since_us),
        ("published_at_us <= ?", wanted.until_us),
        ("exchange = ?", wanted.exchange),
        ("instr(routing_key, ?)", wanted.key_part or None),
    ):
        if value is not None:
            conditions.append(condition)
            bound.append(value)
    for name in wanted.headers:
        conditions.append("instr(properties, ?)")
        bound.append(name.encode())
    if wanted.text:
        conditions.append("instr(body, ?)")
        bound.append(wanted.text.encode())
    if wanted.where:
        for demand, needed in _demanded(parse(wanted.where)):
            conditions.append(demand)
            bound += needed
    if queue_ids is not None:
        conditions.append(_somewhere(f"queue_id IN ({_marks(queue_ids)})"))
        bound += [*queue_ids, *queue_ids]
    if wanted.states and all(state in KINDS for state in wanted.states):
        kinds = [int(KINDS[state]) for state in wanted.states]
        marks = _marks(kinds)
        conditions.append(f"EXISTS (SELECT 1 FROM event WHERE message_id = message.id AND kind IN ({marks}))")
        bound += kinds
    return f"SELECT id FROM message WHERE {' AND '.join(conditions)} ORDER BY id DESC", bound


Demand = tuple[str, list[Value]]
"""A condition, and what is bound to it."""


def _demanded(node: tree.Node) -> Iterator[Demand]:
    """What SQLite can tell of a filter: what must be so, whatever else is."""
    for part in node.parts if isinstance(node, tree.All) else (node,):
        match part:
            case tree.Ask("exchange", (), Operator.EQUAL, (value,), False):
                yield "exchange = ?", [value.raw]
            case tree.Ask("key", (), Operator.EQUAL, (value,), False):
                yield "routing_key = ?", [value.raw]
            case tree.Ask("key", (), Operator.CONTAINS, (value,), False):
                yield "instr(routing_key, ?)", [value.raw]
            case tree.Ask("body", (), Operator.CONTAINS, (value,), False):
                yield "instr(body, ?)", [encoded(value.raw)]
            case tree.Ask("body", (_, *_)):
                for needed in evidence(part):
                    yield "(instr(body, ?) OR instr(body, x'5c'))", [needed]
            case tree.Ask(field) if FIELDS[field].cost >= PROPERTY_COST and field != "body":
                for needed in evidence(part):
                    yield "instr(properties, ?)", [needed]
            case tree.Any(parts):
                yield from _one_demanded(parts)


def _one_demanded(parts: Sequence[tree.Node]) -> Iterator[Demand]:
    """Of several ways in which it may be so, at least one must: if something is demanded by each of them."""
    ways = [list(_demanded(part)) for part in parts]
    if all(ways):
        conditions = [" AND ".join(condition for condition, _ in way) for way in ways]
        yield (
            f"({' OR '.join(f'({each})' for each in conditions)})",
            [value for way in ways for _, needed in way for value in needed],
        )


def _somewhere(where: str) -> str:
    return (
        "("
        + " OR ".join(
            f"EXISTS (SELECT 1 FROM {table} WHERE message_id = message.id AND {where})"
            for table in ("event", "place")
        )
        + ")"
    )


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
