"""A client that sends any frames it likes and hides nothing of what comes back."""

import socket
from typing import Any

from mqstudio.protocols.amqp091 import codec
from tests.support.address import Address
from tests.support.amqp091 import (
    CAPABILITIES,
    PROTOCOL_HEADER,
    Frame,
    method,
    open_channel,
    split,
    start_ok,
)

WAIT_S = 20.0


class RawClient:
    """One socket; frames are read one by one."""

    def __init__(self, address: Address) -> None:
        self._socket = socket.create_connection((address.host, address.port), timeout=WAIT_S)
        self._unread = b""

    def send(self, *parts: bytes) -> None:
        """Write bytes, all at once."""
        self._socket.sendall(b"".join(parts))

    def greet(self, header: bytes = PROTOCOL_HEADER) -> Frame:
        """Say which protocol; what the broker says of itself."""
        self.send(header)
        return self.expect("connection.start")

    def log_in(self, *, capabilities: tuple[str, ...] = CAPABILITIES, **start: Any) -> tuple[int, int, int]:
        """Get as far as the broker's offer: channels, frame size, heartbeat."""
        self.greet()
        self.send(start_ok(capabilities=capabilities, **start))
        channel_max, frame_max, heartbeat_s = self.expect("connection.tune").args
        return channel_max, frame_max, heartbeat_s

    def open(
        self,
        *channels: int,
        channel_max: int = 2047,
        frame_max: int = 131_072,
        heartbeat_s: int = 0,
        vhost: str = "/",
        capabilities: tuple[str, ...] = CAPABILITIES,
    ) -> "RawClient":
        """Shake hands and open channels."""
        self.log_in(capabilities=capabilities)
        self.send(method(0, "connection.tune-ok", channel_max, frame_max, heartbeat_s))
        self.send(method(0, "connection.open", vhost, "", False))
        self.expect("connection.open-ok")
        for channel in channels:
            self.send(open_channel(channel))
            self.expect("channel.open-ok")
        return self

    def frame(self) -> Frame:
        """The next frame, heartbeats too."""
        head = self._take(7)
        rest = self._take(codec.FRAME_HEAD.unpack(head)[2] + 1)
        (frame,) = split(head + rest)
        return frame

    def expect(self, name: str) -> Frame:
        """The next frame, which is of this kind."""
        frame = self.frame()
        assert frame.name == name, frame
        return frame

    def call(self, channel: int, name: str, *args: Any) -> Frame:
        """Ask by a method; the frame that comes next."""
        self.send(method(channel, name, *args))
        return self.frame()

    def content(self) -> tuple[bytes, bytes]:
        """The properties and the body of a content whose method has been read."""
        payload = self.expect("header").payload
        size, body = int.from_bytes(payload[4:12]), b""
        while len(body) < size:
            body += self.expect("body").payload
        return payload[12:], body

    def has_ended(self) -> bool:
        """Wait until the broker says something or hangs up; whether it hung up. What it says stays unread."""
        if self._unread:
            return False
        try:
            self._unread = self._socket.recv(65_536)
        except ConnectionError:
            return True
        return not self._unread

    def close(self) -> None:
        """Go without a word."""
        self._socket.close()

    def _take(self, size: int) -> bytes:
        while len(self._unread) < size:
            more = self._socket.recv(65_536)
            assert more, f"the broker has hung up; unread: {self._unread!r}"
            self._unread += more
        taken, self._unread = self._unread[:size], self._unread[size:]
        return taken


def why(frame: Frame) -> tuple[str, int, str, int, int]:
    """What a close says: its scope, code, text, and the class and method that failed."""
    code, text, class_id, method_id = frame.args
    return frame.name.split(".", maxsplit=1)[0], code, text, class_id, method_id
