"""A publish whose content arrives in several frames: header and bodies are put together here.

The errors and their order are those of RabbitMQ's rabbit_command_assembler; all are the fault of
the publish, so its class and method stand in the close.
"""

from struct import Struct

from mqstudio.model import limits
from mqstudio.model.errors import RemoteError
from mqstudio.protocols.amqp091 import codec
from mqstudio.protocols.base import Piece

BASIC_CLASS = 60
_HEADER = Struct(">HHQ")
_SMALL_BYTES = 4_096
"""Smaller parts are put together at once: as objects of their own they would take many times their size."""


class Content:
    """What has come of one publish. Bodies over the size limit are counted, not kept; see `Contents`."""

    __slots__ = (
        "_parts",
        "_received",
        "_views_from",
        "exchange",
        "is_mandatory",
        "properties",
        "routing_key",
        "size",
    )

    def __init__(self, exchange: str, routing_key: str, is_mandatory: bool) -> None:
        self.exchange = exchange
        self.routing_key = routing_key
        self.is_mandatory = is_mandatory
        self.properties = b""
        self.size: int | None = None
        """The body's announced size; None until the header has come."""
        self._received = 0
        self._parts: list[Piece | bytearray] = []
        self._views_from = 0
        """The first part that is a view of the chunk that is at work, if one is."""

    def take_frame(self, kind: int, payload: Piece) -> bool:
        """Add a frame; say whether the content is complete now. Raises: RemoteError."""
        if self.size is None:
            self._take_header(kind, payload)
        else:
            self._take_body(kind, payload)
        return self._received == self.size

    def _take_header(self, kind: int, payload: Piece) -> None:
        expected = f"expected content header for class {BASIC_CLASS}, got"
        if kind != codec.HEADER or len(payload) < _HEADER.size:
            raise RemoteError(f"{expected} non content header frame instead", 505)
        class_id, weight, size = _HEADER.unpack_from(payload)
        if class_id != BASIC_CLASS:
            raise RemoteError(f"{expected} one for class {class_id} instead", 505)
        if weight:
            raise RemoteError(f"{expected} non content header frame instead", 505)
        self.size = size
        self.properties = bytes(payload[_HEADER.size :])

    def _take_body(self, kind: int, payload: Piece) -> None:
        assert self.size is not None
        if kind != codec.BODY:
            raise RemoteError("expected content body, got non content body frame instead", 505)
        self._received += len(payload)
        if self._received > self.size:
            raise RemoteError("content body frame exceeds remaining content size", 501)
        if self.size > limits.MESSAGE_MAX_BYTES:
            return
        if len(payload) >= _SMALL_BYTES:
            self._parts.append(payload)
        elif self._parts and isinstance(self._parts[-1], bytearray):
            self._parts[-1] += payload
        else:
            self._parts.append(bytearray(payload))

    def begin_views(self) -> None:
        """From here on, parts may be views of the chunk that is at work."""
        self._views_from = len(self._parts)

    def end_chunk(self, size: int) -> None:
        """A chunk of this size is worked off: views of it stay, to be copied once, by `body`.

        If they are the lesser part of it they are copied now, for they keep all of it in memory.
        """
        fresh = self._parts[self._views_from :]
        if sum(map(len, fresh)) * 2 < size:
            self._parts[self._views_from :] = [b"".join(fresh)]

    def held_bytes(self) -> int:
        """Memory this content takes now."""
        return 0 if self.size is None or self.size > limits.MESSAGE_MAX_BYTES else self._received

    def body(self) -> bytes:
        """The whole body. Raises: RemoteError: 406 when it was too large to keep."""
        assert self.size is not None
        if self.size > limits.MESSAGE_MAX_BYTES:
            raise RemoteError(
                f"message size {self.size} is larger than configured max size {limits.MESSAGE_MAX_BYTES}", 406
            )
        return b"".join(self._parts)


class Contents(dict[int, Content]):
    """The unfinished contents of a connection by channel number, and the memory they take together."""

    def __init__(self) -> None:
        super().__init__()
        self.held_bytes = 0
        self._viewing: dict[Content, None] = {}
        """Those that have views of the chunk that is at work."""

    def cut(self, buffer: bytes, start: int, stop: int) -> Piece:
        """The payload of the frame `buffer[start:stop]`: a view, if it is a large part of a content."""
        if (
            stop - start > _SMALL_BYTES
            and buffer[start] == codec.BODY
            and int.from_bytes(buffer[start + 1 : start + 3]) in self
        ):
            return memoryview(buffer)[start + 7 : stop - 1]
        return buffer[start + 7 : stop - 1]

    def take_frame(self, number: int, kind: int, payload: Piece) -> Content | None:
        """Add a frame to a content; returns it, and lets it go, when it is complete. Raises: RemoteError."""
        content = self[number]
        if isinstance(payload, memoryview) and content not in self._viewing:
            content.begin_views()
            self._viewing[content] = None
        before = _weight(content)
        is_complete = content.take_frame(kind, payload)
        self.held_bytes += _weight(content) - before
        if is_complete:
            self.drop(number)
            return content
        if self.held_bytes > limits.CONTENTS_MAX_BYTES:
            raise RemoteError("too much unfinished content on one connection", 506)
        return None

    def end_chunk(self, size: int) -> None:
        """What has come in a chunk of this size is all worked off."""
        for content in self._viewing:
            content.end_chunk(size)
        self._viewing.clear()

    def drop(self, number: int) -> None:
        """A content is complete, or its channel is gone."""
        content = self.pop(number, None)
        if content is not None:
            self.held_bytes -= _weight(content)
            self._viewing.pop(content, None)


def _weight(content: Content) -> int:
    return content.held_bytes() + len(content.properties)
