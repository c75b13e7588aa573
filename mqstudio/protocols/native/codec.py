"""Frames of the native protocol: a 32-bit big-endian length and that many bytes of MessagePack."""

from typing import Any

import msgspec

from mqstudio.model.errors import RemoteError

LENGTH_BYTES = 4
INVALID = (msgspec.MsgspecError, ValueError, RecursionError)
"""What decoding foreign bytes can raise: shape, UTF-8, nesting deeper than the interpreter goes."""

_encoder = msgspec.msgpack.Encoder()


def encode(message: object) -> bytes:
    """Write one value as MessagePack, without a frame around it."""
    return _encoder.encode(message)


def raw(value: object) -> msgspec.Raw:
    """Encode what an envelope carries."""
    return msgspec.Raw(_encoder.encode(value))


def frame(message: object) -> bytes:
    """Write one envelope as a frame."""
    payload = _encoder.encode(message)
    return len(payload).to_bytes(LENGTH_BYTES, "big") + payload


class FrameReader:
    """Cuts a stream of bytes into frames, however the stream was split.

    `limit_bytes` may change between frames: small before the peer has shown who it is.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Take bytes from the stream."""
        self._buffer += data

    def next_frame(self) -> bytes | None:
        """Take the next whole frame's payload; None until there is one.

        Raises: RemoteError for a length that no frame has, before anything is allocated for it.
        """
        if len(self._buffer) < LENGTH_BYTES:
            return None
        length = int.from_bytes(self._buffer[:LENGTH_BYTES], "big")
        if not 0 < length <= self.limit_bytes:
            raise RemoteError(
                f"a frame of {length} bytes was announced; up to {self.limit_bytes} are allowed"
            )
        end = LENGTH_BYTES + length
        if len(self._buffer) < end:
            return None
        payload = bytes(memoryview(self._buffer)[LENGTH_BYTES:end])
        del self._buffer[:end]
        return payload

    def has_rest(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._buffer)

    def held_bytes(self) -> int:
        """How much of a frame is there that has not ended."""
        return len(self._buffer)

    def drop(self) -> None:
        """Forget what is left."""
        self._buffer.clear()


def decoder(kinds: Any) -> "msgspec.msgpack.Decoder[Any]":  # Any: a union of structs is no type to mypy
    """Make a decoder for a union of tagged structs."""
    return msgspec.msgpack.Decoder(kinds)
