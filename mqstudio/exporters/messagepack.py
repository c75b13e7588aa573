"""MessagePack: a map a record, one behind the other, as JSON lines have them; bodies are bytes."""

from collections.abc import Iterator

import msgspec

from mqstudio.exporters.base import NotReadableError, Options, Record
from mqstudio.exporters.msgpack_frames import CUT_OFF, end_of, objects
from mqstudio.exporters.shape import Read, record_from, record_of, shape_of
from mqstudio.model.limits import IMPORT_RECORD_BYTES

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
_typed = msgspec.msgpack.Decoder(Read).decode
_body = msgspec.msgpack.Decoder(bytes).decode

_BEGINS = b"\xa8mqstudio\x01"
_HEAD_BYTES = 1 + len(_BEGINS)
_LONG_MAP = 0xDE
"""How a record begins: as a map of up to fifteen fields or of more, whose first one is the version."""


class Maps:
    """A file of maps."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def begin(self) -> bytes:
        """Nothing."""
        return b""

    def record(self, record: Record) -> bytes:
        """A map."""
        return _encode(shape_of(record, self._options, is_binary=True))

    def end(self) -> bytes:
        """Nothing."""
        return b""


class MessagePack:
    """The format."""

    title = "MessagePack"
    suffixes = (".msgpack", ".mpk")

    def write(self, options: Options) -> Maps:
        """See Exporter."""
        return Maps(options)

    def read(self, chunks: Iterator[bytes]) -> Iterator[Record]:
        """See Importer."""
        number = 0
        try:
            for record in _records(chunks):
                number += 1
                yield record
        except (NotReadableError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            says = f"record {number + 1}: {error}. Nothing of it and of what follows was read."
            raise NotReadableError(says) from error


def _records(chunks: Iterator[bytes]) -> Iterator[Record]:
    """Where one ends is where the next begins, which a search tells; what is none of ours is measured."""
    rest = bytearray()
    wanted = 0
    for chunk in chunks:
        rest += chunk
        if len(rest) < wanted:
            continue
        data, start = bytes(rest), 0
        while (mark := data.find(_BEGINS, start + _HEAD_BYTES)) >= 0:
            stop = mark - (3 if data[mark - 3] == _LONG_MAP else 1)
            record = _quickly(data[start:stop])
            if record is None:
                stop = end_of(data, start)
                if stop == CUT_OFF:
                    break
                record = record_of(_decode(data[start:stop]))
            yield record
            start = stop
        del rest[:start]
        wanted = 2 * len(rest)
        if len(rest) > IMPORT_RECORD_BYTES:
            raise NotReadableError(f"it is longer than {IMPORT_RECORD_BYTES:,} bytes: it is no such file")
    for each in objects(iter([bytes(rest)])):
        yield _quickly(each) or record_of(_decode(each))


def _quickly(data: bytes) -> Record | None:
    """A record that is just so long, and as we write it; None if it is not."""
    try:
        read = _typed(data)
        body = bytes(read.body)
        return record_from(read, _body(body) if body else b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, TypeError, ValueError, RecursionError):
        return None


EXPORTER = MessagePack()
IMPORTER = EXPORTER
