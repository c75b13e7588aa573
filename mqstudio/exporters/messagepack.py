"""MessagePack: a map a record, one behind the other, as JSON lines have them; bodies are bytes."""

from collections.abc import Iterator

import msgspec

from mqstudio.exporters.base import NotReadableError, Options, Record
from mqstudio.exporters.msgpack_frames import objects
from mqstudio.exporters.shape import record_of, shape_of

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


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
            for number, data in enumerate(objects(chunks), 1):  # noqa: B007  # told of below
                yield record_of(_decode(data))
        except (NotReadableError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            where = f"record {number or 1}"
            raise NotReadableError(
                f"{where}: {error}. Nothing of it and of what follows was read."
            ) from error


EXPORTER = MessagePack()
IMPORTER = EXPORTER
