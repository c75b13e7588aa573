"""What a patch's values come to, for one message."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from mqstudio.model.filters.paths import MISSING
from mqstudio.model.limits import CHANGE_MAX_BYTES
from mqstudio.model.patching.tree import Call, Expression, PatchError, Ref, Sum, Value

NUMBER_BITS: Final = 1024
"""Whole numbers beyond are no numbers that anybody meant; so long ones cost time to write."""

Finder = Callable[[Ref], Any]
"""What is at a path of the message, or MISSING. Any: JSON, or what headers hold."""


class Function(Struct, frozen=True):
    """A function that patches may use: how many values it takes, what it does with them."""

    counts: tuple[int, int]
    work: Callable[..., Any]  # Any: JSON


def evaluate(expression: Expression, find: Finder) -> Any:  # Any: JSON
    """What an expression comes to. Raises: PatchError."""
    found = _value(expression, find)
    if found is MISSING:
        raise PatchError(f"There is no {expression}. Write default({expression}, …) for where it is missing.")
    return found


def _value(expression: Expression, find: Finder) -> Any:  # Any: JSON or MISSING
    match expression:
        case Value(value):
            return value
        case Ref():
            return find(expression)
        case Call("default", (wanted, otherwise)):
            found = _value(wanted, find)
            return evaluate(otherwise, find) if found is MISSING or found is None else found
        case Call(name, values):
            return FUNCTIONS[name].work(*(evaluate(each, find) for each in values))
        case Sum(sign, left, right):
            return _sum(sign, evaluate(left, find), evaluate(right, find))


def _sum(sign: str, left: Any, right: Any) -> Any:  # Any: JSON
    if sign == "+" and isinstance(left, str) and isinstance(right, str):
        return _fitting(left + right)
    first, second = _number(left), _number(right)
    if sign in "/%" and second == 0:
        raise PatchError("Nothing can be divided by 0.")
    results: dict[str, Callable[[], int | float]] = {
        "+": lambda: first + second,
        "-": lambda: first - second,
        "*": lambda: first * second,
        "/": lambda: first / second,
        "%": lambda: first % second,
    }
    try:
        return _finite(results[sign]())
    except OverflowError as error:
        raise PatchError("The result is too large a number.") from error


def _number(value: Any) -> int | float:  # Any: JSON
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _finite(value)
    raise PatchError(f"{_shown(value)} is no number. number(…) makes one of a text.")


def _text(value: Any) -> str:  # Any: JSON
    if isinstance(value, str):
        return value
    raise PatchError(f"{_shown(value)} is no text. text(…) makes one of a number.")


def _shown(value: Any) -> str:  # Any: JSON
    kind = {dict: "An object", list: "A list", bool: "true or false", type(None): "null"}.get(type(value))
    return kind or f"{value!r:.40}"


def _finite(number: int | float) -> int | float:
    is_fine = math.isfinite(number) if isinstance(number, float) else number.bit_length() <= NUMBER_BITS
    if not is_fine:
        raise PatchError("The result is too large a number.")
    return number


def _fitting(text: str) -> str:
    if len(text) > CHANGE_MAX_BYTES:
        raise PatchError("The text that comes of it is too long.")
    return text


def _to_number(value: Any) -> int | float:  # Any: JSON
    if isinstance(value, str):
        text = value.strip()
        try:
            return _finite(int(text)) if text.lstrip("+-").isdecimal() else _finite(float(text))
        except ValueError as error:
            raise PatchError(f"{value!r:.40} is no number.") from error
    return _number(value)


def _to_text(value: Any) -> str:  # Any: JSON
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return value if isinstance(value, str) else str(_number(value))


def _round(value: Any, places: Any = 0) -> int | float:  # Any: JSON
    digits = _number(places)
    if not isinstance(digits, int) or not -15 <= digits <= 15:
        raise PatchError("round takes a number of places from -15 to 15.")
    return round(_number(value), digits) if digits > 0 else int(round(_number(value), digits))


def _replace(text: Any, old: Any, new: Any) -> str:  # Any: JSON
    where, what, by = _text(text), _text(old), _text(new)
    if not what:
        raise PatchError("replace needs a text to look for.")
    if len(where) + where.count(what) * len(by) > CHANGE_MAX_BYTES:
        raise PatchError("The text that comes of it is too long.")
    return where.replace(what, by)


def _length(value: Any) -> int:  # Any: JSON
    if isinstance(value, str | list | dict):
        return len(value)
    raise PatchError(f"{_shown(value)} has no length.")


FUNCTIONS: Final[Mapping[str, Function]] = {
    "abs": Function((1, 1), lambda value: abs(_number(value))),
    "default": Function((2, 2), lambda *_: None),  # see `_value`: the second may not be needed
    "len": Function((1, 1), _length),
    "lower": Function((1, 1), lambda value: _text(value).lower()),
    "max": Function((1, 9), lambda *values: max(map(_number, values))),
    "min": Function((1, 9), lambda *values: min(map(_number, values))),
    "number": Function((1, 1), _to_number),
    "replace": Function((3, 3), _replace),
    "round": Function((1, 2), _round),
    "text": Function((1, 1), _to_text),
    "trim": Function((1, 1), lambda value: _text(value).strip()),
    "upper": Function((1, 1), lambda value: _text(value).upper()),
}
