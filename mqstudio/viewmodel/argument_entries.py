"""Entries of forms, and values, from the table of arguments: a new argument there is a new entry here."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mqstudio.model.arguments import Argument, ArgumentError, ValueKind, check
from mqstudio.model.topology import Arguments
from mqstudio.viewmodel.form import TRUE, Entry, EntryKind
from mqstudio.viewmodel.wording import exchange_title
from mqstudio.viewmodel.words import tr

DEFAULT_EXCHANGE = exchange_title("")
"""How the exchange without a name is typed where "" means that nothing is set."""

_TEXTS = (ValueKind.TEXT, ValueKind.CHOICE, ValueKind.AGE)
"""Whatever is neither these nor a flag is a number."""

_PLACEHOLDERS = {
    ValueKind.COUNT: "no limit",
    ValueKind.TIME_MS: "never",
    ValueKind.POSITIVE_TIME_MS: "never",
    ValueKind.PRIORITY: "none",
    ValueKind.AGE: "7D",
}


def argument_entries(
    arguments: Iterable[Argument], group: str, exchanges: Sequence[str], *, by_policy_key: bool = False
) -> list[Entry]:
    """One entry for each argument; those that name an exchange offer `exchanges`."""
    return [_entry(each, group, exchanges, by_policy_key=by_policy_key) for each in arguments]


def _entry(argument: Argument, group: str, exchanges: Sequence[str], *, by_policy_key: bool) -> Entry:
    name = argument.policy_key if by_policy_key else argument.name
    kind, choices = EntryKind.TEXT, tuple[tuple[str, str], ...]()
    if argument.value_kind is ValueKind.FLAG:
        kind = EntryKind.FLAG
    elif argument.choices:
        kind, choices = EntryKind.CHOICE, (("", tr("not set")), *((each, each) for each in argument.choices))
    elif _is_exchange(argument):
        kind = EntryKind.OFFER
        choices = tuple((shown, shown) for shown in map(exchange_title, exchanges))
    placeholder = tr(_PLACEHOLDERS.get(argument.value_kind, "not set"))
    return Entry(name, tr(argument.title), tr(argument.says), kind, choices, placeholder, group, name)


def _is_exchange(argument: Argument) -> bool:
    return argument.value_kind is ValueKind.TEXT and argument.name.endswith("-exchange")


def read_arguments(
    arguments: Iterable[Argument], values: Mapping[str, str], *, by_policy_key: bool = False
) -> tuple[Arguments, dict[str, str]]:
    """Read what was typed; returns the arguments that are set, and what is wrong by entry."""
    found: Arguments = {}
    problems: dict[str, str] = {}
    for argument in arguments:
        name = argument.policy_key if by_policy_key else argument.name
        text = values.get(name, "")
        if not text.strip():
            continue
        value = _value(argument, text)
        try:
            check(argument, value)
        except ArgumentError as error:
            problems[name] = error.says.replace(f"'{argument.name}'", argument.title)
        else:
            found[name] = value
    return found, problems


def _value(argument: Argument, text: str) -> Any:  # Any: by the argument's kind
    if argument.value_kind is ValueKind.FLAG:
        return text == TRUE
    if argument.value_kind not in _TEXTS:
        try:
            return int(text)
        except ValueError:
            return text
    if _is_exchange(argument) and text == DEFAULT_EXCHANGE:
        return ""
    return text


def write_values(arguments: Mapping[str, Argument], given: Arguments) -> dict[str, str]:
    """Show arguments that are set as texts of their entries. `arguments` by entry name."""
    return {name: _text(arguments[name], value) for name, value in given.items() if name in arguments}


def _text(argument: Argument, value: object) -> str:
    if argument.value_kind is ValueKind.FLAG:
        return TRUE if value else ""
    return DEFAULT_EXCHANGE if _is_exchange(argument) and value == "" else str(value)
