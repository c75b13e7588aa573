"""What is exported, and what a format is: pure functions from records to bytes.

A file is `begin`, any number of `record`, and `end`: it is valid whenever `end` was written, also if the
export was cancelled half way.
"""

from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct

from mqstudio.model.message import Past, Properties
from mqstudio.model.rows import LifeStep, MessageRow


class Record(Struct, frozen=True):
    """One message of a queue: what it says of itself, its body as far as kept, and what happened to it.

    `body` is shorter than `row.size_bytes` if the ledger kept the head only. `format` is the protocol that
    its publisher spoke. `past`: what it was before, if it died, was delayed or was moved.
    """

    vhost: str
    row: MessageRow
    properties: Properties
    body: bytes
    format: str = ""
    life: tuple[LifeStep, ...] = ()
    past: Past | None = None


class Options(Struct, frozen=True):
    """What of a record is written. columns: headers and JSON paths that get columns, where there are any."""

    has_body: bool = True
    has_properties: bool = True
    has_life: bool = True
    columns: tuple[str, ...] = ()


class Writing(Protocol):
    """A file that is being made."""

    def begin(self) -> bytes:
        """What comes before the first record."""

    def record(self, record: Record) -> bytes:
        """One record."""

    def end(self) -> bytes:
        """What comes after the last record."""


class Exporter(Protocol):
    """A format. `suffixes`: how names of its files end, the usual one first."""

    title: str
    suffixes: tuple[str, ...]

    def write(self, options: Options) -> Writing:
        """Begin a file."""


class Importer(Protocol):
    """A format that is read as well."""

    title: str
    suffixes: tuple[str, ...]

    def read(self, chunks: Iterator[bytes]) -> Iterator[Record]:
        """The records of a file that comes in pieces of any size. Raises: NotReadableError."""


class Recording(Protocol):
    """Messages that were recorded: whatever compares, shows or replays them goes through this.

    name: what people call it. A record is a message in one queue; they come in the order of their messages'
    ids, which is that of publishing, those of one message side by side. Times are in the records, µs since
    1970: `row.published_at_us`, and each step of `life`.
    """

    name: str

    def records(self) -> Iterator[Record]:
        """All of it from the beginning, as often as asked. Raises: NotReadableError, OSError, as it goes."""


class NotReadableError(Exception):
    """A file is not what it should be: says where, what is wrong there, and what to do."""
