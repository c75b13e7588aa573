"""Colour rules while somebody changes them: nothing counts until it is saved."""

from typing import Any

from msgspec.structs import replace

from mqstudio.viewmodel.colour_rules import COLOURS, FIRST_RULES, ICONS, ColourRule, ColourRules
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.words import tr


class ColourRuleForm:
    """The rules as they would be, and the one that is being looked at. changed(): anything did.

    queue: of which the page is that the form was opened from, as "vhost\\nname".
    """

    def __init__(self, rules: ColourRules, queue: str) -> None:
        self.changed = Signal()
        self.queue = queue
        self.rules = list(rules.rules)
        self.place = 0 if self.rules else -1
        self.problem = ""
        self._rules = rules

    @property
    def rule(self) -> ColourRule | None:
        """The one that is being looked at."""
        return self.rules[self.place] if 0 <= self.place < len(self.rules) else None

    def choose(self, place: int) -> None:
        """Look at another rule."""
        if place != self.place and -1 <= place < len(self.rules):
            self.place = place
            self.changed.emit()

    def edit(self, **fields: Any) -> None:
        """Change the rule that is looked at. Any: fields of ColourRule."""
        if self.rule is not None:
            self.rules[self.place] = replace(self.rule, **fields)
            self.problem = self.rules[self.place].problem
            self.changed.emit()

    def set_on(self, place: int, *, is_on: bool) -> None:
        """Have a rule count, or not."""
        self.rules[place] = replace(self.rules[place], is_on=is_on)
        self.changed.emit()

    def add(self) -> None:
        """A further rule, behind the others, for this queue."""
        used = {rule.colour for rule in self.rules}
        colour = next((each for each in COLOURS if each not in used), next(iter(COLOURS)))
        self.rules.append(ColourRule(tr("New rule"), "size > 1KB", colour, ICONS[3], True, self.queue))
        self.place = len(self.rules) - 1
        self.problem = ""
        self.changed.emit()

    def remove(self) -> None:
        """The rule that is looked at goes."""
        if self.rule is not None:
            del self.rules[self.place]
            self.place = min(self.place, len(self.rules) - 1)
            self.problem = ""
            self.changed.emit()

    def move(self, by: int) -> None:
        """Let the rule be asked earlier, or later."""
        new = self.place + by
        if self.rule is not None and 0 <= new < len(self.rules):
            self.rules.insert(new, self.rules.pop(self.place))
            self.place = new
            self.changed.emit()

    def start_over(self) -> None:
        """The rules that there were at first."""
        self.rules = list(FIRST_RULES)
        self.place, self.problem = 0, ""
        self.changed.emit()

    def save(self) -> bool:
        """Let them count; False, and `problem` says why, if they cannot."""
        wrong = next((place for place, rule in enumerate(self.rules) if rule.problem), None)
        if wrong is not None:
            self.place = wrong
        self.problem = self._rules.replace(self.rules)
        self.changed.emit()
        return not self.problem
