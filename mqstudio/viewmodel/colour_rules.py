"""Rules by which rows of messages are coloured: a filter, a colour, an icon and a name.

Colour alone says nothing to many people. The first rule that fits counts. A rule asks in the language of
filters: what rows tell is asked here; what only the messages themselves tell, such as a value in a body, is
asked of the broker once a message and kept.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from mqstudio.model import limits
from mqstudio.model.filters import tree
from mqstudio.model.filters.matching import Matcher, asks_of, compile_filter
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.filters.splitting import split
from mqstudio.model.filters.subject import Subject
from mqstudio.model.filters.syntax import parse
from mqstudio.model.message import Message, traits
from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.viewmodel.message_values import ValueCache
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.words import tr

SLOW: Final = "slow"
"""In place of a filter: accepted more slowly than most of the messages that are here."""

SLOW_SHARE: Final = 0.95
SLOW_AT_LEAST: Final = 20
"""What is slower than so large a part of the others is slow, where there are so many others."""

COLOURS: Final = {
    "dropped": "red",
    "in_flight": "amber",
    "done": "green",
    "ready": "blue",
    "purged": "violet",
    "dead_lettered": "pink",
}
"""The colours of the palette that rules can have, and what people call them."""

ICONS: Final = ("dropped", "restart", "clock", "warning", "star-full", "info", "done", "record", "filter")

_IN_ROWS: Final = frozenset({"key", "exchange", "size", "time", "age", "priority", "id", "publisher"})
"""What of messages themselves rows tell too."""


class ColourRule(Struct, frozen=True):
    """A rule. queue: the only one that it counts in, as "vhost\\nname"; "" for all."""

    name: str
    where: str
    colour: str
    icon: str
    is_on: bool = True
    queue: str = ""

    @property
    def problem(self) -> str:
        """Why it cannot be used; "" if it can."""
        if not self.name.strip():
            return tr("Give it a name: colour alone says nothing to many people.")
        if self.colour not in COLOURS or self.icon not in ICONS:
            return tr("Choose a colour and an icon.")
        return "" if self.where == SLOW else filter_problem(self.where)


def filter_problem(where: str) -> str:
    """Why a text is no filter for a rule; "" if it is."""
    if not where.strip():
        return tr("Say which messages: a filter such as redelivered == true.")
    try:
        parse(where)
    except FilterError as error:
        return error.says
    return ""


FIRST_RULES: Final = (
    ColourRule("dead", "state in (dead_lettered, dropped)", "dropped", "dropped"),
    ColourRule("again", "redelivered == true", "in_flight", "restart"),
    ColourRule("slow", SLOW, "purged", "clock"),
)


class ColourRules:
    """The rules, in the order in which they are asked. changed(): there are others."""

    def __init__(self) -> None:
        self.changed = Signal()
        self.rules: list[ColourRule] = list(FIRST_RULES)

    def of(self, queue: str) -> list[ColourRule]:
        """Those that count in a queue: its own before those for all."""
        active = [rule for rule in self.rules if rule.is_on and rule.queue in ("", queue)]
        return sorted(active, key=lambda rule: rule.queue == "")

    def replace(self, rules: Sequence[ColourRule]) -> str:
        """Have these rules; why not, "" if they are in force."""
        if len(rules) > limits.COLOUR_RULES_MAX:
            return tr("{count} rules are the most.", count=limits.COLOUR_RULES_MAX)
        for rule in rules:
            if rule.problem:
                return f"{rule.name}: {rule.problem}" if rule.name.strip() else rule.problem
        self.rules = list(rules)
        self.changed.emit()
        return ""

    def reset(self) -> None:
        """Have the first rules again."""
        self.rules = list(FIRST_RULES)
        self.changed.emit()

    def to_text(self) -> str:
        """As they are kept."""
        return msgspec.json.encode(self.rules).decode()

    def restore(self, text: str) -> None:
        """Take what was kept, as far as it can be used; nothing of what is none."""
        try:
            kept = msgspec.json.decode(text, type=list[ColourRule])
        except (msgspec.MsgspecError, UnicodeError):
            return
        self.rules = [rule for rule in kept if not rule.problem][: limits.COLOUR_RULES_MAX]
        self.changed.emit()


class _Test:
    """A rule made ready to be asked."""

    def __init__(self, rule: ColourRule, now_us: int) -> None:
        self.rule = rule
        self.is_slow = rule.where == SLOW
        node: tree.Node = tree.EVERYTHING if self.is_slow else parse(rule.where)
        parts = split(node)
        asks = [ask for part in parts.parts for ask in asks_of(part)]
        self.asks_broker = any(isinstance(ask, tree.Anywhere) or ask.field not in _IN_ROWS for ask in asks)
        self.fits: Matcher = compile_filter(parts.rest if self.asks_broker else node, now_us)


class RowRules:
    """Says which rule a row of a queue's table is coloured by."""

    def __init__(self, rules: ColourRules, queue: str, values: ValueCache, now_us: Callable[[], int]) -> None:
        self.changed = Signal()
        self.all = rules
        self._rules, self._queue, self._values, self._now_us = rules, queue, values, now_us
        self._slow_us: int | None = None
        self._row: MessageRow | None = None
        self._subject = Subject(0, name_of=lambda _: self._row.publisher if self._row else "")
        self._prepare()
        rules.changed.connect(self._on_rules)

    def _on_rules(self) -> None:
        self._prepare()
        self.changed.emit()

    def _prepare(self) -> None:
        self._tests = [_Test(rule, self._now_us()) for rule in self._rules.of(self._queue)]

    @property
    def wheres(self) -> list[str]:
        """The filters that the broker is to answer."""
        return [test.rule.where for test in self._tests if test.asks_broker]

    def note_rows(self, rows: Sequence[MessageRow]) -> None:
        """What is slow is reckoned from what is here."""
        held = sorted(
            row.ended_at_us - row.delivered_at_us
            for row in rows
            if row.state is MessageState.DONE and row.ended_at_us and row.delivered_at_us
        )
        is_enough = len(held) >= SLOW_AT_LEAST
        self._slow_us = held[int(len(held) * SLOW_SHARE)] if is_enough else None

    def rule_of(self, row: MessageRow) -> ColourRule | None:
        """The first rule that fits, None if none does or it is not known yet."""
        for test in self._tests:
            if self._is_slow(row) if test.is_slow else self._fits(test, row):
                return test.rule
        return None

    def _is_slow(self, row: MessageRow) -> bool:
        if self._slow_us is None or row.state is not MessageState.DONE:
            return False
        if not row.ended_at_us or not row.delivered_at_us:
            return False
        return row.ended_at_us - row.delivered_at_us > self._slow_us

    def _fits(self, test: _Test, row: MessageRow) -> bool:
        answers = 0
        if test.asks_broker:
            found = self._values.answers(row.message_id, test.rule.where)
            if found is None:
                return False
            answers = found
        self._row = row
        message = Message(
            row.message_id, b"", b"", row.exchange, row.routing_key, row.published_at_us, "", 0,
            traits=traits(priority=row.priority),
        )  # fmt: skip
        self._subject.now_us = self._now_us()
        return test.fits(self._subject.take(message, row, row.size_bytes, answers))
