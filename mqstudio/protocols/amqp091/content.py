"""A publish whose content arrives in several frames: header and bodies are put together here.

The errors and their order are those of RabbitMQ's rabbit_command_assembler; all are the fault of
the publish, so its class and method stand in the close.
"""

from struct import Struct

from mqstudio.model import limits
from mqstudio.model.errors import RemoteError
from mqstudio.protocols.amqp091 import codec

BASIC_CLASS = 60
_HEADER = Struct(">HHQ")


class Content:
    """What has come of one publish. Bodies over the size limit are counted, not kept."""

    __slots__ = ("_parts", "_received", "exchange", "is_mandatory", "properties", "routing_key", "size")

    def __init__(self, exchange: str, routing_key: str, is_mandatory: bool) -> None:
        self.exchange = exchange
        self.routing_key = routing_key
        self.is_mandatory = is_mandatory
        self.properties = b""
        self.size: int | None = None
        """The body's announced size; None until the header has come."""
        self._received = 0
        self._parts: list[bytes] = []

    def take_frame(self, kind: int, payload: bytes) -> bool:
        """Add a frame; say whether the content is complete now. Raises: RemoteError."""
        if self.size is None:
            self._take_header(kind, payload)
        else:
            self._take_body(kind, payload)
        return self._received == self.size

    def _take_header(self, kind: int, payload: bytes) -> None:
        expected = f"expected content header for class {BASIC_CLASS}, got"
        if kind != codec.HEADER or len(payload) < _HEADER.size:
            raise RemoteError(f"{expected} non content header frame instead", 505)
        class_id, weight, size = _HEADER.unpack_from(payload)
        if class_id != BASIC_CLASS:
            raise RemoteError(f"{expected} one for class {class_id} instead", 505)
        if weight:
            raise RemoteError(f"{expected} non content header frame instead", 505)
        self.size = size
        self.properties = payload[_HEADER.size :]

    def _take_body(self, kind: int, payload: bytes) -> None:
        assert self.size is not None
        if kind != codec.BODY:
            raise RemoteError("expected content body, got non content body frame instead", 505)
        self._received += len(payload)
        if self._received > self.size:
            raise RemoteError("content body frame exceeds remaining content size", 501)
        if self.size <= limits.MESSAGE_MAX_BYTES:
            self._parts.append(payload)

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
