"""What bodies say, read with care: RabbitMQ's errors for what is missing or of a wrong type."""

from typing import Any

from mqstudio.model.topology import Arguments
from mqstudio.protocols.management.answers import BadRequestError, Json

_FLAGS = {True: True, False: False, "true": True, "false": False, "": False}


def need(asked: dict[str, Json], *keys: str) -> None:
    """Raises: BadRequestError if any of these is missing."""
    missing = [f"{{key_missing,{key}}}" for key in keys if key not in asked]
    if missing:
        raise BadRequestError("bad_request", f"[{','.join(missing)}]")


def flag(asked: dict[str, Json], key: str) -> bool:
    """A boolean, perhaps as text; false if it is missing. Raises: BadRequestError."""
    value = asked.get(key, False)
    if isinstance(value, bool | str) and value in _FLAGS:
        return _FLAGS[value]
    raise BadRequestError("bad_request", ["not_boolean", value])


def table(asked: dict[str, Json], key: str = "arguments") -> Arguments:
    """A table of arguments; {} if it is missing or an empty list. Raises: BadRequestError."""
    value = asked.get(key) or {}
    if not isinstance(value, dict):
        raise BadRequestError("bad_request", f"'{key}' must be an object: names and values.")
    return value


def words(asked: dict[str, Json], key: str) -> tuple[str, ...]:
    """Words in a list, or in a text with commas; () if they are missing. Raises: BadRequestError."""
    value = asked.get(key) or []
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadRequestError("bad_request", f"'{key}' must be a list of texts, or a text with commas.")
    return tuple(each.strip() for each in value if each.strip())


def text(asked: dict[str, Json], key: str, default: str = "") -> str:
    """A text; numbers are written out. Raises: BadRequestError for what is neither."""
    value = asked.get(key, default)
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise BadRequestError("bad_request", f"'{key}' must be a text.")


def whole(value: Any) -> int:  # Any: what JSON has
    """A whole number, perhaps as text. Raises: BadRequestError."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    raise BadRequestError("bad_request", ["not_integer", value])
