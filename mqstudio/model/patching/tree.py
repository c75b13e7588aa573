"""What a patch is once it is read."""

from enum import StrEnum

from msgspec import Struct

from mqstudio.model.filters.paths import Steps, write_path


class PatchError(ValueError):
    """A patch cannot be read, or does not fit a message. `says`: what, and what would work.

    at, length: where in the text the trouble is, as far as it is in the text.
    """

    def __init__(self, says: str, at: int = 0, length: int = 0) -> None:
        super().__init__(says)
        self.says = says
        self.at = at
        self.length = length


class Place(StrEnum):
    """What a path leads into."""

    BODY = "$"
    HEADER = "header"


class Value(Struct, frozen=True):
    """A value that is written in the patch."""

    value: str | int | float | bool | None


class Ref(Struct, frozen=True):
    """What is at a path of the message."""

    place: Place
    steps: Steps

    def __str__(self) -> str:
        return self.place.value + write_path(self.steps)


class Sum(Struct, frozen=True):
    """Two values and the sign between them: + - * / %."""

    sign: str
    left: "Expression"
    right: "Expression"


class Call(Struct, frozen=True):
    """A function of values."""

    name: str
    values: tuple["Expression", ...]


Expression = Value | Ref | Sum | Call


class Change(Struct, frozen=True):
    """One change: what is at `target` becomes `value`, or goes (None)."""

    target: Ref
    value: Expression | None


class Patch(Struct, frozen=True):
    """Changes, done one after the other."""

    changes: tuple[Change, ...]
