"""Every queue argument: values that are taken, values that are refused, declaring again (section 5)."""

from typing import Any

from tests.differential.fields import Typed
from tests.differential.table import Section
from tests.differential.talk import Talk

section = Section("arguments")

TOO_LONG_MS = 2**32

VALID: dict[str, list[Any]] = {
    "x-message-ttl": [
        0,
        60_000,
        Typed("b", 5),
        Typed("B", 5),
        Typed("s", 5),
        Typed("u", 5),
        Typed("i", 5),
        2**40,
    ],
    "x-expires": [60_000, Typed("l", 60_000)],
    "x-max-length": [0, 10, Typed("b", 5)],
    "x-max-length-bytes": [0, 10, Typed("l", 2**40)],
    "x-overflow": ["drop-head", "reject-publish", "reject-publish-dlx"],
    "x-dead-letter-exchange": ["", "none", "amq.fanout"],
    "x-max-priority": [0, 1, 10, 255, Typed("B", 10)],
    "x-queue-type": ["classic"],
    "x-single-active-consumer": [True, False],
    "x-queue-mode": ["default", "lazy"],
    "x-queue-version": [1, 2],
    "x-queue-master-locator": ["min-masters"],
    "x-ha-policy": ["all"],
    "x-consumer-timeout": [1000],
    "foo": [1, "text", None, {"a": [1]}],
}
INVALID: dict[str, list[Any]] = {
    "x-message-ttl": ["5", -1, TOO_LONG_MS, 1.5, True, None, [5], {}, Typed("D", (0, 5)), Typed("T", 5)],
    "x-expires": [0, -1, "5", True, TOO_LONG_MS, 1.5],
    "x-max-length": [-1, "5", 1.5, True],
    "x-max-length-bytes": [-1, "5", 1.5, True],
    "x-overflow": ["nonsense", 1, "", True],
    "x-dead-letter-exchange": [1, True, None, Typed("x", b"a")],
    "x-dead-letter-routing-key": ["alone"],
    "x-max-priority": [-1, 256, "5", True, 1.5],
    "x-queue-type": ["nonsense", 1, "", "CLASSIC"],
    "x-single-active-consumer": ["true", 1],
    "x-queue-mode": ["nonsense", 1],
    "x-queue-version": [3, 0, "1"],
    "x-queue-master-locator": ["nonsense", 1],
    "x-queue-leader-locator": ["client-local", "nonsense"],
    "x-delivery-limit": [5, -1],
    "x-dead-letter-strategy": ["at-least-once", "at-most-once"],
    "x-max-in-memory-length": [5],
    "x-max-in-memory-bytes": [5],
    "x-quorum-initial-group-size": [3],
    "x-max-age": ["1h"],
    "x-stream-max-segment-size-bytes": [1000],
    "x-initial-cluster-size": [1],
}


def _shown(value: Any) -> str:
    return f"{value.letter} {value.value}" if isinstance(value, Typed) else repr(value)


@section.cases(
    *[(f"{name} = {_shown(value)}", {name: value}) for name, values in VALID.items() for value in values]
)
def valid(talk: Talk, arguments: dict[str, Any]) -> None:
    """Taken, and the same again is the same."""
    one = talk.channel()
    one.queue(arguments=arguments)
    one.queue(arguments=arguments)


@section.cases(
    *[(f"{name} = {_shown(value)}", {name: value}) for name, values in INVALID.items() for value in values],
    ("dead-letter key of a wrong type", {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": 1}),
)
def refused(talk: Talk, arguments: dict[str, Any]) -> None:
    """Refused, with a reason."""
    talk.channel().queue(arguments=arguments)


AGAIN: dict[str, tuple[Any, Any]] = {
    "x-message-ttl": (5, 6),
    "x-expires": (60_000, 60_001),
    "x-max-length": (5, 6),
    "x-max-length-bytes": (5, 6),
    "x-overflow": ("drop-head", "reject-publish"),
    "x-dead-letter-exchange": ("a", "b"),
    "x-max-priority": (5, 6),
    "x-single-active-consumer": (True, False),
    "x-queue-mode": ("default", "lazy"),
    "x-queue-version": (1, 2),
    "x-queue-master-locator": ("min-masters", "client-local"),
    "foo": (1, 2),
    "x-foo": ("a", "b"),
    "x-ha-policy": ("all", "nodes"),
}


@section.cases(*[(name, name, *values) for name, values in AGAIN.items()])
def declared_again_with_another(talk: Talk, name: str, first: Any, second: Any) -> None:
    """Which arguments have to agree, and what is said when they do not."""
    one = talk.channel()
    one.queue(arguments={name: first})
    one.queue(arguments={name: second})


@section.cases(*[(name, name, values[0]) for name, values in AGAIN.items()])
def declared_again_with_one_more(talk: Talk, name: str, value: Any) -> None:
    """Absent at first."""
    one = talk.channel()
    one.queue()
    one.queue(arguments={name: value})


@section.cases(*[(name, name, values[0]) for name, values in AGAIN.items()])
def declared_again_without(talk: Talk, name: str, value: Any) -> None:
    """Absent the second time."""
    one = talk.channel()
    one.queue(arguments={name: value})
    one.queue()


@section.cases(
    ("x-message-ttl", {"x-message-ttl": 5}, {"x-message-ttl": Typed("l", 5)}),
    ("x-max-length", {"x-max-length": Typed("b", 5)}, {"x-max-length": Typed("u", 5)}),
    ("x-max-priority", {"x-max-priority": 5}, {"x-max-priority": Typed("B", 5)}),
)
def declared_again_with_another_width(talk: Talk, first: dict[str, Any], second: dict[str, Any]) -> None:
    """Integers are compared by value."""
    one = talk.channel()
    one.queue(arguments=first)
    one.queue(arguments=second)


@section.cases(
    ("classic, then absent", {"x-queue-type": "classic"}, {}),
    ("absent, then classic", {}, {"x-queue-type": "classic"}),
    ("classic, then quorum", {"x-queue-type": "classic"}, {"x-queue-type": "quorum"}),
    ("absent, then quorum", {}, {"x-queue-type": "quorum"}),
    ("absent, then stream", {}, {"x-queue-type": "stream"}),
    ("quorum, then classic", {"x-queue-type": "quorum"}, {"x-queue-type": "classic"}),
    ("quorum, then absent", {"x-queue-type": "quorum"}, {}),
    ("quorum, then stream", {"x-queue-type": "quorum"}, {"x-queue-type": "stream"}),
)
def declared_again_with_another_type(talk: Talk, first: dict[str, Any], second: dict[str, Any]) -> None:
    """The type of a queue."""
    one = talk.channel()
    one.queue(durable=True, arguments=first)
    one.queue(durable=True, arguments=second)


@section
def which_difference_is_told(talk: Talk) -> None:
    """Several differ: one is named."""
    one = talk.channel()
    one.queue(arguments={"x-message-ttl": 5, "x-max-length": 5, "x-expires": 60_000})
    one.queue(arguments={"x-expires": 60_001, "x-max-length": 6, "x-message-ttl": 6})
    one.reopen()
    one.queue(durable=True, arguments={"x-max-length": 6})


@section
def which_fault_is_told(talk: Talk) -> None:
    """Several are wrong: one is named."""
    one = talk.channel()
    one.queue(arguments={"x-max-length": -1, "x-message-ttl": -1, "x-expires": 0})
    one.reopen()
    one.queue(arguments={"x-expires": 0, "x-message-ttl": -1, "x-max-length": -1})


@section
def invalid_arguments_of_a_queue_that_exists(talk: Talk) -> None:
    """Whether they are looked at before or after the comparison."""
    one = talk.channel()
    one.queue()
    one.queue(arguments={"x-message-ttl": -1})


@section.cases(
    ("transient", {}),
    ("exclusive", {"durable": True, "exclusive": True}),
    ("auto-delete", {"durable": True, "auto_delete": True}),
    ("all", {"exclusive": True, "auto_delete": True}),
)
def quorum_with_flags(talk: Talk, flags: dict[str, bool]) -> None:
    """What quorum queues cannot be."""
    talk.channel().queue(arguments={"x-queue-type": "quorum"}, **flags)


@section.cases(
    ("transient", {}),
    ("exclusive", {"durable": True, "exclusive": True}),
    ("auto-delete", {"durable": True, "auto_delete": True}),
)
def stream_with_flags(talk: Talk, flags: dict[str, bool]) -> None:
    """What streams cannot be."""
    talk.channel().queue(arguments={"x-queue-type": "stream"}, **flags)


OF_OTHERS: dict[str, Any] = {
    "x-message-ttl": 1000,
    "x-expires": 60_000,
    "x-max-length": 5,
    "x-max-length-bytes": 5,
    "x-overflow": "reject-publish",
    "x-overflow drop-head": "drop-head",
    "x-overflow reject-publish-dlx": "reject-publish-dlx",
    "x-dead-letter-exchange": "x",
    "x-max-priority": 5,
    "x-single-active-consumer": True,
    "x-queue-mode": "lazy",
    "x-queue-version": 2,
    "x-delivery-limit": 5,
    "x-delivery-limit -1": -1,
    "x-dead-letter-strategy": "at-most-once",
    "x-dead-letter-strategy nonsense": "nonsense",
    "x-queue-leader-locator": "client-local",
    "x-queue-leader-locator nonsense": "nonsense",
    "x-max-in-memory-length": 5,
    "x-max-in-memory-bytes": 5,
    "x-quorum-initial-group-size": 1,
    "x-max-age": "7D",
    "x-max-age nonsense": "7X",
    "x-max-age int": 7,
    "x-stream-max-segment-size-bytes": 1_000_000,
    "x-initial-cluster-size": 1,
    "x-queue-master-locator": "min-masters",
    "foo": 1,
}


@section.cases(*[(name, name, value) for name, value in OF_OTHERS.items()])
def of_quorum_queues(talk: Talk, name: str, value: Any) -> None:
    """Which arguments they take."""
    talk.channel().queue(durable=True, arguments={"x-queue-type": "quorum", name.split(maxsplit=1)[0]: value})


@section.cases(*[(name, name, value) for name, value in OF_OTHERS.items()])
def of_streams(talk: Talk, name: str, value: Any) -> None:
    """Which arguments they take."""
    talk.channel().queue(durable=True, arguments={"x-queue-type": "stream", name.split(maxsplit=1)[0]: value})
