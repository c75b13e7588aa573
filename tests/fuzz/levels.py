"""The five levels of fuzzing. Each makes the n-th input of a seed, tries it, and says by an exception if
anything but the protocol's own errors comes of it.

    tables    field tables and property bytes, read in all ways there are
    methods   payloads of method frames, read and written back
    frames    one frame, whole or broken, on a connection that runs
    sessions  a whole stream: what real clients said, or a script, spoiled, cut anywhere, in time or too late
    requests  one request to the management API (`requests.py`)
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from struct import pack
from typing import Protocol

from mqstudio.model.errors import RemoteError
from mqstudio.protocols.amqp091 import codec, convert, handshake, methods, vetting
from mqstudio.protocols.amqp091.session import AmqpSession
from tests.fuzz import corpus, grammar
from tests.fuzz.house import House, Wire, quiet
from tests.fuzz.mutate import chance, mutate, pick, some_bytes
from tests.fuzz.requests import Requests
from tests.support.amqp091 import handshake as shake_hands
from tests.support.amqp091 import method, open_channel

REPLACED = "\N{REPLACEMENT CHARACTER}".encode()


Done = Callable[[int], None]


class Level(Protocol):
    """One way of fuzzing. Inputs come in batches: within one they share a broker, where there is one."""

    batch: int
    """How many inputs share what they share: a failing one is replayed with those before it in its batch."""
    outcomes: Counter[str]

    async def tries(self, seed: int, first: int, count: int, done: Done) -> None:
        """Try inputs; `done` is told the number of each when it has been survived."""


class Tables:
    """Every reader of tables and properties, and that what was read can be written."""

    batch = 1_000

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()

    async def tries(self, seed: int, first: int, count: int, done: Done) -> None:
        for number in range(first, first + count):
            r = chance("tables", seed, number)
            if r.random() < 0.5:
                self._try_table(mutate(r, grammar.table(r)) if r.random() < 0.95 else some_bytes(r, 60))
            else:
                self._try_properties(mutate(r, grammar.properties(r)))
            done(number)

    def _try_table(self, data: bytes) -> None:
        try:
            headers, end = codec.read_table(data, 0, len(data))
        except ValueError as problem:
            self.outcomes[f"table: {_kind_of(problem)}"] += 1
            return
        assert codec.skip_table(data, 0, len(data)) == end
        codec.to_arguments(headers)
        again = codec.write_table(headers)
        if _comes_back(again):
            assert codec.read_table(again, 0, len(again))[0] == headers, data.hex()
        self.outcomes["table: read"] += 1

    def _try_properties(self, data: bytes) -> None:
        """What passes the vetting can be read by whoever looks at it."""
        try:
            vetted = vetting.vet(data, "guest")
        except RemoteError as error:
            self.outcomes[f"properties: {error.code}"] += 1
            return
        properties = convert.read_properties(vetted.properties)
        convert.read_properties(convert.write_properties(properties))
        self.outcomes["properties: passed"] += 1


def _kind_of(problem: ValueError) -> str:
    return str(problem).rstrip("0123456789 ").split("'")[0]


def _comes_back(written: bytes) -> bool:
    """Whether what was read can be had again: not names that were no text, nor numbers that are none."""
    return not any(each in written for each in (REPLACED, b"d", b"f"))


class Methods:
    """The arguments of methods, and logins."""

    batch = 1_000

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()

    async def tries(self, seed: int, first: int, count: int, done: Done) -> None:
        for number in range(first, first + count):
            r = chance("methods", seed, number)
            if r.random() < 0.03:
                self._try_login(r)
            else:
                payload = grammar.any_method(r)
                self._try_method(int.from_bytes(payload[:4]), payload[:4] + mutate(r, payload[4:]))
            done(number)

    def _try_method(self, code: int, payload: bytes) -> None:
        try:
            args = methods.decode(code, payload)
        except ValueError as problem:
            self.outcomes[type(problem).__name__] += 1
            return
        written = methods.encode(1, code, *args)
        if _comes_back(written):
            assert methods.decode(code, written[7:-1]) == args, payload.hex()
        self.outcomes["read"] += 1

    def _try_login(self, r: Random) -> None:
        mechanism = ("PLAIN", "AMQPLAIN", "EXTERNAL", "PLAIN ")[pick(r, 4)]
        response = b"\0guest\0guest" if mechanism == "PLAIN" else grammar.table(r)[4:]
        try:
            handshake.read_client(codec.to_arguments(codec.read_table(grammar.table(r), 0, 2**20)[0]))
            handshake.read_login(mechanism, mutate(r, response), has_certificate=r.random() < 0.5)
        except ValueError:
            self.outcomes["login: refused"] += 1


class Frames:
    """One frame after another on connections that run; whoever is thrown out comes again."""

    batch = 200

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()

    async def tries(self, seed: int, first: int, count: int, done: Done) -> None:
        house = House()
        await house.open()
        wire: Wire | None = None
        for number in range(first, first + count):
            r = chance("frames", seed, number)
            if wire is None:
                wire = Wire(house)
                wire.feed(shake_hands() + open_channel(1) + open_channel(2))
                await quiet()
            data = _one_frame(r)
            wire.feed(data[:-1])
            wire.feed(data[-1:])
            wire.read()
            if not wire.link.session.is_open() or r.random() < 0.02:
                house.settle(wire)
                wire = None
            elif wire.transport.is_reading_paused:
                await quiet()
            done(number)
        if wire is not None:
            house.settle(wire)
        house.close()
        self.outcomes += house.outcomes


def _one_frame(r: Random) -> bytes:
    odds = r.random()
    if odds < 0.5:
        return grammar.step(r)
    if odds < 0.8:
        return mutate(r, grammar.step(r))
    kind = (1, 1, 1, 2, 3, 8, 4, 255)[pick(r, 8)]
    payload = some_bytes(r, 60)
    return pack(">BHI", kind, pick(r, 4), len(payload)) + payload + b"\xce"


class Sessions:
    """Streams from the first byte to the last, in pieces, with time passing in between."""

    batch = 40

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()

    async def tries(self, seed: int, first: int, count: int, done: Done) -> None:
        house = House()
        await house.open()
        for number in range(first, first + count):
            await _session(house, chance("sessions", seed, number))
            done(number)
        house.close()
        self.outcomes += house.outcomes


async def _session(house: House, r: Random) -> None:
    wire = Wire(house)
    is_slow = r.random() < 0.1
    is_talk = r.random() < 0.4
    for piece in _talk(r, wire) if is_talk else _pieces(r, _stream(r)):
        wire.feed(piece)
        if r.random() < 0.3 or wire.transport.is_reading_paused:
            await asyncio.sleep(0)
        if not is_slow:
            wire.read()
        if r.random() < 0.03:
            house.tick(250_000 << pick(r, 7))
        if not wire.is_open():
            break
    await quiet()
    house.settle(wire)


def _talk(r: Random, wire: Wire) -> Iterator[bytes]:
    """A client that goes on after each mistake: it gets far, and does a bad thing now and then."""
    yield shake_hands(frame_max=131_072 if r.random() < 0.7 else 4_096)
    for _ in range(5 + pick(r, 40)):
        session = wire.link.session
        assert isinstance(session, AmqpSession)
        for number in (1, 2):
            if number in session.closing_channels:
                yield method(number, "channel.close-ok")
            if number not in session.channels:
                yield open_channel(number) + method(number, "basic.qos", 0, 1 + pick(r, 4), False)
                if r.random() < 0.2:
                    yield method(number, "tx.select")
        step = grammar.step(r)
        yield mutate(r, step) if r.random() < 0.03 else step


def _stream(r: Random) -> bytes:
    """A handshake and what follows, or what a client once said; spoiled, most of the time."""
    if r.random() < 0.4:
        streams = corpus.streams()
        frames = split_frames(streams[pick(r, len(streams))])
    else:
        frame_max = 131_072 if r.random() < 0.7 else 4_096 + pick(r, 200)
        frames = split_frames(shake_hands(frame_max=frame_max, heartbeat_s=pick(r, 3) * 5))
        frames += grammar.script(r, 24)
    if r.random() < 0.15:
        return b"".join(frames)
    for _ in range(1 + pick(r, 3)):
        _spoil(r, frames)
    return b"".join(frames)


def _spoil(r: Random, frames: list[bytes]) -> None:
    """Change one frame, or where it stands. The handshake is spared, often: else nothing gets beyond it."""
    if not frames:
        return
    begin = 4 if r.random() < 0.8 and len(frames) > 5 else 0
    at = begin + pick(r, len(frames) - begin)
    odds = r.random()
    if odds < 0.5:
        frames[at] = mutate(r, frames[at])
    elif odds < 0.6:
        del frames[at]
    elif odds < 0.75:
        frames.insert(begin + pick(r, len(frames) - begin), frames[at])
    elif odds < 0.85:
        frames[at:] = [frames[at][: pick(r, len(frames[at]) + 1)]]
    else:
        frames.insert(at, grammar.step(r))


def _pieces(r: Random, stream: bytes) -> Iterator[bytes]:
    """As sockets bring it: all at once, or cut anywhere; rarely byte by byte."""
    odds = r.random()
    most = len(stream) + 1 if odds < 0.3 else 400 if odds < 0.9 else 3
    start = 0
    while start < len(stream):
        end = start + 1 + pick(r, most)
        yield stream[start:end]
        start = end


def split_frames(stream: bytes) -> list[bytes]:
    """The protocol header and each frame of a stream that is in order."""
    frames, pos = [stream[:8]], 8
    while pos < len(stream):
        end = pos + 8 + int.from_bytes(stream[pos + 3 : pos + 7])
        frames.append(stream[pos:end])
        pos = end
    return frames


LEVELS: dict[str, type[Level]] = {
    "tables": Tables,
    "methods": Methods,
    "frames": Frames,
    "sessions": Sessions,
    "requests": Requests,
}
