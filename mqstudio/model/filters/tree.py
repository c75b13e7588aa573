"""What a filter is once it is read."""

from msgspec import Struct

from mqstudio.model.filters.fields import Operator
from mqstudio.model.filters.literals import Literal
from mqstudio.model.filters.paths import Steps, write_path
from mqstudio.model.filters.tokens import quoted


class All(Struct, frozen=True):
    """All of these are so; of none, that is always true."""

    parts: tuple["Node", ...] = ()


class Any(Struct, frozen=True):
    """At least one of these is so."""

    parts: tuple["Node", ...]


class Not(Struct, frozen=True):
    """It is not so."""

    part: "Node"


class Anywhere(Struct, frozen=True):
    """A text occurs in the body, the key, the headers or a property. In quotes, case counts."""

    text: str
    counts_case: bool = False


class Ask(Struct, frozen=True):
    """Something is asked of a field. What is missing is never so, also with `is_not`."""

    field: str
    path: Steps
    operator: Operator
    values: tuple[Literal, ...] = ()
    is_not: bool = False


class Known(Struct, frozen=True):
    """What was answered elsewhere; in no text. See `splitting`."""

    number: int


Node = All | Any | Not | Anywhere | Ask | Known

EVERYTHING = All()
"""The empty filter."""


def fields_of(node: Node) -> frozenset[str]:
    """The fields that a filter asks about; a text that may be anywhere is about the message itself."""
    match node:
        case All(parts) | Any(parts):
            return frozenset().union(*(fields_of(part) for part in parts))
        case Not(part):
            return fields_of(part)
        case Ask(field):
            return frozenset({field})
    return frozenset()


def write(node: Node) -> str:
    """A filter as text that is read as the same."""
    match node:
        case All(parts):
            return " and ".join(_inner(part) for part in parts)
        case Any(parts):
            return " or ".join(_inner(part) for part in parts)
        case Not(part):
            return f"not {_inner(part)}"
        case Anywhere(text, counts_case):
            return quoted(text) if counts_case else text
        case Ask():
            return _asked(node)
        case Known(number):
            return f"answer {number}"


def _inner(node: Node) -> str:
    return f"({write(node)})" if isinstance(node, All | Any) else write(node)


def _asked(ask: Ask) -> str:
    name = ask.field + write_path(ask.path)
    values = [quoted(each.raw) if each.is_quoted else each.raw for each in ask.values]
    is_not = "not " if ask.is_not else ""
    match ask.operator:
        case Operator.EXISTS:
            return f"{name} exists"
        case Operator.EQUAL:
            return f"{name} {'!=' if ask.is_not else '=='} {values[0]}"
        case Operator.IN:
            return f"{name} {is_not}in ({', '.join(values)})"
        case Operator.BETWEEN:
            return f"{name} {is_not}between {values[0]} and {values[1]}"
        case operator:
            return f"{name} {is_not}{operator} {values[0]}"
