"""The rules of a queue in words: chips beside its name, and sentences in the form that makes it."""

from collections.abc import Callable

from msgspec import Struct

from mqstudio.model.arguments import QUEUE_ARGUMENTS, Argument
from mqstudio.model.rows import ExchangeRow, QueueRow
from mqstudio.model.rules import Overflow, QueueKind, QueueRules
from mqstudio.viewmodel.wording import count, counted, exchange_title, plain, size
from mqstudio.viewmodel.words import tr

_UNITS = ((86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "min"), (1_000_000, "s"))


class Chip(Struct, frozen=True):
    """A rule in two or three words, and what it does in a sentence. `look`: quiet, strong or rule."""

    text: str
    tip: str = ""
    look: str = "rule"


def span(time_us: int) -> str:
    """A time as people set it: 500 ms, 60 s, 5 min, 7 d; never rounded."""
    for unit_us, name in _UNITS:
        if time_us >= 2 * unit_us and time_us % unit_us == 0:
            return f"{count(time_us // unit_us)} {name}"
    return "1 s" if time_us == 1_000_000 else tr("{count} ms", count=count(time_us // 1000))


_OVERFLOW_CHIPS = {
    Overflow.DROP_HEAD: "drop head",
    Overflow.REFUSE: "refuse new",
    Overflow.REFUSE_AND_DEAD_LETTER: "dead-letter new",
}


def _max_messages(rules: QueueRules) -> str:
    return (
        ""
        if rules.max_messages is None
        else tr("max {max_messages}{rules}", max_messages=count(rules.max_messages), rules=_overflow(rules))
    )


def _max_bytes(rules: QueueRules) -> str:
    if rules.max_bytes is None:
        return ""
    return tr(
        "max {max_bytes}{value}",
        max_bytes=size(rules.max_bytes),
        value=_overflow(rules) if rules.max_messages is None else "",
    )


def _overflow(rules: QueueRules) -> str:
    return "" if rules.kind is QueueKind.LOG else f", {_OVERFLOW_CHIPS[rules.overflow]}"


def _time(title: str, time_us: int | None) -> str:
    return "" if time_us is None else f"{title} {span(time_us)}"


def _dead_letters(rules: QueueRules) -> str:
    name = rules.dead_letter_exchange
    return "" if name is None else tr("DLX {name}", name=exchange_title(name))


_CHIPS: dict[str, Callable[[QueueRules], str]] = {
    "x-queue-type": lambda rules: "",  # stands first, on its own
    "x-message-ttl": lambda rules: _time("TTL", rules.ttl_us),
    "x-expires": lambda rules: _time("expires", rules.expires_us),
    "x-max-length": _max_messages,
    "x-max-length-bytes": _max_bytes,
    "x-overflow": lambda rules: "",  # stands with the limit that it is about
    "x-dead-letter-exchange": _dead_letters,
    "x-dead-letter-routing-key": lambda rules: (
        ""
        if rules.dead_letter_key is None
        else tr("dead key {dead_letter_key}", dead_letter_key=plain(rules.dead_letter_key, 40))
    ),
    "x-max-priority": lambda rules: (
        tr("priority 0–{max_priority}", max_priority=rules.max_priority) if rules.max_priority else ""
    ),
    "x-single-active-consumer": lambda rules: tr("single active") if rules.is_single_active else "",
    "x-delivery-limit": lambda rules: (
        ""
        if rules.delivery_limit is None
        else tr("delivery limit {delivery_limit}", delivery_limit=rules.delivery_limit)
    ),
    "x-consumer-timeout": lambda rules: _time(tr("consumer timeout"), rules.lease_us),
    "x-max-age": lambda rules: _time(tr("max age"), rules.max_age_us),
}
"""How the arguments that have rules read; all others show as they were given."""


def queue_chips(row: QueueRow) -> list[Chip]:
    """All that is special about a queue: its type, how long it lives, its policy, its rules."""
    kind, spec = QUEUE_ARGUMENTS["x-queue-type"], row.spec
    chips = [Chip(row.rules.kind.value, kind.says, "strong")]
    chips.append(_durable(is_durable=spec.is_durable))
    if spec.is_exclusive:
        chips.append(
            Chip("exclusive", tr("Only the connection that made it may use it; it goes with it."), "quiet")
        )
    if spec.is_auto_delete:
        chips.append(Chip("auto-delete", tr("It is deleted when its last consumer goes."), "quiet"))
    for title, name in (("policy", row.policy), (tr("operator policy"), row.operator_policy)):
        if name:
            says = tr("Rules for all whose names match its pattern. The Policies panel shows them.")
            chips.append(Chip(f"{title} {plain(name, 40)}", says, "strong"))
    chips += [chip for argument in QUEUE_ARGUMENTS.values() if (chip := _chip(argument, row))]
    return chips


def exchange_chips(row: ExchangeRow) -> list[Chip]:
    """All that is special about an exchange."""
    spec = row.spec
    chips = [Chip(plain(spec.kind, 40), tr("Its type: how it chooses where messages go."), "strong")]
    chips.append(_durable(is_durable=spec.is_durable))
    if spec.is_auto_delete:
        chips.append(Chip("auto-delete", tr("It is deleted when its last binding goes."), "quiet"))
    if spec.is_internal:
        chips.append(Chip("internal", tr("Only other exchanges can publish to it."), "quiet"))
    if row.policy:
        chips.append(
            Chip(
                tr("policy {policy}", policy=plain(row.policy, 40)),
                tr("Rules for all whose names match."),
                "strong",
            )
        )
    chips += [Chip(f"{plain(name, 40)} {plain(str(value), 40)}") for name, value in spec.arguments.items()]
    return chips


def _durable(*, is_durable: bool) -> Chip:
    if is_durable:
        return Chip("durable", tr("Its declaration survives a restart of the broker."), "quiet")
    return Chip("transient", tr("It is gone after a restart of the broker."), "quiet")


def _chip(argument: Argument, row: QueueRow) -> Chip | None:
    words = _CHIPS.get(argument.name)
    given = row.spec.arguments.get(argument.name)
    if words is None:
        text = "" if given is None else f"{argument.title.lower()} {plain(str(given), 40)}"
    else:
        text = words(row.rules)
    if not text:
        return None
    source = tr("from a policy") if given is None and (row.policy or row.operator_policy) else argument.name
    return Chip(text, f"{argument.says} ({source})")


def rules_sentence(rules: QueueRules) -> str:
    """What a queue of these rules does, for people."""
    to = _goes_to(rules)
    parts = []
    if rules.ttl_us is not None:
        parts.append(tr("Messages that wait longer than {ttl_us} {to}.", ttl_us=span(rules.ttl_us), to=to))
    if rules.max_messages is not None or rules.max_bytes is not None:
        parts.append(_limit_sentence(rules, to))
    if rules.max_age_us is not None:
        parts.append(tr("Messages older than {max_age_us} are dropped.", max_age_us=span(rules.max_age_us)))
    if rules.dead_letter_exchange is not None:
        parts.append(tr("Rejected ones {to}.", to=to))
    if rules.delivery_limit is not None:
        parts.append(
            tr(
                "What came back more than {delivery_limit} does, too.",
                delivery_limit=counted(rules.delivery_limit, "time"),
            )
        )
    if rules.max_priority:
        parts.append(tr("Priorities from 0 to {max_priority} count.", max_priority=rules.max_priority))
    if rules.is_single_active:
        parts.append(tr("One consumer at a time gets messages."))
    if rules.lease_us is not None:
        parts.append(tr("A consumer has {lease_us} to acknowledge.", lease_us=span(rules.lease_us)))
    if rules.expires_us is not None:
        parts.append(tr("The queue goes after {expires_us} without use.", expires_us=span(rules.expires_us)))
    return " ".join(parts)


def _goes_to(rules: QueueRules) -> str:
    if rules.dead_letter_exchange is None:
        return tr("are dropped")
    return tr("go to {place}", place=_place(rules))


def _place(rules: QueueRules) -> str:
    """Where dead letters go."""
    key = rules.dead_letter_key
    if rules.dead_letter_exchange == "" and key:
        return tr("queue {key}", key=plain(key, 60))  # the default exchange's keys are names of queues
    name = exchange_title(rules.dead_letter_exchange or "")
    if key is None:
        return tr("exchange {name}", name=name)
    return tr("exchange {name} with routing key {key}", name=name, key=plain(key, 60))


def _limit_sentence(rules: QueueRules, to: str) -> str:
    limits = []
    if rules.max_messages is not None:
        limits.append(counted(rules.max_messages, "message"))
    if rules.max_bytes is not None:
        limits.append(size(rules.max_bytes))
    has_place = rules.dead_letter_exchange is not None
    oldest = tr("beyond it the oldest goes to {place}", place=_place(rules)) if has_place else ""
    then = {
        Overflow.DROP_HEAD: oldest or tr("beyond it the oldest is dropped"),
        Overflow.REFUSE: tr("beyond it new ones are refused"),
        Overflow.REFUSE_AND_DEAD_LETTER: tr("beyond it new ones are refused and {to}", to=to),
    }[rules.overflow]
    return tr("It holds at most {limits}; {then}.", limits=tr(" or ").join(limits), then=then)
