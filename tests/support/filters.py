"""Filters and messages for tests of the filter language, and an evaluator that knows no shortcut."""

import json
from typing import Any

from hypothesis import strategies as st

from mqstudio.model.filters import tree
from mqstudio.model.filters.fields import BY_ALIAS, STATES, FieldKind, Operator, kind_of
from mqstudio.model.filters.literals import Literal, literal_of, plain_number, text_literal
from mqstudio.model.filters.subject import Subject, Waits
from mqstudio.model.message import (
    HUB_FORMAT,
    Header,
    Message,
    Properties,
    decode_properties,
    encode_properties,
    traits,
)
from mqstudio.model.rows import MessageState

NOW_US = 1_700_000_000_000_000
NAMES = ["a", "b", "total", "unit price", "é"]
TEXTS = [
    "",
    "a",
    "eu.new",
    "Eu.New",
    "17",
    "17.0",
    "true",
    "null",
    "red",
    "x y",
    "é",
    '"',
    "\\",
    "not",
    "last",
]

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-20, 20)
    | st.sampled_from([1.5, 17.0, -0.25])
    | st.sampled_from(TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=8,
)
bodies = st.builds(
    lambda value, is_escaped: json.dumps(value, ensure_ascii=is_escaped).encode(), json_values, st.booleans()
) | st.binary(max_size=12)
header_values = st.sampled_from(TEXTS).map(lambda text: ("string", text)) | st.integers(-20, 20).map(
    lambda number: ("int32", number)
)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    headers = draw(st.dictionaries(st.sampled_from(NAMES), header_values, max_size=3))
    properties = Properties(
        headers=[Header(name, kind, value) for name, (kind, value) in headers.items()] or None,
        type=draw(st.none() | st.sampled_from(TEXTS)),
        correlation_id=draw(st.none() | st.sampled_from(TEXTS)),
    )
    return Message(
        draw(st.integers(1, 30)),
        draw(bodies),
        encode_properties(properties),
        draw(st.sampled_from(["", "orders"])),
        draw(st.sampled_from(TEXTS)),
        NOW_US - draw(st.integers(0, 20)) * 1_000_000,
        HUB_FORMAT,
        0,
        traits=traits(priority=draw(st.integers(0, 3))),
    )


@st.composite
def standings(draw: st.DrawFn) -> Waits:
    count = draw(st.integers(0, 3))
    return Waits(
        draw(st.sampled_from(["orders", "mail"])),
        count,
        count > 0,
        draw(st.sampled_from(MessageState)),
        draw(st.sampled_from(["", "shop · a"])),
        ended_because=draw(st.sampled_from(["", "rejected"])),
    )


text_literals = st.sampled_from(TEXTS).map(text_literal)
any_literals = text_literals | st.sampled_from(["17", "1.5", "-3", "true", "null", "red", "a", "0"]).map(
    literal_of
)
LITERALS = {
    FieldKind.TEXT: any_literals,
    FieldKind.BODY: any_literals,
    FieldKind.ANY: any_literals,
    FieldKind.STATE: st.sampled_from(list(STATES)).map(literal_of),
    FieldKind.FLAG: st.sampled_from(["true", "false"]).map(literal_of),
    FieldKind.NUMBER: st.integers(-5, 30).map(lambda number: literal_of(str(number))),
    FieldKind.SIZE: st.sampled_from(["0", "3", "10B", "1KB"]).map(literal_of),
    FieldKind.DURATION: st.sampled_from(["0", "5s", "10s", "1m"]).map(literal_of),
    FieldKind.TIME: st.just("now").map(literal_of),
}
FIELDS = [
    *("state", "key", "exchange", "queue", "size", "age", "priority", "redelivered", "deliveries", "held_by"),
    *("reason", "id", "type", "correlation_id", "headers", "body"),
]
_SIGNS = [Operator.EQUAL, Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST]
_TEXTUAL = [Operator.CONTAINS, Operator.STARTS, Operator.ENDS]
OPERATORS = {
    FieldKind.TEXT: [*_SIGNS, *_TEXTUAL, Operator.IN, Operator.BETWEEN, Operator.EXISTS],
    FieldKind.BODY: [Operator.EQUAL, *_TEXTUAL, Operator.IN],
    FieldKind.STATE: [Operator.EQUAL, Operator.IN],
    FieldKind.FLAG: [Operator.EQUAL],
    FieldKind.NUMBER: [*_SIGNS, Operator.BETWEEN, Operator.IN],
}
for _kind in (FieldKind.SIZE, FieldKind.DURATION):
    OPERATORS[_kind] = OPERATORS[FieldKind.NUMBER]
OPERATORS[FieldKind.ANY] = OPERATORS[FieldKind.TEXT]
ORDERED = {Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST, Operator.BETWEEN}
COUNT = {Operator.BETWEEN: (2, 2), Operator.IN: (1, 3), Operator.EXISTS: (0, 0)}


@st.composite
def asks(draw: st.DrawFn) -> tree.Ask:
    field = BY_ALIAS[draw(st.sampled_from(FIELDS))]
    path: tuple[str | int, ...] = ()
    if field.name == "headers" or (field.name == "body" and draw(st.booleans())):
        steps = st.sampled_from(NAMES) | st.integers(-2, 2)
        path = (draw(st.sampled_from(NAMES)), *draw(st.lists(steps, max_size=2)))
    kind = kind_of(field, has_path=bool(path))
    operator = draw(st.sampled_from(OPERATORS[kind]))
    least, most = COUNT.get(operator, (1, 1))
    literals = LITERALS[kind]
    if kind is FieldKind.ANY and operator in ORDERED:
        literals = literals.filter(lambda each: each.flag is None and not each.is_null)
    values = tuple(draw(st.lists(literals, min_size=least, max_size=most)))
    is_not = operator in {Operator.EQUAL, Operator.IN, Operator.BETWEEN, Operator.CONTAINS} and draw(
        st.booleans()
    )
    return tree.Ask(field.name, path, operator, values, is_not)


@st.composite
def _groups(draw: st.DrawFn, inner: st.SearchStrategy[tree.Node]) -> tree.Node:
    kind = draw(st.sampled_from([tree.All, tree.Any]))
    parts = draw(st.lists(inner.filter(lambda part: not isinstance(part, kind)), min_size=2, max_size=3))
    return kind(tuple(parts))


nodes: st.SearchStrategy[tree.Node] = st.recursive(
    asks()
    | st.sampled_from(["eu", "RED", "17", "é", "or-not"]).map(tree.Anywhere)
    | st.sampled_from([text for text in TEXTS if text]).map(
        lambda text: tree.Anywhere(text, counts_case=True)
    ),
    lambda inner: _groups(inner) | inner.map(tree.Not),
    max_leaves=6,
)


def subject_of(message: Message, standing: Waits) -> Subject:
    return Subject(NOW_US, lambda each: decode_properties(each.properties)).take(message, standing)


# ---- without shortcuts


def naive(node: tree.Node, message: Message, standing: Waits) -> bool:
    """What a filter says of a message, everything decoded and asked anew."""
    match node:
        case tree.All(parts):
            return all([naive(part, message, standing) for part in parts])
        case tree.Any(parts):
            return any([naive(part, message, standing) for part in parts])
        case tree.Not(part):
            return not naive(part, message, standing)
        case tree.Anywhere(text, counts_case):
            return _is_anywhere(text, counts_case, message)
    values = _values(node, message, standing)
    return bool(values) and (node.operator is Operator.EXISTS or _holds(node, values[0])) is not node.is_not


def _is_anywhere(text: str, counts_case: bool, message: Message) -> bool:
    properties = decode_properties(message.properties)
    said = [message.routing_key, message.body.decode("utf-8", "replace"), properties.type or "",
            properties.correlation_id or ""]  # fmt: skip
    for header in properties.headers or ():
        said += [header.name, *([header.value] if isinstance(header.value, str) else [])]
    if counts_case:
        return any(text in each for each in said)
    return any(text.lower() in each.lower() for each in said)


def _values(ask: tree.Ask, message: Message, standing: Waits) -> list[Any]:
    """The field's value, in a list; [] if it is missing."""
    properties = decode_properties(message.properties)
    if ask.field == "headers":
        return _followed({h.name: h.value for h in properties.headers or ()}, ask.path)
    if ask.field == "body" and ask.path:
        try:
            return _followed(json.loads(message.body), ask.path)
        except ValueError:
            return []
    found = {
        "state": standing.state.value, "key": message.routing_key, "exchange": message.exchange,
        "queue": standing.queue or None, "size": len(message.body),
        "age": NOW_US - message.published_at_us, "priority": message.traits.priority,
        "redelivered": standing.is_redelivered, "deliveries": standing.delivery_count,
        "held_by": standing.holder or None, "reason": standing.ended_because or None, "id": message.id,
        "type": properties.type, "correlation_id": properties.correlation_id, "body": message.body,
    }[ask.field]  # fmt: skip
    return [] if found is None else [found]


def _followed(value: Any, path: tuple[str | int, ...]) -> list[Any]:
    for step in path:
        try:
            if not isinstance(value, dict if isinstance(step, str) else list):
                return []
            value = value[step]
        except (KeyError, IndexError):
            return []
    return [value]


def _holds(ask: tree.Ask, value: Any) -> bool:
    kind = kind_of(BY_ALIAS[ask.field], has_path=bool(ask.path))
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    if ask.operator is Operator.BETWEEN:
        low, high = ask.values
        return _compares(kind, Operator.AT_LEAST, value, low) and _compares(
            kind, Operator.AT_MOST, value, high
        )
    if ask.operator is Operator.IN:
        return any(_compares(kind, Operator.EQUAL, value, each) for each in ask.values)
    return _compares(kind, ask.operator, value, ask.values[0])


def _compares(kind: FieldKind, operator: Operator, value: Any, literal: Literal) -> bool:
    match operator:
        case Operator.EQUAL:
            return _is_equal(kind, value, literal)
        case Operator.CONTAINS if isinstance(value, list):
            return any(_is_equal(FieldKind.ANY, each, literal) for each in value)
        case Operator.CONTAINS:
            return isinstance(value, str | dict) and literal.raw in value
        case Operator.STARTS:
            return isinstance(value, str) and value.startswith(literal.raw)
        case Operator.ENDS:
            return isinstance(value, str) and value.endswith(literal.raw)
    wanted: Any = literal.raw
    if literal.number is not None:
        wanted = literal.number
        value = plain_number(value) if isinstance(value, str) else value
    if type(value) is bool or value is None or isinstance(value, str) is not isinstance(wanted, str):
        return False
    if not isinstance(value, str | int | float):
        return False
    return {
        Operator.LESS: value < wanted, Operator.AT_MOST: value <= wanted,
        Operator.MORE: value > wanted, Operator.AT_LEAST: value >= wanted,
    }[operator]  # fmt: skip


def _is_equal(kind: FieldKind, value: Any, literal: Literal) -> bool:
    if kind is FieldKind.STATE:
        return bool(value == STATES[literal.raw].value)
    if value is None:
        return literal.is_null
    if isinstance(value, bool):
        return value is literal.flag
    if isinstance(value, int | float):
        return literal.number is not None and value == literal.number
    if not isinstance(value, str):
        return False
    if value == literal.raw:
        return True
    is_number = kind is FieldKind.ANY and literal.number is not None
    return is_number and plain_number(value) == literal.number
