"""Reads a filter's text: recursive descent, one function for each rule of the grammar in docs/filters.md.

filter     = [ any ]
any        = all { "or" all }
all        = not { [ "and" ] not }
not        = { "not" } part
part       = "(" any ")" | "last" value | ask | word | quoted
ask        = field sign value
           | field [ "not" ] "in" "(" value { "," value } ")"
           | field [ "not" ] "between" value "and" value
           | field [ "not" ] ( "contains" | "startswith" | "endswith" | "matches" ) value
           | field [ "in" ] "last" value
           | field [ "not" ] "exists"
"""

from typing import Final

from mqstudio.model import limits
from mqstudio.model.filters.asking import checked, field_at
from mqstudio.model.filters.fields import BY_ALIAS, FieldKind, Operator
from mqstudio.model.filters.literals import (
    DATE,
    DURATIONS_US,
    SIZES_BYTES,
    Literal,
    is_clock,
    literal_of,
    text_literal,
)
from mqstudio.model.filters.paths import Steps
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.filters.tokens import Kind, Token, tokens_of
from mqstudio.model.filters.tree import EVERYTHING, All, Any, Anywhere, Ask, Node, Not

_SIGNS: Final = {
    "==": Operator.EQUAL,
    "=": Operator.EQUAL,
    "!=": Operator.EQUAL,
    "<": Operator.LESS,
    "<=": Operator.AT_MOST,
    ">": Operator.MORE,
    ">=": Operator.AT_LEAST,
}
WORDS: Final = {each.value: each for each in Operator if each.value.isalpha()}
"""Operators that are words."""

_QUOTE_IT: Final = "Put quotes around it to look for the word itself."
_TIMES: Final = frozenset(name for name, field in BY_ALIAS.items() if field.kind is FieldKind.TIME)
FLAGS: Final = frozenset(name for name, field in BY_ALIAS.items() if field.kind is FieldKind.FLAG)


def parse(text: str) -> Node:
    """Read a filter. Raises: FilterError, and nothing else, whatever the text."""
    if len(text) > limits.FILTER_CHARACTERS:
        raise FilterError(
            f"This filter has {len(text):,} characters; {limits.FILTER_CHARACTERS:,} is the most.",
            limits.FILTER_CHARACTERS,
            len(text) - limits.FILTER_CHARACTERS,
            "Shorten it.",
        )
    return _Parser(text).whole()


class _Parser:
    """Goes through the tokens once."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens_of(text)
        self._at = 0
        self._depth = 0
        self._patterns = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _after(self, places: int = 1) -> Token:
        return self._tokens[min(self._at + places, len(self._tokens) - 1)]

    def _take(self) -> Token:
        token = self._next
        if token.kind is not Kind.END:
            self._at += 1
        return token

    def whole(self) -> Node:
        """A filter, from its beginning to its end."""
        if len(self._tokens) == 1:
            return EVERYTHING
        node = self._any()
        if self._next.kind is not Kind.END:
            raise self._wrong(self._next, "Nothing can stand here.", self._hint_for(self._next))
        return node

    def _hint_for(self, token: Token) -> str:
        if token.is_sign(")"):
            return "There is no ( for it."
        return "Lists look like: key in (a, b)." if token.is_sign(",") else ""

    @staticmethod
    def _wrong(token: Token, sentence: str, hint: str = "") -> FilterError:
        return FilterError(sentence, token.start, max(1, token.end - token.start), hint)

    # ---- and, or, not

    def _any(self) -> Node:
        parts = [self._all()]
        while self._next.word == "or" or self._next.is_sign("||"):
            self._take()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Any(_flat(Any, parts))

    def _all(self) -> Node:
        parts = [self._not()]
        while True:
            if self._next.word == "and" or self._next.is_sign("&&"):
                self._take()
            elif self._next.kind is Kind.END or self._next.word == "or" or self._next.is_sign("||", ")", ","):
                break
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else All(_flat(All, parts))

    def _not(self) -> Node:
        nots = 0
        while self._next.word == "not" or self._next.is_sign("!"):
            nots += 1
            self._deeper(self._take())
        part = self._part()
        self._depth -= nots
        for _ in range(nots):
            part = Not(part)
        return part

    def _deeper(self, token: Token) -> None:
        self._depth += 1
        if self._depth > limits.FILTER_DEPTH:
            raise self._wrong(token, "Nobody understands what is nested so deeply.", "Write it flatter.")

    # ---- one question

    def _part(self) -> Node:
        token = self._next
        if token.is_sign("("):
            return self._group()
        if token.kind is Kind.QUOTED:
            self._take()
            self._must_not_be_compared(token)
            return Anywhere(token.text, counts_case=True)
        if token.kind is Kind.WORD and token.word not in {"and", "or"}:
            return self._word()
        if token.kind is Kind.END and self._at:
            before = self._tokens[self._at - 1]
            raise self._wrong(before, f"Something is missing after {before.text}.")
        raise self._wrong(token, f"Something is missing before {token.text}.", self._hint_for(token))

    def _group(self) -> Node:
        opened = self._take()
        self._deeper(opened)
        node = self._any()
        if not self._next.is_sign(")"):
            raise self._wrong(opened, "There is no ) for this one.", "Close it.")
        self._take()
        self._depth -= 1
        return node

    def _must_not_be_compared(self, token: Token) -> None:
        if self._next.is_sign(*_SIGNS):
            raise self._wrong(
                token,
                "What is compared comes first: a field.",
                f"Such as key {self._next.text} {token.text}.",
            )

    def _word(self) -> Node:
        token = self._take()
        if token.word == "last" and literal_of(self._next.text).unit == "time":
            return self._ask(token, "time", (), Operator.LAST, [self._value(token, FieldKind.DURATION)])
        if self._is_asked(token):
            return self._asked(token)
        if token.word in WORDS and token.word != "last":
            raise self._wrong(token, f"'{token.text}' needs a field before it.", _QUOTE_IT)
        if token.word in FLAGS:
            return Ask(BY_ALIAS[token.word].name, (), Operator.EQUAL, (Literal("true", flag=True),))
        return self._exists_or_anywhere(token)

    def _is_asked(self, token: Token) -> bool:
        """Whether an operator follows. `last 5m` behind a word is one only if the word is a time."""
        follows = self._after() if self._next.word == "not" else self._next
        if follows.word == "last":
            return token.word in _TIMES
        return follows.word in WORDS or self._next.is_sign(*_SIGNS)

    @staticmethod
    def _exists_or_anywhere(token: Token) -> Node:
        """A path alone asks whether there is something; other words are looked for."""
        name, dot, _ = token.text.partition("." if "." in token.text else "[")
        field = BY_ALIAS.get(name.split("[")[0].lower()) if dot else None
        if field is None or field.name not in {"headers", "body"}:
            return Anywhere(token.text)
        return Ask(field.name, field_at(token)[1], Operator.EXISTS)

    def _asked(self, token: Token) -> Node:
        field, path = field_at(token)
        kind = FieldKind.ANY if path else BY_ALIAS[field].kind
        sign = self._take()
        is_not = sign.text == "!="
        if sign.word == "not":
            is_not, sign = True, self._take()
        operator = _SIGNS.get(sign.text) if sign.kind is Kind.SIGN else WORDS[sign.word]
        assert operator is not None
        if operator is Operator.IN and self._next.word == "last":
            sign, operator = self._take(), Operator.LAST
        if operator is Operator.EXISTS:
            exists = Ask(field, path, operator)
            return Not(exists) if is_not else exists
        values = self._values(sign, operator, kind)
        return self._ask(token, field, path, operator, values, is_not=is_not, sign=sign)

    def _ask(
        self,
        token: Token,
        field: str,
        path: Steps,
        operator: Operator,
        values: list[tuple[Literal, Token]],
        *,
        is_not: bool = False,
        sign: Token | None = None,
    ) -> Ask:
        if operator is Operator.MATCHES:
            self._patterns += 1
            if self._patterns > limits.FILTER_PATTERNS:
                raise self._wrong(token, f"A filter has at most {limits.FILTER_PATTERNS} patterns.")
        ask = Ask(field, path, operator, tuple(literal for literal, _ in values), is_not)
        checked(ask, sign or token, [each for _, each in values])
        return ask

    # ---- values

    def _values(self, sign: Token, operator: Operator, kind: FieldKind) -> list[tuple[Literal, Token]]:
        if operator is Operator.IN:
            return self._list(sign, kind)
        if operator is not Operator.BETWEEN:
            return [self._value(sign, FieldKind.DURATION if operator is Operator.LAST else kind)]
        low = self._value(sign, kind)
        if self._next.word != "and" and not self._next.is_sign("&&"):
            raise self._wrong(sign, "'between' needs two values.", "Such as: size between 1KB and 2KB.")
        return [low, self._value(self._take(), kind)]

    def _list(self, sign: Token, kind: FieldKind) -> list[tuple[Literal, Token]]:
        if not self._next.is_sign("("):
            raise self._wrong(sign, "'in' needs a list in parentheses.", "Such as: state in (ready, done).")
        opened = self._take()
        values = [self._value(opened, kind)]
        while self._next.is_sign(","):
            values.append(self._value(self._take(), kind))
        if not self._next.is_sign(")"):
            raise self._wrong(opened, "This list has no ) at its end.", "Values stand between commas.")
        self._take()
        return values

    def _value(self, before: Token, kind: FieldKind) -> tuple[Literal, Token]:
        token = self._next
        if token.kind is Kind.QUOTED:
            return text_literal(self._take().text), token
        if token.kind is not Kind.WORD or token.word in {"and", "or", "not"}:
            raise self._wrong(
                before, f"A value is missing after {before.text}.", 'Such as 100, 5s or "text".'
            )
        self._take()
        joined = _joined(token, self._next, kind)
        if joined != token.text:
            token = Token(Kind.WORD, joined, token.start, self._take().end)
        return literal_of(token.text), token


def _joined(token: Token, following: Token, kind: FieldKind) -> str:
    """A value of two words: `2026-01-31 10:30`, `5 MB`."""
    if following.kind is Kind.WORD:
        if kind is FieldKind.TIME and DATE.fullmatch(token.text) and is_clock(following.text):
            return f"{token.text} {following.text}"
        units = {FieldKind.SIZE: SIZES_BYTES, FieldKind.DURATION: DURATIONS_US}.get(kind, {})
        if following.word in units and literal_of(token.text).number is not None:
            return token.text + following.word
    return token.text


def _flat(kind: type[All] | type[Any], parts: list[Node]) -> tuple[Node, ...]:
    """Parts without levels that say nothing."""
    flat: list[Node] = []
    for part in parts:
        if isinstance(part, kind):
            flat += part.parts
        else:
            flat.append(part)
    return tuple(flat)
