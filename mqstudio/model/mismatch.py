"""Why a message does not match a binding, in words; "" where nothing speaks against it.

It follows the rules by which exchanges match (their kinds decide; here is only said what went wrong), and
tells what is nearly right apart: capitals, white space, one word too many.
"""

from collections.abc import Mapping
from typing import Any, Final

from mqstudio.model.topology import BindingSpec

ROUTES_AS: Final = "x-delayed-type"
"""What an exchange that delays says of how it matches."""

CHOOSING: Final = frozenset({"x-consistent-hash", "x-modulus-hash", "x-random", "x-local-random"})
"""Kinds that send a message to one of their bindings: none of them is wrong."""

SHOWN: Final = 80
"""Characters of a foreign text that are repeated."""


def why_not(
    kind: str, binding: BindingSpec, routing_key: str, headers: Mapping[str, Any]
) -> str:  # Any: values of headers
    """What does not fit. kind: of the exchange, or the one that it routes as."""
    if kind == "direct":
        return _keys_differ(routing_key, binding.routing_key)
    if kind == "topic":
        return _pattern_differs(routing_key, binding.routing_key)
    if kind == "headers":
        return _headers_differ(binding.arguments, headers)
    return "the exchange chose another of its bindings" if kind in CHOOSING else ""


def _keys_differ(key: str, wanted: str) -> str:
    if key == wanted:
        return ""
    return f"key {quoted(key)} is not {quoted(wanted)}{nearly(key, wanted)}"


def nearly(text: str, wanted: str) -> str:
    """What two different texts have in common after all, as the end of a sentence; "" if nothing."""
    if text.strip() == wanted.strip():
        return ": they differ in white space at the ends"
    if text.casefold() == wanted.casefold():
        return ": they differ in capitals"
    if text.strip().casefold() == wanted.strip().casefold():
        return ": they differ in capitals and in white space"
    return ""


def _pattern_differs(key: str, pattern: str) -> str:
    words, wanted = _words(key), _words(pattern)
    if _matches(words, wanted):
        return ""
    says = f"key {quoted(key)} does not match {quoted(pattern)}"
    if _matches(_words(key.casefold().strip()), _words(pattern.casefold().strip())):
        return f"{says}: it would but for capitals or white space"
    if "#" not in wanted and len(words) != len(wanted):
        return f"{says}: it has {_counted(len(words))}, and {_counted(len(wanted))} {_is(len(wanted))} wanted"
    for place, want in enumerate(wanted):
        if want == "#":
            break
        if place >= len(words):
            return f"{says}: it ends before word {place + 1}, {quoted(want)}"
        if want not in ("*", words[place]):
            return f"{says}: word {place + 1} is {quoted(words[place])}, not {quoted(want)}"
    least = sum(word != "#" for word in wanted)
    if len(words) < least:
        return f"{says}: it has {_counted(len(words))}, and at least {least} are wanted"
    return f"{says}: what follows {quoted('#')} is not there"


def _matches(words: list[str], pattern: list[str]) -> bool:
    """Whether a pattern matches: `reached` are its places that the words so far can have led to."""
    reached = _skipping({0}, pattern)
    for word in words:
        onward = {place for place in reached if place < len(pattern) and pattern[place] == "#"}
        onward |= {
            place + 1 for place in reached if place < len(pattern) and pattern[place] in ("*", word, "#")
        }
        reached = _skipping(onward, pattern)
    return len(pattern) in reached


def _skipping(places: set[int], pattern: list[str]) -> set[int]:
    """With those that are reached because `#` may stand for nothing."""
    found = set(places)
    for place in range(len(pattern)):
        if place in found and pattern[place] == "#":
            found.add(place + 1)
    return found


def _words(key: str) -> list[str]:
    return key.split(".") if key else []


def _headers_differ(arguments: Mapping[str, Any], headers: Mapping[str, Any]) -> str:
    mode = str(arguments.get("x-match", "all"))
    with_x = mode.endswith("-with-x")
    wanted = {
        name: value
        for name, value in arguments.items()
        if name != "x-match" and (with_x or not name.startswith("x-"))
    }
    wrong = [says for name, value in wanted.items() if (says := _header_differs(headers, name, value))]
    if mode.startswith("any"):
        if not wanted:
            return "it asks for any of no headers"
        return f"none of its headers is there: {'; '.join(wrong)}" if len(wrong) == len(wanted) else ""
    return "; ".join(wrong)


def _header_differs(headers: Mapping[str, Any], name: str, wanted: Any) -> str:
    if name not in headers:
        near = next((each for each in headers if each.casefold() == name.casefold()), None)
        spelt = f" (there is {quoted(near)})" if near is not None else ""
        return f"header {quoted(name)} is missing{spelt}"
    value, wanted = _as_text(headers[name]), _as_text(wanted)
    if wanted is None or (_kind(value) == _kind(wanted) and value == wanted):
        return ""
    if isinstance(value, str) and isinstance(wanted, str):
        return f"header {quoted(name)} is {quoted(value)}, not {quoted(wanted)}{nearly(value, wanted)}"
    return f"header {quoted(name)} is {_value(value)}, not {_value(wanted)}"


def _as_text(value: Any) -> Any:
    """Bytes count as the text they spell."""
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "truth value"
    return "number" if isinstance(value, int | float) else type(value).__name__


def _value(value: Any) -> str:
    if isinstance(value, str):
        return f"the text {quoted(value)}"
    kind = _kind(value)
    return f"the {kind} {value!r:.40}" if kind in ("number", "truth value") else f"{value!r:.40}"


def quoted(text: str) -> str:
    """A foreign text within a sentence."""
    return f'"{text[:SHOWN]}…"' if len(text) > SHOWN else f'"{text}"'


def _counted(number: int) -> str:
    return f"{number} word" if number == 1 else f"{number} words"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"
