"""Reads a patch's text: recursive descent, one function for each rule. Nothing of it is run as a program.

patch    = change { ";" change }
change   = place "=" sum | "remove" place
place    = ( "$" | "body" | "header" ) path
path     = { "." name | "[" number "]" | "[" quoted "]" }
sum      = product { ( "+" | "-" ) product }
product  = sign { ( "*" | "/" | "%" ) sign }
sign     = "-" sign | part
part     = number | quoted | "true" | "false" | "null" | place | function | "(" sum ")"
function = name "(" [ sum { "," sum } ] ")"
"""

import re
from typing import Final

from msgspec import Struct

from mqstudio.model.filters.paths import PATH_STEPS_MAX, Steps
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.filters.tokens import quoted_at
from mqstudio.model.limits import PATCH_CHARACTERS, PATCH_DEPTH, PATCH_SIGNS
from mqstudio.model.patching.evaluating import FUNCTIONS
from mqstudio.model.patching.tree import Call, Change, Expression, Patch, PatchError, Place, Ref, Sum, Value

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>[^\W\d]\w*)|(?P<sign>[$=;+\-*/%(),]))"
)
_BODY_NAME: Final = re.compile(r"[^\W\d][\w@]*")
_HEADER_NAME: Final = re.compile(r"[\w@$\-]+")
_PLACE: Final = re.compile(r"\[(-?\d{1,9})\]")
_WORDS: Final = {"true": True, "false": False, "null": None}
_PLACES: Final = {"$": Place.BODY, "body": Place.BODY, "header": Place.HEADER}


class _Token(Struct, frozen=True):
    """kind: number word sign quoted path end."""

    kind: str
    text: str
    at: int
    end: int
    steps: Steps = ()


def parse_patch(text: str) -> Patch:
    """Read a patch. Raises: PatchError, and nothing else, whatever the text."""
    if len(text) > PATCH_CHARACTERS:
        raise PatchError(
            f"This patch has {len(text):,} characters; {PATCH_CHARACTERS} is the most. Shorten it.",
            PATCH_CHARACTERS,
            len(text) - PATCH_CHARACTERS,
        )
    return _Reader(_tokens(text)).patch()


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while text[at:].strip():
        start = at + len(text[at:]) - len(text[at:].lstrip())
        if text[start] in "\"'":
            try:
                said, at = quoted_at(text, start)
            except FilterError as error:
                raise PatchError("This text has no closing quote.", start, len(text) - start) from error
            found.append(_Token("quoted", said, start, at))
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise PatchError(f"“{text[start]}” has no place in a patch.", start, 1)
        at, kind = match.end(), match.lastgroup or ""
        if match[kind] in _PLACES and match[kind] != "=":
            steps, at = _path(text, at, _PLACES[match[kind]])
            found.append(_Token("path", match[kind], start, at, steps))
        else:
            found.append(_Token(kind, match[kind], start, at))
    found.append(_Token("end", "", len(text), len(text)))
    return found


def _path(text: str, at: int, place: Place) -> tuple[Steps, int]:
    """The steps of a path, and where it ends."""
    steps: list[str | int] = []
    names = _HEADER_NAME if place is Place.HEADER else _BODY_NAME
    start = at
    while at < len(text) and text[at] in ".[":
        is_quoted = text[at + 1 : at + 2] in ("'", '"')
        number, name = _PLACE.match(text, at), names.match(text, at + 1)
        if text[at] == "[" and number is not None:
            steps.append(int(number[1]))
            at = number.end()
        elif is_quoted:
            try:
                said, end = quoted_at(text, at + 1)
            except FilterError as error:
                raise PatchError("This name has no closing quote.", at, len(text) - at) from error
            steps.append(said)
            if text[at] == "[" and text[end : end + 1] != "]":
                raise PatchError("A ] is missing here.", end, 1)
            at = end + (text[at] == "[")
        elif text[at] == "." and name is not None:
            steps.append(name[0])
            at = name.end()
        else:
            raise PatchError('Paths look like $.lines[0].sku or header["odd name"].', at, 1)
    if len(steps) > PATH_STEPS_MAX:
        raise PatchError(f"This path has more than {PATH_STEPS_MAX} steps.", start, at - start)
    return tuple(steps), at


class _Reader:
    """Walks over the tokens."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = self._signs = 0

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += token.kind != "end"
        return token

    def _takes(self, *signs: str) -> str:
        """The sign that comes next, taken, if it is one of these; "" otherwise."""
        return self._take().text if self._next.kind == "sign" and self._next.text in signs else ""

    def _wrong(self, says: str) -> PatchError:
        token = self._next
        return PatchError(says, token.at, max(1, token.end - token.at))

    def patch(self) -> Patch:
        """All changes."""
        changes: list[Change] = []
        while self._next.kind != "end":
            changes.append(self._change())
            if self._next.kind != "end" and not self._takes(";"):
                raise self._wrong("The change is over here. Put a ; before the next.")
        if not changes:
            raise PatchError("Say what is to change, such as $.total = abs($.total).")
        return Patch(tuple(changes))

    def _change(self) -> Change:
        is_removal = self._next.kind == "word" and self._next.text == "remove"
        if is_removal:
            self._take()
        if self._next.kind != "path":
            raise self._wrong("A change begins with what it changes: $.path, header.name, or remove.")
        token = self._next
        target = self._ref()
        if target.place is Place.HEADER and len(target.steps) != 1:
            raise PatchError("Name one header: header.x-tenant = …", token.at, token.end - token.at)
        if target.place is Place.HEADER and not isinstance(target.steps[0], str):
            raise PatchError("Headers have names, not places.", token.at, token.end - token.at)
        if is_removal:
            if not target.steps:
                raise PatchError("The whole body cannot be removed.", token.at, token.end - token.at)
            return Change(target, None)
        if not self._takes("="):
            raise self._wrong("An = has to come here, and then the new value.")
        return Change(target, self._sum())

    def _ref(self) -> Ref:
        token = self._take()
        return Ref(_PLACES[token.text], token.steps)

    def _sum(self) -> Expression:
        left = self._product()
        while sign := self._takes("+", "-"):
            left = self._counted(Sum(sign, left, self._product()))
        return left

    def _product(self) -> Expression:
        left = self._sign()
        while sign := self._takes("*", "/", "%"):
            left = self._counted(Sum(sign, left, self._sign()))
        return left

    def _counted(self, made: Expression) -> Expression:
        """A long sum is a deep tree: it is bounded as nesting is."""
        self._signs += 1
        if self._signs > PATCH_SIGNS:
            raise self._wrong(f"A patch has {PATCH_SIGNS} signs at most. Make it simpler.")
        return made

    def _sign(self) -> Expression:
        self._depth += 1
        if self._depth > PATCH_DEPTH:
            raise self._wrong(f"This is nested deeper than {PATCH_DEPTH}. Make it simpler.")
        try:
            return Sum("-", Value(0), self._sign()) if self._takes("-") else self._part()
        finally:
            self._depth -= 1

    def _part(self) -> Expression:
        token = self._next
        if self._takes("("):
            return self._closed(self._sum())
        if token.kind == "number":
            self._take()
            is_whole = token.text.isdecimal()
            return Value(int(token.text) if is_whole else float(token.text))
        if token.kind == "quoted":
            self._take()
            return Value(token.text)
        if token.kind == "path":
            return self._ref()
        if token.kind == "word" and token.text in _WORDS:
            self._take()
            return Value(_WORDS[token.text])
        if token.kind == "word":
            return self._call()
        raise self._wrong("A value has to come here: a number, a text in quotes, $.path, or a function.")

    def _call(self) -> Call:
        token = self._take()
        function = FUNCTIONS.get(token.text)
        if function is None:
            known = ", ".join(sorted(FUNCTIONS))
            says = f"There is no function {token.text}. There are: {known}. Texts stand in quotes."
            raise PatchError(says, token.at, token.end - token.at)
        if not self._takes("("):
            raise self._wrong(f"A ( has to come after {token.text}.")
        values: list[Expression] = []
        while not self._takes(")"):
            values.append(self._sum())
            if self._next.kind == "end" or (self._next.text != ")" and not self._takes(",")):
                raise self._wrong("A ) or a , is missing here.")
        least, most = function.counts
        if not least <= len(values) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            says = f"{token.text} takes {wanted} values, not {len(values)}."
            raise PatchError(says, token.at, self._next.at - token.at)
        return Call(token.text, tuple(values))

    def _closed(self, inner: Expression) -> Expression:
        if not self._takes(")"):
            raise self._wrong("A ) is missing here.")
        return inner
