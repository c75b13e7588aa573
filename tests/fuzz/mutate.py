"""Inputs by number: the same number is the same input, on every machine.

A stream is taken apart into frames; frames are dropped, doubled, swapped, cut, glued in from other clients,
bytes flipped, lengths and integers replaced by those that break things.
"""

from pathlib import Path
from random import Random
from struct import pack, unpack_from

CORPUS = [path.read_bytes() for path in sorted((Path(__file__).parent / "corpus").glob("*.bin"))]
HEADER = b"AMQP\0\0\x09\x01"
INTERESTING = (
    0,
    1,
    2,
    7,
    8,
    127,
    128,
    255,
    256,
    4_088,
    4_096,
    32_767,
    65_535,
    131_072,
    2**31 - 1,
    2**31,
    2**32 - 1,
)


def frames(stream: bytes) -> list[bytes]:
    """The frames of a recorded stream, without the protocol header."""
    found, pos = [], len(HEADER)
    while pos + 7 <= len(stream):
        stop = pos + 8 + int(unpack_from(">I", stream, pos + 3)[0])
        found.append(stream[pos:stop])
        pos = stop
    return found


FRAMES = [frames(stream) for stream in CORPUS]
ALL = [frame for stream in FRAMES for frame in stream]
LOGIN = [stream[:3] for stream in FRAMES]
"""start-ok, tune-ok, open of each client."""
TABLES = [frame[index + 1 :] for frame in ALL for index in range(11, len(frame) - 8, 9)]


def stream(number: int) -> bytes:
    """The bytes of one session: mostly a good login, then what no client would send."""
    chance = Random(number)
    which = chance.randrange(len(FRAMES))
    chosen = list(FRAMES[which])
    head = len(LOGIN[which])
    if chance.random() < 0.9:  # behind the login, where most of the code is
        kept, rest = chosen[:head], chosen[head:]
    else:
        kept, rest = [], chosen
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        rest = _mutate_list(rest, chance)
    at = chance.randrange(len(rest) + 1) if rest else 0
    return HEADER + b"".join(kept + rest[: at + 12])


def _mutate_list(some: list[bytes], chance: Random) -> list[bytes]:
    some = list(some) or [chance.choice(ALL)]
    at = chance.randrange(len(some))
    kind = chance.randrange(8)
    if kind == 0:
        del some[at]
    elif kind == 1:
        some.insert(at, chance.choice(ALL))
    elif kind == 2:
        other = chance.randrange(len(some))
        some[at], some[other] = some[other], some[at]
    elif kind == 3:
        some.insert(at, some[at])
    elif kind == 4:
        some[at] = _renumber(some[at], chance)
    else:
        some[at] = _mutate(some[at], chance, keep_frame=chance.random() < 0.8)
    return some


def _renumber(frame: bytes, chance: Random) -> bytes:
    """Another type or channel."""
    kind, channel = chance.choice((1, 1, 2, 3, 8, 9)), chance.choice((0, 1, 2, 2_047, 65_535))
    return pack(">BH", kind, channel) + frame[3:]


def _mutate(frame: bytes, chance: Random, *, keep_frame: bool) -> bytes:
    """Change a payload and, unless the frame is kept whole, leave its length as it was."""
    changed = payload(frame[7:-1], chance)
    if keep_frame:
        return frame[:3] + pack(">I", len(changed)) + changed + b"\xce"
    return frame[:7] + changed + frame[-1:]


def payload(data: bytes, chance: Random) -> bytes:
    """Flip, cut, fill, or put an integer that breaks things."""
    changed = bytearray(data or b"\0")
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at = chance.randrange(len(changed))
        kind = chance.randrange(6)
        if kind == 0:
            changed[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            changed[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, *b"tbBsIilfdDSATFVx"))
        elif kind == 2:
            width = chance.choice((">B", ">H", ">I"))
            value = chance.choice(INTERESTING)
            packed = pack(width, value & (256 ** {">B": 1, ">H": 2, ">I": 4}[width] - 1))
            changed[at : at + len(packed)] = packed
        elif kind == 3:
            del changed[at : at + chance.randrange(1, 9)]
        elif kind == 4:
            changed[at:at] = bytes(chance.randrange(1, 9))
        else:
            changed[at:at] = chance.choice(TABLES)[: chance.randrange(1, 64)]
        changed = changed or bytearray(b"\0")
    return bytes(changed)


def table(number: int) -> bytes:
    """Bytes to be read as a field table."""
    chance = Random(number)
    body = payload(chance.choice(TABLES), chance)
    length = len(body) if chance.random() < 0.8 else chance.choice(INTERESTING)
    return pack(">I", length) + body


def method(number: int) -> tuple[int, bytes]:
    """A method's code and a payload to be read as its arguments."""
    chance = Random(number)
    frame = chance.choice(ALL)
    return int.from_bytes(frame[7:11]), frame[7:11] + payload(frame[11:-1], chance)
