"""Headers exchanges: every mode of x-match, types of values (section 4)."""

from typing import Any

from tests.differential.fields import Typed
from tests.differential.table import Section
from tests.differential.talk import Talk

section = Section("headers exchange")

MATCHES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a=1": {"a": 1},
    "all a=1": {"x-match": "all", "a": 1},
    "any a=1 b=2": {"x-match": "any", "a": 1, "b": 2},
    "all a=1 b=2": {"x-match": "all", "a": 1, "b": 2},
    "any, empty": {"x-match": "any"},
    "all, empty": {"x-match": "all"},
    "a='1'": {"a": "1"},
    "a=void": {"a": None},
    "a=int8": {"a": Typed("b", 1)},
    "a=int64": {"a": Typed("l", 1)},
    "a=1.0": {"a": 1.0},
    "a=true": {"a": True},
    "x-a=1": {"x-a": 1},
    "all-with-x x-a=1": {"x-match": "all-with-x", "x-a": 1},
    "any-with-x x-a=1 b=2": {"x-match": "any-with-x", "x-a": 1, "b": 2},
    "any x-a=1 b=2": {"x-match": "any", "x-a": 1, "b": 2},
    "all x-a=1 b=2": {"x-match": "all", "x-a": 1, "b": 2},
    "a=list": {"a": [1]},
    "a=table": {"a": {"n": 1}},
    "a=bytes": {"a": Typed("x", b"1")},
    "A=1": {"A": 1},
    "a=time": {"a": Typed("T", 1)},
}


@section.cases(
    ("none", None),
    ("empty", {}),
    ("a=1", {"a": 1}),
    ("a=2", {"a": 2}),
    ("a=int8", {"a": Typed("b", 1)}),
    ("a=int64", {"a": Typed("l", 1)}),
    ("a='1'", {"a": "1"}),
    ("a=1.0", {"a": 1.0}),
    ("a=true", {"a": True}),
    ("a=void", {"a": None}),
    ("b=2", {"b": 2}),
    ("a=1 b=2", {"a": 1, "b": 2}),
    ("b=2 a=1 c=3", {"b": 2, "a": 1, "c": 3}),
    ("x-a=1", {"x-a": 1}),
    ("x-a=1 b=2", {"x-a": 1, "b": 2}),
    ("a=list", {"a": [1]}),
    ("a=table", {"a": {"n": 1}}),
    ("a=bytes", {"a": Typed("x", b"1")}),
    ("A=1", {"A": 1}),
    ("a=time", {"a": Typed("T", 1)}),
)
def matching(talk: Talk, headers: dict[str, Any] | None) -> None:
    """Which of many bindings a message's headers match."""
    one = talk.channel()
    one.exchange("x", "headers")
    for queue, arguments in MATCHES.items():
        one.send("queue.declare", queue=queue, exclusive=True)
        one.send("queue.bind", queue=queue, exchange="x", arguments=arguments)
        one.answer(), one.answer()
    one.publish("", b"", "x", **({} if headers is None else {"headers": headers}))
    one.settle(next(iter(MATCHES)))
    reached = []
    for queue in MATCHES:
        one.send("basic.get", queue=queue, no_ack=True)
        if one.answer().name == "basic.get-ok":
            reached.append(queue)
    talk.say(f"matches {reached}")


@section.cases(
    ("nonsense", "nonsense"),
    ("empty", ""),
    ("int", 1),
    ("bool", True),
    ("ALL", "ALL"),
    ("bytes", Typed("x", b"all")),
)
def x_match(talk: Talk, value: Any) -> None:
    """Anything but its four words is refused."""
    one = talk.channel()
    one.exchange("x", "headers")
    one.queue()
    one.bind("q", "x", "", {"x-match": value, "a": 1})


@section
def the_key_does_not_matter(talk: Talk) -> None:
    """Only headers do; the key is part of the binding's identity."""
    one = talk.channel()
    one.exchange("x", "headers")
    one.queue()
    one.bind("q", "x", "k", {"a": 1})
    one.publish("other", b"1", "x", headers={"a": 1})
    one.get_all()
    one.call("queue.unbind", queue="q", exchange="x", key="", arguments={"a": 1})
    one.publish("", b"2", "x", headers={"a": 1})
    one.get_all()
    one.call("queue.unbind", queue="q", exchange="x", key="k", arguments={"a": 1})
    one.publish("", b"3", "x", headers={"a": 1}, mandatory=True)
    one.hear()


@section
def between_exchanges(talk: Talk) -> None:
    """Bindings from a headers exchange to another exchange match too."""
    one = talk.channel()
    one.exchange("x", "headers")
    one.exchange("y", "fanout")
    one.queue()
    one.call("exchange.bind", destination="y", source="x", arguments={"a": 1})
    one.bind("q", "y")
    one.publish("", b"1", "x", headers={"a": 1})
    one.publish("", b"2", "x", headers={"a": 2}, mandatory=True)
    one.hear()
    one.get_all()
