"""JSON texts in which one value is replaced: all other characters stay as their writer wrote them.

Decoding and encoding the whole would turn 12.50 into 12.5 and lose the lay-out; a patch changes what it
names. So the value's place is found in the text, and only that is cut out.
"""

import json
from typing import Any, Final

from msgspec import Struct

from mqstudio.model.filters.paths import Steps
from mqstudio.model.patching.tree import PatchError

_SPACE: Final = " \t\r\n"


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant)


class _Spot(Struct, frozen=True):
    """A value in the text, or where it would be put: then `is_there` is false.

    begin, end: the value; member: where its name begins (of a list: the value itself). is_first: nothing
    comes before it; inner: where the contents of what surrounds it begin and end.
    """

    begin: int
    end: int
    member: int
    is_there: bool = True
    is_first: bool = True


def decode(text: str) -> Any:  # Any: JSON
    """The whole value. Raises: PatchError."""
    try:
        value, end = _DECODER.raw_decode(text, _skip(text, 0))
    except (ValueError, RecursionError) as error:
        raise PatchError("The body is no JSON.") from error
    if text[end:].strip(_SPACE):
        raise PatchError("The body is no JSON.")
    return value


def put(text: str, steps: Steps, value: Any) -> str:  # Any: JSON
    """The text with this value at a path; a name that an object lacks is added. Raises: PatchError."""
    written = _written(value)
    spot = _find(text, steps)
    if spot.is_there:
        return text[: spot.begin] + written + text[spot.end :]
    name = json.dumps(steps[-1], ensure_ascii=False)
    comma = "" if spot.is_first else ", " if ", " in text or ": " in text else ","
    colon = ": " if ": " in text else ":"
    return f"{text[: spot.begin]}{comma}{name}{colon}{written}{text[spot.begin :]}"


def _written(value: Any) -> str:  # Any: JSON
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
    except UnicodeEncodeError:  # half a character, which only an escape can write
        text = json.dumps(value)
    return text


def remove(text: str, steps: Steps) -> str:
    """The text without what is at a path; where nothing is, as it was. Raises: PatchError."""
    spot = _find(text, steps)
    if not spot.is_there:
        return text
    end = _skip(text, spot.end)
    if text[end] == ",":
        return text[: spot.member] + text[_skip(text, end + 1) :]
    begin = len(text[: spot.member].rstrip(_SPACE))
    return text[: begin - (text[begin - 1] == ",")] + text[spot.end :]


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _find(text: str, steps: Steps) -> _Spot:
    """Where a path leads. Raises: PatchError where what should surround it is missing."""
    decode(text)  # from here on it is known to be JSON
    at = _skip(text, 0)
    spot = _Spot(at, _DECODER.raw_decode(text, at)[1], at)
    for depth, step in enumerate(steps):
        if not spot.is_there:
            raise _no_way(steps[:depth])
        opening = text[spot.begin]
        if opening == "{" and isinstance(step, str):
            spot = _member(text, spot, step)
        elif opening == "[":
            spot = _item(text, spot, step, steps[: depth + 1])
        else:
            raise _no_way(steps[: depth + 1])
    return spot


def _no_way(steps: Steps) -> PatchError:
    shown = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return PatchError(f"${shown} leads nowhere in this body, and cannot be added there.")


def _member(text: str, around: _Spot, name: str) -> _Spot:
    """The last member of that name, as readers take it; else where it would be added."""
    at, found, last_end = _skip(text, around.begin + 1), None, around.begin + 1
    is_first = text[at] == "}"
    while text[at] != "}":
        start = at
        said, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)  # past the colon
        begin = at
        _, at = _DECODER.raw_decode(text, at)
        last_end = at
        if said == name:
            found = _Spot(begin, at, start)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found or _Spot(last_end, last_end, last_end, is_there=False, is_first=is_first)


def _item(text: str, around: _Spot, step: str | int, path: Steps) -> _Spot:
    at = _skip(text, around.begin + 1)
    spots: list[_Spot] = []
    while text[at] != "]":
        begin = at
        _, at = _DECODER.raw_decode(text, at)
        spots.append(_Spot(begin, at, begin))
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    if not isinstance(step, int) or not -len(spots) <= step < len(spots):
        raise _no_way(path)
    return spots[step]
