"""What a table shows of its rows: one description per column, free of Qt."""

from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import Struct

Row = TypeVar("Row")


class Column(Struct, Generic[Row], frozen=True):
    """A column: its heading, its first width in pixels, and how a row reads in it at a time.

    `text(row, now_us)`; `tip` the same for what shows on hover. `is_live`: the text ticks with time.
    `says`: what it shows, in a few words, for who chooses columns.
    """

    key: str
    title: str
    width: int
    text: Callable[[Row, int], str]
    is_right: bool = False
    is_mono: bool = False
    is_live: bool = False
    tip: Callable[[Row], str] | None = None
    says: str = ""
