"""Erlang terms as its programs print them: lists, tuples, binaries, atoms, numbers, strings."""

import re
from typing import Any, Final

from mqstudio.exporters.base import NotReadableError

Term = Any
"""list, tuple, bytes (a binary), str (an atom), int or float."""

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<binary><<(?:"(?P<text>(?:[^"\\]|\\.)*)"(?:/utf8)?|(?P<bytes>[\d,\s]*))>>)
    |(?P<sign>[\[\]{},|])|(?P<string>"(?:[^"\\]|\\.)*")|(?P<number>-?\d+(?:\.\d+(?:e[+-]?\d+)?)?)
    |(?P<atom>[a-z][\w@]*|'(?:[^'\\]|\\.)*'))""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(x\{[0-9A-Fa-f]+\}|[0-7]{1,3}|.)", re.DOTALL)
_NAMED: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b", "d": "\x7f"}
_DEEP: Final = 100


def read(text: str) -> Term:
    """A term. Raises: NotReadableError."""
    reader = _Reader(text)
    term = reader.term(0)
    if reader.rest().strip():
        raise NotReadableError(f"{reader.rest()[:20]!r} is behind the end of a term")
    return term


class _Reader:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def rest(self) -> str:
        """What has not been read."""
        return self._text[self._at :]

    def term(self, depth: int) -> Term:
        """The next term."""
        match = self._next()
        if match["sign"] == "[" and depth < _DEEP:
            return self._many("]", depth)
        if match["sign"] == "{" and depth < _DEEP:
            return tuple(self._many("}", depth))
        if match["sign"]:
            raise NotReadableError(f"{match['sign']!r} stands where a term should")
        if match["binary"]:
            return _binary(match)
        if match["number"]:
            number = match["number"]
            return float(number) if "." in number else int(number)
        if match["string"]:
            return _unescaped(match["string"][1:-1])
        return match["atom"].strip("'")

    def _many(self, end: str, depth: int) -> list[Term]:
        terms: list[Term] = []
        while True:
            at = self._at
            match = self._next()
            if match["sign"] == end:
                return terms
            if match["sign"] != ",":
                self._at = at
            terms.append(self.term(depth + 1))

    def _next(self) -> re.Match[str]:
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            raise NotReadableError(f"{self.rest()[:20]!r} is no term")
        self._at = match.end()
        return match


def _binary(match: re.Match[str]) -> bytes:
    if match["text"] is not None:
        text = _unescaped(match["text"])
        try:
            return text.encode("latin-1") if "/utf8" not in match[0] else text.encode()
        except UnicodeEncodeError:
            return text.encode("utf-8", "replace")
    numbers = [int(each) for each in match["bytes"].split(",") if each.strip()]
    if any(number > 255 for number in numbers):
        raise NotReadableError("a binary has numbers above 255")
    return bytes(numbers)


def _unescaped(text: str) -> str:
    def put(match: re.Match[str]) -> str:
        told = match[1]
        if told.startswith("x{"):
            return chr(min(int(told[2:-1], 16), 0x10FFFF))
        if told[0] in "01234567":
            return chr(int(told, 8))
        return _NAMED.get(told, told)

    return _ESCAPE.sub(put, text)
