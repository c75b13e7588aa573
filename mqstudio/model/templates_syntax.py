"""Reads a template's text: which parts stand as they are, which are holes, and what is wrong where.

A hole is `{{name argument … name=argument … #label | filter argument …}}`. The grammar is in
docs/templates.md. Everything wrong is found at once, so that all of it can be underlined.
"""

import re
from typing import Final

from msgspec import Struct

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import TEMPLATE_HOLES_MAX

OPEN: Final = "{{"
CLOSE: Final = "}}"
LITERAL_OPEN: Final = '{{"{{"}}'
"""What is written for two braces that open nothing."""

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
    | (?P<close>}})
    | (?P<pipe>\|)
    | \#(?P<label>[A-Za-z_][\w-]*)
    | (?:(?P<name>[A-Za-z_]\w*)=(?!\s|}}|$))?
      (?: "(?P<quoted>(?:[^"\\]|\\.)*)" | (?P<word>(?:(?!}})[^\s|"])+) )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}


class TemplateError(RefusedError):
    """Something wrong in a template: the `length` characters from `position` on.

    sentence: what is wrong. hint: what would work.
    """

    def __init__(self, sentence: str, position: int, length: int, hint: str = "") -> None:
        super().__init__(Refusal.INVALID_ARGUMENT, f"{sentence} {hint}".rstrip())
        self.sentence, self.hint = sentence, hint
        self.position, self.length = position, length


class Word(Struct, frozen=True):
    """A word of a hole, and where it stands. `name`: of `name=word`, else ""."""

    text: str
    start: int
    end: int
    name: str = ""
    is_quoted: bool = False

    def wrong(self, sentence: str, hint: str = "") -> TemplateError:
        """An error that underlines this word."""
        return TemplateError(sentence, self.start, self.end - self.start, hint)


class Call(Struct, frozen=True):
    """A name with its arguments: what fills a hole, or what is done to that."""

    head: Word
    words: tuple[Word, ...] = ()


class Hole(Struct, frozen=True):
    """A hole: what fills it, what is done to that, and the label of those that are filled alike."""

    start: int
    end: int
    value: Call
    filters: tuple[Call, ...] = ()
    label: str = ""


class Syntax(Struct, frozen=True):
    """A text taken apart. `errors` in order of their places."""

    parts: tuple[str | Hole, ...]
    errors: tuple[TemplateError, ...] = ()


def literal(text: str) -> str:
    """A template that gives this text, whatever is in it."""
    return text.replace(OPEN, LITERAL_OPEN)


def take_apart(text: str) -> Syntax:
    """Read a template; never raises: what is wrong is among the errors."""
    parts: list[str | Hole] = []
    errors: list[TemplateError] = []
    at, holes = 0, 0
    while (start := _opening(text, at)) >= 0:
        if start > at:
            parts.append(text[at:start])
        holes += 1
        if holes > TEMPLATE_HOLES_MAX:
            says = f"A template has at most {TEMPLATE_HOLES_MAX:,} holes."
            errors.append(TemplateError(says, start, 2, "Shorten it, or send it in parts."))
            return Syntax(tuple(parts), tuple(errors))
        try:
            hole, at = _hole(text, start)
            parts.append(hole)
        except TemplateError as error:
            errors.append(error)
            end = text.find(CLOSE, start)
            at = end + len(CLOSE) if end >= 0 else len(text)
    if at < len(text):
        parts.append(text[at:])
    return Syntax(tuple(parts), tuple(errors))


def _opening(text: str, at: int) -> int:
    """Where the next hole opens: of more than two braces the last two."""
    start = text.find(OPEN, at)
    while start >= 0 and text.startswith("{", start + len(OPEN)):
        start += 1
    return start


def _hole(text: str, start: int) -> tuple[Hole, int]:
    calls: list[list[Word]] = [[]]
    label, at = "", start + len(OPEN)
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unclosed(text, start, at)
        at = match.end()
        if match["close"]:
            break
        if match["pipe"]:
            calls.append([])
        elif match["label"]:
            label = match["label"]
        elif not match["space"]:
            calls[-1].append(_word(match))
    value, *filters = (_call(words, start, at) for words in calls)
    return Hole(start, at, value, tuple(filters), label), at


def _unclosed(text: str, start: int, at: int) -> TemplateError:
    if text.startswith('"', at):
        return TemplateError("This quotation mark is never closed.", at, 1, 'Write another " after the text.')
    return TemplateError(
        "These two braces are never closed.", start, 2,
        f"Write {CLOSE} after the hole, or {LITERAL_OPEN} for two braces as they are.",
    )  # fmt: skip


def _word(match: re.Match[str]) -> Word:
    quoted, name = match["quoted"], match["name"] or ""
    if quoted is None:
        return Word(match["word"], match.start(), match.end(), name)
    text = _ESCAPE.sub(lambda each: _ESCAPES.get(each[1], each[1]), quoted)
    return Word(text, match.start(), match.end(), name, True)


def _call(words: list[Word], start: int, end: int) -> Call:
    if not words:
        hint = "Write what is to stand there, such as {{seq}} or {{now}}."
        raise TemplateError("Something is missing here.", start, end - start, hint)
    head, *rest = words
    if head.name:
        raise head.wrong("A hole begins with a name, not with an argument.", "Such as {{random 1 9}}.")
    return Call(head, tuple(rest))
