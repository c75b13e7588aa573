"""What changing something would come to: what it is, what it becomes, and what that costs."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from mqstudio.model.arguments import Argument, ValueKind
from mqstudio.model.topology import Arguments
from mqstudio.viewmodel.form import Preview
from mqstudio.viewmodel.rules_words import span
from mqstudio.viewmodel.wording import count, exchange_title, plain
from mqstudio.viewmodel.words import tr

TIMES = (ValueKind.TIME_MS, ValueKind.POSITIVE_TIME_MS)


class Change(Struct, frozen=True):
    """One thing that changes: an argument, or a flag. was and becomes are None where it is not set."""

    name: str
    title: str
    was: Any  # Any: by argument
    becomes: Any  # Any: as above
    shown_was: str
    shown_becomes: str

    @property
    def says(self) -> str:
        """The change in a line."""
        return f"{self.title}: {self.shown_was} → {self.shown_becomes}"


def flag_change(name: str, title: str, was: bool, becomes: bool) -> list[Change]:
    """A flag, if it changes."""
    if was == becomes:
        return []
    words = {True: tr("yes"), False: tr("no")}
    return [Change(name, title, was, becomes, words[was], words[becomes])]


def text_change(name: str, title: str, was: str, becomes: str) -> list[Change]:
    """A text, if it changes."""
    if was == becomes:
        return []
    return [
        Change(name, title, was, becomes, plain(was, 60) or tr("empty"), plain(becomes, 60) or tr("empty"))
    ]


def argument_changes(table: Mapping[str, Argument], was: Arguments, becomes: Arguments) -> list[Change]:
    """The arguments that change, those of the table first."""
    names = [*table, *sorted((was.keys() | becomes.keys()) - table.keys())]
    return [
        Change(
            name,
            tr(table[name].title).removesuffix(" (ms)") if name in table else plain(name, 40),
            was.get(name),
            becomes.get(name),
            shown(table.get(name), was.get(name)),
            shown(table.get(name), becomes.get(name)),
        )
        for name in names
        if was.get(name) != becomes.get(name)
    ]


def shown(argument: Argument | None, value: Any) -> str:  # Any: by argument
    """A value as people say it."""
    if value is None:
        return tr("not set")
    if argument is not None and argument.value_kind in TIMES and isinstance(value, int):
        return span(value * 1000)
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, int):
        return count(value)
    if argument is not None and argument.name.endswith("-exchange"):
        return exchange_title(str(value))
    return plain(str(value), 60) or tr("empty")


def diff_preview(changes: list[Change], costs: list[str]) -> list[Preview]:
    """What is shown beside the form before it is applied."""
    if not changes:
        return [Preview(tr("What changes"), (("quiet", tr("Nothing yet.")),))]
    found = [Preview(tr("What changes"), tuple(("good", each.says) for each in changes))]
    if costs:
        found.append(Preview(tr("What it costs"), tuple(("bad", each) for each in costs)))
    return found
