"""Consuming: tags, credit, turns, cancelling, priorities (sections 0 and 7)."""

from typing import Any

from tests.differential.fields import Typed
from tests.differential.line import CAPABILITIES
from tests.differential.table import Section
from tests.differential.talk import Talk

section = Section("consuming")


@section
def tag_of_the_broker(talk: Talk) -> None:
    """An empty tag gets one."""
    one = talk.channel()
    one.queue()
    one.consume(tag="")


@section
def same_tag_twice(talk: Talk) -> None:
    """An error of the connection."""
    one = talk.channel()
    one.queue()
    one.consume(tag="t")
    one.consume(tag="t")


@section
def same_tag_on_two_channels(talk: Talk) -> None:
    """Tags are the channel's."""
    one, two = talk.channel(), talk.channel()
    one.queue()
    one.consume(tag="t")
    two.consume(tag="t")


@section
def same_tag_after_cancel(talk: Talk) -> None:
    """Free again."""
    one = talk.channel()
    one.queue()
    one.consume(tag="t")
    one.call("basic.cancel", tag="t")
    one.consume(tag="t")


@section
def from_a_missing_queue(talk: Talk) -> None:
    """Not found."""
    talk.channel().consume("none")


@section
def cancel_of_what_is_not_there(talk: Talk) -> None:
    """Answered."""
    talk.channel().call("basic.cancel", tag="none")


@section
def deliveries_in_order(talk: Talk) -> None:
    """consume-ok first."""
    one = talk.filled(3)
    one.consume()
    one.hear(3)
    one.publish("q", b"later", type="x")
    one.hear()


@section
def without_acknowledgement(talk: Talk) -> None:
    """Delivered is gone; a tag is unknown."""
    one = talk.filled(2)
    one.consume(no_ack=True)
    one.hear(2)
    one.count()
    one.ack(1)
    one.hear()


@section
def no_local_is_ignored(talk: Talk) -> None:
    """Own messages come."""
    one = talk.filled(1)
    one.consume(no_local=True)
    one.hear()


@section.cases(("exclusive second", False, True), ("exclusive first", True, False), ("both", True, True))
def exclusive(talk: Talk, first: bool, second: bool) -> None:
    """Alone or not at all."""
    one, two = talk.channel(), talk.channel()
    one.queue()
    one.consume(tag="a", exclusive=first)
    two.consume(tag="b", exclusive=second)


@section
def exclusive_twice_on_one_channel(talk: Talk) -> None:
    """Also alone against itself."""
    one = talk.channel()
    one.queue()
    one.consume(tag="a", exclusive=True)
    one.consume(tag="b")


@section
def exclusive_ends_with_its_cancel(talk: Talk) -> None:
    """Others may then."""
    one, two = talk.channel(), talk.channel()
    one.queue()
    one.consume(tag="a", exclusive=True)
    one.call("basic.cancel", tag="a")
    two.consume(tag="b")


@section
def cancel_keeps_what_was_delivered(talk: Talk) -> None:
    """The channel's close gives it back."""
    one = talk.filled(2)
    two = talk.channel()
    one.consume()
    one.hear(2)
    one.call("basic.cancel", tag="t")
    two.count()
    one.ack(1)
    one.call("channel.close", code=200)
    two.count_soon(1)
    two.get()


@section
def cancel_by_the_broker(talk: Talk) -> None:
    """When the queue goes."""
    one, two = talk.channel(), talk.channel()
    one.queue()
    one.consume()
    two.call("queue.delete", queue="q")
    one.hear()


@section
def cancel_by_the_broker_on_the_same_channel(talk: Talk) -> None:
    """Consumers of the channel that deletes hear it too."""
    one = talk.channel()
    one.queue()
    one.consume(tag="a")
    one.consume(tag="b")
    one.send("queue.delete", queue="q")
    for name in sorted(one.answer().text() for _ in range(3)):
        talk.say(name)


@section
def no_cancel_for_clients_that_cannot_hear_it(talk: Talk) -> None:
    """Nothing is said to them."""
    one = talk.connect(capabilities=[c for c in CAPABILITIES if c != "consumer_cancel_notify"]).channel()
    two = talk.connect().channel()
    one.queue()
    one.consume()
    two.call("queue.delete", queue="q")
    one.queue("other")
    one.settle("other")


@section
def tags_after_the_broker_cancelled(talk: Talk) -> None:
    """The tag is free, its deliveries can be settled."""
    one = talk.filled(1)
    two = talk.channel()
    one.consume()
    one.hear()
    two.call("queue.delete", queue="q")
    one.hear()
    one.ack(1)
    one.queue()
    one.consume()


@section
def prefetch_size(talk: Talk) -> None:
    """Not implemented."""
    talk.channel().call("basic.qos", size=100)


@section
def prefetch_per_consumer(talk: Talk) -> None:
    """Each consumer has its own credit."""
    one = talk.filled(5)
    one.qos(1)
    one.consume(tag="a")
    one.hear()
    one.consume(tag="b")
    one.hear()
    one.count()
    one.ack(1)
    one.hear()
    one.count()


@section
def prefetch_of_the_channel(talk: Talk) -> None:
    """Shared by its consumers."""
    one = talk.filled(5)
    one.qos(2, shared=True)
    one.consume(tag="a")
    one.hear(2)
    one.consume(tag="b")
    one.count()
    one.ack(1)
    one.hear()
    one.count()


@section
def prefetch_changes_only_for_new_consumers(talk: Talk) -> None:
    """Those that run keep theirs."""
    one = talk.filled(6)
    one.qos(1)
    one.consume(tag="a")
    one.hear()
    one.qos(3)
    one.count()
    one.consume(tag="b")
    one.hear(3)
    one.count()


@section.cases(
    ("per consumer 2, then channel 3", [(2, False), (3, True)]),
    ("channel 3, then per consumer 2", [(3, True), (2, False)]),
    ("channel 3, then per consumer 0", [(3, True), (0, False)]),
    ("channel 3, then channel 0", [(3, True), (0, True)]),
)
def prefetch_of_both_kinds(talk: Talk, limits: list[tuple[int, bool]]) -> None:
    """How many two consumers hold at most."""
    one = talk.filled(8)
    for count, shared in limits:
        one.qos(count, shared=shared)
    for tag in ("a", "b"):
        one.send("basic.consume", queue="q", tag=tag)
    two = talk.channel()
    for _ in range(2):
        two.settle()
        one.settle()
    delivered = [line for line in talk.lines if line.startswith("basic.deliver")]
    talk.lines[:] = [line for line in talk.lines if not line.startswith("basic.deliver")]
    talk.say(f"{len(delivered)} delivered")
    two.count()


@section
def raising_the_channels_prefetch_hands_over(talk: Talk) -> None:
    """At once."""
    one = talk.filled(4)
    one.qos(1, shared=True)
    one.consume()
    one.hear()
    one.qos(3, shared=True)
    one.hear(2)
    one.count()


@section
def round_robin(talk: Talk) -> None:
    """Consumers take turns."""
    one = talk.channel()
    one.queue()
    for tag in ("a", "b", "c"):
        one.consume(tag=tag, no_ack=True)
    for number in range(6):
        one.publish("q", b"%d" % number)
        one.hear()


@section
def round_robin_after_a_cancel(talk: Talk) -> None:
    """Whose turn it is then."""
    one = talk.channel()
    one.queue()
    for tag in ("a", "b", "c"):
        one.consume(tag=tag, no_ack=True)
    for number in range(2):
        one.publish("q", b"%d" % number)
        one.hear()
    one.call("basic.cancel", tag="b")
    for number in range(3):
        one.publish("q", b"%d" % number)
        one.hear()


@section
def consumer_without_room_is_passed_over(talk: Talk) -> None:
    """The other gets all."""
    one = talk.channel()
    one.queue()
    one.qos(1)
    one.consume(tag="a")
    one.qos(0)
    one.consume(tag="b")
    for number in range(5):
        one.publish("q", b"%d" % number)
        one.hear()


@section.cases(
    ("10 and 0", 10, 0),
    ("0 and 10", 0, 10),
    ("-1 and 0", -1, 0),
    ("none and 1", None, 1),
    ("int8 and int64", Typed("b", 5), Typed("l", 6)),
)
def priorities(talk: Talk, first: Any, second: Any) -> None:
    """The higher gets everything while it has room."""
    one = talk.channel()
    one.queue()
    one.qos(2)
    for tag, priority in (("a", first), ("b", second)):
        one.consume(tag=tag, arguments={} if priority is None else {"x-priority": priority})
    for number in range(5):
        one.publish("q", b"%d" % number)
        if number < 4:
            one.hear()
    one.count()


@section.cases(
    ("text", "5"), ("float", 1.5), ("bool", True), ("void", None), ("huge", 2**40), ("time", Typed("T", 1))
)
def priority_of_type(talk: Talk, value: Any) -> None:
    """A whole number."""
    one = talk.channel()
    one.queue()
    one.consume(arguments={"x-priority": value})


@section.cases(
    ("unknown", {"foo": 1, "x-foo": "a"}),
    ("cancel on ha failover", {"x-cancel-on-ha-failover": True}),
    ("cancel on ha failover text", {"x-cancel-on-ha-failover": "true"}),
    ("stream offset", {"x-stream-offset": "first"}),
    ("credit", {"x-credit": {"credit": 1, "drain": False}}),
)
def arguments(talk: Talk, values: dict[str, Any]) -> None:
    """Taken, ignored, or refused."""
    one = talk.filled(1)
    if one.consume(arguments=values).name == "basic.consume-ok":
        one.count()


@section
def deliveries_of_several_queues_share_tags(talk: Talk) -> None:
    """One count per channel."""
    one = talk.channel()
    one.queue("a")
    one.queue("b")
    one.consume("a", "ta")
    one.publish("a", b"1")
    one.hear()
    one.publish("b", b"2")
    one.settle("b")
    one.get("b", no_ack=False)
    one.publish("a", b"3")
    one.hear()
    one.ack(3, multiple=True)
    one.count("a")


@section
def consuming_and_purging(talk: Talk) -> None:
    """What is in flight stays."""
    one = talk.filled(3)
    one.qos(1)
    one.consume()
    one.hear()
    one.call("queue.purge", queue="q")
    one.nack(1)
    one.hear()
