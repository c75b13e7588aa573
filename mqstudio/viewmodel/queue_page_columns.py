"""The columns of one queue's table as they are now: from its layout, with how each row reads in them."""

from bisect import bisect_left
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from mqstudio.model.filters.fields import FIELDS
from mqstudio.model.filters.seen import Seen
from mqstudio.model.rows import MessageRow
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.long_rows import LongRows
from mqstudio.viewmodel.marks import Marks
from mqstudio.viewmodel.message_columns import MESSAGE_COLUMNS, OTHER_COLUMNS, PROPERTY_TITLES, SAYS
from mqstudio.viewmodel.message_values import ValueCache, reader
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.table_layout import PATH_WIDTH, Place, TableLayout, TableLayouts, TimeStyle, field_of
from mqstudio.viewmodel.wording import clock, duration, plain, ticking

CARRIED = {column.key: column for column in (*MESSAGE_COLUMNS, *OTHER_COLUMNS)}
"""Columns whose values rows carry."""

SUGGESTIONS_MAX = 50


class Choice(Struct, frozen=True):
    """A column that could be shown."""

    key: str
    title: str
    says: str
    is_shown: bool


def first_places() -> list[Place]:
    """The columns that are shown where nobody chose others."""
    return [Place(column.key, column.width) for column in MESSAGE_COLUMNS]


def usual_width(key: str) -> int | None:
    """The first width of a column; None of one that is looked up."""
    return CARRIED[key].width if key in CARRIED else PATH_WIDTH


class QueueColumns:
    """`columns` from left to right. changed(): they are others, or read otherwise."""

    def __init__(
        self,
        layouts: TableLayouts,
        vhost: str,
        queue: str,
        rows: LongRows[MessageRow],
        values: ValueCache,
    ) -> None:
        self.changed = Signal()
        self.layout = TableLayout(layouts, vhost, queue, usual_width)
        self.columns: list[Column[MessageRow]] = []
        self._rows, self._values = rows, values
        self._marks: Marks | None = None
        self._make()
        self.layout.changed.connect(self._on_layout)

    def _on_layout(self) -> None:
        self._make()
        self.changed.emit()

    def _make(self) -> None:
        self.columns = [self._column(key) for key in self.layout.keys]

    @property
    def fields(self) -> list[str]:
        """The fields that have to be looked up."""
        return [key for key in self.layout.keys if key not in CARRIED]

    def use_marks(self, marks: Marks) -> None:
        """Have a column for what a person has marked."""
        self._marks = marks
        self._on_layout()

    def _column(self, key: str) -> Column[MessageRow]:
        marks = self._marks
        if key == "mark" and marks is not None:
            return replace(CARRIED[key], text=lambda row, _: marks.says(row))
        if key == "time":
            return self._time()
        if key in CARRIED:
            return CARRIED[key]
        read = reader(self._values, key)
        return Column(
            key,
            column_title(key),
            PATH_WIDTH,
            lambda row, _: plain(read(row.message_id)),
            is_mono=key not in PROPERTY_TITLES,
            says=key,
        )

    def _time(self) -> Column[MessageRow]:
        style, column = self.layout.layout.time, CARRIED["time"]
        if style is TimeStyle.RELATIVE:
            return replace(
                column,
                title="Age",
                is_right=True,
                is_live=True,
                text=lambda row, now_us: f"{ticking(now_us - row.published_at_us)} ago",
                tip=lambda row: clock(row.published_at_us),
            )
        if style is TimeStyle.SINCE_PREVIOUS:
            return replace(
                column,
                title="After previous",
                is_right=True,
                text=lambda row, _: self._after_previous(row),
                tip=lambda row: clock(row.published_at_us),
            )
        return column

    def _after_previous(self, row: MessageRow) -> str:
        """How long after the message before it; that one is the row below."""
        rows = self._rows.rows
        place = bisect_left(rows, -row.message_id, key=lambda each: -each.message_id) + 1
        if place >= len(rows):
            return ""
        return f"+{duration(row.published_at_us - rows[place].published_at_us)}"

    def choices(self) -> list[Choice]:
        """All columns there are, those that are shown first."""
        shown = self.layout.keys
        keys = [*shown, *(key for key in (*CARRIED, *PROPERTY_TITLES) if key not in shown)]
        return [Choice(key, column_title(key), column_says(key), key in shown) for key in keys]


def column_title(key: str) -> str:
    """What a column is called; of a path, its end."""
    if key in CARRIED:
        return CARRIED[key].title
    return PROPERTY_TITLES.get(key) or plain(key.removeprefix("body.").removeprefix("headers."), 60)


def column_says(key: str) -> str:
    """What a column shows."""
    if key in CARRIED:
        return SAYS.get(key) or CARRIED[key].says
    return FIELDS[key].says if key in FIELDS else plain(key)


def suggestions(seen: Seen, typed: str, shown: Sequence[str]) -> list[tuple[str, str]]:
    """Fields really seen that could be meant by what is typed, most often seen first; and what they held."""
    wanted = typed.strip().casefold()
    found = [
        (f"{start}{path}", name)
        for start, names in (("body", seen.paths), ("headers", seen.headers))
        for path, name in names.items()
    ]
    fitting = [
        (field, name)
        for field, name in found
        if wanted in field.casefold() and field not in shown and not field_of(field)[1]
    ]
    fitting.sort(key=lambda each: (-each[1].count, each[0]))
    return [
        (field, f"{', '.join(name.types)}: {', '.join(name.values[:3])}".rstrip(": "))
        for field, name in fitting[:SUGGESTIONS_MAX]
    ]
