"""What commands print: tables and sentences for people, JSON for programs.

Names and bodies come from strangers. Whatever could move the cursor, ring the bell or turn the
writing round is shown as an escape.
"""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click
import msgspec

LAYOUT = frozenset("\n\t")


def printable(text: str, *, keep: frozenset[str] = frozenset()) -> str:
    """Escape every character that is not visible (control, format, private, odd space)."""
    return "".join(c if c.isprintable() or c in keep else _escape(c) for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()


def thinned(one_in: int) -> str:
    """That the ledger has passed over some of what is asked about."""
    return f"The disk was too slow for all: of transient messages among these one in {one_in:,} was recorded."


def print_json(value: object) -> None:
    """Print one JSON document on one line; bytes are base64."""
    click.echo(msgspec.json.encode(value).decode())


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print aligned columns: numbers to the right, all else to the left."""
    cells = [[printable(str(value)) for value in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(headings, *cells, strict=True)]
    is_number = [all(isinstance(value, int) for value in column) for column in zip(*rows, strict=True)]
    for line in (headings, *cells):
        padded = (
            _pad(cell, width, to_right=right)
            for cell, width, right in zip(line, widths, is_number, strict=True)
        )
        click.echo("  ".join(padded).rstrip())


def _pad(text: str, width: int, *, to_right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if to_right else text + space


def _width(text: str) -> int:
    """Columns on a terminal: East Asian wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def clock_time(at_us: int) -> str:
    """Local time of day with milliseconds."""
    return datetime.fromtimestamp(at_us / 1e6).strftime("%H:%M:%S.%f")[:-3]


def date_time(at_us: int) -> str:
    """Local date and time."""
    return datetime.fromtimestamp(at_us / 1e6).strftime("%Y-%m-%d %H:%M:%S")


def counted(count: int, noun: str) -> str:
    """`1 message`, `2 messages`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def as_text(body: bytes) -> str | None:
    """The body as text, if it is UTF-8."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def header_value(value: Any) -> Any:  # Any: JSON-like, see model.message.Header
    """A header's value for people: nested headers as a map or a list."""
    if isinstance(value, list):
        nested = {h.name: header_value(h.value) for h in value}
        return nested if any(nested) else [header_value(h.value) for h in value]
    return value
