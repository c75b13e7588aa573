"""Two recordings side by side: what is in one only, what is in both, and how that differs.

Two records are of the same message if they are of one queue and have the same name: the message id that their
publisher gave, else their content. Times and ids of two runs differ always, and count for nothing.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from hashlib import blake2b
from typing import Final

import msgspec
from msgspec import Struct

from mqstudio.exporters.base import Record
from mqstudio.exporters.headers import split
from mqstudio.exporters.spans import spans_of

LIFE_STEPS: Final = frozenset({"routed"})
"""Steps that say nothing which the others do not."""


class Side(StrEnum):
    """Where a message was found."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


class Fingerprint(Struct, frozen=True, gc=False):
    """What is compared of a message: digests of its parts, and what became of it."""

    message_id: int
    body: bytes
    properties: bytes
    exchange: str
    routing_key: str
    state: str
    ended_because: str
    life: tuple[str, ...]
    deliveries: int


class Difference(Struct, frozen=True):
    """A message that is not the same in both. what: the parts that differ, with both values, in words."""

    side: Side
    vhost: str
    queue: str
    name: str
    left_id: int | None
    right_id: int | None
    what: tuple[str, ...] = ()


class Comparison(Struct, frozen=True):
    """What there is: differences in order, and how many messages are alike."""

    differences: list[Difference]
    same: int
    left_only: int
    right_only: int
    different: int


Key = tuple[str, str, str]
"""Virtual host, queue, name."""


def compare(left: Iterable[Record], right: Iterable[Record]) -> Comparison:
    """Compare two recordings. Of equal names in one queue the first is compared with the first, and so on."""
    known: dict[Key, list[Fingerprint]] = {}
    for key, fingerprint in _fingerprints(left):
        known.setdefault(key, []).append(fingerprint)
    found: list[Difference] = []
    same = different = right_only = 0
    for key, other in _fingerprints(right):
        mine = known.get(key)
        if not mine:
            right_only += 1
            found.append(Difference(Side.RIGHT, *key, None, other.message_id))
            continue
        one = mine.pop(0)
        what = tuple(_differences(one, other))
        same, different = (same, different + 1) if what else (same + 1, different)
        if what:
            found.append(Difference(Side.BOTH, *key, one.message_id, other.message_id, what))
    alone = [(key, each) for key, rest in known.items() for each in rest]
    found += [Difference(Side.LEFT, *key, each.message_id, None) for key, each in alone]
    return Comparison(found, same, len(alone), right_only, different)


def _fingerprints(records: Iterable[Record]) -> Iterator[tuple[Key, Fingerprint]]:
    for record in records:
        row = record.row
        headers, _ = split(record.properties.headers)
        plain = msgspec.structs.replace(record.properties, headers=None)
        body, said = _digest(record.body), _digest(msgspec.json.encode([plain, headers]))
        name = record.properties.message_id or f"content {_digest(body + said).hex()}"
        yield (
            (record.vhost, row.queue, name),
            Fingerprint(
                row.message_id,
                body,
                said,
                row.exchange,
                row.routing_key,
                row.state.value,
                row.ended_because,
                tuple(_shape(record)),
                len(spans_of(record).holds),
            ),
        )


def _shape(record: Record) -> Iterator[str]:
    """What happened in its queue, without when and by whom."""
    for step in record.life:
        if step.queue in ("", record.row.queue) and step.what not in LIFE_STEPS:
            yield f"{step.what} {step.outcome or step.reason}".strip()


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=12).digest()


def _differences(one: Fingerprint, other: Fingerprint) -> Iterator[str]:
    if one.body != other.body:
        yield "its body"
    if one.properties != other.properties:
        yield "its properties"
    for name in ("exchange", "routing_key", "state", "ended_because", "deliveries"):
        mine, yours = getattr(one, name), getattr(other, name)
        if mine != yours:
            yield f"{name.replace('_', ' ')}: {mine} / {yours}"
    if one.life != other.life:
        yield f"life: {', '.join(one.life)} / {', '.join(other.life)}"
