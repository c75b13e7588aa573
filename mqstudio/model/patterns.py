"""Patterns that people write into policies and permissions: regular expressions that cannot run for ever.

Python's engine backtracks: `(a|aa)+b`, or `.*.*.*.*x`, keeps it busy for hours on a name of 255 bytes.
Here all ways are followed at once, from the name's end to its beginning: what a pattern costs is at most
its size times the name's. Each place has the set of *steps* from which the pattern can still be fulfilled
by what follows; a set is one integer, and sets met before are remembered.
"""

from functools import lru_cache
from typing import Final

from mqstudio.model import pattern_syntax as syntax
from mqstudio.model.limits import PATTERN_CHARACTERS, PATTERN_STEPS

_SETS_MAX: Final = 1_000
"""Sets of steps, and characters, that a pattern remembers; more begin anew."""

_WORK_MAX: Final = 10 * PATTERN_STEPS

_PLACES: dict[syntax.Place, int] = {
    "start": 1,
    "end": 2,
    "last line's end": 4,
    "word's edge": (_EDGE := 8),
    "not a word's edge": (_NO_EDGE := 16),
}

_Way = tuple[int, int, int, bool]
"""How a step leads on without taking a character: its bit; the places where it does (0: everywhere);
the step that looking ahead begins with (-1: none), and whether what is ahead must be so or must not."""


class Pattern:
    """A compiled pattern; `search` is all it can do."""

    def __init__(self, text: str) -> None:
        self.text = text
        program = _Program(text, syntax.read(text))
        self._takers = program.takers
        self._ways = program.ways
        self._led_to = sum(1 << step for step in program.ways)
        self._levels = program.levels()
        self._places = program.places
        self._asks_edges = bool(program.places & (_EDGE | _NO_EDGE))
        self._by_character: dict[str, int] = {}
        self._closed: dict[tuple[int, int], int] = {}

    def search(self, name: str) -> bool:
        """Whether the pattern is found anywhere in the name."""
        steps = self._close(0, self._places_at(name, len(name)))
        for at in range(len(name) - 1, -1, -1):
            if steps & 1:
                return True
            steps = self._close(steps >> 1 & self._taking(name[at]), self._places_at(name, at))
        return bool(steps & 1)

    def _taking(self, character: str) -> int:
        """The steps that take this character."""
        found = self._by_character.get(character)
        if found is None:
            found = sum(1 << step for step, takes in self._takers if takes(character))
            if len(self._by_character) >= _SETS_MAX:
                self._by_character.clear()
            self._by_character[character] = found
        return found

    def _places_at(self, name: str, at: int) -> int:
        """What kind of place this is, as far as the pattern asks."""
        length = len(name)
        if not self._asks_edges and (not self._places or 0 < at < length - 1):
            return 0
        places = (at == 0) | (at == length) << 1
        places |= (at == length or (at == length - 1 and name[at] == "\n")) << 2
        is_edge = (at > 0 and syntax.is_word(name[at - 1])) != (at < length and syntax.is_word(name[at]))
        return (places | (_EDGE if is_edge else _NO_EDGE)) & self._places

    def _close(self, steps: int, places: int) -> int:
        """Add the steps that lead to these without taking a character."""
        key = steps, places
        found = self._closed.get(key)
        if found is None:
            found = self._follow(steps, places)
            if len(self._closed) >= _SETS_MAX:
                self._closed.clear()
            self._closed[key] = found
        return found

    def _follow(self, steps: int, places: int) -> int:
        """What is looked at ahead lies deeper, and must be known first."""
        for accepting, members in self._levels:
            steps |= accepting
            waiting = steps & members & self._led_to
            while waiting:
                step = waiting & -waiting
                waiting ^= step
                for source, asked, ahead, is_wanted in self._ways[step.bit_length() - 1]:
                    is_open = not asked or places & asked
                    if ahead >= 0:
                        is_open = bool(steps >> ahead & 1) is is_wanted
                    if is_open and not steps & source:
                        steps |= source
                        waiting |= source & self._led_to
        return steps


@lru_cache(maxsize=1024)
def compile_pattern(text: str) -> Pattern:
    """Compile a pattern of a policy or permission, or find it compiled: a large one takes 140 KiB.

    Raises: ValueError with a sentence for people.
    """
    return new_pattern(text)


def new_pattern(text: str) -> Pattern:
    """Compile a pattern that is wanted once. Raises: ValueError with a sentence for people."""
    if len(text) > PATTERN_CHARACTERS:
        raise ValueError(
            f"This pattern has {len(text)} characters; {PATTERN_CHARACTERS} is the most. Shorten it."
        )
    return Pattern(text)


class _Program:
    """Steps made from a tree: each takes a character and leads to the next, or leads on as its ways say."""

    def __init__(self, text: str, node: syntax.Node) -> None:
        self.takers: list[tuple[int, syntax.Characters]] = []
        self.ways: dict[int, list[_Way]] = {}
        self.places = 0
        self._text = text
        self._size = 0
        self._work = 0
        self._members: dict[int, int] = {}
        self._accepting: dict[int, int] = {}
        self._level = 0
        self._add(node)
        self._accept()

    def levels(self) -> list[tuple[int, int]]:
        """Deepest first: the steps at which all is fulfilled, and all steps."""
        return [
            (self._accepting[level], self._members[level]) for level in sorted(self._members, reverse=True)
        ]

    def _step(self) -> int:
        step = self._size
        self._size += 1
        if self._size > PATTERN_STEPS:
            self._too_large()
        self._members[self._level] = self._members.get(self._level, 0) | 1 << step
        return step

    def _too_large(self) -> None:
        raise ValueError(
            f"'{self._text}' is too large a pattern: with its repeats written out it has more than "
            f"{PATTERN_STEPS} steps. Repeat less, or use * or +."
        )

    def _lead(
        self, source: int, target: int, asked: int = 0, ahead: int = -1, is_wanted: bool = True
    ) -> None:
        self.ways.setdefault(target, []).append((1 << source, asked, ahead, is_wanted))

    def _accept(self) -> None:
        self._accepting[self._level] = self._accepting.get(self._level, 0) | 1 << self._step()

    def _add(self, node: syntax.Node) -> None:
        """Write a node's steps behind those there are; where it ends, what comes next begins."""
        self._work += 1
        if self._work > _WORK_MAX:  # repeats of repeats of nothing make no steps
            self._too_large()
        match node:
            case syntax.One(characters):
                self.takers.append((self._step(), characters))
            case syntax.Sequence(parts):
                for part in parts:
                    self._add(part)
            case syntax.Choice(parts):
                self._add_choice(parts)
            case syntax.Repeat(part, least, most):
                self._add_repeat(part, least, most)
            case syntax.At(place):
                step = self._step()
                self.places |= _PLACES[place]
                self._lead(step, self._size, _PLACES[place])
            case syntax.Ahead(part, is_negative):
                step = self._step()
                self._level += 1
                self._add(part)
                self._accept()
                self._level -= 1
                self._lead(step, self._size, ahead=step + 1, is_wanted=not is_negative)

    def _add_choice(self, parts: tuple[syntax.Node, ...]) -> None:
        ends = []
        for part in parts[:-1]:
            fork = self._step()
            self._lead(fork, self._size)
            self._add(part)
            ends.append(self._step())
            self._lead(fork, self._size)
        self._add(parts[-1])
        for end in ends:
            self._lead(end, self._size)

    def _add_repeat(self, part: syntax.Node, least: int, most: int | None) -> None:
        for _ in range(least):
            self._add(part)
        if most is None:
            fork = self._step()
            self._lead(fork, self._size)
            self._add(part)
            back = self._step()
            self._lead(back, fork)
            self._lead(fork, self._size)
            return
        forks = []
        for _ in range(most - least):
            forks.append(self._step())
            self._lead(forks[-1], self._size)
            self._add(part)
        for fork in forks:
            self._lead(fork, self._size)
