"""Publishing, returning and getting (section 6)."""

from typing import Any

from tests.differential.fields import Typed
from tests.differential.table import Section
from tests.differential.talk import Talk
from tests.differential.wire import write_method

section = Section("publishing")

ALL_PROPERTIES: dict[str, Any] = {
    "content_type": "text/plain",
    "content_encoding": "utf-8",
    "headers": {"b": 1, "a": "x"},
    "delivery_mode": 2,
    "priority": 7,
    "correlation_id": "c",
    "reply_to": "r",
    "expiration": "60000",
    "message_id": "m",
    "timestamp": 1_000_000_000,
    "type": "t",
    "user_id": "guest",
    "app_id": "app",
    "cluster_id": "cluster",
}
ALL_TYPES: dict[str, Any] = {
    "z": 1,
    "t": True,
    "b": Typed("b", -1),
    "B": Typed("B", 255),
    "s": Typed("s", -1),
    "u": Typed("u", 65_535),
    "I": -1,
    "i": Typed("i", 2**32 - 1),
    "l": 2**40,
    "f": Typed("f", 1.5),
    "d": 2.5,
    "D": Typed("D", (2, 314)),
    "S": "text",
    "x": Typed("x", b"\0\xff"),
    "T": Typed("T", 5),
    "V": None,
    "A": [1, "a", [True], {"n": None}],
    "F": {"z": 1, "a": {"b": []}},
    "": "no name",
    "ü": "ü",
    "bytes": b"\xff\xfe",
}


@section
def all_properties_come_back(talk: Talk) -> None:
    """As they were, none added."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"body", **ALL_PROPERTIES)
    one.get_soon()


@section.cases(*[(name, {name: value}) for name, value in ALL_PROPERTIES.items()])
def one_property(talk: Talk, properties: dict[str, Any]) -> None:
    """Each alone."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"body", **properties)
    one.get_soon()


@section
def all_types_of_headers_come_back(talk: Talk) -> None:
    """In the order and with the types that were sent."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"body", headers=ALL_TYPES)
    one.get_soon()


@section.cases(("empty headers", {"headers": {}}), ("empty strings", {"type": "", "app_id": ""}))
def empty_properties(talk: Talk, properties: dict[str, Any]) -> None:
    """Empty is not absent."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"", **properties)
    one.get_soon()


@section.cases(("0", 0), ("1", 1), ("2", 2), ("3", 3), ("255", 255))
def delivery_mode(talk: Talk, mode: int) -> None:
    """Any octet passes."""
    one = talk.channel()
    one.queue(durable=True)
    one.publish("q", b"1", delivery_mode=mode)
    one.get_soon()


@section
def bodies_of_several_frames(talk: Talk) -> None:
    """Cut at the receiver's frame size."""
    talk.connect(frame_max=4096)
    one = talk.channel()
    one.queue()
    big = talk.connect().channel()
    for size in (0, 1, 4087, 4088, 4089, 8176, 10_000):
        big.publish("q", bytes(size))
    big.settle()
    one.settle()
    for _ in range(7):
        one.send("basic.get", queue="q", no_ack=True)
        item = one.answer()
        talk.say(f"{len(item.body)} bytes in frames of {item.frames}")


@section
def mandatory(talk: Talk) -> None:
    """What reaches nothing comes back as it was."""
    one = talk.channel()
    one.publish("none", b"body", mandatory=True, **ALL_PROPERTIES)
    one.hear()
    one.publish("none", b"", mandatory=True)
    one.hear()
    one.publish("k", b"1", "amq.fanout", mandatory=True)
    one.hear()
    one.queue()
    one.publish("q", b"reaches", mandatory=True)
    one.publish("none", b"silent")
    one.get_all()


@section
def immediate(talk: Talk) -> None:
    """Not implemented."""
    one = talk.channel()
    one.queue()
    one.raw(write_method(1, "basic.publish", {"key": "q", "immediate": True}), one.header(0))
    one.hear()


EXPIRATIONS = [
    "abc",
    "",
    "-1",
    "1.5",
    "60000x",
    " 5",
    "5 ",
    "+60000",
    "-0",
    "1e3",
    "99999999999999999999",
    "3153600000001",
    "0060000",
    "0x5",
]


@section.cases(*[(repr(text), text) for text in EXPIRATIONS])
def expiration(talk: Talk, text: str) -> None:
    """A whole number of milliseconds."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"1", expiration=text)
    one.publish("q", b"2", type="behind")
    one.settle()
    one.get()


@section.cases(("own", "guest"), ("other", "someone"), ("empty", ""))
def user_id(talk: Talk, user: str) -> None:
    """Has to be the one that logged in."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"1", user_id=user)
    one.get_soon()


@section
def several_faults_of_a_publish(talk: Talk) -> None:
    """Which is told: the exchange's first."""
    one = talk.channel()
    one.publish("q", b"1", "none", user_id="someone", expiration="abc", headers={"CC": "x"})
    one.hear()
    one.reopen()
    one.publish("q", b"1", "", user_id="someone", expiration="abc", headers={"CC": "x"})
    one.hear()
    one.reopen()
    one.publish("q", b"1", "", expiration="abc", headers={"CC": "x"})
    one.hear()


@section
def carbon_copies(talk: Talk) -> None:
    """CC and BCC are further keys; BCC is not seen by anybody."""
    one = talk.channel()
    for name in ("q", "cc", "cc2", "bcc"):
        one.queue(name)
    headers = {"z": 1, "CC": ["cc", "cc2", "none", "cc"], "BCC": ["bcc"], "a": 2}
    one.publish("q", b"1", headers=headers)
    one.get_all("q", "cc", "cc2", "bcc")


@section
def a_blind_copy_alone(talk: Talk) -> None:
    """Its header goes, the table stays."""
    one = talk.channel()
    one.queue("bcc")
    one.publish("none", b"1", headers={"BCC": ["bcc"]}, mandatory=True)
    one.get_soon("bcc")


@section
def copies_that_reach_nothing_come_back(talk: Talk) -> None:
    """With which headers."""
    one = talk.channel()
    one.publish("none", b"1", headers={"CC": ["a"], "BCC": ["b"]}, mandatory=True)
    one.hear()


@section
def a_copy_to_the_same_queue(talk: Talk) -> None:
    """One copy per queue."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"1", headers={"CC": ["q", "q"], "BCC": ["q"]})
    one.get_all()


@section.cases(
    ("string", {"CC": "q"}),
    ("int", {"CC": 1}),
    ("BCC string", {"BCC": "q"}),
    ("list of ints", {"CC": [1]}),
    ("mixed list", {"CC": ["q", 1]}),
    ("list of lists", {"BCC": [["q"]]}),
    ("void", {"CC": None}),
    ("empty list", {"CC": []}),
    ("lower case", {"cc": "q"}),
    ("bytes", {"CC": [Typed("x", b"q")]}),
)
def copies_of_another_type(talk: Talk, headers: dict[str, Any]) -> None:
    """Lists of strings, or the channel's end."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"1", headers=headers)
    one.get_soon()


@section
def carbon_copies_by_a_topic(talk: Talk) -> None:
    """Further keys are routed by the exchange as the first is."""
    one = talk.channel()
    one.exchange("x", "topic")
    one.queue("a")
    one.queue("b")
    one.bind("a", "x", "a.*")
    one.bind("b", "x", "b.*")
    one.publish("a.1", b"1", "x", headers={"CC": ["b.1"]})
    one.get_all("a", "b")


@section
def getting(talk: Talk) -> None:
    """Counts what is left."""
    one = talk.channel()
    one.queue()
    for body in (b"1", b"2", b"3"):
        one.publish("q", body)
    one.settle()
    one.get(no_ack=False)
    one.get(no_ack=True)
    one.get(no_ack=False)
    one.get(no_ack=False)
    one.ack(1)
    one.ack(3)
    one.count()


@section
def getting_from_a_missing_queue(talk: Talk) -> None:
    """Not found."""
    talk.channel().get("none")


@section
def acknowledging_what_needs_none(talk: Talk) -> None:
    """A message got without acknowledgement has a tag, but it is unknown."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"1")
    one.get_soon(no_ack=True)
    one.ack(1)
    one.hear()


@section
def getting_is_not_limited(talk: Talk) -> None:
    """By no prefetch count."""
    one = talk.channel()
    one.queue()
    one.qos(1)
    one.qos(1, shared=True)
    for body in (b"1", b"2", b"3"):
        one.publish("q", body)
    one.settle()
    for _ in range(3):
        one.get(no_ack=False)


@section
def order_across_exchanges(talk: Talk) -> None:
    """Messages of one channel come in the order they were sent."""
    one = talk.channel()
    one.exchange("x", "fanout")
    one.queue()
    one.bind("q", "x")
    for number in range(6):
        if number % 2:
            one.publish("q", b"%d" % number)
        else:
            one.publish("", b"%d" % number, "x")
    one.get_all()
