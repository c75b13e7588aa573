"""Settling: unknown tags, several at once, requeueing, recovering, what is redelivered (sections 0 and 7)."""

from typing import Any

from tests.differential.table import Section
from tests.differential.talk import Talk

section = Section("settling")


@section.cases(
    ("twice", [("basic.ack", {"delivery": 1}), ("basic.ack", {"delivery": 1})]),
    ("unknown", [("basic.ack", {"delivery": 99})]),
    ("zero", [("basic.ack", {"delivery": 0})]),
    ("unknown, multiple", [("basic.ack", {"delivery": 99, "multiple": True})]),
    ("nack unknown", [("basic.nack", {"delivery": 99})]),
    ("nack zero", [("basic.nack", {"delivery": 0})]),
    ("reject unknown", [("basic.reject", {"delivery": 99})]),
    ("ack, then reject", [("basic.ack", {"delivery": 1}), ("basic.reject", {"delivery": 1})]),
    (
        "all, then one",
        [("basic.ack", {"delivery": 0, "multiple": True}), ("basic.ack", {"delivery": 2})],
    ),
    (
        "multiple, then lower multiple",
        [("basic.ack", {"delivery": 2, "multiple": True}), ("basic.ack", {"delivery": 1, "multiple": True})],
    ),
)
def unknown_tag(talk: Talk, steps: list[tuple[str, dict[str, Any]]]) -> None:
    """Tags that are not there, or not any more."""
    one = talk.filled(3)
    one.consume()
    one.hear(3)
    for method, values in steps:
        one.send(method, **values)
    one.hear()


@section
def all_of_none(talk: Talk) -> None:
    """Tag 0 with multiple is fine where there is nothing."""
    one = talk.channel()
    one.queue()
    one.ack(0, multiple=True)
    one.nack(0, multiple=True)
    one.count()


@section
def multiple(talk: Talk) -> None:
    """Up to and with the tag."""
    one = talk.filled(4)
    two = talk.channel()
    one.consume()
    one.hear(4)
    one.ack(2, multiple=True)
    one.call("basic.cancel", tag="t")
    one.nack(0, multiple=True)
    two.count_soon(2)
    two.get_all()


@section
def tag_of_another_channel(talk: Talk) -> None:
    """Unknown there."""
    one = talk.filled(1)
    two = talk.channel()
    one.get(no_ack=False)
    two.ack(1)
    two.hear()


@section.cases(("1 0 2", [1, 0, 2]), ("2 1 0", [2, 1, 0]), ("0 1 2", [0, 1, 2]), ("1", [1]), ("2 0", [2, 0]))
def requeue_keeps_the_place(talk: Talk, order: list[int]) -> None:
    """Messages given back stand where they stood."""
    one = talk.filled(5)
    for _ in range(3):
        one.get(no_ack=False)
    for place in order:
        one.nack(place + 1)
    one.get_all()


@section.cases(("requeue", True), ("drop", False))
def rejecting(talk: Talk, requeue: bool) -> None:
    """Back, or gone."""
    one = talk.filled(2)
    one.get(no_ack=False)
    one.reject(1, requeue=requeue)
    one.get_all()


@section
def nack_multiple(talk: Talk) -> None:
    """Several back at once."""
    one = talk.filled(4)
    for _ in range(3):
        one.get(no_ack=False)
    one.nack(2, multiple=True)
    one.get_all()


@section
def requeued_go_to_the_consumer_again(talk: Talk) -> None:
    """With a new tag, marked."""
    one = talk.filled(2)
    one.qos(1)
    one.consume()
    one.hear()
    one.nack(1)
    one.hear()
    one.ack(2)
    one.hear()


@section.cases(("recover", "basic.recover"), ("recover-async", "basic.recover-async"))
def recovering(talk: Talk, method: str) -> None:
    """All of the channel back."""
    one = talk.filled(3)
    for _ in range(2):
        one.get(no_ack=False)
    one.send(method, requeue=True)
    if method == "basic.recover":
        one.hear()
    one.get_all()


@section.cases(("recover", "basic.recover"), ("recover-async", "basic.recover-async"))
def recovering_without_requeue(talk: Talk, method: str) -> None:
    """Not implemented."""
    one = talk.channel()
    one.send(method, requeue=False)
    one.hear()


@section
def recovering_to_consumers(talk: Talk) -> None:
    """recover-ok and the deliveries."""
    one = talk.filled(2)
    one.consume()
    one.hear(2)
    one.call("basic.recover", requeue=True)
    one.hear(2)


@section
def redelivered_after_get(talk: Talk) -> None:
    """Marked once it had been delivered."""
    one = talk.filled(2)
    one.get(no_ack=False)
    one.nack(1)
    one.get(no_ack=False)
    one.get(no_ack=False)
    one.call("channel.close", code=200)
    one.reopen()
    one.count_soon(2)
    one.get_all()


@section
def redelivered_after_a_connection_ends(talk: Talk) -> None:
    """Marked for the next."""
    one = talk.channel()
    one.queue()
    for body in (b"1", b"2"):
        one.publish("q", body)
    line = talk.connect()
    two = line.channel()
    two.qos(1)
    two.consume()
    two.hear()
    line.link.hang_up()
    line.is_open = False
    one.count_soon(2, consumers=0)
    one.get_all()
