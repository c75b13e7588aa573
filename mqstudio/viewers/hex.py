"""Bodies as bytes: offset, eight bytes, and what of them can be read."""

from typing import Final

from mqstudio.viewers.base import View

LINE_BYTES: Final = 8
"""Eight fit beside a message table; sixteen would scroll sideways."""

SHOWN_BYTES: Final = 64 * 1024
"""Bytes shown; a hex view is for looking at the beginning."""


class HexViewer:
    """Shows any bytes."""

    title = "Hex"
    chain = "bytes"
    rank = 0

    def accepts(self, body: bytes, *, is_whole: bool) -> bool:
        """Everything is bytes."""
        return True

    def view(self, body: bytes, *, is_whole: bool) -> View:
        """Lines of a hex dump."""
        shown = body[:SHOWN_BYTES]
        lines = [
            _line(offset, shown[offset : offset + LINE_BYTES]) for offset in range(0, len(shown), LINE_BYTES)
        ]
        note = f"the first {SHOWN_BYTES // 1024} KiB" if len(body) > SHOWN_BYTES else ""
        return View("\n".join(lines), note=note, has_columns=True)


def _line(offset: int, part: bytes) -> str:
    letters = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in part)
    return f"{offset:06x}  {part.hex(' '):<23}  {letters}"


VIEWER = HexViewer()
