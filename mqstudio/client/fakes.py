"""Made-up names, places and numbers for templates, by the faker library; loaded when first asked for.

What a message costs to make is bounded: only providers that give a value of a line or a paragraph are
offered, and arguments that say how much of it have a limit.
"""

import inspect
import json
from collections.abc import Callable
from datetime import date, datetime, time
from difflib import get_close_matches
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from mqstudio.model.limits import FAKE_SIZE_MAX
from mqstudio.model.templates_syntax import Word

if TYPE_CHECKING:
    from faker import Generator

DEFAULT_LOCALE: Final = "en_US"

_NOT_OFFERED: Final = frozenset(
    {
        "add_provider",
        "binary",
        "cache_pattern",
        "csv",
        "del_arguments",
        "dsv",
        "enum",
        "fixed_width",
        "format",
        "get_arguments",
        "get_formatter",
        "get_providers",
        "get_words_list",
        "image",
        "items",
        "json",
        "json_bytes",
        "locale",
        "optional",
        "parse",
        "provider",
        "providers",
        "psv",
        "pydict",
        "pyiterable",
        "pylist",
        "pyobject",
        "pyset",
        "pystruct",
        "pytimezone",
        "pytuple",
        "random",
        "randomize_nb_elements",
        "seed",
        "seed_instance",
        "set_arguments",
        "set_formatter",
        "tar",
        "time_series",
        "tsv",
        "unique",
        "xml",
        "zip",
    }
)
"""Methods that are not made-up values, or whose values are files and tables."""

_SIZES: Final = ("nb", "max_nb", "length", "digits", "max_chars", "min_chars", "elements")


class LibraryFakes:
    """What `{{faker.…}}` is filled with; makes texts of seeds, the same seed the same text."""

    def maker(self, name: str, words: tuple[Word, ...], head: Word) -> Callable[[int], str]:
        """What makes texts of seeds. Raises: TemplateError."""
        locale, _, last = name.rpartition(".")
        generator = _generator_for(locale or DEFAULT_LOCALE, head)
        method = _method(generator, last, head)
        plain = [_read(word) for word in words if not word.name]
        named = {word.name: _read(word) for word in words if word.name}
        _check_sizes(method, plain, named, words)
        make = partial(_make, generator, method, plain, named)
        try:
            make(0)
        except Exception as error:  # a plug-in's call: whatever it does not like
            says = str(error) or type(error).__name__
            raise head.wrong(f"faker.{name:.40} does not take that: {says:.120}") from error
        return make


def _make(
    generator: "Generator", method: Callable[..., Any], plain: list[Any], named: dict[str, Any], seed: int
) -> str:
    generator.seed_instance(seed)
    return _as_text(method(*plain, **named))


@cache
def _generator(locale: str) -> "Generator":
    from faker import Factory  # noqa: PLC0415 - a tenth of a second that most windows never need

    generator: Generator = Factory.create(locale)
    return generator


def _generator_for(locale: str, head: Word) -> "Generator":
    from faker.config import AVAILABLE_LOCALES  # noqa: PLC0415 - as above

    if locale not in AVAILABLE_LOCALES:
        close = get_close_matches(locale, AVAILABLE_LOCALES, 1)
        such = close[0] if close else "de_DE"
        raise head.wrong(f"faker knows no language “{locale:.40}”.", f"Such as {{{{faker.{such}.name}}}}.")
    return _generator(locale)


def names(locale: str = DEFAULT_LOCALE) -> list[str]:
    """All that can be made up."""
    return [name for name in dir(_generator(locale)) if _is_offered(name)]


def _is_offered(name: str) -> bool:
    return not name.startswith("_") and name not in _NOT_OFFERED


def _method(generator: "Generator", name: str, head: Word) -> Callable[..., Any]:  # Any: what faker makes
    method = getattr(generator, name, None) if _is_offered(name) else None
    if not callable(method):
        close = get_close_matches(name, names(), 3)
        hint = f"Did you mean {', '.join(close)}?" if close else "Such as faker.name or faker.city."
        raise head.wrong(f"faker makes no “{name:.40}”.", hint)
    found: Callable[..., Any] = method
    return found


def _read(word: Word) -> Any:  # Any: what JSON says, or text
    if word.is_quoted:
        return word.text
    try:
        return json.loads(word.text)
    except (ValueError, RecursionError):
        return {"True": True, "False": False, "None": None}.get(word.text, word.text)


def _check_sizes(
    method: Callable[..., Any], plain: list[Any], named: dict[str, Any], words: tuple[Word, ...]
) -> None:
    parameters = list(inspect.signature(method).parameters)
    positional = [word for word in words if not word.name]
    given = [*zip(parameters, plain, positional, strict=False)]
    given += [(word.name, named[word.name], word) for word in words if word.name]
    for name, value, word in given:
        is_size = any(part in name for part in _SIZES)
        if is_size and isinstance(value, int | float) and abs(value) > FAKE_SIZE_MAX:
            raise word.wrong(f"{name} is at most {FAKE_SIZE_MAX:,}.")
        if isinstance(value, str) and len(value) > FAKE_SIZE_MAX:
            raise word.wrong(f"A text for faker has at most {FAKE_SIZE_MAX:,} characters.")


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, list | tuple | dict | set):
        return json.dumps(sorted(value, key=str) if isinstance(value, set) else value, default=str)
    return "" if value is None else str(value)
