"""Checksums of rows: whether the disk gave back what was written.

Rows that change by SQL have a sum of their numbers, each times a prime of its own, since SQL can keep that
up to date: any single bit that flips changes it. Rows with texts and bodies have CRC-32.
"""

import zlib
from collections.abc import Mapping
from typing import Final

import apsw

from mqstudio.store.changes import Progress, Value


class DamagedError(ValueError):
    """A row whose checksum does not fit: the disk gave back something else than was written."""


PLACE: Final[Mapping[str, int]] = {
    "queue_id": 3,
    "message_id": 5,
    "priority": 7,
    "coalesce(place.log_offset + 1, 0)": 11,
    "deliveries": 13,
    "body_size": 17,
    "is_durable": 19,
}
PROGRESS: Final[Mapping[str, int]] = {
    "last_commit": 3,
    "is_clean": 5,
    "next_message_id": 7,
    "next_queue_id": 11,
    "next_subscription_id": 13,
    "next_bin_id": 17,
    "next_id": 19,
    "flagged_up_to": 23,
}


def _sql(table: str, primes: Mapping[str, int]) -> str:
    return " + ".join(
        f"{name if '(' in name else f'{table}.{name}'} * {prime}" for name, prime in primes.items()
    )


PLACE_SQL: Final = _sql("place", PLACE)
"""What the checksum of a place must be."""

PROGRESS_SQL: Final = _sql("progress", PROGRESS)
DELIVERY: Final = PLACE["deliveries"]
"""By how much a place's checksum grows with each hand-over."""


def of_place(queue_id: int, message_id: int, row: tuple[int, int | None, int, int, bool]) -> int:
    """The checksum of a new place; `row` is the rest of it."""
    priority, offset, deliveries, size, is_durable = row
    shifted = 0 if offset is None else offset + 1
    return (
        3 * queue_id
        + 5 * message_id
        + 7 * priority
        + 11 * shifted
        + 13 * deliveries
        + 17 * size
        + 19 * is_durable
    )


def of_progress(last_commit: int, is_clean: bool, progress: Progress) -> int:
    """The checksum of the row `progress` but for what is flagged, which SQL adds."""
    factors = tuple(PROGRESS.values())
    return sum(a * b for a, b in zip((last_commit, is_clean, *progress), factors, strict=False))


def of_facts(  # noqa: PLR0917  # a message's columns
    message_id: Value,
    published_at_us: Value,
    publisher_id: Value,
    traits: Value,
    past: Value,
    body_size: Value,
) -> int:
    """CRC-32 of what a message is, besides its content."""
    facts = f"{message_id!s}\0{published_at_us!s}\0{publisher_id!s}\0{traits!s}\0{past!s}\0{body_size!s}"
    return zlib.crc32(facts.encode())


def of_held(message_id: int, vhost: str, exchange: str, until_us: int) -> int:
    """CRC-32 of what an exchange holds, until when."""
    return zlib.crc32(f"{message_id}\0{vhost}\0{exchange}\0{until_us}".encode())


def of_broker_event(at_us: int, kind: str, told: str) -> int:
    """CRC-32 of an event of everything but messages."""
    return zlib.crc32(f"{at_us}\0{kind}\0{told}".encode())


def check_progress(connection: apsw.Connection) -> None:
    """Raises: DamagedError if the row of `progress` is not what was written."""
    if connection.execute(f"SELECT checksum = {PROGRESS_SQL} FROM progress").fetchone() != (1,):
        raise DamagedError("how far it had come is not what was written: its checksum does not fit")


def of_definition(kind: str, vhost: str, name: str, spec: str) -> int:
    """CRC-32 of a definition."""
    return zlib.crc32(f"{kind}\0{vhost}\0{name}\0{spec}".encode())
