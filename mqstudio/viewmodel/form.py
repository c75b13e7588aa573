"""Forms: what can be filled in, what is wrong with it, what it will do; and then it is done.

A form is made of entries; how they look is the widget's affair. Values are texts as typed, "" for what is not
set; a flag is "true" or "".
"""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from mqstudio.model.errors import RefusedError
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.words import tr

TRUE = "true"


class EntryKind(StrEnum):
    """How a value is given."""

    TEXT = "text"
    PASSWORD = "password"
    FLAG = "flag"
    CHOICE = "choice"  # one of `choices`
    OFFER = "offer"  # any text; `choices` are offered
    LINES = "lines"  # one `name = value` a line


class Entry(Struct, frozen=True):
    """One line of a form. `term` is what the protocol calls it; `choices` are values and how they read."""

    name: str
    title: str
    says: str = ""
    kind: EntryKind = EntryKind.TEXT
    choices: tuple[tuple[str, str], ...] = ()
    placeholder: str = ""
    group: str = ""
    term: str = ""
    is_fixed: bool = False


def translated(entry: Entry) -> Entry:
    """An entry that was made before there was a language."""
    return replace(
        entry,
        title=tr(entry.title),
        says=entry.says and tr(entry.says),
        group=entry.group and tr(entry.group),
    )


class Preview(Struct, frozen=True):
    """What would be concerned: a heading, and lines of a sign (good, bad or quiet) and words."""

    title: str
    lines: tuple[tuple[str, str], ...]


class Form:
    """The ground of all forms. `changed()`: values, problems or what is known did."""

    heading = ""
    verb = "Make"
    needs_broker = True
    """Whether it can be done only while there is one."""
    takes_away = False
    """Whether what it does cannot be had back: its button looks so."""

    def __init__(self, values: dict[str, str] | None = None) -> None:
        self.changed = Signal()
        self.values: dict[str, str] = dict(values or {})
        self.refusal = ""
        """Why the broker would not do it, "" otherwise."""

    def says_verb(self) -> str:
        """What its button says: a class has it in English, a form that makes it up has it translated."""
        return self.verb if "verb" in vars(self) else tr(self.verb)

    def says_heading(self) -> str:
        """What it says at the top; as the verb."""
        return self.heading if "heading" in vars(self) or not self.heading else tr(self.heading)

    def edit(self, name: str, text: str) -> None:
        """Change one value."""
        if self.value(name) != text:
            self.values[name] = text
            self.refusal = ""
            self.changed.emit()

    def value(self, name: str) -> str:
        """A value as typed, "" if it is not set."""
        return self.values.get(name, "")

    def is_set(self, name: str) -> bool:
        """Whether a flag is set."""
        return self.value(name) == TRUE

    def entries(self) -> list[Entry]:
        """What can be filled in, as things stand."""
        raise NotImplementedError

    def problems(self) -> dict[str, str]:
        """What is wrong, in a sentence, by entry."""
        raise NotImplementedError

    def summary(self) -> str:
        """What it will do, in a sentence or two."""
        raise NotImplementedError

    def previews(self) -> list[Preview]:
        """What would be concerned."""
        return []

    def missing(self) -> bool:
        """Whether something that is needed is not there yet: no mistake, but not ready either."""
        return False

    async def act(self) -> None:
        """Do it. Raises: RefusedError."""
        raise NotImplementedError

    async def submit(self) -> bool:
        """Do it if nothing is wrong; returns whether it was done. Why not is in `refusal`."""
        if self.problems() or self.missing():
            return False
        try:
            await self.act()
        except RefusedError as error:
            self.refusal = error.says
            self.changed.emit()
            return False
        return True
