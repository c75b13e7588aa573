"""Bodies as JSON: a tree and laid-out text, exact in numbers and repeated names, bounded in depth and size.

It is read token by token, not with the standard reader: that one builds all of a body before the first line
can be shown (0.9 s for the worst 256 KiB), forgets repeated names, and has nothing to say about a head.
"""

import re
from json.decoder import scanstring  # type: ignore[attr-defined]  # the reader of strings alone, in C
from json.encoder import encode_basestring
from typing import Final

from mqstudio.viewers.base import Hints, UnreadableError, View, is_of_type
from mqstudio.viewers.outline import DEPTH_MAX, VALUES_MAX, Outline
from mqstudio.viewers.text import decode_utf8

__all__ = ["DEPTH_MAX", "VALUES_MAX", "VIEWER", "JsonViewer"]

_SPACE: Final = r"[ \t\r\n]*+"
_STRING: Final = r'"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+"'
"""Here and below nothing is tried twice: a body that is made for it would take minutes."""

_TOKEN: Final = re.compile(
    f"{_SPACE}(?P<comma>,)?{_SPACE}(?:(?P<name>{_STRING}){_SPACE}:{_SPACE})?"
    f"(?:(?P<string>{_STRING})"
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|-?Infinity|NaN)"
    r"|(?P<word>true|false|null)|(?P<open>[\[{])|(?P<close>[\]}]))"
)
"""A value with the comma and the name before it, or an end."""

_CUT: Final = re.compile(
    f"{_SPACE},?{_SPACE}(?:{_STRING}{_SPACE}:?{_SPACE})?"
    r'(?:"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+\\?|[-+.0-9A-Za-z]*+)\Z'
)
"""What may be left at the end of a head that was cut anywhere."""

_KINDS: Final = {"true": "bool", "false": "bool", "null": "null"}
_BREAKS: Final = re.compile(r"[^ \t\r\n]")


class JsonViewer:
    """Shows JSON objects and arrays."""

    title = "JSON"
    reads_text = True
    rank = 40

    def suits(self, body: bytes, hints: Hints, *, is_whole: bool) -> bool:
        """What begins as an object or array does."""
        begin = body[:256].lstrip(b" \t\r\n\xef\xbb\xbf")[:1]
        return begin in (b"{", b"[") or (bool(begin) and is_of_type(hints, "application/json", "+json"))

    def view(self, body: bytes, *, is_whole: bool) -> View:
        """The tree, and the text laid out."""
        text = decode_utf8(body, is_whole=is_whole)
        if text is None:
            raise UnreadableError("it is not utf-8")
        return _read(text.removeprefix("\ufeff"), is_whole=is_whole)


def _read(text: str, *, is_whole: bool) -> View:
    outline = Outline()
    objects: list[bool] = []
    at, end = 0, len(text)
    match = _TOKEN.match
    while not outline.is_full:
        found = match(text, at)
        if found is None:
            if is_whole or not _CUT.match(text, at):
                raise _unreadable(text, at)
            break
        at = found.end()
        kind = found.lastgroup
        name = found["name"]
        if kind == "close":
            if found["comma"] or name or not objects or (found["close"] == "}") is not objects.pop():
                raise _unreadable(text, found.start("close"))
            outline.close()
        else:
            is_member = bool(objects) and objects[-1]
            if (name is not None) is not is_member or (found["comma"] is not None) is not (
                bool(objects) and outline.has_members
            ):
                if not is_whole and _CUT.match(text, found.start()):
                    break  # a name that was cut off before its colon
                raise _unreadable(text, found.start())
            title, written = (None, "") if name is None else _member(name)
            if kind == "open":
                is_object = found["open"] == "{"
                outline.open(title, written, "object" if is_object else "array")
                objects.append(is_object)
            else:
                value = found[kind or 0]
                shown = _shown(value) if kind == "string" else value
                outline.add(title, written, _KINDS.get(value, kind or ""), shown)
        if not objects:
            return _ended(text, at, outline)
        if at == end and not is_whole:
            break
    return outline.finish()


def _ended(text: str, at: int, outline: Outline) -> View:
    """The value has ended: nothing may come after it."""
    rest = _BREAKS.search(text, at)
    if rest is not None:
        raise _unreadable(text, rest.start())
    return outline.finish()


def _member(string: str) -> tuple[str, str]:
    """A name, and how it is written before its value."""
    name = _unquoted(string)
    return name, f"{encode_basestring(name)}: "


def _unquoted(string: str) -> str:
    """A string's characters. Raises: UnreadableError for an unknown escape."""
    if "\\" not in string:
        return string[1:-1]
    try:
        return str(scanstring(string, 1)[0])
    except ValueError as error:
        raise UnreadableError("a string has an escape that JSON does not know") from error


def _shown(string: str) -> str:
    """A string with escapes only where they must be."""
    return string if "\\" not in string else encode_basestring(_unquoted(string))


def _unreadable(text: str, at: int) -> UnreadableError:
    line = text.count("\n", 0, at) + 1
    return UnreadableError(f"line {line}, character {at - text.rfind(chr(10), 0, at)} is not as JSON has it")


VIEWER = JsonViewer()
