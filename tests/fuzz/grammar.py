"""Bytes by the rules: field tables, properties, methods, frames, and scripts of a client that means harm.

What is right in form gets far; `mutate` spoils it afterwards. Names come from small pools, so that what one
frame declares the next one uses.
"""

from collections.abc import Callable
from random import Random
from struct import pack

from mqstudio.model.message import Header
from mqstudio.protocols.amqp091 import codec, methods
from tests.fuzz.mutate import pick, some_bytes

QUEUES = (*("q1", "q2", "q3", "q4", "q5") * 4, "", "missing", "amq.rabbitmq.reply-to")
EXCHANGES = (
    *("", "x1", "x2", "x3", "x4", "x5") * 4,
    "amq.direct",
    "amq.fanout",
    "amq.topic",
    "amq.headers",
    "missing",
)
KEYS = (
    *("q1", "q2", "q3", "q4", "q5") * 3,
    "a",
    "a.b",
    "a.b.c.d",
    "#",
    "*",
    "#.a.#.b.#",
    "a.*.#",
    "3",
    "",
    "missing",
)
TAGS = ("t1", "t2", "t3", "")
KINDS = (
    "direct",
    "fanout",
    "topic",
    "headers",
    "x-delayed-message",
    "x-consistent-hash",
    "x-random",
    "nonsense",
)
NAMES = (
    "CC",
    "BCC",
    "x-death",
    "x-delay",
    "x-match",
    "n",
    "key",
    "x-message-ttl",
    "x-max-length",
    "x-overflow",
)
ARGUMENTS: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("x-message-ttl", (0, 1, 60_000, -1, 2**40, "60", None)),
    ("x-expires", (1, 60_000, 0, -5)),
    ("x-max-length", (0, 1, 3, -1, "3")),
    ("x-max-length-bytes", (0, 10, 2**40)),
    ("x-overflow", ("drop-head", "reject-publish", "reject-publish-dlx", "no", 3)),
    ("x-dead-letter-exchange", ("", "x1", "missing", 7)),
    ("x-dead-letter-routing-key", ("q1", "q2", "")),
    ("x-max-priority", (1, 5, 10, 255, 256, -1, True)),
    ("x-single-active-consumer", (True, False, 1)),
    ("x-queue-type", ("classic", "quorum", "stream", "other", 1)),
    ("x-delivery-limit", (0, 1, 3)),
    ("x-stream-offset", ("first", "last", "next", 0, 5, "1h", "x")),
    ("x-priority", (0, 5, -5, "5")),
    ("x-delayed-type", ("direct", "topic", "x-delayed-message", 1)),
    ("alternate-exchange", ("x1", "x2", "missing", 1)),
    ("x-match", ("all", "any", "all-with-x", "none", 1)),
    ("n", (1, "1", 1.5, None, True)),
)

_FIXED_LETTERS = sorted(codec.FIXED)
_CODES = sorted(methods.METHODS)


BULK_BYTES = 131_000
_BULK = (
    b"V",
    b"t\1",
    b"S\0\0\0\0",
    b"F\0\0\0\0",
    b"A\0\0\0\0",
    b"D\xff\x7f\xff\xff\xff",
    b"S\0\0\0\x01a",
    b"l" + b"\1" * 8,
)


def bulk(r: Random) -> bytes:
    """A table that fills a frame with the smallest of values: items of an array, or fields."""
    item = _BULK[pick(r, len(_BULK))]
    most = BULK_BYTES if r.random() < 0.5 else 1 + pick(r, BULK_BYTES)
    if r.random() < 0.5:
        items = item * (most // len(item))
        inside = (b"\2CC", b"\1n")[pick(r, 2)] + b"A" + pack(">I", len(items)) + items
    else:
        inside = (b"\0" + item) * (most // (len(item) + 1))
    return pack(">I", len(inside)) + inside


def short(r: Random) -> bytes:
    """A short string: a name somebody uses, or any bytes."""
    if r.random() < 0.7:
        raw = NAMES[pick(r, len(NAMES))].encode()
    else:
        raw = some_bytes(r, 40 if r.random() < 0.9 else 256)[:255]
    return bytes((len(raw),)) + raw


def table(r: Random, depth: int = 0) -> bytes:
    """A field table with its length."""
    inside = b"".join(short(r) + value(r, depth) for _ in range(pick(r, 5)))
    return pack(">I", len(inside)) + inside


def value(r: Random, depth: int = 0) -> bytes:
    """A type letter and its value; now and then many tables within each other."""
    chance = r.random()
    if chance < 0.55:
        letter = _FIXED_LETTERS[pick(r, len(_FIXED_LETTERS))]
        return bytes((letter,)) + r.randbytes(codec.FIXED[letter][1].size)
    if chance < 0.8 or depth > 6:
        raw = some_bytes(r, 30)
        return (b"S" if chance < 0.7 else b"x") + pack(">I", len(raw)) + raw
    if chance < 0.81:
        return nested(pick(r, 600), b"F\0\0\0\0")
    if chance < 0.9:
        return b"F" + table(r, depth + 1)
    inside = b"".join(value(r, depth + 1) for _ in range(pick(r, 5)))
    return b"A" + pack(">I", len(inside)) + inside


def nested(depth: int, inside: bytes) -> bytes:
    """Tables, or arrays, in each other."""
    for _ in range(depth):
        inside = b"A" + pack(">I", len(inside)) + inside
    return inside


def arguments(r: Random) -> bytes:
    """A table of arguments that mean something."""
    if r.random() < 0.001:
        return bulk(r)
    if r.random() < 0.7:
        return b"\0\0\0\0"
    if r.random() < 0.1:
        return table(r)
    chosen = {}
    for _ in range(1 + pick(r, 3)):
        name, values = ARGUMENTS[pick(r, len(ARGUMENTS))]
        chosen[name] = values[pick(r, len(values))]
    return codec.write_table(codec.from_arguments(chosen))


def properties(r: Random) -> bytes:
    """Property flags and what they announce."""
    if r.random() < 0.3:
        return b"\0\0"
    flags = r.getrandbits(16) & (0xFFFC if r.random() < 0.97 else 0xFFFF) & r.getrandbits(16)
    parts = [pack(">H", flags)]
    for bit in range(14):
        if flags & 0x8000 >> bit:
            parts.append(_PROPERTIES[bit](r))
    return b"".join(parts)


def _octet(r: Random) -> bytes:
    return bytes((pick(r, 4 if r.random() < 0.8 else 256),))


def _expiration(r: Random) -> bytes:
    raw = (b"0", b"1", b"60000", b"-1", b"1e3", b"", b"9" * 200, b"x")[pick(r, 8)]
    return bytes((len(raw),)) + raw


def _reply_to(r: Random) -> bytes:
    return b"\x15amq.rabbitmq.reply-to" if r.random() < 0.5 else short(r)


def _user_id(r: Random) -> bytes:
    return b"\x05guest" if r.random() < 0.8 else short(r)


def _header_table(r: Random) -> bytes:
    if r.random() < 0.004:
        return bulk(r)
    if r.random() < 0.3:
        return codec.write_table([Header("x-delay", "int32", pick(r, 3) * 50)])
    if r.random() < 0.6:
        return table(r)
    keys = b"".join(
        b"S" + pack(">I", len(key)) + key for key in (_key(r).encode() for _ in range(pick(r, 4)))
    )
    name = (b"\x02CC", b"\x03BCC")[pick(r, 2)]
    inside = name + b"A" + pack(">I", len(keys)) + keys
    return pack(">I", len(inside)) + inside


def _timestamp(r: Random) -> bytes:
    return r.randbytes(8)


_PROPERTIES: tuple[Callable[[Random], bytes], ...] = (
    short,
    short,
    _header_table,
    _octet,
    _octet,
    short,
    _reply_to,
    _expiration,
    short,
    _timestamp,
    short,
    _user_id,
    short,
    short,
)


def _key(r: Random) -> str:
    return KEYS[pick(r, len(KEYS))]


_POOLS = {
    "queue": QUEUES,
    "destination": (*QUEUES, *EXCHANGES),
    "exchange": EXCHANGES,
    "source": EXCHANGES,
    "key": KEYS,
    "tag": TAGS,
    "type": KINDS,
    "vhost": ("/", "missing"),
}


def method(r: Random, code: int) -> bytes:
    """The payload of a method frame: its code and arguments in the right form."""
    description = methods.METHODS[code]
    parts = [code.to_bytes(4)]
    bits = used = 0
    for kind, field in zip(description.types, description.fields, strict=True):
        if kind == "bit":
            bits |= (r.random() < _BIT_ODDS.get(field, 0.3)) << used
            used += 1
            continue
        if used:
            parts.append(bytes((bits,)))
            bits = used = 0
        parts.append(_argument(r, kind, field))
    if used:
        parts.append(bytes((bits,)))
    return b"".join(parts)


_BIT_ODDS = {
    "immediate": 0.01,
    "passive": 0.1,
    "nowait": 0.2,
    "active": 0.9,
    "exclusive": 0.15,
    "internal": 0.1,
}


def _argument(r: Random, kind: str, field: str) -> bytes:
    pool = _POOLS.get(field)
    if pool is not None and kind == "shortstr" and r.random() < 0.95:
        return codec.write_short_string(pool[pick(r, len(pool))])
    if kind == "shortstr":
        return b"\0" if field == "reserved" else short(r)
    if kind == "longstr":
        raw = some_bytes(r, 30)
        return pack(">I", len(raw)) + raw
    if kind == "table":
        return arguments(r) if field == "arguments" else table(r)
    width = {"octet": 1, "short": 2, "long": 4, "longlong": 8}[kind]
    most = 256**width if r.random() < 0.05 else _MOST.get(field, 2)
    return min(pick(r, most), 256**width - 1).to_bytes(width)


_MOST = {"delivery": 9, "count": 4, "size": 1, "code": 600, "class": 95, "method": 125}


def any_method(r: Random) -> bytes:
    """A method of any class, by the rules."""
    return method(r, _CODES[pick(r, len(_CODES))])


_WEIGHTS = (
    ("queue.declare", 10),
    ("queue.bind", 6),
    ("queue.unbind", 2),
    ("queue.purge", 2),
    ("queue.delete", 2),
    ("exchange.declare", 6),
    ("exchange.bind", 4),
    ("exchange.unbind", 2),
    ("exchange.delete", 2),
    ("basic.publish", 24),
    ("basic.consume", 10),
    ("basic.cancel", 3),
    ("basic.get", 6),
    ("basic.ack", 5),
    ("basic.nack", 3),
    ("basic.reject", 2),
    ("basic.qos", 4),
    ("basic.recover", 2),
    ("confirm.select", 3),
    ("tx.select", 2),
    ("tx.commit", 3),
    ("tx.rollback", 3),
    ("channel.open", 3),
    ("channel.close", 2),
    ("channel.close-ok", 2),
    ("channel.flow", 1),
)
_DECK = tuple(methods.CODES[name] for name, weight in _WEIGHTS for _ in range(weight))
_PUBLISH = methods.CODES["basic.publish"]
_CONSUME = methods.CODES["basic.consume"]


def step(r: Random) -> bytes:
    """One thing that a client does on a channel, in whole frames."""
    channel = 1 + pick(r, 2) if r.random() < 0.97 else pick(r, 5)
    code = _DECK[pick(r, len(_DECK))] if r.random() < 0.98 else _CODES[pick(r, len(_CODES))]
    if code == _CONSUME and r.random() < 0.3:
        return _read_stream(r, channel)
    start = codec.frame(codec.METHOD, channel, method(r, code))
    return start + content(r, channel) if code == _PUBLISH else start


def _read_stream(r: Random, channel: int) -> bytes:
    """A consumer as streams ask for it: with acks, from somewhere on."""
    offsets: tuple[object, ...] = ("first", "last", "next", pick(r, 12), 5.5)
    arguments = codec.from_arguments({"x-stream-offset": offsets[pick(r, len(offsets))]})
    tag = TAGS[pick(r, len(TAGS))]
    return methods.encode(channel, _CONSUME, 0, "q4", tag, False, False, False, False, arguments)


def content(r: Random, channel: int) -> bytes:
    """A header frame and body frames."""
    body = some_bytes(r, 40) if r.random() < 0.95 else bytes(pick(r, 9_000))
    size = len(body) if r.random() < 0.95 else pick(r, 20 if r.random() < 0.5 else 2**20)
    frames = codec.frame(codec.HEADER, channel, pack(">HHQ", 60, 0, size) + properties(r))
    part = 4_000 if r.random() < 0.8 else 1 + pick(r, 40)
    for start in range(0, len(body), part):
        frames += codec.frame(codec.BODY, channel, body[start : start + part])
    return frames


def script(r: Random, steps: int) -> list[bytes]:
    """Channels 1 and 2, and then one thing after the other."""
    opening = [
        codec.frame(codec.METHOD, n, methods.CODES["channel.open"].to_bytes(4) + b"\0") for n in (1, 2)
    ]
    return opening + [step(r) for _ in range(1 + pick(r, steps))]
