"""Paths into headers and bodies of JSON: `total`, `lines[0].sku`, `["unit price"]`."""

import re
from typing import Any, Final

from mqstudio.model.filters.problems import FilterError
from mqstudio.model.filters.tokens import QUOTES, quoted, quoted_at

Steps = tuple[str | int, ...]
"""Names in tables, places in lists (negative: from the end)."""


class Missing:
    """What is where a path leads nowhere; there is one of it."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()

_PLAIN_NAME: Final = re.compile(r"[^\W\d][\w\-$@]*")
_PLACE: Final = re.compile(r"\[(-?\d{1,9})\]")
_NAME: Final = re.compile(r"[^.\[\]]+")
PATH_STEPS_MAX: Final = 32
"""Deeper is refused: nobody would find it again."""


def read_path(text: str, start: int, offset: int = 0) -> Steps:
    """The steps from `start` on, where a `.` or a `[` is. `offset`: where the text is in a filter.

    Raises: FilterError.
    """
    steps: list[str | int] = []
    at = start
    while at < len(text):
        step, end = _step_at(text, at, offset)
        steps.append(step)
        at = end
    if len(steps) > PATH_STEPS_MAX:
        raise FilterError(
            f"This path has more than {PATH_STEPS_MAX} steps.", offset, len(text), "Look for a part of it."
        )
    return tuple(steps)


def _step_at(text: str, at: int, offset: int) -> tuple[str | int, int]:
    place = _PLACE.match(text, at)
    if place is not None:
        return int(place[1]), place.end()
    if text[at] == "[" and text[at + 1 : at + 2] in tuple(QUOTES):
        name, end = quoted_at(text, at + 1)
        if text[end : end + 1] == "]":
            return name, end + 1
    elif text[at] == ".":
        if text[at + 1 : at + 2] in tuple(QUOTES):
            return quoted_at(text, at + 1)
        found = _NAME.match(text, at + 1)
        if found is not None:
            return found[0], found.end()
    raise FilterError(
        "This path cannot be read here.",
        offset + at,
        len(text) - at,
        'Paths look like body.lines[0].sku or headers["odd name"].',
    )


def write_path(steps: Steps) -> str:
    """Steps as `read_path` reads them."""
    return "".join(_written(step) for step in steps)


def _written(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_NAME.fullmatch(step) else f"[{quoted(step)}]"


def follow(value: Any, steps: Steps) -> Any:  # Any: JSON, or what headers hold
    """Where a path leads from a value; MISSING if nowhere. A name of digits may be a place in a list."""
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step, MISSING) if isinstance(step, str) else MISSING
        elif isinstance(value, list):
            value = _item(value, step)
        else:
            return MISSING
    return value


def _item(values: list[Any], step: str | int) -> Any:  # Any: as above
    if isinstance(step, str):
        if not (step.isascii() and step.isdecimal() and len(step) < 10):
            return MISSING
        step = int(step)
    return values[step] if -len(values) <= step < len(values) else MISSING
