"""Takes values out of a text of JSON, and leaves every other character of it as it is."""

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from mqstudio.exporters.redaction import MASK, Step

_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_MASKED: Final = f'"{MASK}"'
_NOTHING: Final = frozenset({"null", "true", "false", '""'})
"""Values that say nothing, whatever they are called."""

Matches = Callable[[str], bool]
Searches = Callable[[str, str], str]
Counts = Callable[[str, str, Any], None]


class JsonRedactor:
    """Goes along a text once, knowing at which path it is."""

    def __init__(
        self,
        is_secret: Matches,
        paths: tuple[tuple[str, tuple[Step, ...]], ...],
        in_text: Searches,
        count: Counts,
    ) -> None:
        self._is_secret, self._paths, self._in_text, self._count = is_secret, paths, in_text, count

    def redact(self, text: str) -> str | None:
        """The text without its secrets; None if it is not JSON."""
        if text.lstrip()[:1] not in ("{", "["):
            return None
        try:
            msgspec.json.decode(text, type=msgspec.Raw)
        except (msgspec.DecodeError, UnicodeDecodeError, UnicodeEncodeError, RecursionError):
            return None
        return _Walk(self, text).redacted()

    def verdict(self, path: list[Step]) -> str:
        """Why the value at a path must go: by what it was found; "" if it may stay."""
        last = path[-1] if path else None
        if isinstance(last, str) and self._is_secret(last):
            return last[:60]
        for written, steps in self._paths:
            if len(steps) == len(path) and all(
                wanted is None or wanted == step for wanted, step in zip(steps, path, strict=True)
            ):
                return written
        return ""

    def value(self, token: str, where: str) -> str:
        """A single value, without what expressions find in it."""
        if not token.startswith('"'):
            return _MASKED if self._in_text(token, where) != token else token
        inner = token[1:-1]
        if "\\" not in inner:
            return f'"{self._in_text(inner, where)}"'
        decoded: str = msgspec.json.decode(token)
        redacted = self._in_text(decoded, where)
        return token if redacted == decoded else msgspec.json.encode(redacted).decode()

    def count(self, rule: str, where: str, value: str) -> None:
        """Something is taken out."""
        self._count(rule, where, value)


class _Walk:
    """One text. `_path` leads to where we are; `_opened` has what was opened on the way, "{" or "["."""

    def __init__(self, redactor: JsonRedactor, text: str) -> None:
        self._redactor, self._text = redactor, text
        self._path: list[Step] = []
        self._opened: list[str] = []
        self._pieces: list[str] = []
        self._copied = 0
        self._is_key = False
        self._skips: tuple[int, int] | None = None  # depth and beginning of a value that goes as a whole

    def redacted(self) -> str:
        for match in _TOKEN.finditer(self._text):
            self._take(match[0], match.start(), match.end())
        return "".join([*self._pieces, self._text[self._copied :]]) if self._pieces else self._text

    def _take(self, token: str, start: int, stop: int) -> None:
        if token in "{[":
            self._open(token, start)
        elif token in "}]":
            self._close(stop)
        elif token == ",":
            self._next()
        elif token == ":":
            self._is_key = False
        elif self._is_key:
            self._path[-1] = msgspec.json.decode(token)
        elif self._skips is None:
            self._value(token, start, stop)

    def _open(self, token: str, start: int) -> None:
        if self._skips is None and (rule := self._redactor.verdict(self._path)):
            self._redactor.count(rule, _written(self._path), "{…}" if token == "{" else "[…]")
            self._skips = (len(self._opened), start)
        self._opened.append(token)
        self._path.append("" if token == "{" else 0)
        self._is_key = token == "{"

    def _close(self, stop: int) -> None:
        self._opened.pop()
        self._path.pop()
        self._is_key = False
        if self._skips is not None and self._skips[0] == len(self._opened):
            self._replace(self._skips[1], stop, _MASKED)
            self._skips = None

    def _next(self) -> None:
        if self._opened[-1] == "{":
            self._is_key = True
        else:
            place = self._path[-1]
            assert isinstance(place, int)
            self._path[-1] = place + 1

    def _value(self, token: str, start: int, stop: int) -> None:
        if token in _NOTHING:
            return
        rule = self._redactor.verdict(self._path)
        if rule:
            self._redactor.count(rule, _written(self._path), token.strip('"'))
            self._replace(start, stop, _MASKED)
            return
        redacted = self._redactor.value(token, _written(self._path))
        if redacted != token:
            self._replace(start, stop, redacted)

    def _replace(self, start: int, stop: int, text: str) -> None:
        self._pieces += [self._text[self._copied : start], text]
        self._copied = stop


def _written(path: list[Step]) -> str:
    """A path as people write it."""
    return "body $" + "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in path)
