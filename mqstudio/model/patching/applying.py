"""A patch done to one message: its body and its properties."""

from typing import Any

from msgspec.structs import replace

from mqstudio.model.filters.paths import MISSING, follow
from mqstudio.model.limits import CHANGE_MAX_BYTES
from mqstudio.model.message import Header, Properties, plain_headers
from mqstudio.model.patching import splicing
from mqstudio.model.patching.evaluating import evaluate
from mqstudio.model.patching.tree import Change, Patch, PatchError, Place, Ref

INT32 = range(-(2**31), 2**31)
INT64 = range(-(2**63), 2**63)


def apply_patch(patch: Patch, body: bytes, properties: Properties) -> tuple[bytes, Properties]:
    """What the message says then. Raises: PatchError, where the patch does not fit it."""
    for change in patch.changes:
        body, properties = _apply(change, body, properties)
    if len(body) > CHANGE_MAX_BYTES:
        raise PatchError(f"The body would have {len(body):,} bytes; {CHANGE_MAX_BYTES:,} is the most.")
    return body, properties


def _apply(change: Change, body: bytes, properties: Properties) -> tuple[bytes, Properties]:
    decoded: list[Any] = []  # Any: JSON, once it is needed

    def find(ref: Ref) -> Any:  # Any: JSON, or what headers hold
        if ref.place is Place.HEADER:
            return follow(plain_headers(properties.headers), ref.steps)
        if not decoded:
            decoded.append(splicing.decode(_text(body)))
        return follow(decoded[0], ref.steps)

    target = change.target
    value = MISSING if change.value is None else evaluate(change.value, find)
    if target.place is Place.HEADER:
        return body, _with_header(properties, str(target.steps[0]), value)
    text = _text(body)
    steps = target.steps
    if isinstance(value, bytes):
        raise PatchError("Bytes cannot be put into a body of JSON.")
    changed = splicing.remove(text, steps) if value is MISSING else splicing.put(text, steps, value)
    return changed.encode(), properties


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise PatchError("The body is no JSON.") from error


def _with_header(properties: Properties, name: str, value: Any) -> Properties:  # Any: JSON or MISSING
    headers = [each for each in properties.headers or () if each.name != name]
    if value is not MISSING:
        headers.append(_header(name, value))
    return replace(properties, headers=headers or None)


def is_whole(text: str) -> bool:
    """Whether a text has no halves of characters in it."""
    return not any("\ud800" <= each <= "\udfff" for each in text)


def _header(name: str, value: Any) -> Header:  # Any: JSON
    """A header of the kind that fits the value."""
    match value:
        case None:
            return Header(name, "null")
        case bool():
            return Header(name, "bool", value)
        case int():
            if value not in INT64:
                raise PatchError(f"{value} is too large for a header.")
            return Header(name, "int32" if value in INT32 else "int64", value)
        case float():
            return Header(name, "double", value)
        case bytes():
            return Header(name, "bytes", value)
        case str():
            if not is_whole(value):
                raise PatchError("This text has half a character in it, which no header can have.")
            return Header(name, "string", value)
        case list():
            return Header(name, "list", [_header("", each) for each in value])
        case _:
            return Header(name, "table", [_header(key, each) for key, each in value.items()])
