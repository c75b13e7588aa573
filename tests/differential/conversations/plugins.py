"""Exchange types of plug-ins that come with RabbitMQ (section 4)."""

from typing import Any

from tests.differential.table import Section
from tests.differential.talk import Talk

section = Section("plugins")


@section.cases(
    ("consistent hash", "x-consistent-hash", "1"),
    ("random", "x-random", ""),
    ("modulus hash", "x-modulus-hash", ""),
)
def one_queue_per_message(talk: Talk, kind: str, key: str) -> None:
    """Of several bound queues one gets it."""
    one = talk.channel()
    one.exchange("x", kind)
    for name in ("a", "b", "c"):
        one.queue(name)
        one.bind(name, "x", key)
    for number in range(60):
        one.publish(f"key {number}", b"", "x", mandatory=True)
    counts = []
    for name in ("a", "b", "c"):
        one.settle(name)
        counts.append(one.look(name).values["messages"])
    talk.say(f"{sum(counts)} messages, {sum(count > 0 for count in counts)} queues")


@section.cases(("consistent hash", "x-consistent-hash", "1"), ("modulus hash", "x-modulus-hash", ""))
def same_key_same_queue(talk: Talk, kind: str, key: str) -> None:
    """A key always leads to one queue."""
    one = talk.channel()
    one.exchange("x", kind)
    for name in ("a", "b", "c"):
        one.queue(name)
        one.bind(name, "x", key)
    for _ in range(10):
        one.publish("same", b"", "x")
    counts = []
    for name in ("a", "b", "c"):
        one.settle(name)
        counts.append(one.look(name).values["messages"])
    talk.say(str(sorted(counts)))


@section.cases(*[(repr(key), key) for key in ("0", "10", "-1", "abc", "", "1.5", " 1")])
def weight(talk: Talk, key: str) -> None:
    """A consistent hash exchange takes whole numbers."""
    one = talk.channel()
    one.exchange("x", "x-consistent-hash")
    one.queue()
    if one.bind("q", "x", key).name == "queue.bind-ok":
        one.publish("k", b"1", "x", mandatory=True)
        one.settle()
        one.get()


@section.cases(
    ("header", {"hash-header": "h"}),
    ("property", {"hash-property": "correlation_id"}),
    ("both", {"hash-header": "h", "hash-property": "correlation_id"}),
    ("other property", {"hash-property": "nonsense"}),
    ("header of another type", {"hash-header": 1}),
)
def hash_of(talk: Talk, arguments: dict[str, Any]) -> None:
    """What a consistent hash exchange looks at."""
    one = talk.channel()
    if one.exchange("x", "x-consistent-hash", arguments).name == "channel.close":
        return
    for name in ("a", "b", "c"):
        one.queue(name)
        one.bind(name, "x", "1")
    for number in range(20):
        one.publish(f"{number}", b"", "x", headers={"h": "same"}, correlation_id="same")
    counts = []
    for name in ("a", "b", "c"):
        one.settle(name)
        counts.append(one.look(name).values["messages"])
    talk.say(str(sorted(counts)))


@section.cases(
    ("consistent hash", "x-consistent-hash"), ("random", "x-random"), ("modulus hash", "x-modulus-hash")
)
def nothing_bound(talk: Talk, kind: str) -> None:
    """Returned."""
    one = talk.channel()
    one.exchange("x", kind)
    one.publish("k", b"1", "x", mandatory=True)
    one.hear()
