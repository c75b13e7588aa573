"""Two messages side by side: what they say of themselves, and their bodies line by line."""

import difflib
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from enum import StrEnum

from msgspec import Struct

from mqstudio.model.message import Properties
from mqstudio.model.rows import MessageDetail
from mqstudio.viewmodel.code.python import header_value
from mqstudio.viewmodel.words import tr

COMPARED_BYTES = 256 * 1024
"""Of each body so much is compared: what is beyond would take a person, and a window, too long."""

LINES_MAX = 2_000
"""Lines of a body that are compared."""

HEX_WIDTH = 16


class Kind(StrEnum):
    """How a line of one compares with that of the other."""

    SAME = "same"
    CHANGED = "changed"
    LEFT = "left"
    RIGHT = "right"
    HEADING = "heading"


class Line(Struct, frozen=True):
    """A line on both sides; name: what it is of, "" in a body."""

    kind: Kind
    name: str
    left: str
    right: str


class Comparison(Struct, frozen=True):
    """All lines, and in how many the two differ. is_cut: bodies go on beyond what was compared."""

    lines: list[Line]
    differences: int
    is_cut: bool


def compare(left: MessageDetail, right: MessageDetail) -> Comparison:
    """Compare two messages."""
    lines = [
        Line(Kind.HEADING, tr("Message"), "", ""),
        *_pairs(_about(left), _about(right)),
        Line(Kind.HEADING, tr("Properties"), "", ""),
        *_pairs(_properties(left.properties), _properties(right.properties)),
        Line(Kind.HEADING, tr("Headers"), "", ""),
        *_pairs(_headers(left.properties), _headers(right.properties)),
        Line(Kind.HEADING, tr("Body"), "", ""),
        *_bodies(body_lines(left.body), body_lines(right.body)),
    ]
    differences = sum(line.kind not in (Kind.SAME, Kind.HEADING) for line in lines)
    is_cut = any(len(each.body) > COMPARED_BYTES or each.row.size_bytes > len(each.body)
                 for each in (left, right))  # fmt: skip
    return Comparison(lines, differences, is_cut)


def _about(detail: MessageDetail) -> dict[str, str]:
    row = detail.row
    return {
        tr("exchange"): row.exchange,
        tr("routing key"): row.routing_key,
        tr("size"): f"{row.size_bytes:,} B",
    }


def _properties(properties: Properties) -> dict[str, str]:
    names = [name for name in Properties.__struct_fields__ if name != "headers"]
    said = {name: getattr(properties, name) for name in names}
    return {name: str(value) for name, value in said.items() if value is not None}


def _headers(properties: Properties) -> dict[str, str]:
    return {
        header.name: f"{header.value if header.kind == 'string' else header_value(header)}  ({header.kind})"
        for header in properties.headers or ()
    }


def _pairs(left: dict[str, str], right: dict[str, str]) -> Iterator[Line]:
    for name in [*left, *(name for name in right if name not in left)]:
        one, other = left.get(name), right.get(name)
        if one is None or other is None:
            yield Line(Kind.RIGHT if one is None else Kind.LEFT, name, one or "", other or "")
        else:
            yield Line(Kind.SAME if one == other else Kind.CHANGED, name, one, other)


def body_lines(body: bytes) -> list[str]:
    """A body in lines: JSON spread out with its keys in order, text as it is, bytes as hex."""
    head = body[:COMPARED_BYTES]
    try:
        text = head.decode()
    except UnicodeDecodeError:
        steps = range(0, len(head), HEX_WIDTH)
        return [f"{at:08x}  {head[at : at + HEX_WIDTH].hex(' ')}" for at in steps][:LINES_MAX]
    with suppress(ValueError, RecursionError):  # no JSON, or cut off: it is compared as it is
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False, sort_keys=True)
    return text.splitlines()[:LINES_MAX]


def _bodies(left: Sequence[str], right: Sequence[str]) -> Iterator[Line]:
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=True)
    for what, one, one_end, other, other_end in matcher.get_opcodes():
        for place in range(max(one_end - one, other_end - other)):
            here = left[one + place] if one + place < one_end else None
            there = right[other + place] if other + place < other_end else None
            if what == "equal":
                kind = Kind.SAME
            elif here is None or there is None:
                kind = Kind.RIGHT if here is None else Kind.LEFT
            else:
                kind = Kind.CHANGED
            yield Line(kind, "", here or "", there or "")
