"""Regular expressions as people write them, read into a tree.

What policies and permissions use, in the meaning RabbitMQ gives it (PCRE): characters and classes,
groups, alternatives, repeats, `^ $ \\A \\z \\Z \\b \\B`, looking ahead, `(?i)` and `(?s)`. What no automaton
can do (references back) or hardly anybody needs (looking behind) is refused with a sentence.
"""

import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

Characters = Callable[[str], bool]
"""Whether a character is meant."""

Place = Literal["start", "end", "last line's end", "word's edge", "not a word's edge"]


@dataclass(frozen=True, slots=True)
class One:
    """One character of these."""

    of: Characters


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any of these."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """So often; `most` None: any number of times."""

    part: "Node"
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class At:
    """A place between characters."""

    place: Place


@dataclass(frozen=True, slots=True)
class Ahead:
    """What follows begins with this, or does not."""

    part: "Node"
    is_negative: bool


Node = One | Sequence | Choice | Repeat | At | Ahead

_DEPTH_MAX: Final = 50
_REPEATS_MAX: Final = 65_535  # as PCRE
_PLACES: dict[str, Place] = {
    "A": "start",
    "z": "end",
    "Z": "last line's end",
    "b": "word's edge",
    "B": "not a word's edge",
}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b", "0": "\0"}


def is_word(character: str) -> bool:
    """Whether `\\w` means it."""
    return character == "_" or character.isalnum()


_CLASSES: dict[str, Characters] = {"d": str.isdecimal, "s": str.isspace, "w": is_word}
_POSIX: dict[str, Characters] = {
    "alpha": str.isalpha,
    "digit": str.isdecimal,
    "alnum": str.isalnum,
    "upper": str.isupper,
    "lower": str.islower,
    "space": str.isspace,
    "punct": lambda character: character in string.punctuation,
    "xdigit": lambda character: character in string.hexdigits,
    "word": is_word,
}


def read(text: str) -> Node:
    """Read a pattern. Raises: ValueError saying what is wrong and where."""
    reader = _Reader(text)
    node = reader.choice(0)
    if reader.at < len(text):
        raise reader.problem("')' has no '('")
    return node


class _Reader:
    """Goes through the text once; each method reads one thing and leaves `at` behind it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._ignores_case = False
        self._dot_is_all = False

    def problem(self, what: str) -> ValueError:
        """An error at this place."""
        return ValueError(f"'{self.text}' is no pattern we can use: {what} (at character {self.at + 1}).")

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _take(self, what: str) -> str:
        """The next character. Raises: ValueError when the text ends here, within `what`."""
        if self.at >= len(self.text):
            raise self.problem(f"it ends within {what}")
        self.at += 1
        return self.text[self.at - 1]

    def _skip(self, wanted: str) -> bool:
        if not self.text.startswith(wanted, self.at):
            return False
        self.at += len(wanted)
        return True

    def choice(self, depth: int) -> Node:
        """Alternatives, up to `)` or the end. What `(?i)` sets within counts to its end."""
        if depth > _DEPTH_MAX:
            raise self.problem(f"groups are nested deeper than {_DEPTH_MAX} levels")
        flags = self._ignores_case, self._dot_is_all
        parts = [self._sequence(depth)]
        while self._skip("|"):
            parts.append(self._sequence(depth))
        self._ignores_case, self._dot_is_all = flags
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while self._peek() not in ("", "|", ")"):
            part = self._atom(depth)
            while (times := self._times()) is not None:
                part = Repeat(part, *times)
            parts.append(part)
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _times(self) -> tuple[int, int | None] | None:
        """How often what came before is repeated; None if that is not said."""
        times = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(self._peek())
        if times is not None:
            self.at += 1
        elif (times := self._counted()) is None:
            return None
        if self._skip("+"):
            raise self.problem("possessive repeats such as 'a++' are not supported; write 'a+'")
        self._skip("?")  # lazy: finds the same
        return times

    def _counted(self) -> tuple[int, int | None] | None:
        """`{2}`, `{2,}`, `{2,3}`; anything else in braces is just characters."""
        end = self.text.find("}", self.at)
        if self._peek() != "{" or end < 0:
            return None
        least, comma, most = self.text[self.at + 1 : end].partition(",")
        if not _is_number(least) or not (most == "" or _is_number(most)):
            return None
        bounds = int(least), int(least) if not comma else int(most) if most else None
        if max(bounds[0], bounds[1] or 0) > _REPEATS_MAX:
            raise self.problem(f"a repeat of more than {_REPEATS_MAX} times")
        if bounds[1] is not None and bounds[1] < bounds[0]:
            raise self.problem("a repeat whose most is less than its least")
        self.at = end + 1
        return bounds

    def _atom(self, depth: int) -> Node:
        character = self._take("a pattern")
        if character == "(":
            return self._group(depth)
        if character == "[":
            return One(self._set())
        if character == ".":
            return One(_anything if self._dot_is_all else _all_but_newline)
        if character == "^":
            return At("start")
        if character == "$":
            return At("last line's end")
        if character in "*+?":
            self.at -= 1
            raise self.problem(f"'{character}' repeats nothing")
        if character == "\\":
            return self._escape()
        return One(self._any_case(character.__eq__))

    def _group(self, depth: int) -> Node:
        if not self._skip("?"):
            return self._closed(self.choice(depth + 1))
        if self._skip(":"):
            return self._closed(self.choice(depth + 1))
        for sign in ("=", "!"):
            if self._skip(sign):
                return Ahead(self._closed(self.choice(depth + 1)), sign == "!")
        if self._peek() in ("<", "P"):
            return self._named(depth)
        return self._flags(depth)

    def _closed(self, node: Node) -> Node:
        if not self._skip(")"):
            raise self.problem("'(' has no ')'")
        return node

    def _named(self, depth: int) -> Node:
        self._skip("P")
        if not self._skip("<") or self._peek() in ("=", "!"):
            raise self.problem("looking behind and references back are not supported")
        end = self.text.find(">", self.at)
        if not self.text[self.at : max(end, self.at)].isidentifier():
            raise self.problem("a group's name is missing or is none")
        self.at = end + 1
        return self._closed(self.choice(depth + 1))

    def _flags(self, depth: int) -> Node:
        """`(?i)` for the rest of the group around it, or `(?i:…)`."""
        before = self._ignores_case, self._dot_is_all
        is_on = True
        while (flag := self._take("flags")) not in "):":
            if flag == "i":
                self._ignores_case = is_on
            elif flag == "s":
                self._dot_is_all = is_on
            elif flag == "-" and is_on:
                is_on = False
            else:
                raise self.problem(f"'(?{flag}' is not supported; of the flags there are i and s")
        if flag == ")":
            return Sequence(())
        node = self._closed(self.choice(depth + 1))
        self._ignores_case, self._dot_is_all = before
        return node

    def _escape(self) -> Node:
        character = self._peek()
        if character in _PLACES and character:
            self.at += 1
            return At(_PLACES[character])
        return One(self._any_case(self._escaped()))

    def _escaped(self) -> Characters:
        """What an escape means that stands for characters, in a set or outside."""
        character = self._take("an escape")
        if character.lower() in _CLASSES:
            return _unless(_CLASSES[character.lower()], character.isupper())
        return self._escaped_character(character).__eq__

    def _escaped_character(self, character: str) -> str:
        if character == "x":
            return self._hexadecimal()
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character.isascii() and character.isalnum():
            raise self.problem(f"'\\{character}' is not supported")
        return character

    def _hexadecimal(self) -> str:
        if self._skip("{"):
            end = self.text.find("}", self.at)
            digits, self.at = self.text[self.at : max(end, self.at)], end + 1
        else:
            digits = self.text[self.at : self.at + 2]
            self.at += len(digits)
        if not digits or len(digits) > 6 or not set(digits) <= set(string.hexdigits):
            raise self.problem("'\\x' without a number in hexadecimal")
        if int(digits, 16) > 0x10FFFF:
            raise self.problem("'\\x' with a number that is no character's")
        return chr(int(digits, 16))

    def _set(self) -> Characters:
        """What stands between brackets."""
        is_negative = self._skip("^")
        singles: set[str] = set()
        others: list[Characters] = []
        is_first = True
        while (character := self._take("'[…]'")) != "]" or is_first:
            is_first = False
            low = self._set_member(character, others)
            if low is None:
                continue
            if self._peek() != "-" or self.text[self.at + 1 : self.at + 2] in ("]", ""):
                singles.add(low)
                continue
            self.at += 1
            high = self._set_member(self._take("'[…]'"), others)
            if high is None or high < low:
                raise self.problem("a range in brackets that runs backwards, or to more than one character")
            others.append(_between(low, high))
        return _unless(self._any_case(_any_of(frozenset(singles), tuple(others))), is_negative)

    def _set_member(self, character: str, others: list[Characters]) -> str | None:
        """A single character; or None, having added a whole class to the others."""
        if character == "[" and self._peek() == ":":
            end = self.text.find(":]", self.at)
            name = self.text[self.at + 1 : max(end, self.at + 1)]
            if name.removeprefix("^") not in _POSIX:
                raise self.problem("'[:' without the name of a class such as alpha")
            others.append(_unless(_POSIX[name.removeprefix("^")], name.startswith("^")))
            self.at = end + 2
            return None
        if character != "\\":
            return character
        if self._peek().lower() in _CLASSES and self._peek():
            others.append(self._escaped())
            return None
        if self._skip("b"):
            return "\b"
        return self._escaped_character(self._take("an escape"))

    def _any_case(self, characters: Characters) -> Characters:
        if not self._ignores_case:
            return characters
        return lambda character: any(
            characters(each) for each in (character, character.lower(), character.upper())
        )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _anything(_character: str) -> bool:
    return True


def _all_but_newline(character: str) -> bool:
    return character != "\n"


def _between(low: str, high: str) -> Characters:
    return lambda character: low <= character <= high


def _any_of(singles: frozenset[str], others: tuple[Characters, ...]) -> Characters:
    return lambda character: character in singles or any(other(character) for other in others)


def _unless(characters: Characters, is_negative: bool) -> Characters:
    return (lambda character: not characters(character)) if is_negative else characters
