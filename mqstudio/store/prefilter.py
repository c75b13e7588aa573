"""What of a filter SQLite can ask itself: so most messages that are not meant never leave it.

A condition here is necessary, not enough: what passes it is asked as ever. So it may let through what it does
not understand, and it must not hold back what is damaged and would still be found.
"""

from typing import Final

from msgspec import Struct

from mqstudio.model.filters import tree
from mqstudio.model.filters.fields import FIELDS, PROPERTY_COST, Operator
from mqstudio.model.filters.matching import compile_filter, evidence
from mqstudio.model.filters.subject import Subject
from mqstudio.model.message import Message

Value = bytes | int | float

_COMPARED: Final = {
    Operator.EQUAL: "=",
    Operator.LESS: "<",
    Operator.AT_MOST: "<=",
    Operator.MORE: ">",
    Operator.AT_LEAST: ">=",
}
_PLACES: Final = {"key": "routing_key", "exchange": "exchange"}
_OF_TRAITS: Final = {"priority": b"priority", "persistent": b"is_persistent"}
"""How the table names what is not as usual."""
_NUMBER_MAX: Final = 1 << 62
"""Of larger ones SQLite has another opinion."""

_PLAIN: Final = Message(0, b"", b"", "", "", 0, "", 0)


class Condition(Struct, frozen=True):
    """A condition in SQL over the table `message`, and what is bound to it."""

    sql: str
    values: tuple[Value, ...] = ()


def necessary(node: tree.Node, now_us: int) -> Condition | None:
    """What must be so for a filter to be true, as far as the table tells; None: nothing of it."""
    match node:
        case tree.All(parts):
            found = [each for part in parts if (each := necessary(part, now_us)) is not None]
            return _joined(" AND ", found) if found else None
        case tree.Any(parts):
            all_found = [necessary(part, now_us) for part in parts]
            found = [each for each in all_found if each is not None]
            return _joined(" OR ", found) if len(found) == len(all_found) else None
        case tree.Ask():
            return _asked(node, now_us)
        case _:  # what is not so, or stands anywhere, or is known elsewhere
            return None


def _joined(word: str, parts: list[Condition]) -> Condition:
    sql = word.join(f"({part.sql})" for part in parts)
    return Condition(sql, tuple(value for part in parts for value in part.values))


def _asked(ask: tree.Ask, now_us: int) -> Condition | None:
    if ask.field in _OF_TRAITS:
        is_plain_meant = compile_filter(ask, now_us)(Subject(now_us).take(_PLAIN))
        return None if is_plain_meant else _holds("CAST(traits AS BLOB)", (_OF_TRAITS[ask.field],))
    if ask.field == "size":
        return _of_size(ask)
    needed = evidence(ask)
    if not needed:
        return None
    if ask.field in _PLACES:
        return _holds(f"CAST({_PLACES[ask.field]} AS BLOB)", needed)
    if ask.field == "headers" or FIELDS[ask.field].cost == PROPERTY_COST:
        return _holds("properties", needed)
    if ask.field == "body":
        return _in_body(needed, may_be_escaped=bool(ask.path))
    return None


def _holds(where: str, needed: tuple[bytes, ...]) -> Condition:
    return Condition(" AND ".join(f"instr({where}, ?) > 0" for _ in needed), needed)


def _in_body(needed: tuple[bytes, ...], *, may_be_escaped: bool) -> Condition:
    """JSON can write any letter in another way, behind a backslash."""
    holds = _holds("body", needed)
    return Condition(f"({holds.sql}) OR instr(body, x'5c') > 0", needed) if may_be_escaped else holds


def _of_size(ask: tree.Ask) -> Condition | None:
    sign = _COMPARED.get(ask.operator)
    number = ask.values[0].number if len(ask.values) == 1 else None
    if sign is None or ask.is_not or number is None or abs(number) > _NUMBER_MAX:
        return None
    return Condition(f"body_size {sign} ?", (number,))
