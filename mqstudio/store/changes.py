"""What one commit will write, as rows by table.

Within a commit only the final state of a place counts: one that is taken and given up again never reaches
the disk. What must happen in order, such as emptying a whole queue, begins a new section; a section's
deeds come before its rows.
"""

import marshal
from collections.abc import Sequence
from typing import Final

Value = int | float | str | bytes | None
"""What a column holds."""

Row = tuple[object, ...]
Key = tuple[int, int]
"""A place: queue id, message id."""

Progress = tuple[int, int, int, int, int]
"""Next ids: of messages, queues, subscriptions, bins; and of connections and channels."""

Deed = tuple[str, tuple[object, ...]]
"""Something to be done to many rows at once: a name that `writer.DEEDS` knows, and what it needs."""

ROW_BYTES: Final = 64
"""Counted per row towards the size of a commit, besides bodies and properties."""


class Section:
    """Rows that may be written in any order, after the deeds.

    new_places: (queue, message) → (priority, offset, deliveries, body size, is durable). changed_places:
    how many hand-overs are to be added. definitions: (kind, vhost, name) → JSON, None if it is gone.
    late_messages, put_places: rows that may be on disk already.
    """

    __slots__ = (
        "binned",
        "bins",
        "broker_events",
        "changed_places",
        "channels",
        "connections",
        "deeds",
        "definitions",
        "events",
        "gone_held",
        "gone_places",
        "held",
        "late_messages",
        "log_ends",
        "messages",
        "new_places",
        "put_places",
        "queue_counters",
        "queues",
        "rates",
        "subscriptions",
    )

    def __init__(self) -> None:
        self.deeds: list[Deed] = []
        self.messages: list[Row] = []
        self.late_messages: dict[int, Row] = {}
        self.new_places: dict[Key, Row] = {}
        self.put_places: dict[Key, Row] = {}
        self.changed_places: dict[Key, int] = {}
        self.gone_places: dict[Key, None] = {}
        self.events: list[Row] = []
        self.held: dict[int, Row] = {}
        self.gone_held: list[int] = []
        self.bins: list[Row] = []
        self.binned: list[Row] = []
        self.definitions: dict[tuple[str, str, str], str | None] = {}
        self.queues: list[Row] = []
        self.connections: list[Row] = []
        self.channels: list[Row] = []
        self.subscriptions: list[Row] = []
        self.broker_events: list[Row] = []
        self.queue_counters: dict[int, Row] = {}
        self.log_ends: dict[int, int] = {}
        self.rates: list[Row] = []

    def add_delivery(self, key: Key) -> None:
        """The message in a place is handed over once more."""
        row = self.new_places.get(key)
        if row is None:
            self.changed_places[key] = self.changed_places.get(key, 0) + 1
        else:
            priority, offset, deliveries, size, is_durable = row
            assert isinstance(deliveries, int)
            self.new_places[key] = (priority, offset, deliveries + 1, size, is_durable)

    def has_rows(self) -> bool:
        """Whether there is anything to write."""
        return any(getattr(self, name) for name in self.__slots__)

    def plain(self) -> Row:
        """All of it as tuples, lists and dicts only, for `marshal`; in the order `writer` expects."""
        return tuple(getattr(self, name) for name in sorted(self.__slots__))


FIELDS: Final = tuple(sorted(Section.__slots__))
"""The order of the lists in `Section.plain`."""


class Changes:
    """What one commit will write. `size_bytes` is about what it takes in memory; `rows` how many there are.

    `state_rows` of them are more than the ledger, so that somebody may wait for them.
    """

    __slots__ = ("rows", "section", "sections", "size_bytes", "state_rows")

    def __init__(self) -> None:
        self.section = Section()
        self.sections = [self.section]
        self.rows = 0
        self.size_bytes = 0
        self.state_rows = 0

    def do(self, name: str, *needs: object) -> None:
        """Do something to many rows, after all that was noted before."""
        if self.section.has_rows():
            self.section = Section()
            self.sections.append(self.section)
        self.section.deeds.append((name, needs))
        self.rows += 1
        self.state_rows += 1

    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.rows


def pack_commit(number: int, sections: Sequence[Row], progress: Progress, *, is_clean: bool) -> bytes:
    """A commit for the store process: number, sections, next ids, whether the broker ends with it."""
    return marshal.dumps((number, list(sections), progress, is_clean))


def unpack_commit(data: bytes) -> tuple[int, list[Row], Progress, bool]:
    """The opposite of `pack_commit`.

    marshal is safe here: it comes from our own parent, never from a client or a file.
    """
    number, sections, progress, is_clean = marshal.loads(data)
    return number, sections, progress, is_clean
