"""What could stand at the cursor: fields, operators, and what was really seen: headers, paths, values."""

from typing import Final

from msgspec import Struct

from mqstudio.model.filters.fields import (
    ALLOWED,
    BY_ALIAS,
    FIELDS,
    STATES,
    WITH_PATHS,
    Field,
    FieldKind,
    Operator,
    kind_of,
)
from mqstudio.model.filters.literals import literal_of
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.filters.seen import Seen, SeenName
from mqstudio.model.filters.tokens import Kind, Token, quoted, tokens_of

CANDIDATES_MAX: Final = 50
_SIGNS: Final = frozenset({"==", "=", "!=", "<", "<=", ">", ">="})
_WORDS: Final = frozenset({"contains", "startswith", "endswith", "matches", "last"})
_DURATIONS: Final = ("30s", "5m", "1h", "1d")


class Candidate(Struct, frozen=True):
    """A text that could stand from `start` to `end`. says: a few words on it."""

    text: str
    start: int
    end: int
    says: str = ""


def complete(text: str, cursor: int, seen: Seen) -> list[Candidate]:
    """The candidates at a cursor, the likeliest first; those that begin as what is typed before others."""
    try:
        before = [token for token in tokens_of(text[:cursor]) if token.kind is not Kind.END]
    except FilterError:
        return _in_quotes(text, cursor, seen)
    typed = before.pop() if before and before[-1].end == cursor and _is_unfinished(before[-1]) else None
    start = typed.start if typed else cursor
    end = cursor
    while typed and end < len(text) and not text[end].isspace() and text[end] not in '()",=<>!':
        end += 1
    return _ranked(_words_after(before, seen), typed.text if typed else "", start, end)


def _is_unfinished(token: Token) -> bool:
    return token.kind is Kind.WORD


def _in_quotes(text: str, cursor: int, seen: Seen) -> list[Candidate]:
    """Within a text that is not closed yet: values."""
    for start in range(cursor - 1, -1, -1):
        if text[start] in "\"'":
            try:
                before = [token for token in tokens_of(text[:start]) if token.kind is not Kind.END]
            except FilterError:
                continue
            field = _field_compared(before)
            if field is None:
                return []
            end = cursor
            while end < len(text) and text[end] != text[start]:
                end += 1
            values = [(quoted(value), "") for value in _values_seen(*field, seen)]
            return _ranked(values, text[start + 1 : cursor], start, min(end + 1, len(text)))
    return []


def _ranked(words: list[tuple[str, str]], typed: str, start: int, end: int) -> list[Candidate]:
    small = typed.lower()
    begins, within = [], []
    for word, says in words:
        plain = word.lower().lstrip('"')
        if plain == small and len(word) == len(typed):
            continue
        if plain.startswith(small):
            begins.append(Candidate(word, start, end, says))
        elif len(small) > 1 and small in plain:
            within.append(Candidate(word, start, end, says))
    return [*begins, *within][:CANDIDATES_MAX]


def _words_after(before: list[Token], seen: Seen) -> list[tuple[str, str]]:
    """What can come behind these tokens."""
    compared = _field_compared(before)
    if compared is not None:
        return _values(*compared, seen)
    field = _field_alone(before)
    if field is not None:
        kind = kind_of(*field[:1], has_path=field[1])
        return [(word, "") for word in _operators(kind)]
    last = before[-1] if before else None
    if last is None or last.word in {"and", "or", "not"} or last.is_sign("(", "!", "&&", "||"):
        return _fields(seen)
    return [("and", ""), ("or", ""), *_fields(seen)]


def _operators(kind: FieldKind) -> list[str]:
    allowed = ALLOWED[kind]
    signs = ["==", "!="] + [each.value for each in Operator if each in allowed and not each.value.isalpha()]
    words = [each.value for each in Operator if each in allowed and each.value.isalpha()]
    return [*dict.fromkeys(signs), *words]


def _field_of(token: Token) -> tuple[Field, str] | None:
    """The field that a word names, and the path behind it."""
    if token.kind is not Kind.WORD:
        return None
    end = min(at for at in (token.text.find("."), token.text.find("["), len(token.text)) if at >= 0)
    field = BY_ALIAS.get(token.text[:end].lower())
    return None if field is None else (field, token.text[end:])


def _field_alone(before: list[Token]) -> tuple[Field, bool] | None:
    """The field that waits for an operator."""
    found = _field_of(before[-1]) if before else None
    if found is None or (len(before) > 1 and _is_operator(before[-2])):
        return None
    return found[0], bool(found[1])


def _is_operator(token: Token) -> bool:
    return token.is_sign(*_SIGNS) or token.word in _WORDS


def _field_compared(before: list[Token]) -> tuple[Field, str] | None:
    """The field that waits for a value: behind its operator, within its list, after `between`."""
    at = len(before) - 1
    if at >= 1 and (_is_operator(before[at]) or before[at].word == "between"):
        at -= 1
    elif at >= 3 and before[at].word == "and" and before[at - 2].word == "between":
        at -= 3
    else:
        while at >= 0 and not before[at].is_sign("("):
            at -= 1
            if at >= 0 and before[at].is_sign(")"):
                return None
        if at < 2 or before[at - 1].word != "in" or not (before[-1].is_sign("(", ",")):
            return None
        at -= 2
    if at >= 1 and before[at].word in {"not", "in"}:
        at -= 1
    return _field_of(before[at]) if at >= 0 else None


def _fields(seen: Seen) -> list[tuple[str, str]]:
    plain = [(field.name, field.says) for field in FIELDS.values() if field.name not in WITH_PATHS]
    return [
        *plain,
        ("body", FIELDS["body"].says),
        *((f"body{path}", _says(found)) for path, found in _often(seen.paths)),
        *((f"headers{path}", _says(found)) for path, found in _often(seen.headers)),
        ("not", "turns what follows around"),
        ("last", "published in the last …"),
    ]


def _often(names: dict[str, SeenName]) -> list[tuple[str, SeenName]]:
    return sorted(names.items(), key=lambda item: (item[0].count(".") + item[0].count("["), -item[1].count))


def _says(found: SeenName) -> str:
    example = f", such as {found.values[0]}" if found.values else ""
    return f"{' or '.join(found.types)}{example}"


def _values(field: Field, path: str, seen: Seen) -> list[tuple[str, str]]:
    if field.kind is FieldKind.STATE:
        return [(state, "") for state in STATES]
    if field.kind is FieldKind.FLAG and not path:
        return [("true", ""), ("false", "")]
    if field.kind is FieldKind.DURATION or field.kind is FieldKind.TIME:
        return [(each, "") for each in _DURATIONS]
    found = [(_as_value(value), "seen") for value in _values_seen(field, path, seen)]
    return found or [(field.example, "an example")]


def _values_seen(field: Field, path: str, seen: Seen) -> list[str]:
    if path:
        names = seen.paths if field.name == "body" else seen.headers
        found = names.get(path)
    else:
        found = seen.fields.get(field.name)
    return found.values if found else []


def _as_value(value: str) -> str:
    """A value as one writes it: in quotes, unless it is a number or a plain word."""
    literal = literal_of(value)
    if literal.flag is not None or (literal.number is not None and not literal.unit):
        return value
    return quoted(value)
