"""Which columns a table of messages shows, in which order and how wide: one layout a queue, remembered.

A column is known by its key: one of `message_columns`, or a field as filters name it, such as
`headers.tenant` or `body.lines[0].sku`. What nobody changed follows the layout for all queues.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from mqstudio.model import limits
from mqstudio.model.filters import tree
from mqstudio.model.filters.fields import WITH_PATHS
from mqstudio.model.filters.paths import write_path
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.filters.syntax import parse
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.words import tr

WIDTH_MIN: Final = 40
WIDTH_MAX: Final = 2_000
PATH_WIDTH: Final = 110


class TimeStyle(StrEnum):
    """How the time of a message is told."""

    ABSOLUTE = "absolute"
    RELATIVE = "relative"
    SINCE_PREVIOUS = "since_previous"


class Place(Struct, frozen=True):
    """A column and its width, in pixels for text of the usual size."""

    key: str
    width: int


class Layout(Struct, frozen=True):
    """Columns from left to right; the last one takes what is left."""

    places: tuple[Place, ...]
    time: TimeStyle = TimeStyle.ABSOLUTE

    @property
    def keys(self) -> list[str]:
        """The columns without their widths."""
        return [each.key for each in self.places]


class _Kept(Struct, frozen=True):
    usual: Layout | None = None
    queues: dict[str, Layout] = {}


class TableLayouts:
    """The layouts of all tables. changed(): something is to be kept."""

    def __init__(self, first: Sequence[Place]) -> None:
        self.changed = Signal()
        self._first = Layout(tuple(first))
        self._usual: Layout | None = None
        self._kept: dict[str, Layout] = {}

    @property
    def usual(self) -> Layout:
        """The layout of queues whose own nobody changed."""
        return self._usual or self._first

    def layout(self, name: str) -> Layout:
        """The layout of a queue."""
        return self._kept.get(name, self.usual)

    def keep(self, name: str, layout: Layout) -> None:
        """Remember a queue's layout; those changed longest ago are forgotten."""
        self._kept.pop(name, None)
        self._kept[name] = layout
        while len(self._kept) > limits.LAYOUTS_KEPT:
            del self._kept[next(iter(self._kept))]
        self.changed.emit()

    def forget(self, name: str) -> None:
        """Let a queue follow the usual layout again."""
        self._kept.pop(name, None)
        self.changed.emit()

    def make_usual(self, name: str) -> None:
        """Use a queue's layout for all queues."""
        self._usual = self.layout(name)
        self._kept.clear()
        self.changed.emit()

    def to_text(self) -> str:
        """As it is kept."""
        return msgspec.json.encode(_Kept(self._usual, self._kept)).decode()

    def restore(self, text: str) -> None:
        """Take what was kept; nothing of what is none."""
        try:
            kept = msgspec.json.decode(text, type=_Kept)
        except (msgspec.MsgspecError, UnicodeError):
            return
        self._usual = _sound(kept.usual) if kept.usual is not None else None
        found = {name: _sound(layout) for name, layout in kept.queues.items()}
        self._kept = {name: layout for name, layout in found.items() if layout is not None}
        self.changed.emit()


def _sound(layout: Layout) -> Layout | None:
    """A layout that can be shown: columns once each, of widths that fit."""
    seen: dict[str, Place] = {}
    for each in layout.places[: limits.COLUMNS_MAX]:
        seen.setdefault(each.key, Place(each.key, min(max(each.width, WIDTH_MIN), WIDTH_MAX)))
    return replace(layout, places=tuple(seen.values())) if seen else None


class TableLayout:
    """The layout of one queue's table. changed(): columns came, went or moved, or times are told otherwise.

    Widths change without it: who drags a column's edge sees what happens.
    """

    def __init__(
        self, layouts: TableLayouts, vhost: str, queue: str, width_of: Callable[[str], int | None]
    ) -> None:
        self.changed = Signal()
        self._layouts = layouts
        self._name = f"{vhost}\n{queue}"
        self._width_of = width_of
        self._seen = self.layout
        layouts.changed.connect(self._on_kept)

    @property
    def layout(self) -> Layout:
        """As it is now."""
        return self._layouts.layout(self._name)

    @property
    def keys(self) -> list[str]:
        """The columns from left to right."""
        return self.layout.keys

    def _on_kept(self) -> None:
        before, self._seen = self._seen, self.layout
        if (before.keys, before.time) != (self._seen.keys, self._seen.time):
            self.changed.emit()

    def show(self, key: str, at: int | None = None) -> str:
        """Have a column too, at a place or behind the others; why not, "" if it is there."""
        places = list(self.layout.places)
        if key in self.keys:
            return ""
        if len(places) >= limits.COLUMNS_MAX:
            return tr("{count} columns are shown; that is the most. Hide one first.", count=len(places))
        width = self._width_of(key)
        places.insert(len(places) if at is None else at, Place(key, PATH_WIDTH if width is None else width))
        self._keep(places)
        return ""

    def hide(self, key: str) -> bool:
        """Have a column no longer; one always stays."""
        places = [each for each in self.layout.places if each.key != key]
        if not places:
            return False
        self._keep(places)
        return True

    def move(self, old: int, new: int) -> None:
        """Put the column at one place to another."""
        places = list(self.layout.places)
        places.insert(new, places.pop(old))
        self._keep(places)

    def set_width(self, key: str, width: int) -> None:
        """Remember how wide a column was made."""
        width = min(max(width, WIDTH_MIN), WIDTH_MAX)
        places = [Place(key, width) if each.key == key else each for each in self.layout.places]
        if tuple(places) != self.layout.places:
            self._keep(places)

    def tell_time(self, style: TimeStyle) -> None:
        """Tell times otherwise."""
        self._layouts.keep(self._name, replace(self.layout, time=style))

    def add_field(self, text: str, at: int | None = None) -> str:
        """Have a column of a field as filters name it, or of a path into the body; why not, "" if there."""
        key, problem = field_of(text)
        return problem or self.show(key, at)

    def reset(self) -> None:
        """Show the usual columns again."""
        self._layouts.forget(self._name)

    def make_usual(self) -> None:
        """Show these columns for all queues."""
        self._layouts.make_usual(self._name)

    def _keep(self, places: Sequence[Place]) -> None:
        self._layouts.keep(self._name, replace(self.layout, places=tuple(places)))


def field_of(text: str) -> tuple[str, str]:
    """A field as filters write it, and why the text is none: `total` and `body.total` are one.

    Paths are looked for in the body where they do not begin with a field.
    """
    text = text.strip()
    ask = _asked(text)
    if ask is None and text:
        ask = _asked(f"body{text}" if text.startswith("[") else f"body.{text}")
    if ask is None:
        return "", tr("This is no field. Fields are such as message_id, headers.tenant or body.lines[0].sku.")
    if ask.field in WITH_PATHS and not ask.path:
        return "", tr("Say what of it: {field}.name", field=ask.field)
    return f"{ask.field}{write_path(ask.path)}", ""


def _asked(text: str) -> tree.Ask | None:
    try:
        node = parse(f"{text} exists")
    except FilterError:
        return None
    return node if isinstance(node, tree.Ask) else None
