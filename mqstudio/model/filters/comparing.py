"""Tests of one value, made from an operator and what it is compared with. MISSING never gets here."""

import operator
from collections.abc import Callable
from typing import Any, Final

from mqstudio.model import limits
from mqstudio.model.filters.fields import ORDERING, STATES, FieldKind, Operator
from mqstudio.model.filters.literals import Literal, plain_number
from mqstudio.model.patterns import new_pattern

Test = Callable[[Any], bool]
"""Any: what a field may hold."""

_COMPARE: Final[dict[Operator, Callable[[Any, Any], bool]]] = {
    Operator.EQUAL: operator.eq,
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.MORE: operator.gt,
    Operator.AT_LEAST: operator.ge,
}
_PLAIN: Final = {FieldKind.NUMBER, FieldKind.SIZE, FieldKind.DURATION}


def encoded(text: str) -> bytes:
    """A text as it is in bodies; halves of characters, which are in none, as something that is in none."""
    return text.encode("utf-8", "surrogatepass")


def test_of(kind: FieldKind, asked: Operator, values: tuple[Literal, ...]) -> Test:
    """A test of a field's value; times and bodies have their own ways."""
    if asked is Operator.EXISTS:
        return lambda _: True
    if asked is Operator.BETWEEN:
        low = test_of(kind, Operator.AT_LEAST, values[:1])
        high = test_of(kind, Operator.AT_MOST, values[1:])
        return lambda value: low(value) and high(value)
    if asked is Operator.IN:
        return _in(kind, values)
    return _one(kind, asked, values[0])


def _in(kind: FieldKind, values: tuple[Literal, ...]) -> Test:
    if kind in {FieldKind.TEXT, FieldKind.STATE}:
        texts = frozenset(_text(kind, each) for each in values)
        return lambda value: value in texts
    tests = [_one(kind, Operator.EQUAL, each) for each in values]
    return lambda value: any(test(value) for test in tests)


def _text(kind: FieldKind, literal: Literal) -> str:
    return STATES[literal.raw.lower()].value if kind is FieldKind.STATE else literal.raw


def _one(kind: FieldKind, asked: Operator, literal: Literal) -> Test:
    if kind in _PLAIN:
        compare, number = _COMPARE[asked], literal.number
        return lambda value: compare(value, number)
    if kind is FieldKind.FLAG:
        flag = literal.flag
        return lambda value: value is flag
    if asked in ORDERING:
        return _ordering(_COMPARE[asked], literal)
    match asked:
        case Operator.CONTAINS:
            return _contains(literal)
        case Operator.STARTS | Operator.ENDS:
            return _at_an_end(literal, is_start=asked is Operator.STARTS)
        case Operator.MATCHES:
            return _matches(literal)
        case _ if kind is FieldKind.ANY:
            return equal_to_any(literal)
    text = _text(kind, literal)
    return lambda value: value == text


def equal_to_any(literal: Literal) -> Test:
    """Whether a value of any type is what is written: as it is, or as a number, or as true, false, null."""
    raw, bytes_, number = literal.raw, encoded(literal.raw), literal.number
    flag, is_null = literal.flag, literal.is_null
    if literal.unit == "time":
        number = None

    def test(value: Any) -> bool:  # Any: JSON, or what headers hold
        kind = type(value)
        if kind is str:
            return value == raw or (number is not None and plain_number(value) == number)
        if kind is int or kind is float:
            return number is not None and bool(value == number)
        if kind is bool:
            return value is flag
        if value is None:
            return is_null
        return kind is bytes and value == bytes_

    return test


def _ordering(compare: Callable[[Any, Any], bool], literal: Literal) -> Test:
    """Numbers with numbers, also those that are written as text; texts with texts, as they sort."""
    number, raw = literal.number, literal.raw
    if number is None or literal.unit == "time":
        return lambda value: type(value) is str and compare(value, raw)

    def test(value: Any) -> bool:  # Any: as above
        kind = type(value)
        if kind is int or kind is float:
            return compare(value, number)
        if kind is not str:
            return False
        counted = plain_number(value)
        return counted is not None and compare(counted, number)

    return test


def _contains(literal: Literal) -> Test:
    """Of texts a part, of lists an item, of tables a name."""
    raw, bytes_ = literal.raw, encoded(literal.raw)
    is_item = equal_to_any(literal)

    def test(value: Any) -> bool:  # Any: as above
        if isinstance(value, str | dict):
            return raw in value
        if isinstance(value, list):
            return any(is_item(each) for each in value)
        return isinstance(value, bytes) and bytes_ in value

    return test


def _at_an_end(literal: Literal, *, is_start: bool) -> Test:
    raw, bytes_ = literal.raw, encoded(literal.raw)

    def test(value: Any) -> bool:  # Any: as above
        if isinstance(value, str):
            return value.startswith(raw) if is_start else value.endswith(raw)
        if isinstance(value, bytes):
            return value.startswith(bytes_) if is_start else value.endswith(bytes_)
        return False

    return test


def _matches(literal: Literal) -> Test:
    search = new_pattern(literal.raw).search

    def test(value: Any) -> bool:  # Any: as above
        if isinstance(value, bytes):
            value = value[: limits.FILTER_MATCH_CHARACTERS].decode("utf-8", "replace")
        return isinstance(value, str) and search(value[: limits.FILTER_MATCH_CHARACTERS])

    return test


def body_test(asked: Operator, values: tuple[Literal, ...]) -> Test:
    """A test of a body's bytes as text."""
    if asked in {Operator.EQUAL, Operator.IN}:
        bodies = frozenset(encoded(each.raw) for each in values)
        return lambda body: body in bodies
    return test_of(FieldKind.ANY, asked, values)
