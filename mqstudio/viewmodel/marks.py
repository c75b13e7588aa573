"""Marks that a person puts on messages: a star or a colour, and a comment; kept with the workspace.

A mark belongs to a message's id and the moment it was published: ids begin anew with one that keeps none.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from mqstudio.model import limits
from mqstudio.model.rows import MessageRow
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import plain
from mqstudio.viewmodel.words import tr

MARKS_MAX = 5_000
"""Marks that are kept; the oldest go first, and it is told."""

COMMENT_MAX_CHARACTERS = 2_000

STAR = 0
COLOURS = 7


COLOUR_WORDS = ("starred", "red", "amber", "green", "blue", "violet", "pink", "grey")
"""What marks are called, by their numbers."""


class Mark(Struct, frozen=True):
    """A mark: STAR or a colour from 1 to 7, and a comment."""

    colour: int = STAR
    comment: str = ""


class Marks:
    """The marks by message. changed(): some did."""

    def __init__(self, notices: Notices) -> None:
        self.changed = Signal()
        self._notices = notices
        self._marks: dict[str, Mark] = {}

    def of(self, row: MessageRow) -> Mark | None:
        """The mark on a message, None if there is none."""
        return self._marks.get(_key(row))

    def says(self, row: MessageRow) -> str:
        """The mark on a message in words; "" if there is none."""
        mark = self.of(row)
        if mark is None:
            return ""
        title = tr(COLOUR_WORDS[mark.colour])
        return tr("{mark}: {comment}", mark=title, comment=plain(mark.comment)) if mark.comment else title

    def where(self) -> str:
        """A filter that finds what is marked; of too many for one, those marked last. "" if nothing is.

        Marks are the window's own: the broker, which filters, knows messages by their ids.
        """
        ids: list[str] = []
        room = limits.FILTER_CHARACTERS - len("id in ()")
        for key in reversed(self._marks):
            message_id = key.partition(":")[0]
            room -= len(message_id) + len(", ")
            if room < 0:
                break
            ids.append(message_id)
        return f"id in ({', '.join(sorted(set(ids), key=int))})" if ids else ""

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._marks)

    def toggle(self, rows: Sequence[MessageRow], colour: int) -> None:
        """Mark messages; those that all have this mark lose it."""
        have = [self.of(row) for row in rows]
        is_off = all(mark is not None and mark.colour == colour for mark in have)
        for row, mark in zip(rows, have, strict=True):
            if is_off:
                self._marks.pop(_key(row), None)
            else:
                self._put(row, Mark(colour, mark.comment if mark is not None else ""))
        self.changed.emit()

    def comment(self, rows: Sequence[MessageRow], text: str) -> None:
        """Put a comment on messages; an empty one takes it off."""
        for row in rows:
            mark = self.of(row)
            if text or mark is not None:
                self._put(row, Mark(mark.colour if mark is not None else STAR, text[:COMMENT_MAX_CHARACTERS]))
        self.changed.emit()

    def _put(self, row: MessageRow, mark: Mark) -> None:
        key = _key(row)
        self._marks.pop(key, None)  # the latest is the last
        self._marks[key] = mark
        if len(self._marks) > MARKS_MAX:
            del self._marks[next(iter(self._marks))]
            self._notices.tell(
                tr("{most} messages are marked, which is the most: the oldest mark has gone.",
                   most=f"{MARKS_MAX:,}")
            )  # fmt: skip

    def to_text(self) -> str:
        """As they are kept."""
        return msgspec.json.encode(self._marks).decode()

    def restore(self, text: str) -> None:
        """Take what was kept; nothing of what is none."""
        try:
            kept = msgspec.json.decode(text, type=dict[str, Mark])
        except (msgspec.MsgspecError, UnicodeError):
            return
        good = {key: mark for key, mark in kept.items() if STAR <= mark.colour <= COLOURS}
        self._marks = dict(list(good.items())[-MARKS_MAX:])
        self.changed.emit()


def _key(row: MessageRow) -> str:
    return f"{row.message_id}:{row.published_at_us}"
