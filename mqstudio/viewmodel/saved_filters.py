"""Filters with a name, and those used last; one list for all pages, kept with the workspace."""

import msgspec
from msgspec import Struct

from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.words import tr

SAVED_MAX = 200
"""Saved filters; a further one is refused."""

HISTORY_MAX = 50
"""Filters remembered as used; the oldest go first."""


class SavedFilter(Struct, frozen=True):
    """A filter and what it is called."""

    name: str
    text: str


class _Kept(Struct, frozen=True):
    saved: list[SavedFilter] = []
    history: list[str] = []


class SavedFilters:
    """changed(): another one is saved, or one is gone, or one was used."""

    def __init__(self) -> None:
        self.saved: list[SavedFilter] = []
        self.history: list[str] = []
        """Used last, the latest first."""
        self.changed = Signal()

    def name_of(self, text: str) -> str:
        """What a filter is called; "" if it is not saved."""
        return next((each.name for each in self.saved if each.text == text), "")

    def save(self, name: str, text: str) -> str:
        """Save a filter by a name, which may be in use: then it is replaced. Why not, "" if it is saved."""
        others = [each for each in self.saved if name != each.name and each.text != text]
        if not name.strip():
            return tr("Give it a name.")
        if len(others) >= SAVED_MAX:
            return tr(
                "{saved_max} filters are saved; that is the most. Remove one first.", saved_max=SAVED_MAX
            )
        self.saved = sorted([*others, SavedFilter(name.strip(), text)], key=lambda each: each.name.casefold())
        self.changed.emit()
        return ""

    def remove(self, text: str) -> None:
        """Save a filter no longer."""
        self.saved = [each for each in self.saved if each.text != text]
        self.changed.emit()

    def note_use(self, text: str) -> None:
        """A filter was used."""
        if text:
            self.history = [text, *(each for each in self.history if each != text)][:HISTORY_MAX]
            self.changed.emit()

    def to_text(self) -> str:
        """As it is kept."""
        return msgspec.json.encode(_Kept(self.saved, self.history)).decode()

    def restore(self, text: str) -> None:
        """Take what was kept; nothing of what is none."""
        try:
            kept = msgspec.json.decode(text, type=_Kept)
        except (msgspec.MsgspecError, UnicodeError):
            return
        self.saved, self.history = kept.saved[:SAVED_MAX], kept.history[:HISTORY_MAX]
        self.changed.emit()
