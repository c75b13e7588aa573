"""Bodies that were compressed: gzip, zlib, bare deflate and zstd, never more of them than is to be shown.

They are decompressed as streams, with the output bounded: a bomb costs no more than what it shows.
"""

import sys
import zlib
from collections.abc import Callable
from typing import Any, Final

from mqstudio.viewers.base import Hints, UnreadableError, Unwrapped

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PARTS_MAX: Final = 100
"""Members or frames put one after the other that are read of one body."""

WINDOW_LOG_MAX: Final = 27
"""Largest window of zstd, as a power of two: what its own reader allows unless told otherwise."""

_ZLIB_HEADS: Final = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_FAILURES: Final = (zlib.error, zstd.ZstdError, EOFError, ValueError, MemoryError)


class Compression:
    """One format. `make` makes a decompressor of one part (member or frame) of it."""

    group = "Compression"

    def __init__(
        self, title: str, words: tuple[str, ...], heads: tuple[bytes, ...], make: Callable[[], Any]
    ) -> None:  # Any: the libraries' own decompressors, alike in what is used of them
        self.title = title
        self.sense = 10 if title == "zlib" else 0  # two letters of text may be its head
        self._words, self._heads, self._make = words, heads, make

    def suits(self, body: bytes, hints: Hints, *, is_whole: bool) -> bool:
        """What has its magic bytes, or is said to be it."""
        return body.startswith(self._heads) or hints.content_encoding in self._words

    def unwrap(self, body: bytes, limit: int, *, is_whole: bool) -> Unwrapped:
        """What was compressed, as far as it is wanted or there."""
        data = bytearray()
        rest = body
        try:
            for _ in range(PARTS_MAX):
                reader = self._make()
                data += reader.decompress(rest, limit + 1 - len(data))
                if len(data) > limit:
                    return Unwrapped(bytes(data[:limit]), is_whole=False)
                if not reader.eof:
                    return self._ended(bytes(data), is_whole=is_whole)
                rest = reader.unused_data
                if not rest:
                    return Unwrapped(bytes(data), is_whole)
        except _FAILURES as error:
            if data:  # damaged further on: what came before it is worth seeing
                return Unwrapped(bytes(data), is_whole=False)
            raise UnreadableError(f"it is not {self.title}") from error
        return Unwrapped(bytes(data), is_whole=False)

    def _ended(self, data: bytes, *, is_whole: bool) -> Unwrapped:
        """The bytes ended before the format did."""
        if is_whole and not data:
            raise UnreadableError(f"it is not {self.title}, or cut off")
        return Unwrapped(data, is_whole=False)


def _zstd() -> Any:  # Any: as above
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: WINDOW_LOG_MAX})


UNWRAPPERS = (
    Compression("gzip", ("gzip", "x-gzip"), (b"\x1f\x8b\x08",), lambda: zlib.decompressobj(31)),
    Compression("zlib", ("deflate", "zlib"), _ZLIB_HEADS, lambda: zlib.decompressobj(15)),
    Compression("deflate", ("deflate",), (), lambda: zlib.decompressobj(-15)),
    Compression("zstd", ("zstd",), (b"\x28\xb5\x2f\xfd",), _zstd),
)
