"""The arguments of queues and exchanges, and the keys of policies: one table for all who read or show them.

A protocol checks what it is given with `check`, the engine derives its rules with `queue_rules`, forms show
`says`. Names are those that RabbitMQ's users know. Unknown arguments are kept and have no effect.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from mqstudio.model.rules import Overflow, QueueKind, QueueRules
from mqstudio.model.topology import Arguments

TIME_MAX_MS = 10 * 365 * 24 * 60 * 60 * 1000
"""Times go up to ten years (RabbitMQ's bound, measured on 3.10.8)."""


class ValueKind(StrEnum):
    """What an argument's value must be."""

    COUNT = "count"  # an integer ≥ 0
    LIMIT = "limit"  # any integer; a negative one means that there is no limit
    TIME_MS = "time"  # an integer ≥ 0, at most TIME_MAX_MS
    POSITIVE_TIME_MS = "positive time"  # likewise, > 0
    PRIORITY = "priority"  # an integer 0 to 255
    TEXT = "text"
    FLAG = "flag"
    CHOICE = "choice"
    AGE = "age"  # a number and a unit: 7D, 12h


class Problem(StrEnum):
    """Why a value will not do; protocols word it in their own way."""

    WRONG_TYPE = "wrong type"
    NEGATIVE = "negative"
    ZERO = "zero"
    TOO_LARGE = "too large"
    NOT_A_CHOICE = "not a choice"
    NOT_FOR_KIND = "not for this kind of queue"
    KEY_WITHOUT_EXCHANGE = "key without exchange"


class ArgumentError(ValueError):
    """An argument's value will not do. `says` is a sentence for people: what, why, what would work."""

    def __init__(self, argument: "Argument", value: object, problem: Problem, says: str) -> None:
        super().__init__(says)
        self.argument = argument
        self.value = value
        self.problem = problem
        self.says = says


class Argument(Struct, frozen=True):
    """One argument of a queue or exchange.

    policy_key: the key of policies that means the same, "" if none does. title and says: its name in forms
    and what setting it brings about. kinds: the kinds of queue that take it. is_compared: declarations must
    agree on it.
    """

    name: str
    value_kind: ValueKind
    title: str
    says: str
    policy_key: str = ""
    choices: tuple[str, ...] = ()
    kinds: frozenset[QueueKind] = frozenset(QueueKind)
    is_compared: bool = True

    @property
    def is_number(self) -> bool:
        """Whether its value must be a whole number."""
        return self.value_kind in _NUMBERS


_K = ValueKind
_NUMBERS = frozenset({_K.COUNT, _K.LIMIT, _K.TIME_MS, _K.POSITIVE_TIME_MS, _K.PRIORITY})
_CLASSIC, _QUORUM, _LOG = (frozenset({kind}) for kind in QueueKind)

QUEUE_ARGUMENTS: Mapping[str, Argument] = {
    argument.name: argument
    for argument in (
        Argument(
            "x-queue-type",
            _K.CHOICE,
            "Type",
            "Classic is the usual queue. Quorum counts deliveries, so that a message that keeps failing "
            "can be dead-lettered. A stream keeps its messages; readers choose where to begin.",
            choices=tuple(QueueKind),
        ),
        Argument(
            "x-expires",
            _K.POSITIVE_TIME_MS,
            "Expires (ms)",
            "The queue is deleted once nobody has consumed, got from or declared it for this long.",
            "expires",
            kinds=_CLASSIC | _QUORUM,
        ),
        Argument(
            "x-message-ttl",
            _K.TIME_MS,
            "Message TTL (ms)",
            "A message that has waited this long is dead-lettered, or dropped if no exchange is set.",
            "message-ttl",
            kinds=_CLASSIC | _QUORUM,
        ),
        Argument(
            "x-max-length",
            _K.COUNT,
            "Max length",
            "The most messages that may wait; beyond it, see Overflow.",
            "max-length",
            kinds=_CLASSIC | _QUORUM,
        ),
        Argument(
            "x-max-length-bytes",
            _K.COUNT,
            "Max length in bytes",
            "The most bytes of bodies that may wait; beyond it, see Overflow. A stream drops its oldest.",
            "max-length-bytes",
        ),
        Argument(
            "x-overflow",
            _K.CHOICE,
            "Overflow",
            "When the queue is full: drop its oldest message, refuse the new one, or also dead-letter that.",
            "overflow",
            choices=tuple(Overflow),
            kinds=_CLASSIC | _QUORUM,
        ),
        Argument(
            "x-dead-letter-exchange",
            _K.TEXT,
            "Dead-letter exchange",
            "Messages that are rejected, expire or do not fit are published again to this exchange.",
            "dead-letter-exchange",
            kinds=_CLASSIC | _QUORUM,
        ),
        Argument(
            "x-dead-letter-routing-key",
            _K.TEXT,
            "Dead-letter routing key",
            "Dead letters get this routing key instead of their own.",
            "dead-letter-routing-key",
            kinds=_CLASSIC | _QUORUM,
        ),
        Argument(
            "x-max-priority",
            _K.PRIORITY,
            "Max priority",
            "Messages with a higher priority property, up to this, are delivered first; 5 is plenty.",
            kinds=_CLASSIC,
        ),
        Argument(
            "x-single-active-consumer",
            _K.FLAG,
            "Single active consumer",
            "Only one consumer gets messages; the next takes over when it goes. Keeps the order.",
            kinds=_CLASSIC | _QUORUM,
        ),
        Argument(
            "x-delivery-limit",
            _K.LIMIT,
            "Delivery limit",
            "A message that came back more often than this is dead-lettered, or dropped.",
            "delivery-limit",
            kinds=_QUORUM,
        ),
        Argument(
            "x-consumer-timeout",
            _K.POSITIVE_TIME_MS,
            "Consumer timeout (ms)",
            "A consumer that leaves a delivery unacknowledged for this long loses its channel.",
            "consumer-timeout",
            kinds=_CLASSIC | _QUORUM,
            is_compared=False,
        ),
        Argument(
            "x-max-age",
            _K.AGE,
            "Max age",
            "A stream drops messages older than this: a number and Y, M, D, h, m or s, such as 7D.",
            "max-age",
            kinds=_LOG,
        ),
        Argument(
            "x-stream-max-segment-size-bytes",
            _K.COUNT,
            "Max segment size in bytes",
            "Kept for show: here a stream drops message by message, not segment by segment.",
            "stream-max-segment-size-bytes",
            kinds=_LOG,
        ),
        Argument(
            "x-dead-letter-strategy",
            _K.CHOICE,
            "Dead-letter strategy",
            "Kept for show: on one machine dead letters are never lost on their way.",
            "dead-letter-strategy",
            choices=("at-most-once", "at-least-once"),
            kinds=_QUORUM,
        ),
        Argument(
            "x-queue-mode",
            _K.CHOICE,
            "Mode",
            "Kept for show: lazy queues have been the only ones since RabbitMQ 3.12.",
            "queue-mode",
            choices=("default", "lazy"),
            kinds=_CLASSIC,
        ),
        Argument(
            "x-queue-version",
            _K.COUNT,
            "Version",
            "Kept for show: which file format RabbitMQ would use.",
            "queue-version",
            choices=("1", "2"),
            kinds=_CLASSIC,
        ),
    )
}

LENDING_ARGUMENTS: Mapping[str, Argument] = {
    argument.name: argument
    for argument in (
        Argument(
            "mq-take-limit",
            _K.COUNT,
            "Most receives",
            "A message that was received this often is dead-lettered instead of being received again.",
            kinds=_CLASSIC,
        ),
        Argument(
            "mq-delay",
            _K.TIME_MS,
            "Delay (ms)",
            "A message that is sent to the queue can be received only after this time.",
            kinds=_CLASSIC,
        ),
        Argument(
            "mq-once",
            _K.TIME_MS,
            "Sent once within (ms)",
            "What is sent again within this time, under the same deduplication id, is not queued again.",
            kinds=_CLASSIC,
        ),
        Argument(
            "mq-ordering-keys",
            _K.FLAG,
            "Ordering keys",
            "Messages of one group are with one receiver at a time, in order.",
            kinds=_CLASSIC,
        ),
        Argument(
            "mq-dead-letter-expired",
            _K.FLAG,
            "Dead-letter what expires",
            "If not, only messages that were received too often are dead-lettered.",
            kinds=_CLASSIC,
        ),
    )
}
"""What protocols that lend messages ask of a queue, in our own words."""

WITHOUT_EFFECT: Mapping[str, Argument] = {
    argument.name: argument
    for argument in (
        Argument("x-max-in-memory-length", _K.COUNT, "", "", kinds=_QUORUM),
        Argument("x-max-in-memory-bytes", _K.COUNT, "", "", kinds=_QUORUM),
        Argument("x-quorum-initial-group-size", _K.COUNT, "", "", kinds=_QUORUM),
        Argument("x-initial-cluster-size", _K.COUNT, "", "", kinds=_LOG),
        Argument("x-queue-master-locator", _K.TEXT, "", "", kinds=_CLASSIC),
        Argument(
            "x-queue-leader-locator",
            _K.CHOICE,
            "",
            "",
            choices=("client-local", "balanced", "least-leaders", "random"),
        ),
    )
}
"""Arguments for clusters and memory: taken where RabbitMQ takes them, and shown nowhere."""

_CHECKED = {**QUEUE_ARGUMENTS, **LENDING_ARGUMENTS, **WITHOUT_EFFECT}

EXCHANGE_ARGUMENTS: Mapping[str, Argument] = {
    argument.name: argument
    for argument in (
        Argument(
            "alternate-exchange",
            _K.TEXT,
            "Alternate exchange",
            "Messages that match no binding go to this exchange instead of being lost.",
            "alternate-exchange",
        ),
        Argument(
            "x-delayed-type",
            _K.TEXT,
            "Type after the delay",
            "How an x-delayed-message exchange routes once the delay is over: direct, fanout, topic …",
        ),
        Argument(
            "hash-header",
            _K.TEXT,
            "Hash header",
            "An x-consistent-hash exchange hashes this header instead of the routing key.",
        ),
        Argument(
            "hash-property",
            _K.TEXT,
            "Hash property",
            "An x-consistent-hash exchange hashes this property: correlation_id, message_id or timestamp.",
        ),
    )
}

_AGE = re.compile(r"([0-9]{1,9})([YMDhms])")
_AGE_UNITS_S = {"Y": 365 * 86_400, "M": 30 * 86_400, "D": 86_400, "h": 3_600, "m": 60, "s": 1}


def check(argument: Argument, value: Any) -> None:  # Any: whatever a peer sent
    """Check one value. Raises: ArgumentError."""
    kind = argument.value_kind
    if argument.is_number:
        _check_integer(argument, value)
    elif kind is _K.FLAG:
        if not isinstance(value, bool):
            raise _wrong(argument, value, Problem.WRONG_TYPE, "true or false")
    elif not isinstance(value, str):
        raise _wrong(argument, value, Problem.WRONG_TYPE, "a text")
    elif kind is _K.CHOICE and value not in argument.choices:
        raise _wrong(argument, value, Problem.NOT_A_CHOICE, f"one of {', '.join(argument.choices)}")
    elif kind is _K.AGE and not _AGE.fullmatch(value):
        raise _wrong(argument, value, Problem.NOT_A_CHOICE, "a number and a unit, such as 7D or 12h")


def _check_integer(argument: Argument, value: Any) -> None:
    kind = argument.value_kind
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(argument, value, Problem.WRONG_TYPE, "a whole number")
    if value < 0 and kind is not _K.LIMIT:
        raise _wrong(argument, value, Problem.NEGATIVE, "0 or more")
    if kind is _K.POSITIVE_TIME_MS and not value:
        raise _wrong(argument, value, Problem.ZERO, "more than 0")
    most = {_K.PRIORITY: 255, _K.TIME_MS: TIME_MAX_MS, _K.POSITIVE_TIME_MS: TIME_MAX_MS}.get(kind)
    if most is not None and value > most:
        raise _wrong(argument, value, Problem.TOO_LARGE, f"at most {most}")
    if argument.choices and str(value) not in argument.choices:
        raise _wrong(argument, value, Problem.NOT_A_CHOICE, f"one of {', '.join(argument.choices)}")


def _wrong(argument: Argument, value: object, problem: Problem, wants: str) -> ArgumentError:
    return ArgumentError(argument, value, problem, f"'{argument.name}' is {value!r:.60}; it must be {wants}.")


def check_queue(arguments: Arguments) -> None:
    """Check all arguments of a queue, each for itself and together. Raises: ArgumentError."""
    known = [(argument, arguments[name]) for name, argument in _CHECKED.items() if name in arguments]
    check(QUEUE_ARGUMENTS["x-queue-type"], arguments.get("x-queue-type", QueueKind.CLASSIC))
    kind = queue_kind(arguments)
    for argument, value in known:
        if kind not in argument.kinds:
            says = f"A {kind} queue does not take '{argument.name}'. Leave it out, or choose another type."
            raise ArgumentError(argument, value, Problem.NOT_FOR_KIND, says)
    for argument, value in known:
        check(argument, value)
    key = arguments.get("x-dead-letter-routing-key")
    if key is not None and "x-dead-letter-exchange" not in arguments:
        raise ArgumentError(
            QUEUE_ARGUMENTS["x-dead-letter-routing-key"],
            key,
            Problem.KEY_WITHOUT_EXCHANGE,
            "'x-dead-letter-routing-key' needs 'x-dead-letter-exchange'. Give both.",
        )


_KIND = "x-queue-type"


def with_default_kind(arguments: Arguments, default: str) -> Arguments:
    """Arguments in which a default kind ("": none) counts as if it had been asked for."""
    return arguments if not default or _KIND in arguments else {**arguments, _KIND: default}


def asked_kind(arguments: Arguments) -> object:
    """The kind that unchecked arguments ask for, whatever it is."""
    return arguments.get(_KIND, QueueKind.CLASSIC.value)


def differing(received: Arguments, current: Arguments) -> tuple[str, Any, Any] | None:
    """The first argument on which two declarations do not agree: its name and both values; None: all agree.

    Only known arguments are compared. No kind means classic.
    """
    for name, argument in QUEUE_ARGUMENTS.items():
        absent = QueueKind.CLASSIC.value if name == _KIND else None
        asked, there = received.get(name, absent), current.get(name, absent)
        if argument.is_compared and asked != there:
            return name, asked, there
    return None


def queue_kind(arguments: Arguments) -> QueueKind:
    """The kind that (checked) arguments ask for."""
    return QueueKind(arguments.get("x-queue-type", QueueKind.CLASSIC))


POLICY_KEYS: Mapping[str, Argument] = {
    argument.policy_key: argument
    for argument in (*QUEUE_ARGUMENTS.values(), *EXCHANGE_ARGUMENTS.values())
    if argument.policy_key
}
"""Every key a policy may set, with the argument it stands for."""


def queue_rules(
    arguments: Arguments, policy: Arguments | None = None, operator: Arguments | None = None
) -> QueueRules:
    """The rules that (checked) arguments and policy definitions come to.

    Of numbers the lowest counts; of everything else the argument, then the policy, then the operator's.
    """

    def lowest(name: str, scale: int = 1) -> int | None:
        found = [value for value in _values(name, arguments, policy, operator) if value is not None]
        return min(found) * scale if found else None

    def first(name: str) -> Any:  # Any: by argument
        return next((v for v in _values(name, arguments, policy, operator) if v is not None), None)

    age = first("x-max-age")
    return QueueRules(
        kind=queue_kind(arguments),
        ttl_us=lowest("x-message-ttl", 1000),
        expires_us=lowest("x-expires", 1000),
        max_messages=lowest("x-max-length"),
        max_bytes=lowest("x-max-length-bytes"),
        overflow=Overflow(first("x-overflow") or Overflow.DROP_HEAD),
        dead_letter_exchange=first("x-dead-letter-exchange"),
        dead_letter_key=first("x-dead-letter-routing-key"),
        max_priority=arguments.get("x-max-priority", 0),
        is_single_active=arguments.get("x-single-active-consumer", False),
        delivery_limit=None if (limit := lowest("x-delivery-limit")) is None or limit < 0 else limit,
        lease_us=lowest("x-consumer-timeout", 1000),
        max_age_us=_age_us(age) if age else None,
        take_limit=arguments.get("mq-take-limit"),
        delay_us=_micros(arguments.get("mq-delay")),
        once_us=_micros(arguments.get("mq-once")),
        is_keyed=arguments.get("mq-ordering-keys", False),
        is_dead_lettering_all=arguments.get("mq-dead-letter-expired", True),
    )


def _micros(milliseconds: int | None) -> int | None:
    return None if milliseconds is None else milliseconds * 1000


def _values(name: str, arguments: Arguments, *policies: Arguments | None) -> list[Any]:
    argument = QUEUE_ARGUMENTS[name]
    if queue_kind(arguments) not in argument.kinds:  # policies may say so all the same; it has no effect
        return []
    return [arguments.get(name), *((policy or {}).get(argument.policy_key) for policy in policies)]


def _age_us(text: str) -> int:
    match = _AGE.fullmatch(text)
    assert match is not None  # checked
    return int(match[1]) * _AGE_UNITS_S[match[2]] * 1_000_000
