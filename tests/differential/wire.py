"""A raw AMQP 0-9-1 client: says anything, shows exactly what came back, in order, with wire types.

Only the table of methods is shared with the product.
"""

import socket
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from struct import calcsize, pack, unpack_from
from typing import Any

from mqstudio.protocols.amqp091.methods import CODES, METHODS
from tests.differential.fields import (
    Typed,
    read_long,
    read_properties,
    read_short,
    read_table,
    text_of,
    write_long,
    write_short,
    write_table,
)

PROTOCOL_HEADER = b"AMQP\0\0\x09\x01"
METHOD, HEADER, BODY, HEARTBEAT = 1, 2, 3, 8
INTEGERS = {"octet": ">B", "short": ">H", "long": ">I", "longlong": ">Q"}


class HungUpError(Exception):
    """The broker closed the socket."""


class SilenceError(Exception):
    """Nothing came in time."""


def write_frame(kind: int, channel: int, payload: bytes) -> bytes:
    return pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"


def write_method(channel: int, name: str, values: dict[str, Any]) -> bytes:
    """A method; fields that are not given are empty, zero or false."""
    method = METHODS[CODES[name]]
    unknown = set(values) - set(method.fields)
    assert not unknown, f"{name} has no {unknown}"
    parts, bits = [pack(">I", method.code)], list[bool]()
    for kind, field in [*zip(method.types, method.fields, strict=True), ("end", "")]:
        if kind == "bit":
            bits.append(bool(values.get(field)))
            continue
        if bits:
            parts.append(bytes([sum(bit << place for place, bit in enumerate(bits))]))
            bits = []
        if kind == "table":
            parts.append(write_table(values.get(field, {})))
        elif kind == "shortstr":
            parts.append(write_short(values.get(field, "")))
        elif kind == "longstr":
            parts.append(write_long(values.get(field, b"")))
        elif kind != "end":
            parts.append(pack(INTEGERS[kind], values.get(field, 0)))
    return write_frame(METHOD, channel, b"".join(parts))


def read_method(payload: bytes) -> tuple[str, dict[str, Any]]:
    """A method's name and its fields."""
    method = METHODS[unpack_from(">I", payload)[0]]
    values: dict[str, Any] = {}
    pos, bit = 4, 0
    for kind, field in zip(method.types, method.fields, strict=True):
        if kind == "bit":
            pos += bit == 0
            values[field] = bool(payload[pos - 1] >> bit & 1)
            bit += 1
        elif kind == "table":
            table, pos = read_table(payload, pos)
            values[field] = Typed("F", table)
        elif kind == "shortstr":
            values[field], pos = read_short(payload, pos)
        elif kind == "longstr":
            values[field], pos = read_long(payload, pos)
        else:
            values[field] = unpack_from(INTEGERS[kind], payload, pos)[0]
            pos += calcsize(INTEGERS[kind])
    assert pos == len(payload), f"bytes are left over behind {method.name}"
    return method.name, values


@dataclass(slots=True)
class Item:
    """A method that came, with its content if it has one."""

    channel: int
    name: str
    values: dict[str, Any]
    properties: dict[str, str] | None = None
    body: bytes = b""
    frames: tuple[int, ...] = ()
    """Payload sizes of the body frames."""

    def text(self) -> str:
        """Everything in it that can be compared."""
        if self.name.endswith(".close"):
            close = self.values
            return f"{self.name} {close['code']} {close['text']!r} {close['class']}/{close['method']}"
        shown = [f"{k}={_shown(v)}" for k, v in self.values.items() if k != "reserved"]
        line = " ".join([self.name, *shown])
        if self.properties is None:
            return line
        about = " ".join(f"{name}={value}" for name, value in self.properties.items())
        return f"{line} | {about} | {self.body!r}"


def _shown(value: Any) -> str:
    if isinstance(value, Typed):
        return text_of(value)
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value)


CONTENT = frozenset({"basic.deliver", "basic.return", "basic.get-ok"})


class Link:
    """A socket to a broker and what came over it, sorted by channel."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection((host, port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.inboxes: dict[int, deque[Item]] = {}
        self.heartbeats = 0
        self._buffer = b""
        self._partial: dict[int, tuple[Item, int]] = {}

    def send(self, data: bytes) -> None:
        """Send bytes; a broker that has hung up meanwhile is noticed by reading."""
        try:
            self.socket.sendall(data)
        except OSError:
            return

    def inbox(self, channel: int) -> deque[Item]:
        return self.inboxes.setdefault(channel, deque())

    def receive(self, channel: int, within_s: float) -> Item:
        """The next item on a channel. Raises: SilenceError, HungUpError."""
        deadline = time.monotonic() + within_s
        while not self.inbox(channel):
            self._read_some(deadline - time.monotonic())
        return self.inbox(channel).popleft()

    def read_to_end(self, within_s: float) -> bytes:
        """Bytes until the broker hangs up. Raises: SilenceError."""
        deadline = time.monotonic() + within_s
        raw = b""
        while True:
            try:
                data = self._data(deadline - time.monotonic())
            except HungUpError:
                return raw
            raw += data

    def _data(self, left_s: float) -> bytes:
        if left_s <= 0:
            raise SilenceError
        self.socket.settimeout(left_s)
        try:
            data = self.socket.recv(262_144)
        except TimeoutError:
            raise SilenceError from None
        except ConnectionError:
            raise HungUpError from None
        if not data:
            raise HungUpError
        return data

    def _read_some(self, left_s: float) -> None:
        self._buffer += self._data(left_s)
        for kind, channel, payload in self._frames():
            if kind == METHOD:
                self._begin(Item(channel, *read_method(payload)))
            elif kind == HEARTBEAT:
                self.heartbeats += 1
            else:
                self._go_on(kind, channel, payload)

    def _frames(self) -> Iterator[tuple[int, int, bytes]]:
        while len(self._buffer) >= 7:
            kind, channel, size = unpack_from(">BHI", self._buffer)
            if len(self._buffer) < size + 8:
                return
            payload, end = self._buffer[7 : 7 + size], self._buffer[7 + size]
            assert end == 0xCE
            self._buffer = self._buffer[size + 8 :]
            yield kind, channel, payload

    def _begin(self, item: Item) -> None:
        assert item.channel not in self._partial, "a method amid a content"
        if item.name in CONTENT:
            self._partial[item.channel] = (item, -1)
        else:
            self.inbox(item.channel).append(item)

    def _go_on(self, kind: int, channel: int, payload: bytes) -> None:
        item, left = self._partial.pop(channel)
        if kind == HEADER:
            class_id, weight, left = unpack_from(">HHQ", payload)
            assert (class_id, weight) == (60, 0)
            item.properties = read_properties(payload[12:])
        else:
            assert kind == BODY and left > 0
            item.body += payload
            item.frames += (len(payload),)
            left -= len(payload)
        if left:
            self._partial[channel] = (item, left)
        else:
            self.inbox(channel).append(item)

    def hang_up(self) -> None:
        self.socket.close()
