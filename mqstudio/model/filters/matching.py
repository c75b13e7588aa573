"""Makes a test of a filter: a closure over a `Subject`.

What is cheap is asked first. That changes nothing but the time it takes, since asking changes nothing and
always has an answer.
"""

from collections.abc import Callable, Iterator
from datetime import tzinfo
from typing import Any, Final

from mqstudio.model.filters import tree
from mqstudio.model.filters.comparing import Test, body_test, encoded, test_of
from mqstudio.model.filters.fields import FIELDS, PATH_COST, PROPERTY_COST, FieldKind, Operator
from mqstudio.model.filters.paths import MISSING, Steps, follow
from mqstudio.model.filters.readers import READERS, Reader, everything_said
from mqstudio.model.filters.subject import Subject

Matcher = Callable[[Subject], bool]
"""A compiled filter."""

_Costed = tuple[int, Matcher]

_SCAN_COST: Final = 10
_ANYWHERE_COST: Final = 30
_MATCH_COST: Final = 60

_OF_TEXTS: Final = {Operator.EQUAL, Operator.CONTAINS, Operator.STARTS, Operator.ENDS}
_WRITTEN_OTHERWISE: Final = frozenset('"\\\ufffd') | {chr(code) for code in range(0x20)}
"""Characters that JSON escapes, and the one that stands for bytes that are no text."""


def compile_filter(node: tree.Node, now_us: int, zone: tzinfo | None = None) -> Matcher:
    """Make a filter's test. `now_us`, `zone`: when and where it is asked, for times of the clock."""
    return Compiler(now_us, zone).costed(node)[1]


class Compiler:
    """Compiles nodes, with what they cost."""

    def __init__(self, now_us: int, zone: tzinfo | None) -> None:
        self._now_us = now_us
        self._zone = zone

    def costed(self, node: tree.Node) -> _Costed:
        """A node's cost and its test."""
        match node:
            case tree.All(parts):
                return _all([self.costed(part) for part in parts])
            case tree.Any(parts):
                return _any([self.costed(part) for part in parts])
            case tree.Not(part):
                cost, test = self.costed(part)
                return cost, lambda subject: not test(subject)
            case tree.Anywhere(text, counts_case):
                return _ANYWHERE_COST, _anywhere(text, counts_case=counts_case)
            case tree.Ask():
                return self._asked(node)
            case tree.Known(number):
                bit = 1 << number
                return 0, lambda subject: bool(subject.answers & bit)

    def _asked(self, ask: tree.Ask) -> _Costed:
        field = FIELDS[ask.field]
        cost = field.cost + (_MATCH_COST if ask.operator is Operator.MATCHES else 0)
        if ask.path:
            kind, read = FieldKind.ANY, _by_path(ask.field, ask.path)
            cost += PATH_COST if ask.field == "body" else 1
        else:
            kind, read = field.kind, READERS[ask.field]
        if ask.field == "headers" or field.cost == PROPERTY_COST:
            read = _if_in_properties(read, evidence(ask))
        elif ask.path:
            read = _if_in_body(read, evidence(ask))
        if kind is FieldKind.TIME:
            test = self._time_test(ask)
            if ask.operator is Operator.LAST:
                return cost, _last(read, ask)
        elif kind is FieldKind.BODY:
            test = body_test(ask.operator, ask.values)
        else:
            test = test_of(kind, ask.operator, ask.values)
        return cost, _tested(read, test, is_not=ask.is_not)

    def _time_test(self, ask: tree.Ask) -> Test:
        """A time lasts as long as it is written: `10:30` a minute, a date a day."""
        spans = []
        for literal in ask.values:
            if literal.moment is not None:
                at_us = literal.moment.at_us(self._now_us, self._zone)
                spans.append((at_us, at_us + literal.moment.width_us))
        match ask.operator:
            case Operator.EXISTS | Operator.LAST:
                return lambda _: True
            case Operator.EQUAL | Operator.IN:
                return lambda at_us: any(start <= at_us < end for start, end in spans)
            case Operator.LESS:
                return lambda at_us: bool(at_us < spans[0][0])
            case Operator.AT_MOST:
                return lambda at_us: bool(at_us < spans[0][1])
            case Operator.MORE:
                return lambda at_us: bool(at_us >= spans[0][1])
            case Operator.AT_LEAST:
                return lambda at_us: bool(at_us >= spans[0][0])
            case _:  # between
                return lambda at_us: bool(spans[0][0] <= at_us < spans[1][1])


def _tested(read: Callable[[Subject], Any], test: Test, *, is_not: bool) -> Matcher:
    """Any: what fields hold."""
    if is_not:

        def differs(subject: Subject) -> bool:
            value = read(subject)
            return value is not MISSING and not test(value)

        return differs

    def fits(subject: Subject) -> bool:
        value = read(subject)
        return value is not MISSING and test(value)

    return fits


def _last(read: Callable[[Subject], Any], ask: tree.Ask) -> Matcher:
    width = ask.values[0].number

    def fits(subject: Subject) -> bool:
        at_us = read(subject)
        return at_us is not MISSING and (subject.now_us - at_us <= width) is not ask.is_not

    return fits


def _by_path(field: str, path: Steps) -> Callable[[Subject], Any]:
    if field == "body":
        return lambda subject: subject.in_body(path)
    name, rest = path[0], path[1:]
    if not isinstance(name, str):
        return lambda _: MISSING
    raw = encoded(name)
    if not rest:
        return lambda subject: subject.header(name, raw)
    return lambda subject: follow(subject.header(name, raw), rest)


def evidence(ask: tree.Ask) -> tuple[bytes, ...]:
    """What must be in the bytes of the properties, or of the body, or the answer is no.

    Names and texts stand there as they are: headers of all formats have them so, and JSON, where it escapes
    nothing. Numbers can be written in many ways, and so can what is asked with `not`.
    """
    texts = [step for step in ask.path if isinstance(step, str) and not step.isdecimal()]
    if ask.operator in _OF_TEXTS and not ask.is_not:
        (literal,) = ask.values
        is_text = literal.number is None and literal.flag is None and not literal.is_null
        if is_text or not ask.path:
            texts.append(literal.raw)
    return tuple(encoded(text) for text in texts if text and not _WRITTEN_OTHERWISE & set(text))


def _if_in_properties(read: Reader, needed: tuple[bytes, ...]) -> Reader:
    if not needed:
        return read

    def read_if(subject: Subject) -> Any:
        properties = subject.message.properties
        for each in needed:
            if each not in properties:
                return MISSING
        return read(subject)

    return read_if


def _if_in_body(read: Reader, needed: tuple[bytes, ...]) -> Reader:
    if not needed:
        return read

    def read_if(subject: Subject) -> Any:
        body = subject.message.body
        for each in needed:
            if each not in body and b"\\" not in body:
                return MISSING
        return read(subject)

    return read_if


def _anywhere(text: str, *, counts_case: bool) -> Matcher:
    if counts_case:
        whole = encoded(text)

        def exactly(subject: Subject) -> bool:
            message = subject.message
            return (
                text in message.routing_key
                or whole in message.body
                or (whole in message.properties and any(text in each for each in everything_said(subject)))
            )

        return exactly
    small = text.lower()
    bytes_ = encoded(small)

    def roughly(subject: Subject) -> bool:
        message = subject.message
        if small in message.routing_key.lower():
            return True
        if small.isascii():
            if bytes_ in message.body.lower():
                return True
            if bytes_ not in message.properties.lower():
                return False
        elif small in message.body.decode("utf-8", "replace").lower():
            return True
        return any(small in each.lower() for each in everything_said(subject))

    return roughly


def _all(parts: list[_Costed]) -> _Costed:
    cost, tests = _ordered(parts)
    if len(tests) == 2:
        first, second = tests
        return cost, lambda subject: first(subject) and second(subject)
    return cost, lambda subject: all(test(subject) for test in tests)


def _any(parts: list[_Costed]) -> _Costed:
    cost, tests = _ordered(parts)
    if len(tests) == 2:
        first, second = tests
        return cost, lambda subject: first(subject) or second(subject)
    return cost, lambda subject: any(test(subject) for test in tests)


def _ordered(parts: list[_Costed]) -> tuple[int, list[Matcher]]:
    cheap_first = sorted(parts, key=lambda part: part[0])
    return sum(cost for cost, _ in parts), [test for _, test in cheap_first]


def asks_of(node: tree.Node) -> Iterator[tree.Ask | tree.Anywhere]:
    """All questions in a filter."""
    match node:
        case tree.All(parts) | tree.Any(parts):
            for part in parts:
                yield from asks_of(part)
        case tree.Not(part):
            yield from asks_of(part)
        case tree.Ask() | tree.Anywhere():
            yield node


def asks_about(node: tree.Node, *fields: str) -> bool:
    """Whether a filter asks about one of these fields."""
    return any(isinstance(ask, tree.Ask) and ask.field in fields for ask in asks_of(node))
