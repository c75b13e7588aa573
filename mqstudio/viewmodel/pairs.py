"""Arguments as people type them: one `name = value` a line.

A value that reads as JSON is what JSON says (`3`, `true`, `null`, `"3"`); anything else is text as it stands.
"""

import json
from collections.abc import Mapping
from typing import Any

from mqstudio.viewmodel.words import tr

LINES_MAX = 1_000
"""More lines than any declaration has."""


def read_pairs(text: str) -> tuple[dict[str, Any], str]:  # Any: values of arguments
    """Read lines; returns what they say, and what is wrong with the first bad one, "" if nothing."""
    found: dict[str, Any] = {}
    lines = text.splitlines()
    if len(lines) > LINES_MAX:
        return {}, tr(
            "There are {lines} lines; {lines_max} is the most.", lines=len(lines), lines_max=LINES_MAX
        )
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not name:
            return {}, tr("Line {number} is not of the form name = value.", number=number)
        if name in found:
            return {}, tr(
                "Line {number} gives {name} again; once is enough.", number=number, name=f"{name!r:.40}"
            )
        found[name] = _value(value)
    return found, ""


def write_pairs(arguments: Mapping[str, Any]) -> str:
    """Write arguments so that `read_pairs` reads them."""
    return "\n".join(f"{name} = {_text(value)}" for name, value in arguments.items())


def _value(text: str) -> Any:  # Any: see read_pairs
    try:
        value = json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text
    return value


def _text(value: object) -> str:
    if isinstance(value, str) and _value(value) == value and value == value.strip() and value.isprintable():
        return value
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if text.isprintable() else json.dumps(value, default=repr)
