"""Cuts a filter's text into words, texts in quotes and signs."""

import re
from enum import Enum, auto
from typing import Final

from msgspec import Struct

from mqstudio.model.filters.problems import FilterError

SIGNS: Final = ("==", "!=", "<=", ">=", "&&", "||", "=", "<", ">", "!", "(", ")", ",")
"""Longer ones first."""

QUOTES: Final = "\"'"
_BEGINS_SIGN: Final = frozenset(sign[0] for sign in SIGNS)
_PLAIN: Final = re.compile(r"[\w\-:/*#@$%+]+")
_ENDS_WORD: Final = '()",=<>'
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}


class Kind(Enum):
    """What a token is."""

    WORD = auto()
    QUOTED = auto()
    SIGN = auto()
    END = auto()


class Token(Struct, frozen=True):
    """A part of the text. `text` is what is meant: without quotes, its escapes undone."""

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """A word in small letters; "" if this is none. Key words are known by it."""
        return self.text.lower() if self.kind is Kind.WORD else ""

    def is_sign(self, *signs: str) -> bool:
        """Whether it is one of these."""
        return self.kind is Kind.SIGN and self.text in signs


def tokens_of(text: str) -> list[Token]:
    """All tokens, the last being the end. Raises: FilterError."""
    found: list[Token] = []
    at = 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text):
            found.append(Token(Kind.END, "", at, at))
            return found
        token = _token_at(text, at)
        found.append(token)
        at = token.end


def _token_at(text: str, at: int) -> Token:
    if text[at] in QUOTES:
        said, end = quoted_at(text, at)
        return Token(Kind.QUOTED, said, at, end)
    if text[at] in _BEGINS_SIGN:
        for sign in SIGNS:
            if text.startswith(sign, at):
                return Token(Kind.SIGN, sign, at, at + len(sign))
    end = _word_end(text, at)
    return Token(Kind.WORD, text[at:end], at, end)


def quoted_at(text: str, at: int) -> tuple[str, int]:
    """A text in quotes, and where it ends. Raises: FilterError."""
    quote = text[at]
    said: list[str] = []
    end = at + 1
    while end < len(text) and text[end] != quote:
        if text[end] == "\\" and end + 1 < len(text):
            end += 1
            said.append(_ESCAPES.get(text[end], text[end]))
        else:
            said.append(text[end])
        end += 1
    if end >= len(text):
        raise FilterError(
            "This text has no closing quote.", at, len(text) - at, f"Write {quote} where it ends."
        )
    return "".join(said), end + 1


def _word_end(text: str, at: int) -> int:
    """Words end at a space or a sign. Names in paths may be in quotes: `body["unit price"]`."""
    plain = _PLAIN.match(text, at)
    end = plain.end() if plain else at
    while end < len(text) and not text[end].isspace():
        if text[end] in QUOTES and text[end - 1] in "[.":
            _, end = quoted_at(text, end)
        elif text[end] in _ENDS_WORD or text.startswith(("!=", "&&", "||"), end):
            break
        else:
            end += 1
    return max(end, at + 1)


def quoted(text: str) -> str:
    """A text in quotes, as `quoted_at` reads it."""
    for plain, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        text = text.replace(plain, escape)
    return f'"{text}"'
