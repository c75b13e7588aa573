"""What the broker and its store and reader processes say to each other: frames over a pipe.

A frame is its kind (1 byte), the length of what follows (4 bytes, big-endian), and that. Both ends are ours,
of one version, parent and child.
"""

from enum import IntEnum
from struct import Struct
from typing import BinaryIO, Final

import msgspec

HEAD: Final = Struct(">BI")


class Frame(IntEnum):
    """Kinds of frames. To the child: OPEN, COMMIT, ASK, TEND. From it: all others."""

    OPEN = 1
    """JSON of `OpenFile`. Answered by STATE or PROBLEM."""
    COMMIT = 2
    """`writer.pack`. Answered by DURABLE or FAILED."""
    ASK = 3
    """marshal of (number, name, arguments). Answered by ANSWER or UNANSWERED."""
    STATE = 4
    """msgpack of what a restart needs."""
    PROBLEM = 5
    """msgpack of a FileProblem; the child ends."""
    DURABLE = 6
    """marshal of (number of the commit, µs it took)."""
    FAILED = 7
    """msgpack of a FileProblem: this commit is not on disk, and the child ends."""
    ANSWER = 8
    """8 bytes: the number of the question; then the answer."""
    UNANSWERED = 9
    """8 bytes: the number of the question; then why, as text."""
    TEND = 11
    """Nothing: there is nothing to write just now, so that there is time to tidy up."""
    HEALTH = 10
    """msgpack of `model.disk.DiskHealth`, about once a second."""


NUMBER: Final = Struct(">Q")


class OpenFile(msgspec.Struct, frozen=True):
    """Which profile to open. `key`: its passphrase, if it is encrypted.

    is_resumed: the broker runs on, and only wants to know how far the file has come. is_checked: look
    through the file first, since something went wrong with it.
    """

    path: str
    key: str | None = None
    is_resumed: bool = False
    is_checked: bool = False


def pack(kind: Frame, payload: bytes) -> bytes:
    """A frame."""
    return HEAD.pack(kind, len(payload)) + payload


def read(stream: BinaryIO) -> tuple[int, bytes] | None:
    """The next frame of a stream, waited for; None at its end."""
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    kind, size = HEAD.unpack(head)
    payload = stream.read(size)
    return (kind, payload) if len(payload) == size else None


class Splitter:
    """Takes a stream apart into frames as its chunks come."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """The frames that are whole now."""
        rest = self._rest
        rest += data
        frames, pos = [], 0
        with memoryview(rest) as whole:  # of megabytes each copy counts: this way it is one
            while len(rest) - pos >= HEAD.size:
                kind, size = HEAD.unpack_from(rest, pos)
                stop = pos + HEAD.size + size
                if len(rest) < stop:
                    break
                frames.append((kind, bytes(whole[pos + HEAD.size : stop])))
                pos = stop
        del rest[:pos]
        return frames
