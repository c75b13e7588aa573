"""Whether what a filter asks can be asked: fields there are, operators they know, values they can have."""

from difflib import get_close_matches
from typing import Final

from mqstudio.model.filters.fields import (
    ALLOWED,
    BY_ALIAS,
    HINTS,
    ORDERING,
    STATES,
    WITH_PATHS,
    FieldKind,
    Operator,
    kind_of,
)
from mqstudio.model.filters.literals import Literal, plain_number
from mqstudio.model.filters.paths import Steps, read_path
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.filters.tokens import Token
from mqstudio.model.filters.tree import Ask
from mqstudio.model.patterns import new_pattern

_NAME_SHOWN: Final = 40


def field_at(token: Token) -> tuple[str, Steps]:
    """The field that a word names, and the path into it. Raises: FilterError."""
    text = token.text
    end = min(at for at in (text.find("."), text.find("["), len(text)) if at >= 0)
    name = text[:end]
    field = BY_ALIAS.get(name.lower())
    if field is None:
        raise FilterError(
            f"There is no field '{name[:_NAME_SHOWN]}'.", token.start, max(1, end), _instead(name)
        )
    if end == len(text):
        return field.name, ()
    if field.name not in WITH_PATHS:
        raise FilterError(
            f"'{field.name}' has no parts.",
            token.start + end,
            len(text) - end,
            f"Write {field.name} alone; only headers and body have parts.",
        )
    return field.name, read_path(text, end, token.start)


def _instead(name: str) -> str:
    near = get_close_matches(name[:_NAME_SHOWN].lower(), BY_ALIAS, 1, cutoff=0.7)
    if near:
        return f"Did you mean {near[0]}?"
    if plain_number(name) is not None:
        return "A field comes first: body.total > 100."
    if name.isidentifier():
        return f"Values in bodies are body.{name}, headers are headers.{name}; words to look for need quotes."
    return "Put quotes around texts to look for."


def checked(ask: Ask, sign: Token, tokens: list[Token]) -> None:
    """Raises: FilterError if a field of this kind cannot be asked that, or has no such value."""
    kind = kind_of(BY_ALIAS[ask.field], has_path=bool(ask.path))
    if ask.operator not in ALLOWED[kind]:
        can = ", ".join(sorted(ALLOWED[kind]))
        raise FilterError(
            f"'{ask.field}' is {_article(kind)}, which has no {ask.operator}.",
            sign.start,
            sign.end - sign.start,
            f"It knows: {can}.",
        )
    for literal, token in zip(ask.values, tokens, strict=True):
        problem = _problem(ask, kind, literal)
        if problem is not None:
            raise FilterError(problem[0], token.start, max(1, token.end - token.start), problem[1])


def _article(kind: FieldKind) -> str:
    return {FieldKind.BODY: "a text", FieldKind.FLAG: "yes or no", FieldKind.ANY: "a value"}.get(
        kind, f"a {kind}"
    )


def _problem(ask: Ask, kind: FieldKind, literal: Literal) -> tuple[str, str] | None:
    """What is wrong with a value, and what would work; None if nothing is."""
    if ask.operator is Operator.MATCHES:
        try:
            new_pattern(literal.raw)
        except ValueError as error:
            return str(error), ""
        return None
    if ask.operator is Operator.LAST:
        kind = FieldKind.DURATION
    elif kind is FieldKind.ANY and ask.operator in ORDERING | {Operator.BETWEEN}:
        return _problem_of_order(literal)
    if _is_possible(kind, literal):
        return None
    return f"'{literal.raw[:_NAME_SHOWN]}' is no {kind}." if kind is not FieldKind.FLAG else (
        f"'{ask.field}' is true or false."
    ), HINTS[kind]


def _problem_of_order(literal: Literal) -> tuple[str, str] | None:
    if literal.unit == "time":
        return "What a message says has no unit of time.", "Write the number as the message has it."
    if literal.flag is not None or literal.is_null:
        return f"Nothing is more or less than {literal.raw}.", "Ask with == or !=."
    return None


def _is_possible(kind: FieldKind, literal: Literal) -> bool:
    number = literal.number
    match kind:
        case FieldKind.STATE:
            return literal.raw.lower() in STATES
        case FieldKind.FLAG:
            return literal.flag is not None
        case FieldKind.NUMBER:
            return number is not None and not literal.unit
        case FieldKind.SIZE:
            return number is not None and literal.unit != "time"
        case FieldKind.DURATION:
            return number is not None and (literal.unit == "time" or number == 0)
        case FieldKind.TIME:
            return literal.moment is not None
        case _:
            return True
