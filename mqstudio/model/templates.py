"""Templates: a text with holes that are filled anew for each message, `{{seq}}` or `{{faker.name}}`.

Plain functions: what a message is follows from the template, a seed, its number and the time it is given.
"""

from collections.abc import Callable
from difflib import get_close_matches
from typing import TypeVar

from mqstudio.model.templates_chance import Chance
from mqstudio.model.templates_syntax import Call, Hole, TemplateError, Word, literal, take_apart
from mqstudio.model.templates_values import FILTERS, VALUES, Change, Fakes, Turn, Value

FAKER = "faker"
"""The first part of names that are made up."""

T = TypeVar("T")


class Template:
    """A text ready to be filled. `errors` is empty if it is sound; only then may it be filled.

    field: what the text is of (body, routing key …): two fields' holes have chances of their own.
    """

    def __init__(self, text: str, fakes: Fakes | None = None, field: str = "") -> None:
        self.text = text
        syntax = take_apart(text)
        errors = list(syntax.errors)
        self._parts: list[str | Callable[[Turn], str]] = []
        for place, part in enumerate(syntax.parts):
            if isinstance(part, str):
                self._parts.append(part)
                continue
            try:
                self._parts.append(_filler(part, fakes, f"{field}/{place}"))
            except TemplateError as error:
                errors.append(error)
        self.errors = sorted(errors, key=lambda error: error.position)

    @property
    def is_fixed(self) -> bool:
        """Whether it has no holes: all messages are the same."""
        return all(isinstance(part, str) for part in self._parts)

    def fill(self, turn: Turn) -> str:
        """The text of one message."""
        assert not self.errors, "a template with errors is not filled"
        return "".join(part if isinstance(part, str) else part(turn) for part in self._parts)


def _filler(hole: Hole, fakes: Fakes | None, place: str) -> Callable[[Turn], str]:
    """What fills one hole. Holes with a label share their chance, in whatever field they are."""
    value = _value(hole.value, fakes)
    changes = [_change(call) for call in hole.filters]
    where = f"#{hole.label}" if hole.label else place

    def fill(turn: Turn) -> str:
        text = value(turn, Chance(turn.seed, turn.number, where))
        for change in changes:
            text = change(text)
        return text

    return fill


def _value(call: Call, fakes: Fakes | None) -> Value:
    head = call.head
    if head.is_quoted:
        for word in call.words:
            raise word.wrong("A text in quotation marks stands alone.", 'Such as {{"{{"}}.')
        return lambda _turn, _chance: head.text
    if head.text.startswith(f"{FAKER}.") or head.text == FAKER:
        return _fake(call, fakes)
    return _look_up(head, VALUES, "value", (*VALUES, FAKER))(call)


def _change(call: Call) -> Change:
    return _look_up(call.head, FILTERS, "filter", tuple(FILTERS))(call)


def _look_up(head: Word, table: dict[str, tuple[T, str]], noun: str, names: tuple[str, ...]) -> T:
    if head.text in table and not head.is_quoted:
        return table[head.text][0]
    close = get_close_matches(head.text, names, 1)
    hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(names)}."
    raise head.wrong(f"There is no {noun} “{head.text:.40}”.", hint)


def _fake(call: Call, fakes: Fakes | None) -> Value:
    name = call.head.text[len(FAKER) + 1 :]
    if fakes is None:
        raise call.head.wrong("Made-up names are not to be had here.")
    if not name:
        raise call.head.wrong("faker needs to know what.", "Such as {{faker.name}} or {{faker.city}}.")
    make = fakes.maker(name, call.words, call.head)
    return lambda _, chance: make(chance.below(2**63))


__all__ = ["FAKER", "FILTERS", "VALUES", "Fakes", "Template", "TemplateError", "Turn", "literal"]
