"""Spoils bytes: as transmission never would, as an attacker does."""

from random import Random
from struct import pack

INTERESTING = (
    0,
    1,
    2,
    7,
    8,
    31,
    32,
    33,
    127,
    128,
    254,
    255,
    256,
    4095,
    4096,
    8192,
    32767,
    65535,
    65536,
    131071,
)
LARGE = (131072, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
LETTERS = b"tbBsuIilLfdDSAFTVx"
"""Type letters of field tables: one in the wrong place turns a length into a value."""


def chance(level: str, seed: int, number: int) -> Random:
    """The dice for one input: the same for the same three."""
    return Random(f"{level}:{seed}:{number}")


def pick(r: Random, count: int) -> int:
    """A number below `count`; quicker than `randrange`, and good enough."""
    return int(r.random() * count)


def some_bytes(r: Random, most: int) -> bytes:
    """A few bytes, mostly few."""
    return r.randbytes(pick(r, pick(r, most) + 1))


def mutate(r: Random, data: bytes, times: int = 3) -> bytes:
    """Change a few places; sometimes none."""
    for _ in range(pick(r, times + 1)):
        data = _OPERATIONS[pick(r, len(_OPERATIONS))](r, data)
    return data


def _flip(r: Random, data: bytes) -> bytes:
    if not data:
        return b"\0"
    at = pick(r, len(data))
    return data[:at] + bytes((data[at] ^ 1 << pick(r, 8),)) + data[at + 1 :]


def _set(r: Random, data: bytes) -> bytes:
    at = pick(r, len(data) + 1)
    return data[:at] + bytes((INTERESTING[pick(r, 12)],)) + data[at + 1 :]


def _set_letter(r: Random, data: bytes) -> bytes:
    at = pick(r, len(data) + 1)
    letter = pick(r, len(LETTERS))
    return data[:at] + LETTERS[letter : letter + 1] + data[at + 1 :]


def _set_number(r: Random, data: bytes) -> bytes:
    """Lengths and counts are 32-bit numbers."""
    at = pick(r, len(data) + 1)
    numbers = LARGE if r.random() < 0.3 else INTERESTING
    return data[:at] + pack(">I", numbers[pick(r, len(numbers))]) + data[at + 4 :]


def _nudge(r: Random, data: bytes) -> bytes:
    """A length one too long, or one too short."""
    if not data:
        return data
    at = pick(r, len(data))
    return data[:at] + bytes((data[at] + (1 if r.random() < 0.5 else 255) & 255,)) + data[at + 1 :]


def _delete(r: Random, data: bytes) -> bytes:
    at = pick(r, len(data) + 1)
    return data[:at] + data[at + 1 + pick(r, 8) :]


def _insert(r: Random, data: bytes) -> bytes:
    at = pick(r, len(data) + 1)
    return data[:at] + some_bytes(r, 9) + data[at:]


def _repeat(r: Random, data: bytes) -> bytes:
    at = pick(r, len(data) + 1)
    end = at + 1 + pick(r, 40)
    return data[:end] + data[at:end] * (1 + pick(r, 4)) + data[end:]


def _cut(r: Random, data: bytes) -> bytes:
    return data[: pick(r, len(data) + 1)]


_OPERATIONS = (_flip, _set, _set_letter, _set_number, _nudge, _delete, _insert, _repeat, _cut)
