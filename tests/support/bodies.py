"""Bodies that viewers have to live with: pictures' heads, and the worst against each reader."""

import base64
import gzip
import random
import struct
import zlib

from backports import zstd

from mqstudio.registry import discover
from mqstudio.viewers.base import Viewer
from mqstudio.viewers.chain import ChainReader

SIZE = 256 * 1024

VIEWERS: list[Viewer] = list(discover("mqstudio.viewers", "VIEWER").found.values())


def reader() -> ChainReader:
    """Chains of all the plug-ins that there are."""
    unwrappers = discover("mqstudio.viewers", "UNWRAPPERS").found.values()
    return ChainReader(VIEWERS, [each for found in unwrappers for each in found])


def png_head(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"\x08\x02\0\0\0"


def png(width: int, height: int, colour: tuple[int, int, int] = (200, 30, 60)) -> bytes:
    """A whole picture of one colour."""
    rows = (b"\0" + bytes(colour) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def gif_head(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + bytes(8)


def bmp_head(width: int, height: int) -> bytes:
    return b"BM" + bytes(12) + struct.pack("<Iii", 40, width, -height) + bytes(28)


def jpeg_head(width: int, height: int) -> bytes:
    return b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc0\0\x11\x08" + struct.pack(">HH", height, width) + bytes(12)


def webp_head(width: int, height: int) -> bytes:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + sides


def _often(piece: bytes, begin: bytes = b"", end: bytes = b"") -> bytes:
    """So many of a piece that it fills the size."""
    return begin + piece * ((SIZE - len(begin) - len(end)) // len(piece)) + end


def _nested(times: int) -> bytes:
    body = _often(b"1,", b"[", b"1]")
    for _ in range(times):
        body = gzip.compress(body)
    return body


_MANY = SIZE.to_bytes(4, "big")

WORST: dict[str, bytes] = {
    "JSON numbers": _often(b"1,", b"[", b"1]"),
    "JSON empties": _often(b"{},", b"[", b"1]"),
    "JSON members": _often(b'{"":0},', b"[", b"1]"),
    "JSON names with escapes": _often(b'"\\n":1,', b"{", b'"":1}'),
    "JSON strings with escapes": _often(b'"\\n",', b"[", b"1]"),
    "JSON one string": _often(b"x", b'["', b'"]'),
    "JSON one string of escapes": _often(b"\\n", b'["', b'"]'),
    "backslashes": _often(b"\\", b'"', b'"'),
    "open brackets": _often(b"["),
    "open strings": _often(b'["'),
    "white space": _often(b" ", b"[", b"]"),
    "only white space": _often(b"\n"),
    "commas": _often(b",", b"["),
    "XML begins": _often(b"<a>"),
    "XML open": _often(b"<", b"<?xml?>"),
    "XML names": _often(b"<a ", b"<?xml?>"),
    "XML marks": _often(b"?", b"<?xml "),
    "XML flat": _often(b"<a/>", b"<?xml?>"),
    "msgpack numbers": _often(b"\0", b"\xdd" + _MANY),
    "msgpack map": _often(b"\xa0\0", b"\xdf" + _MANY),
    "msgpack texts": _often(b"\xa1\xff", b"\xdd" + _MANY),
    "msgpack deep": _often(b"\x91"),
    "msgpack wide and deep": _often(b"\xdd" + _MANY),
    "CBOR numbers": _often(b"\0", b"\x9a" + _MANY),
    "CBOR floats": _often(b"\xf9\x3e\x01", b"\x9f"),
    "CBOR tags": _often(b"\xc1"),
    "CBOR deep": _often(b"\x9f"),
    "CBOR pieces": _often(b"\x7f" + b"\x60" * 1000 + b"\xff", b"\x9f"),
    "CBOR map": _often(b"\x60\0", b"\xbf"),
    "gzip bomb": gzip.compress(bytes(50_000_000)),
    "gzip of JSON": gzip.compress(b"[" + b"1," * 20_000_000),
    "gzip of nothing": _often(gzip.compress(b"")),
    "gzip four times": _nested(4),
    "zstd bomb": zstd.compress(bytes(50_000_000)),
    "zstd of nothing": _often(zstd.compress(b"")),
    "zlib bomb": zlib.compress(bytes(50_000_000)),
    "base64": base64.b64encode(random.Random(1).randbytes(SIZE * 3 // 4)),
    "base64 of the same": _often(b"A"),
    "quoted": _often(b"\\n", b'"', b'"'),
    "JPEG padding": _often(b"\xff", b"\xff\xd8"),
    "JPEG segments": _often(b"\xff\xe0\0\2", b"\xff\xd8"),
    "zeros": bytes(SIZE),
    "chance": random.Random(2).randbytes(SIZE),
    "latin-1": _often("é b c d e".encode("latin-1")),
    "utf-16": ("é" * (SIZE // 2)).encode("utf-16"),
    "combining": ("e" + "\u0301" * (SIZE // 2 - 1)).encode(),
}
"""Bodies of 256 KiB, or that say they are, by what they are made against."""
