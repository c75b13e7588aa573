"""Takes a filter apart: what a message says of itself, and where it stands in a queue.

Who has the messages answers the first, by number, and passes on what may still be found; who knows where they
stand answers the rest. So a filter is one, wherever its parts are answered.
"""

from msgspec import Struct

from mqstudio.model.filters import tree
from mqstudio.model.filters.fields import FIELDS
from mqstudio.model.filters.matching import Matcher, asks_of, compile_filter
from mqstudio.model.filters.subject import Subject


class Split(Struct, frozen=True):
    """`parts` are about messages alone; in `rest`, `Known(n)` stands for the n-th of them."""

    parts: tuple[tree.Node, ...]
    rest: tree.Node

    def needs(self, *fields: str) -> bool:
        """Whether one of the parts reads one of these fields."""
        return any(
            isinstance(ask, tree.Anywhere) or ask.field in fields
            for part in self.parts
            for ask in asks_of(part)
        )


def split(node: tree.Node) -> Split:
    """Take a filter apart. Parts are as large as can be."""
    parts: list[tree.Node] = []
    rest = _rest(node, parts)
    return Split(tuple(parts), rest)


def _is_of_message(node: tree.Node) -> bool:
    return all(isinstance(ask, tree.Anywhere) or FIELDS[ask.field].is_of_message for ask in asks_of(node))


def _known(node: tree.Node, parts: list[tree.Node]) -> tree.Node:
    parts.append(node)
    return tree.Known(len(parts) - 1)


def _rest(node: tree.Node, parts: list[tree.Node]) -> tree.Node:
    if _is_of_message(node):
        return _known(node, parts)
    match node:
        case tree.All(inner) | tree.Any(inner):
            kind = type(node)
            own = tuple(part for part in inner if _is_of_message(part))
            others = tuple(_rest(part, parts) for part in inner if not _is_of_message(part))
            if not own:
                return kind(others)
            return kind((_known(own[0] if len(own) == 1 else kind(own), parts), *others))
        case tree.Not(part):
            return tree.Not(_rest(part, parts))
        case _:
            return node


def could_be(node: tree.Node, answers: int) -> tuple[bool, bool]:
    """Whether a rest can be true, and whether it can be false, as far as the answers tell."""
    match node:
        case tree.Known(number):
            is_so = bool(answers >> number & 1)
            return is_so, not is_so
        case tree.All(parts):
            pairs = [could_be(part, answers) for part in parts]
            return all(true for true, _ in pairs), any(false for _, false in pairs)
        case tree.Any(parts):
            pairs = [could_be(part, answers) for part in parts]
            return any(true for true, _ in pairs), all(false for _, false in pairs)
        case tree.Not(part):
            true, false = could_be(part, answers)
            return false, true
        case _:
            return True, True


class Sieve:
    """Answers the parts of a filter that are about messages alone."""

    def __init__(self, node: tree.Node, now_us: int) -> None:
        self.split = split(node)
        self._tests: list[Matcher] = [compile_filter(part, now_us) for part in self.split.parts]
        self._is_plain = self.split.rest == tree.Known(0)

    def answers(self, subject: Subject) -> int | None:
        """The answers, a bit each; None if the message cannot be meant, wherever it stands."""
        if self._is_plain:
            return 1 if self._tests[0](subject) else None
        answers = 0
        for number, test in enumerate(self._tests):
            answers |= test(subject) << number
        return answers if could_be(self.split.rest, answers)[0] else None
