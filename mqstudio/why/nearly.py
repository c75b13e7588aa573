"""Bindings that nearly matched a message, and how they differ: what a person looks for when one got lost."""

from typing import Final

from msgspec import Struct

from mqstudio.model.rows import ExchangeRow
from mqstudio.model.topology import BindingSpec
from mqstudio.why.base import Text, text
from mqstudio.why.matching import Headers, differing, topic_matches, wanted_headers, wants_all
from mqstudio.why.words import distance

NEAR_MAX: Final = 3
"""So many are told of, the nearest first."""

LOOKED_AT_MAX: Final = 1_000
"""Bindings of one exchange, or names, that are compared: more would hold a window up."""

SEPARATORS: Final = "/:-_ "


class Near(Struct, frozen=True):
    """A binding or a name that nearly matched. far: how far away it is, 0 the nearest."""

    far: int
    says: Text
    key: str


def near_bindings(row: ExchangeRow, key: str, headers: Headers) -> list[Near]:
    """The bindings of an exchange that nearly matched, the nearest first."""
    look = {"direct": _direct, "topic": _topic}.get(row.spec.kind)
    found: list[Near] = []
    for binding in row.bindings[:LOOKED_AT_MAX]:
        near = look(binding, key) if look else None
        if row.spec.kind == "headers":
            near = _headers(binding, headers)
        if near is not None:
            found.append(near)
    return sorted(found, key=lambda each: each.far)[:NEAR_MAX]


def near_names(names: list[str], wanted: str) -> list[str]:
    """Names that were perhaps meant, the nearest first."""
    most = allowed(wanted)
    scored = [(_far(name, wanted, most), name) for name in names[:LOOKED_AT_MAX]]
    return [name for far, name in sorted(scored) if far <= most][:NEAR_MAX]


def _far(name: str, wanted: str, most: int) -> int:
    return 0 if name.strip().casefold() == wanted.strip().casefold() else distance(name, wanted, most)


def allowed(wanted: str) -> int:
    """How many typing mistakes a text of this length may have to be the same one, mistyped."""
    return 0 if len(wanted) < 3 else 1 if len(wanted) < 6 else 2


def _direct(binding: BindingSpec, key: str) -> Near | None:
    has = binding.routing_key
    if ("*" in has or "#" in has) and topic_matches(has, key):
        says = (
            "'{has}' to '{to}' would match if this were a topic exchange: to a direct one '*' and '#' are "
            "letters as all others."
        )
        return _near(0, binding, says)
    return _mistyped(binding, has, key)


def _mistyped(binding: BindingSpec, has: str, key: str) -> Near | None:
    """Keys that differ in case, in spaces at an end, in what stands between words, or in a typing mistake."""
    if has.casefold() == key.casefold():
        return _near(0, binding, "'{has}' to '{to}' differs only in upper and lower case.")
    if has.strip() == key.strip():
        return _near(0, binding, "'{has}' to '{to}' differs only in spaces at an end.")
    if _dotted(has) == _dotted(key):
        return _near(1, binding, "'{has}' to '{to}' differs only in what stands between the words.")
    most = allowed(key)
    far = distance(has, key, most)
    if far <= most:
        says = (
            "'{has}' to '{to}' is one character off."
            if far == 1
            else "'{has}' to '{to}' is two characters off."
        )
        return _near(1 + far, binding, says)
    return None


def _topic(binding: BindingSpec, key: str) -> Near | None:
    has = binding.routing_key
    parts, words = has.split("."), key.split(".")
    if topic_matches(has.casefold(), key.casefold()):
        return _near(0, binding, "'{has}' to '{to}' differs only in upper and lower case.")
    if topic_matches(has, _dotted(key)) and _dotted(key) != key:
        says = "'{has}' to '{to}' wants the words of the key to be parted by dots."
        return _near(0, binding, says)
    if topic_matches(f"{has}.#", key) and has:
        says = "'{has}' to '{to}' is for {fewer} words, and the key has {words}: '*' is one, '#' any number."
        return _near(len(words) - len(parts), binding, says, fewer=len(parts), words=len(words))
    if "#" not in parts and len(words) < len(parts) and topic_matches(".".join(parts[: len(words)]), key):
        says = (
            "'{has}' to '{to}' wants {more} words, and the key has {words}: '*' is just one, and never none."
        )
        return _near(len(parts) - len(words), binding, says, more=len(parts), words=len(words))
    if "*" not in parts and "#" not in parts:
        return _mistyped(binding, has, key)
    return _word_mistyped(binding, parts, words)


def _word_mistyped(binding: BindingSpec, parts: list[str], words: list[str]) -> Near | None:
    """One word of a pattern that is nearly that of the key, where all others match."""
    if len(parts) != len(words) or "#" in parts:
        return None
    other = [(part, word) for part, word in zip(parts, words, strict=True) if part not in {"*", word}]
    if len(other) != 1:
        return None
    part, word = other[0]
    far = distance(part, word, allowed(word))
    if far > allowed(word):
        return None
    says = "'{has}' to '{to}' has the word '{part}' where the key has '{word}'."
    return _near(1 + far, binding, says, part=part, word=word)


def _headers(binding: BindingSpec, headers: Headers) -> Near | None:
    """What a headers binding wants and the message has not, if it is little."""
    wanted, missing = wanted_headers(binding), differing(binding, headers)
    if not missing:
        return None
    name = missing[0]
    if wants_all(binding):
        if len(missing) > 1 and len(missing) == len(wanted):
            return None
        far = len(missing)
    else:
        shared = [each for each in missing if each in headers]
        if not shared:
            return None
        name, far = shared[0], 2
    want = _shown(wanted[name])
    if name in headers:
        says = "The binding to '{to}' wants header {name} = {want}, and the message has {value}."
        return _near(far, binding, says, name=name, want=want, value=_shown(headers[name]))
    same = next((each for each in headers if each.casefold() == name.casefold()), None)
    if same is not None:
        says = "The binding to '{to}' wants header {name}, and the message calls it {same}."
        return _near(far, binding, says, name=name, same=same)
    says = (
        "The binding to '{to}' wants header {name} = {want} as well (x-match: all), and the message has none."
    )
    return _near(far, binding, says, name=name, want=want)


def _shown(value: object) -> str:
    """A value so that texts and numbers are told apart."""
    return (
        f'"{value}"'
        if isinstance(value, str)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )


def _dotted(key: str) -> str:
    return key.translate({ord(each): "." for each in SEPARATORS})


def _near(far: int, binding: BindingSpec, says: str, **values: object) -> Near:
    facts = {"has": binding.routing_key, "to": binding.destination, **values}
    return Near(far, text(says, **facts), binding.routing_key)
