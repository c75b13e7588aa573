"""Where dead letters go, as topology tells: to which queues, and whether in circles."""

from mqstudio.model.rows import QueueRow
from mqstudio.model.topology import DestinationKind
from mqstudio.why.facts import QueueFacts
from mqstudio.why.matching import exchange, matches, reached

BY_KEY = frozenset({"direct", "topic", "fanout"})
"""Kinds of exchange of which it is known where a key leads."""

HOPS_MAX = 20
"""Longer circles of dead letters nobody has built."""


def goes_to(facts: QueueFacts, row: QueueRow, keys: tuple[str, ...]) -> list[QueueRow]:
    """The queues to which a queue's dead letters with one of these keys go."""
    name = row.rules.dead_letter_exchange
    if name is None:
        return []
    used = (row.rules.dead_letter_key,) if row.rules.dead_letter_key is not None else keys
    queues = {each.spec.name: each for each in facts.topology.queues if each.vhost == row.vhost}
    found: dict[str, QueueRow] = {}
    for key in used:
        if not name:
            found.update({key: queues[key]} if key in queues else {})
            continue
        for at in reached(facts.topology, row.vhost, name, key, {}):
            for binding in at.bindings:
                is_queue = binding.destination_kind is DestinationKind.QUEUE
                if is_queue and binding.destination in queues and matches(at.spec.kind, binding, key, {}):
                    found[binding.destination] = queues[binding.destination]
    return list(found.values())


def keys_of(row: QueueRow) -> tuple[str, ...]:
    """The keys that messages in a queue are likely to have: those it is bound with, and its name."""
    return tuple(dict.fromkeys([*(binding.routing_key for binding in row.bindings), row.spec.name]))


def circle(facts: QueueFacts) -> list[str]:
    """The queues in which dead letters of this one come back to it, without a consumer's doing; [] if not."""
    way, row, keys = [facts.name], facts.row, keys_of(facts.row)
    for _ in range(HOPS_MAX):
        if not dies_by_itself(row):
            return []
        further = goes_to(facts, row, keys)
        if any(each.spec.name == facts.name for each in further):
            return [*way, facts.name]
        if not further or further[0].spec.name in way:
            return []
        keys = (row.rules.dead_letter_key,) if row.rules.dead_letter_key is not None else keys
        row = further[0]
        way.append(row.spec.name)
    return []


def dies_by_itself(row: QueueRow) -> bool:
    """Whether messages die there without a consumer: by time, or for want of room."""
    rules = row.rules
    return rules.ttl_us is not None or rules.max_messages is not None or rules.max_bytes is not None


def leads_nowhere(facts: QueueFacts) -> str:
    """Why dead letters of a queue are lost: no_exchange, unbound, no_match or no_queue; "" if they are not.

    Whether a binding matches is known only where the queue gives its dead letters a key of its own.
    """
    rules = facts.row.rules
    if rules.dead_letter_exchange is None:
        return ""
    if not rules.dead_letter_exchange:
        return "" if goes_to(facts, facts.row, keys_of(facts.row)) else "no_queue"
    found = exchange(facts.topology, facts.row.vhost, rules.dead_letter_exchange)
    if found is None:
        return "no_exchange"
    if not (found.bindings or len(reached_from(facts, found.spec.name, "")) > 1):
        return "unbound"
    key = rules.dead_letter_key
    if key is None or goes_to(facts, facts.row, (key,)):
        return ""
    came_to = reached(facts.topology, facts.row.vhost, found.spec.name, key, {})
    return "no_match" if all(each.spec.kind in BY_KEY for each in came_to) else ""


def reached_from(facts: QueueFacts, name: str, key: str) -> list[str]:
    """The exchanges that something with this key comes to from one, itself first."""
    return [each.spec.name for each in reached(facts.topology, facts.row.vhost, name, key, {})]


def has_dead_letters(facts: QueueFacts) -> bool:
    """Whether what waits in a queue are dead letters: its first is one."""
    return facts.first is not None and bool(facts.first.died_of)
