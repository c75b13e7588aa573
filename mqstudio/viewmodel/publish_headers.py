"""Headers as typed: every type there is, what its text has to be, and how it is read and written."""

import math
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from mqstudio.model.limits import SHORT_TEXT_BYTES, TABLE_DEPTH, TABLE_FIELDS_MAX
from mqstudio.model.message import Header
from mqstudio.viewmodel.publish_draft import HeaderDraft, Problem
from mqstudio.viewmodel.wording import plain
from mqstudio.viewmodel.words import tr

_Reader = Callable[[str], Any]  # Any: whatever a Header of that kind holds
_DIGITS_MAX = 40
_SCALE_MAX = 255
_DECIMAL_BITS = 31


def whole(low: int, high: int) -> Callable[[str], int]:
    """Reads a whole number within bounds. The reader raises: ValueError."""

    def read(text: str) -> int:
        stripped = text.strip()
        if len(stripped) > _DIGITS_MAX or not re.fullmatch(r"[+-]?[0-9]+", stripped):
            raise ValueError
        number = int(stripped)
        if not low <= number <= high:
            raise ValueError
        return number

    return read


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text.strip().casefold()]


def _number(text: str) -> float:
    if "_" in text:
        raise ValueError
    return float(text)


def _single(text: str) -> float:
    number = _number(text)
    if math.isfinite(number):
        struct.pack(">f", number)  # OverflowError if it has no room
    return number


def _decimal(text: str) -> str:
    """A decimal's text: 32 bits of digits, a scale of 8 (AMQP 0-9-1 §4.2.5.5)."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError from None
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or not -_SCALE_MAX <= exponent <= _DECIMAL_BITS or len(digits) > 10:
        raise ValueError
    size = int("".join(map(str, digits))) * 10 ** max(exponent, 0)
    if size > 2**_DECIMAL_BITS - (0 if sign else 1):
        raise ValueError
    return text.strip()


def read_timestamp(text: str) -> int:
    """Seconds since 1970, or a date and time. Raises: ValueError."""
    stripped = text.strip()
    if re.fullmatch(r"[0-9]{1,20}", stripped):
        return whole(0, 2**64 - 1)(stripped)
    at = datetime.fromisoformat(stripped)
    seconds = int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
    return whole(0, 2**64 - 1)(str(seconds))


_INTS = {
    f"{sign}int{bits}": (low, low + 2**bits - 1)
    for bits in (8, 16, 32, 64)
    for sign, low in (("", -(2 ** (bits - 1))), ("u", 0))
    if (sign, bits) != ("u", 64)
}
"""The least and the most of each."""

_WANTS = {
    "string": "any text",
    "bool": "true or false",
    "int64": "a whole number",
    "float": "a number that a 32-bit float can hold",
    "double": "a number",
    "decimal": "digits with a point, up to 2147483647 without it, such as 12.50",
    "timestamp": "seconds since 1970, or a time such as 2026-11-24T18:30:00Z",
    "bytes": "pairs of hex digits, such as 00ff",
    "table": "headers of its own",
    "list": "values of its own",
    "null": "nothing",
}

HEADER_KINDS: dict[str, _Reader] = {
    "string": str,
    "bool": _boolean,
    **{kind: whole(low, high) for kind, (low, high) in _INTS.items()},
    "float": _single,
    "double": _number,
    "decimal": _decimal,
    "timestamp": read_timestamp,
    "bytes": bytes.fromhex,
    "table": lambda text: None,
    "list": lambda text: None,
    "null": lambda text: None,
}
"""Header kinds, all there are, and how the text of each is read."""


def wants(kind: str) -> str:
    """What the text of a header of this kind has to be."""
    if kind in _WANTS:
        return tr(_WANTS[kind])
    low, high = _INTS[kind]
    return tr("a whole number from {low} to {high}", low=f"{low:,}", high=f"{high:,}")


NESTED = ("table", "list")


def read_header(draft: HeaderDraft) -> Header:
    """A header of what was typed. Raises: ValueError, KeyError, OverflowError."""
    if draft.kind in NESTED:
        is_list = draft.kind == "list"
        items = [read_header(each) for each in (draft.items if is_list else named(draft.items))]
        if is_list:
            items = [Header("", each.kind, each.value) for each in items]
        return Header(draft.name, draft.kind, items)
    return Header(draft.name, draft.kind, HEADER_KINDS[draft.kind](draft.text))


def write_header(header: Header) -> HeaderDraft:
    """What one would type for a header; reading it gives the same again."""
    if header.kind in NESTED:
        items = tuple(write_header(each) for each in header.value or ())
        return HeaderDraft(header.name, header.kind, "", items)
    return HeaderDraft(header.name, header.kind, _written(header.kind, header.value))


def _written(kind: str, value: Any) -> str:  # Any: by kind
    if kind == "bool":
        return "true" if value else "false"
    if kind == "bytes":
        return bytes(value or b"").hex(" ")
    return "" if kind == "null" else str(value)


def named(headers: Sequence[HeaderDraft]) -> list[HeaderDraft]:
    """Without lines that nothing was typed into."""
    return [each for each in headers if each != HeaderDraft()]


def walk(
    headers: Sequence[HeaderDraft], path: tuple[int, ...] = ()
) -> Iterator[tuple[tuple[int, ...], HeaderDraft]]:
    """All headers, nested ones after those they are in, with the way to each."""
    for place, each in enumerate(headers):
        yield (*path, place), each
        if each.kind in NESTED:
            yield from walk(each.items, (*path, place))


def header_field(path: tuple[int, ...]) -> str:
    """What problems call a header's field."""
    return ".".join(("headers", *map(str, path)))


def header_problems(headers: Sequence[HeaderDraft]) -> list[Problem]:
    """What is wrong with headers, each named."""
    found = []
    for count, (path, each) in enumerate(walk(headers), 1):
        says = ""
        if count > TABLE_FIELDS_MAX:
            says = tr("There are more than {most} headers.", most=f"{TABLE_FIELDS_MAX:,}")
        elif len(path) > TABLE_DEPTH:
            says = tr("Tables are nested deeper than {most}.", most=TABLE_DEPTH)
        else:
            says = _problem(path, each, is_item=_is_item(headers, path))
        if says:
            found.append(Problem(header_field(path), says))
            if count > TABLE_FIELDS_MAX:
                break
    return found


def _is_item(headers: Sequence[HeaderDraft], path: tuple[int, ...]) -> bool:
    """Whether it stands in a list, where nothing has a name."""
    return len(path) > 1 and header_at(headers, path[:-1]).kind == "list"


def _problem(path: tuple[int, ...], header: HeaderDraft, *, is_item: bool) -> str:
    number = path[-1] + 1
    if not header.name and not is_item:
        if header == HeaderDraft():
            return ""
        return tr("Header {number} has a value but no name.", number=number)
    if len(header.name.encode(errors="surrogatepass")) > SHORT_TEXT_BYTES:
        return tr(
            "The name of header {number} has more than {most} bytes.", number=number, most=SHORT_TEXT_BYTES
        )
    if header.kind not in HEADER_KINDS:
        return tr("There is no type {kind}.", kind=plain(header.kind, 40))
    try:
        HEADER_KINDS[header.kind](header.text)
        header.text.encode()
    except (ValueError, KeyError, OverflowError):
        shown = plain(header.name, 40) or str(number)
        return tr("Header {name} is {wants}.", name=shown, wants=wants(header.kind))
    return ""


def header_at(headers: Sequence[HeaderDraft], path: tuple[int, ...]) -> HeaderDraft:
    """The header that a path leads to."""
    first, *rest = path
    return header_at(headers[first].items, tuple(rest)) if rest else headers[first]


def with_header(
    headers: Sequence[HeaderDraft], path: tuple[int, ...], made: HeaderDraft | None
) -> list[HeaderDraft]:
    """The headers with another one at a path: in place of what is there, or added behind; None removes."""
    first, *rest = path
    found = list(headers)
    if rest:
        old = found[first]
        found[first] = HeaderDraft(
            old.name, old.kind, old.text, tuple(with_header(old.items, tuple(rest), made))
        )
    elif made is None:
        del found[first]
    else:
        found[first : first + 1] = [made]
    return found
