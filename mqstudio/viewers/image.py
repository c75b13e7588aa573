"""Bodies as pictures: what their heads say of them. Only the window decodes pixels, never too many."""

import struct
from collections.abc import Callable
from typing import Final

from mqstudio.model.limits import PICTURE_PIXELS_MAX
from mqstudio.viewers.base import Hints, Picture, UnreadableError, View

SEGMENTS_MAX: Final = 200
"""Segments of a JPEG that are looked through for its size."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_NO_FRAME: Final = (0xC4, 0xC8, 0xCC)
"""Among JPEG's start-of-frame markers, those that are not."""

_ALONE: Final = (0x01, *range(0xD0, 0xD9))
"""Markers without a length."""


class ImageViewer:
    """Shows PNG, JPEG, GIF, WebP and BMP."""

    title = "Image"
    reads_text = False
    rank = 60

    def suits(self, body: bytes, hints: Hints, *, is_whole: bool) -> bool:
        """What has the magic bytes of one of them."""
        return _format(body) != ""

    def view(self, body: bytes, *, is_whole: bool) -> View:
        """Format and size in words, and as what the window may draw."""
        name = _format(body)
        if not name:
            raise UnreadableError("it is no PNG, JPEG, GIF, WebP or BMP")
        try:
            width, height = _SIZES[name](body)
        except (struct.error, IndexError) as error:
            raise UnreadableError(f"its head is not as {name} has it") from error
        if not (width > 0 and height > 0):
            raise UnreadableError(f"its head says that it is {width} × {height} pixels large")
        text = f"{name}, {width:,} × {height:,} pixels"
        if width * height > PICTURE_PIXELS_MAX:
            most = PICTURE_PIXELS_MAX // 1_000_000
            return View(
                f"{text}\n\nIt is not drawn: more than {most} million pixels would take too much memory."
            )
        if not is_whole:
            return View(f"{text}\n\nIt is drawn once all of it is loaded.")
        return View(text, picture=Picture(name, width, height))


def _format(body: bytes) -> str:
    if body.startswith(_PNG):
        return "PNG"
    if body.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if body.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return "WebP"
    return "BMP" if body.startswith(b"BM") and body[6:10] == bytes(4) and len(body) >= 26 else ""


def _png(body: bytes) -> tuple[int, int]:
    return struct.unpack_from(">II", body, 16)


def _gif(body: bytes) -> tuple[int, int]:
    return struct.unpack_from("<HH", body, 6)


def _bmp(body: bytes) -> tuple[int, int]:
    if struct.unpack_from("<I", body, 14)[0] == 12:  # OS/2's head
        return struct.unpack_from("<HH", body, 18)
    width, height = struct.unpack_from("<ii", body, 18)
    return width, abs(height)


def _webp(body: bytes) -> tuple[int, int]:
    kind = body[12:16]
    if kind == b"VP8X":
        return int.from_bytes(body[24:27], "little") + 1, int.from_bytes(body[27:30], "little") + 1
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", body, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", body, 26)
    return width & 0x3FFF, height & 0x3FFF


def _jpeg(body: bytes) -> tuple[int, int]:
    at = 2
    for _ in range(SEGMENTS_MAX):
        marker = body[at + 1]
        if body[at] != 0xFF:
            break
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            height, width = struct.unpack_from(">HH", body, at + 5)
            return width, height
        if marker == 0xFF:  # padding
            at += 1
        elif marker in _ALONE:
            at += 2
        else:
            at += 2 + struct.unpack_from(">H", body, at + 2)[0]
    raise IndexError(at)


_SIZES: Final[dict[str, Callable[[bytes], tuple[int, int]]]] = {
    "PNG": _png, "JPEG": _jpeg, "GIF": _gif, "WebP": _webp, "BMP": _bmp,
}  # fmt: skip

VIEWER = ImageViewer()
