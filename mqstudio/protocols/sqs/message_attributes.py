"""Message attributes: named values with a type, which may carry a label (`Number.int`).

Source: AWS's rules for message attributes; `docs/protocols/sqs.md`, section 4.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from mqstudio.protocols.sqs.errors import SqsError, invalid

ATTRIBUTES_MAX: Final = 10
NAME_MAX: Final = 256
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_OUTSIDE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no text in SQS may hold."""


class Attribute(Struct, frozen=True):
    """A value and its type, with the label: bytes for `Binary`, text for `String` and `Number`."""

    kind: str
    value: str | bytes

    @property
    def size(self) -> int:
        """What it counts for, without its name."""
        value = self.value if isinstance(self.value, bytes) else self.value.encode()
        return len(self.kind.encode()) + len(value)

    def as_json(self) -> dict[str, str]:
        """As an answer has it."""
        if isinstance(self.value, bytes):
            return {"BinaryValue": base64.b64encode(self.value).decode(), "DataType": self.kind}
        return {"StringValue": self.value, "DataType": self.kind}


def is_text(text: str) -> bool:
    """Whether all characters of a text may be sent."""
    return _OUTSIDE.search(text) is None


def read(given: object, whose: str = "user") -> dict[str, Attribute]:
    """The message attributes of a request. Raises: SqsError."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise invalid("MessageAttributes must be a map.")
    if len(given) > ATTRIBUTES_MAX:
        says = f"Number of message attributes [{len(given)}] exceeds the allowed maximum [{ATTRIBUTES_MAX}]."
        raise invalid(says)
    return {name: _read_one(name, each, whose) for name, each in given.items()}


def _read_one(name: str, given: object, whose: str) -> Attribute:
    called = f"Message ({whose}) attribute '{name:.80}'"
    lower = name.lower()
    if not _NAME.fullmatch(name) or len(name) > NAME_MAX or name[0] == "." or name[-1] == "." or ".." in name:
        raise invalid(
            f"{called} is no name: use A-Z, a-z, 0-9, _, -, and . between them, at most {NAME_MAX}."
        )
    if whose == "user" and lower.startswith(("aws.", "amazon.")):
        raise invalid(f"{called} begins with a prefix that AWS keeps for itself.")
    if not isinstance(given, dict):
        raise invalid(f"{called} must be a structure with a DataType and a value.")
    kind = given.get("DataType")
    if not isinstance(kind, str) or not kind:
        raise invalid(f"{called} must contain a non-empty message attribute type.")
    base, dot, label = kind.partition(".")
    if base not in ("String", "Number", "Binary") or (dot and not label) or len(kind) > NAME_MAX:
        says = "The type of message attribute is invalid. You must use only the following supported type "
        says += "prefixes: Binary, Number, String."
        raise invalid(f"{called} has an invalid message attribute type, '{kind:.80}'. {says}")
    value = _value(called, base, given)
    return Attribute(kind, value)


def _value(called: str, base: str, given: Mapping[str, Any]) -> str | bytes:
    raw = given.get("BinaryValue" if base == "Binary" else "StringValue")
    if not raw:
        raise invalid(f"{called} must contain a non-empty value of type '{base}'.")
    if base == "Binary":
        if isinstance(raw, bytes):
            return raw
        try:
            return base64.b64decode(raw, validate=True)
        except (binascii.Error, ValueError, TypeError):
            raise invalid(f"{called} is not in base64.") from None
    if not isinstance(raw, str):
        raise invalid(f"{called} must contain a non-empty value of type '{base}'.")
    if not is_text(raw):
        raise SqsError("InvalidMessageContents", f"{called} contains characters outside the allowed set.")
    if base == "Number" and not _NUMBER.fullmatch(raw):
        raise invalid(
            f"Can't cast the value of message ({called[9 : called.index(')')]}) attribute to a number."
        )
    return raw


def select(attributes: Mapping[str, Attribute], wanted: object) -> dict[str, Attribute]:
    """Those that a receiver asks for: by name, `All`, or `foo.*` for all that begin so."""
    names = [each for each in wanted if isinstance(each, str)] if isinstance(wanted, list) else []
    if not names:
        return {}
    if "All" in names or ".*" in names:
        return dict(attributes)
    prefixes = tuple(each[:-2] for each in names if each.endswith(".*"))
    return {
        name: each
        for name, each in attributes.items()
        if name in names or (prefixes and name.startswith(prefixes))
    }
