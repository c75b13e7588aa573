"""Bodies as bytes: offset, eight bytes, and what of them can be read."""

import re
from typing import Final

from mqstudio.viewers.base import Hints, View

LINE_BYTES: Final = 8
"""Eight fit beside a message table; sixteen would scroll sideways."""

SHOWN_BYTES: Final = 64 * 1024
"""Bytes shown; a hex view is for looking at the beginning."""

_UNREADABLE: Final = re.compile(r"[^ -~]")


class HexViewer:
    """Shows any bytes."""

    title = "Hex"
    reads_text = False
    rank = 0

    def suits(self, body: bytes, hints: Hints, *, is_whole: bool) -> bool:
        """Everything is bytes."""
        return True

    def view(self, body: bytes, *, is_whole: bool) -> View:
        """Lines of a hex dump."""
        shown = body[:SHOWN_BYTES]
        digits = shown.hex(" ")
        letters = _UNREADABLE.sub("·", shown.decode("latin-1"))
        lines = [
            f"{offset:06x}  {digits[3 * offset : 3 * (offset + LINE_BYTES) - 1]:<23}  "
            f"{letters[offset : offset + LINE_BYTES]}"
            for offset in range(0, len(shown), LINE_BYTES)
        ]
        note = f"the first {SHOWN_BYTES // 1024} KiB" if len(body) > SHOWN_BYTES else ""
        return View("\n".join(lines), note=note, has_columns=True)


VIEWER = HexViewer()
