"""What can fill a template's hole, and what can be done to it: each name with what reads its arguments."""

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Protocol

from msgspec import Struct

from mqstudio.model.limits import TEMPLATE_PICKS_MAX, TEMPLATE_TEXT_MAX
from mqstudio.model.templates_chance import Chance
from mqstudio.model.templates_syntax import Call, TemplateError, Word


class Turn(Struct, frozen=True):
    """Which message is being made. `number` counts from 1; `key` is whose turn it is among several keys."""

    number: int = 1
    count: int = 1
    now_us: int = 0
    seed: int = 0
    key: str = ""


class Fakes(Protocol):
    """Makes up names and the like."""

    def maker(self, name: str, words: tuple[Word, ...], head: Word) -> Callable[[int], str]:
        """What makes texts of seeds. Raises: TemplateError."""


Value = Callable[[Turn, Chance], str]
Change = Callable[[str], str]

_NUMBER: Final = re.compile(r"-?\d{1,18}(?:\.(\d{1,9}))?")
_OFFSET: Final = re.compile(r"([+-]\d{1,9})(ms|s|m|h|d)")
_UNIT_US: Final = {"ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_OFFSET_MAX_US: Final = 100 * 366 * _UNIT_US["d"]
_EPOCH_YEAR_MAX: Final = 253_402_300_799_000_000
"""The last µs of the year 9999."""


def _plain_words(call: Call, most: int, takes: str) -> list[Word]:
    """Its words, which have no names and are not too many. Raises: TemplateError."""
    for place, word in enumerate(call.words):
        if word.name or place >= most:
            raise word.wrong(f"{call.head.text} takes {takes}.")
    return list(call.words)


def _whole(word: Word, low: int, high: int, what: str) -> int:
    if re.fullmatch(r"[+-]?\d{1,18}", word.text) and low <= int(word.text) <= high:
        return int(word.text)
    raise word.wrong(f"{what} is a whole number from {low:,} to {high:,}.")


# ---- what fills a hole


def _seq(call: Call) -> Value:
    words = _plain_words(call, 2, "where to begin and a step: {{seq 100 10}}")
    numbers = [_whole(word, -(10**15), 10**15, "It") for word in words]
    first, step = (*numbers, *(1, 1)[len(numbers) :])
    return lambda turn, _: str(first + (turn.number - 1) * step)


def _count(call: Call) -> Value:
    _plain_words(call, 0, "nothing: it is how many are sent")
    return lambda turn, _: str(turn.count)


def _key(call: Call) -> Value:
    _plain_words(call, 0, "nothing: it is the key whose turn it is")
    return lambda turn, _: turn.key


def _now(call: Call) -> Value:
    takes = 'a form (iso, unix, ms, us, date, time or "%d.%m.%Y") and a shift (+1h, -30s)'
    shape, offset_us = "iso", 0
    for word in _plain_words(call, 2, takes):
        match = None if word.is_quoted else _OFFSET.fullmatch(word.text)
        if match:
            offset_us = int(match[1]) * _UNIT_US[match[2]]
            if abs(offset_us) > _OFFSET_MAX_US:
                raise word.wrong("A shift is at most a hundred years.")
        elif word.is_quoted or word.text in _SHAPES:
            shape = word.text
        else:
            raise word.wrong(f"now takes {takes}.")
        _try_shape(word, shape)
    return lambda turn, _: _moment(turn.now_us + offset_us, shape)


_SHAPES: Final = ("iso", "unix", "ms", "us", "date", "time")


def _try_shape(word: Word, shape: str) -> None:
    try:
        _moment(0, shape)
    except ValueError:
        raise word.wrong("That is no form of a time.", 'Such as "%Y-%m-%d %H:%M:%S".') from None


def _moment(at_us: int, shape: str) -> str:
    at_us = min(max(at_us, 0), _EPOCH_YEAR_MAX)
    if shape in ("unix", "ms", "us"):
        return str(at_us // {"unix": 1_000_000, "ms": 1_000, "us": 1}[shape])
    at = datetime.fromtimestamp(at_us // 1_000_000, UTC).replace(microsecond=at_us % 1_000_000)
    if shape == "iso":
        return f"{at:%Y-%m-%dT%H:%M:%S}.{at_us // 1000 % 1000:03}Z"
    return at.strftime({"date": "%Y-%m-%d", "time": "%H:%M:%S"}.get(shape, shape))


def _uuid(call: Call) -> Value:
    _plain_words(call, 0, "nothing")
    return lambda _, chance: _uuid_of(chance.take(16))


def _uuid_of(raw: bytes) -> str:
    """As version 4 has it: all chance but six bits (RFC 9562 §5.4)."""
    number = int.from_bytes(raw, "big") & ~(0xF << 76) & ~(3 << 62) | (4 << 76) | (2 << 62)
    digits = f"{number:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _random(call: Call) -> Value:
    hint = "Such as {{random 1 100}} or {{random 0.50 9.99}}; {{pick red green}} chooses among words."
    if len(call.words) != 2 or any(word.name for word in call.words):
        raise call.head.wrong("random takes two numbers, the least and the most.", hint)
    places = 0
    for word in call.words:
        match = _NUMBER.fullmatch(word.text)
        if not match:
            raise word.wrong("random takes two numbers, the least and the most.", hint)
        places = max(places, len(match[1] or ""))
    low, high = (_scaled(word.text, places) for word in call.words)
    if low > high:
        raise call.words[1].wrong("The most is less than the least.", "Write the smaller number first.")
    return lambda _, chance: _unscaled(low + chance.below(high - low + 1), places)


def _scaled(text: str, places: int) -> int:
    whole, _, part = text.partition(".")
    return int(whole + part.ljust(places, "0"))


def _unscaled(number: int, places: int) -> str:
    if not places:
        return str(number)
    digits = f"{abs(number):0{places + 1}}"
    return f"{'-' if number < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def _pick(call: Call) -> Value:
    texts = [word.text for word in _plain_words(call, TEMPLATE_PICKS_MAX, "words to choose from")]
    if not texts:
        raise call.head.wrong("pick needs words to choose from.", 'Such as {{pick red green "dark blue"}}.')
    return lambda _, chance: texts[chance.below(len(texts))]


def _size(call: Call, default: int) -> int:
    words = _plain_words(call, 1, "how many characters")
    return _whole(words[0], 0, TEMPLATE_TEXT_MAX, "How many characters") if words else default


def _text(call: Call) -> Value:
    size = _size(call, 8)
    return lambda _, chance: chance.letters(size)


def _hex(call: Call) -> Value:
    size = _size(call, 8)
    return lambda _, chance: chance.take((size + 1) // 2).hex()[:size]


def _bool(call: Call) -> Value:
    _plain_words(call, 0, "nothing")
    return lambda _, chance: ("false", "true")[chance.below(2)]


VALUES: Final[dict[str, tuple[Callable[[Call], Value], str]]] = {
    "seq": (_seq, "the message's number: {{seq}}, {{seq 100 10}}"),
    "now": (_now, "when it is sent: {{now}}, {{now unix}}, {{now +1h date}}"),
    "uuid": (_uuid, "a unique id: {{uuid}}"),
    "random": (_random, "a number: {{random 1 100}}, {{random 0.50 9.99}}"),
    "pick": (_pick, 'one of these: {{pick red green "dark blue"}}'),
    "text": (_text, "letters and digits: {{text 12}}"),
    "hex": (_hex, "hex digits: {{hex 16}}"),
    "bool": (_bool, "true or false"),
    "key": (_key, "the key whose turn it is"),
    "count": (_count, "how many are sent"),
}
"""Names of values: what reads their arguments, and a sentence with an example."""


# ---- what is done to it


def _simple(change: Change) -> Callable[[Call], Change]:
    def read(call: Call) -> Change:
        _plain_words(call, 0, "nothing")
        return change

    return read


def _pad(call: Call) -> Change:
    width = _one_size(call, "pad", "{{seq | pad 6}}")
    return lambda text: text.rjust(width, "0")


def _cut(call: Call) -> Change:
    width = _one_size(call, "cut", "{{faker.name | cut 10}}")
    return lambda text: text[:width]


def _one_size(call: Call, name: str, such: str) -> int:
    if len(call.words) != 1 or call.words[0].name:
        raise call.head.wrong(f"{name} takes a number of characters.", f"Such as {such}.")
    return _whole(call.words[0], 0, TEMPLATE_TEXT_MAX, "The number of characters")


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


FILTERS: Final[dict[str, tuple[Callable[[Call], Change], str]]] = {
    "json": (_simple(_json), "in quotation marks, as JSON has texts"),
    "escaped": (_simple(lambda text: _json(text)[1:-1]), "for within the quotation marks of a JSON text"),
    "upper": (_simple(str.upper), "in capitals"),
    "lower": (_simple(str.lower), "in small letters"),
    "base64": (_simple(lambda t: base64.b64encode(t.encode("utf-8", "replace")).decode()), "in base64"),
    "pad": (_pad, "with zeros before it: {{seq | pad 6}}"),
    "cut": (_cut, "its first characters: {{faker.name | cut 10}}"),
}
"""Names of filters, as VALUES."""

__all__ = ["FILTERS", "VALUES", "Change", "Fakes", "TemplateError", "Turn", "Value"]
