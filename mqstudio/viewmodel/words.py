"""Every text that a person reads goes through `tr()`: English in the code, other languages in catalogues.

The English text is the key. A catalogue is a file of `resources/words/`, see `Catalogue`; what it lacks stays
English. Names, payloads and a broker's own answers are never translated: they go in as values, so a
template with their letters in it cannot be made of them:

    tr("Moved {count} to {queue}", count=counted(3, "message"), queue=plain(name))

The language in use belongs to the process, as the interface to its texts does: handing one to each of a
thousand texts would hide what they say. `speak` is called once, before the first widget is made.
"""

import string
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from mqstudio.model.limits import CATALOGUE_MAX_BYTES

PSEUDO = "pseudo"
"""The language of tests: longer than English, accented, in brackets. What is without was not translated."""

ENGLISH = "en"


class Catalogue(msgspec.Struct, frozen=True):
    """A language: `words` from English texts to its own; plurals are lists, in the order of `plural`."""

    code: str
    name: str
    plural: str = "one other"
    words: dict[str, str | list[str]] = {}


class CatalogueError(ValueError):
    """A file of words cannot be used; says why."""


def tr(text: str, /, **values: object) -> str:
    """A text in the language in use, with values put into its `{places}`."""
    said = _speech.say(text)
    return said.format(**values) if values else said


def tr_count(number: int, one: str, other: str, /, **values: object) -> str:
    """A text that depends on a number, as `{count}`: `tr_count(n, "{count} row", "{count} rows")`."""
    said = _speech.say_count(number, one, other)
    return said.format(**{"count": f"{number:,}", **values})


def speak(catalogue: Catalogue | None) -> None:
    """Use a language from now on; None is English."""
    _speech.use(catalogue)


def language() -> str:
    """The code of the language in use."""
    return _speech.code


def read_catalogue(path: Path) -> Catalogue:
    """A language from its file, without entries whose places differ from the English text's."""
    try:
        if path.stat().st_size > CATALOGUE_MAX_BYTES:
            raise CatalogueError(
                f"{path.name} is larger than {CATALOGUE_MAX_BYTES} bytes, more than a language needs"
            )
        read = msgspec.json.decode(path.read_bytes(), type=Catalogue)
    except (OSError, msgspec.MsgspecError) as error:
        raise CatalogueError(f"{path.name} cannot be read as a language: {error}") from error
    if read.plural not in _PLURALS:
        raise CatalogueError(f"{path.name} has plurals {read.plural!r}; known are {', '.join(_PLURALS)}")
    fitting = {key: said for key, said in read.words.items() if _fits(key, said, read.plural)}
    return msgspec.structs.replace(read, words=fitting)


def languages(folder: Path) -> dict[str, Catalogue]:
    """The languages that can be spoken beside English, by code; files that cannot be read are left out."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        try:
            catalogue = read_catalogue(path)
        except CatalogueError:
            continue
        found[catalogue.code] = catalogue
    return found


def places(text: str) -> set[str]:
    """The names of the `{places}` of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _fits(key: str, said: str | list[str], plural: str) -> bool:
    forms = [said] if isinstance(said, str) else said
    try:
        is_whole = all(places(form) == places(key) for form in forms)
    except ValueError:  # a brace that stands alone
        return False
    return is_whole and (isinstance(said, str) or len(forms) == len(plural.split()))


def _one_other(number: int) -> int:
    return 0 if number == 1 else 1


def _none(_number: int) -> int:
    return 0


def _one_few_many(number: int) -> int:
    last, last_two = number % 10, number % 100
    if last == 1 and last_two != 11:
        return 0
    return 1 if 2 <= last <= 4 and not 12 <= last_two <= 14 else 2


_PLURALS: Mapping[str, Callable[[int], int]] = {
    "one other": _one_other,
    "other": _none,
    "one few many": _one_few_many,
}
"""Which form a number takes. Source: Unicode CLDR, plural rules of cardinals."""


# ---- the language of tests

_ACCENTS = {"a": "\u0302", "c": "\u0327", "e": "\u0301", "g": "\u0302", "i": "\u0308", "n": "\u0303"}
_ACCENTS |= {"o": "\u0308", "s": "\u0302", "t": "\u0327", "u": "\u0302", "y": "\u0301", "z": "\u0302"}


def pseudo(text: str) -> str:
    """A text as the language of tests says it: accented, two fifths longer, in brackets; places stay."""
    if text.startswith("[") and text.endswith("~]"):
        return text  # it was said before, by who put it together
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:  # a text with braces that are no places
        parts = [(text, None, None, None)]
    said = ""
    for literal, name, spec, conversion in parts:
        said += "".join(map(_accented, literal)).replace("{", "{{").replace("}", "}}")
        if name is not None:
            said += "{" + name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "") + "}"
    has_places = any(name is not None for _, name, _, _ in parts)
    said = said if has_places else said.replace("{{", "{").replace("}}", "}")
    return f"[{said}{'~' * max(1, len(text) * 2 // 5)}]" if text.strip() else text


def _accented(letter: str) -> str:
    mark = _ACCENTS.get(letter.lower(), "")
    return unicodedata.normalize("NFC", letter + mark)


class _Speech:
    """What `tr` looks in."""

    def __init__(self) -> None:
        self.code = ENGLISH
        self._catalogue: Catalogue | None = None

    def use(self, catalogue: Catalogue | None) -> None:
        self._catalogue = catalogue
        self.code = catalogue.code if catalogue else ENGLISH

    def say(self, text: str) -> str:
        if self._catalogue is None:
            return text
        if self.code == PSEUDO:
            return pseudo(text)
        said = self._catalogue.words.get(text, text)
        return said if isinstance(said, str) else said[-1]

    def say_count(self, number: int, one: str, other: str) -> str:
        english = one if number == 1 else other
        if self._catalogue is None or self.code == PSEUDO:
            return self.say(english)
        said = self._catalogue.words.get(one)
        if isinstance(said, list):
            return said[_PLURALS[self._catalogue.plural](number)]
        return self.say(english)


_speech = _Speech()
