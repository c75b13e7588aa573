"""Whether a binding matches a message: what the engine decides, once more, as a pure function of topology.

Only kinds whose rule can be told from the binding alone are known here; of others nothing is said.
"""

from collections.abc import Mapping
from typing import Any, Final

from mqstudio.model.rows import ExchangeRow, Topology
from mqstudio.model.topology import BindingSpec, DestinationKind

KNOWN: Final = frozenset({"direct", "topic", "fanout", "headers"})
ALTERNATE: Final = "alternate-exchange"
Headers = Mapping[str, Any]  # Any: what headers hold


def matches(kind: str, binding: BindingSpec, key: str, headers: Headers) -> bool:
    """Whether an exchange of this kind sends a message by this binding."""
    if kind == "fanout":
        return True
    if kind == "topic":
        return topic_matches(binding.routing_key, key)
    if kind == "headers":
        return not differing(binding, headers) if wants_all(binding) else _has_any(binding, headers)
    return kind == "direct" and binding.routing_key == key


def topic_matches(pattern: str, key: str) -> bool:
    """Whether a pattern of words matches a key: `*` is one word, `#` any number of them."""
    words = key.split(".") if key else []
    reached = {0}
    for part in pattern.split(".") if pattern else []:
        if part == "#":
            reached = set(range(min(reached), len(words) + 1)) if reached else set()
        else:
            reached = {at + 1 for at in reached if at < len(words) and part in {"*", words[at]}}
    return len(words) in reached


def wants_all(binding: BindingSpec) -> bool:
    """Whether all headers of a binding have to fit, as they do where it does not say."""
    return str(binding.arguments.get("x-match", "all")).startswith("all")


def wanted_headers(binding: BindingSpec) -> Headers:
    """What a binding wants of headers; those whose names begin with x- count only where it says so."""
    mode = str(binding.arguments.get("x-match", "all"))
    return {
        name: value
        for name, value in binding.arguments.items()
        if name != "x-match" and (mode.endswith("-with-x") or not name.startswith("x-"))
    }


def differing(binding: BindingSpec, headers: Headers) -> list[str]:
    """The headers of a binding that a message lacks, or has otherwise; where it has no value, any will do."""
    return [
        name
        for name, value in wanted_headers(binding).items()
        if name not in headers or not (value is None or _same(value, headers[name]))
    ]


def _has_any(binding: BindingSpec, headers: Headers) -> bool:
    wanted = wanted_headers(binding)
    return bool(wanted) and len(differing(binding, headers)) < len(wanted)


def _same(one: object, other: object) -> bool:
    """Whether values are equal and of a kind: the text "1" is not the number 1, nor is true."""
    is_number = [isinstance(each, int | float) and not isinstance(each, bool) for each in (one, other)]
    return one == other and (all(is_number) or type(one) is type(other))


def exchange(topology: Topology, vhost: str, name: str) -> ExchangeRow | None:
    """An exchange by name."""
    return next((e for e in topology.exchanges if e.vhost == vhost and e.spec.name == name), None)


def alternate_of(row: ExchangeRow, topology: Topology) -> str:
    """Where an exchange hands on what matches no binding: by its argument, or the policy that it is under."""
    said = row.spec.arguments.get(ALTERNATE)
    for policy in topology.policies if said is None and row.policy else ():
        if policy.vhost == row.vhost and policy.name == row.policy:
            said = policy.definition.get(ALTERNATE)
    return str(said) if said is not None else ""


def reached(topology: Topology, vhost: str, name: str, key: str, headers: Headers) -> list[ExchangeRow]:
    """The exchanges that a message comes to: its own, those bound to it that match, and alternates."""
    first = exchange(topology, vhost, name)
    found = [first] if first is not None else []
    names = {name}
    for row in found:
        kind = row.spec.kind
        fitting = [each for each in row.bindings if matches(kind, each, key, headers)]
        further = [each.destination for each in fitting if each.destination_kind is DestinationKind.EXCHANGE]
        if not fitting and (alternate := alternate_of(row, topology)):
            further.append(alternate)
        for each in further:
            next_one = exchange(topology, vhost, each)
            if next_one is not None and each not in names:
                names.add(each)
                found.append(next_one)
    return found
