"""Channels: opening, closing, errors, contents out of order (sections 0.5, 1 and 3)."""

from struct import pack

from tests.differential.line import login
from tests.differential.table import Section
from tests.differential.talk import Talk
from tests.differential.wire import write_method

section = Section("channel")


@section
def opening_twice(talk: Talk) -> None:
    """An error of the connection."""
    one = talk.channel()
    one.send("channel.open")
    one.hear()


@section.cases(
    ("queue.declare", "queue.declare"),
    ("channel.close", "channel.close"),
    ("basic.publish", "basic.publish"),
    ("channel.close-ok", "channel.close-ok"),
)
def method_on_a_channel_that_is_not_open(talk: Talk, method: str) -> None:
    """An error of the connection."""
    line = talk.connect()
    bare = line.bare(7)
    if method == "basic.publish":
        bare.publish("q", b"hello")
    else:
        bare.send(method)
    line.hear_end()


@section
def closing_and_opening_again(talk: Talk) -> None:
    """A number may be used again."""
    one = talk.channel()
    one.call("channel.close", code=200, text="bye")
    one.send("channel.open")
    one.hear()
    one.queue()


@section
def after_an_error_all_is_dropped_until_the_answer(talk: Talk) -> None:
    """Frames behind the failing one change nothing."""
    one = talk.channel()
    two = talk.channel()
    one.queue("kept")
    one.raw(
        write_method(1, "queue.declare", {"queue": "none", "passive": True}),
        write_method(1, "queue.delete", {"queue": "kept"}),
        write_method(1, "queue.declare", {"queue": "never"}),
    )
    one.hear()
    one.reopen()
    one.count("kept")
    two.call("queue.declare", queue="never", passive=True)


@section
def an_error_closes_one_channel(talk: Talk) -> None:
    """The others go on."""
    one, two = talk.channel(), talk.channel()
    one.call("queue.declare", queue="none", passive=True)
    two.queue()


@section
def close_of_an_erroneous_channel(talk: Talk) -> None:
    """A client's close that crosses ours is answered."""
    one = talk.channel()
    one.raw(
        write_method(1, "queue.declare", {"queue": "none", "passive": True}),
        write_method(1, "channel.close", {"code": 200}),
    )
    item = one.line.next_item(1, 8.0)
    one.line.note(item)
    one.hear()
    one.send("channel.close-ok")
    one.reopen()
    one.queue()


@section
def flow_on(talk: Talk) -> None:
    """Answered."""
    talk.channel().call("channel.flow", active=True)


@section
def flow_off(talk: Talk) -> None:
    """Not implemented."""
    talk.channel().call("channel.flow", active=False)


@section
def more_channels_than_agreed(talk: Talk) -> None:
    """Channels are counted, not their numbers."""
    line = talk.line()
    line.link.send(b"AMQP\0\0\x09\x01")
    line.receive("connection.start")
    line.send("connection.start-ok", **login())
    line.receive("connection.tune")
    line.send("connection.tune-ok", channel_max=2, frame_max=131_072, heartbeat=0)
    line.send("connection.open", vhost="/")
    line.receive("connection.open-ok")
    for number in (1, 6, 7):
        talk.say(f"opening {number}")
        line.channel(number)
    line.hear()


@section.cases(
    ("publish, publish", [write_method(1, "basic.publish", {"key": "q"})] * 2),
    (
        "publish, other method",
        [write_method(1, "basic.publish", {"key": "q"}), write_method(1, "queue.declare", {"queue": "q"})],
    ),
)
def method_where_a_header_should_be(talk: Talk, frames: list[bytes]) -> None:
    """Contents come whole."""
    one = talk.channel()
    one.raw(*frames)
    one.hear()


@section
def body_where_a_header_should_be(talk: Talk) -> None:
    """Contents come in order."""
    one = talk.channel()
    one.raw(write_method(1, "basic.publish", {"key": "q"}), one.body(b"hello"))
    one.hear()


@section
def method_where_a_body_should_be(talk: Talk) -> None:
    """Contents come whole."""
    one = talk.channel()
    publish = write_method(1, "basic.publish", {"key": "q"})
    one.raw(publish, one.header(5), write_method(1, "queue.declare", {"queue": "q"}))
    one.hear()


@section
def header_where_a_body_should_be(talk: Talk) -> None:
    """Contents come in order."""
    one = talk.channel()
    one.raw(write_method(1, "basic.publish", {"key": "q"}), one.header(5), one.header(5))
    one.hear()


@section.cases(("header", True), ("body", False))
def content_without_a_method(talk: Talk, is_header: bool) -> None:
    """Nothing to go with."""
    one = talk.channel()
    one.raw(one.header(5) if is_header else one.body(b"hello"))
    one.hear()


@section
def header_of_another_class(talk: Talk) -> None:
    """The class has to be that of the method."""
    one = talk.channel()
    one.raw(write_method(1, "basic.publish", {"key": "q"}), one.header(5, class_id=50), one.body(b"hello"))
    one.hear()


@section
def header_with_a_weight(talk: Talk) -> None:
    """The weight is zero by the book."""
    one = talk.channel()
    one.queue()
    one.raw(write_method(1, "basic.publish", {"key": "q"}), one.header(5, weight=1), one.body(b"hello"))
    one.get_soon()


@section
def more_body_than_announced(talk: Talk) -> None:
    """An error of the connection."""
    one = talk.channel()
    one.queue()
    one.raw(write_method(1, "basic.publish", {"key": "q"}), one.header(3), one.body(b"hello"))
    one.line.channel().queue("other")


@section
def body_in_pieces(talk: Talk) -> None:
    """Put together, empty pieces too."""
    one = talk.channel()
    one.queue()
    pieces = [one.body(b"he"), one.body(b""), one.body(b"llo")]
    one.raw(write_method(1, "basic.publish", {"key": "q"}), one.header(5), *pieces)
    one.get_soon()


@section
def an_empty_body_frame(talk: Talk) -> None:
    """A body of no bytes has no frame."""
    one = talk.channel()
    one.queue()
    one.raw(write_method(1, "basic.publish", {"key": "q"}), one.header(0), one.body(b""))
    one.hear()


@section
def contents_of_two_channels_interleave(talk: Talk) -> None:
    """Frames of different channels may mix."""
    one, two = talk.channel(), talk.channel()
    one.queue()
    one.raw(
        write_method(1, "basic.publish", {"key": "q"}),
        write_method(2, "basic.publish", {"key": "q"}),
        one.header(3),
        two.header(3),
        two.body(b"two"),
        one.body(b"one"),
    )
    two.settle()
    one.settle()
    one.send("basic.get", queue="q", no_ack=True)
    one.send("basic.get", queue="q", no_ack=True)
    talk.say(str(sorted(one.answer().body for _ in range(2))))


@section.cases(
    ("cut off", pack(">H", 0x8000) + b"\x05ab"),
    ("left over", b"\0\0abc"),
    ("no flags", b""),
    ("continued flags", b"\0\x01\0\0"),
    ("headers cut off", pack(">H", 0x2000) + b"\0\0\0\x09\x01aS"),
    ("unknown field type", pack(">H", 0x2000) + b"\0\0\0\x04\x01aZ1"),
)
def properties_that_cannot_be_read(talk: Talk, properties: bytes) -> None:
    """Broken content headers."""
    one = talk.channel()
    one.queue()
    one.raw(write_method(1, "basic.publish", {"key": "q"}), one.header(2, properties), one.body(b"hi"))
    one.hear()


@section
def a_property_flag_that_stands_for_nothing(talk: Talk) -> None:
    """The second lowest bit."""
    one = talk.channel()
    one.queue()
    publish = write_method(1, "basic.publish", {"key": "q"})
    one.raw(publish, one.header(2, b"\0\x02"), one.body(b"hi"))
    one.line.channel().queue("other")


@section
def client_says_what_brokers_say(talk: Talk) -> None:
    """Methods of the other direction."""
    one = talk.channel()
    one.send("basic.deliver", tag="t", delivery=1)
    one.raw(one.header(0))
    one.hear()


@section.cases(
    ("queue.declare-ok", "queue.declare-ok", {"queue": "q"}),
    ("basic.get-empty", "basic.get-empty", {}),
    ("basic.qos-ok", "basic.qos-ok", {}),
    ("tx.select-ok", "tx.select-ok", {}),
    ("basic.cancel-ok", "basic.cancel-ok", {"tag": "t"}),
    ("channel.flow-ok", "channel.flow-ok", {"active": True}),
    ("channel.open-ok", "channel.open-ok", {}),
)
def client_answers_what_was_not_asked(talk: Talk, method: str, values: dict[str, object]) -> None:
    """Answers without a question."""
    one = talk.channel()
    one.send(method, **values)
    one.queue()


@section
def pipelining(talk: Talk) -> None:
    """Answers come in the order of the questions."""
    one = talk.channel()
    one.send("queue.declare", queue="a")
    one.send("queue.declare", queue="b", exclusive=True)
    one.publish("a", b"1")
    one.send("queue.bind", queue="a", exchange="amq.fanout")
    one.send("basic.qos")
    one.send("queue.delete", queue="b")
    one.hear(5)


@section
def nowait(talk: Talk) -> None:
    """No answers; the work is done all the same."""
    one = talk.channel()
    one.send("queue.declare", queue="q", nowait=True)
    one.send("exchange.declare", exchange="x", type="fanout", nowait=True)
    one.send("queue.bind", queue="q", exchange="x", nowait=True)
    one.publish("", b"1", "x")
    one.send("basic.consume", queue="q", tag="t", nowait=True, no_ack=True)
    one.hear()
    one.send("basic.cancel", tag="t", nowait=True)
    one.publish("", b"2", "x")
    one.count()
    one.send("queue.purge", queue="q", nowait=True)
    one.count()
    one.send("confirm.select", nowait=True)
    one.publish("", b"3", "x")
    one.confirms(1)
    one.send("queue.delete", queue="q", nowait=True)
    one.send("exchange.delete", exchange="x", nowait=True)
    one.call("queue.declare", queue="q", passive=True)


@section
def an_error_without_waiting(talk: Talk) -> None:
    """Errors come even where no answer would."""
    one = talk.channel()
    one.send("queue.bind", queue="none", exchange="amq.fanout", nowait=True)
    one.hear()
