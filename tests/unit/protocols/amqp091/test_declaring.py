"""Exchanges and queues: what each method asks of the engine, and its answer."""

import pytest

from mqstudio.model import commands as c
from mqstudio.model.message import Header
from mqstudio.model.replies import CountReply, PurgeReply, QueueStatus
from mqstudio.protocols.amqp091 import PROTOCOL, codec, handlers
from tests.support.amqp091 import Frame, declare, method, opened

ARGUMENTS = codec.from_arguments({"x-foo": 5})


def exchange_declare(
    name: str = "x", kind: str = "fanout", *, passive: bool = False, nowait: bool = False
) -> bytes:
    return method(1, "exchange.declare", 0, name, kind, passive, True, False, False, nowait, ARGUMENTS)


def one(frames: list[Frame]) -> tuple[str, tuple[object, ...]]:
    (frame,) = frames
    return frame.name, frame.args


CASES = {
    "exchange.declare": (
        lambda nowait: exchange_declare(nowait=nowait),
        c.DeclareExchange(101, "x", "fanout", True, False, False, False, {"x-foo": 5}),
        ("exchange.declare-ok", ()),
    ),
    "exchange.delete": (
        lambda nowait: method(1, "exchange.delete", 0, "x", True, nowait),
        c.DeleteExchange(101, "x", True),
        ("exchange.delete-ok", ()),
    ),
    "queue.declare": (
        lambda nowait: declare("q", {"x-foo": 5}, durable=True, auto_delete=True, nowait=nowait),
        c.DeclareQueue(101, "q", True, False, True, False, {"x-foo": 5}),
        ("queue.declare-ok", ("q", 4, 2)),
    ),
    "queue.bind": (
        lambda nowait: method(1, "queue.bind", 0, "q", "x", "key", nowait, ARGUMENTS),
        c.Bind(101, "x", "q", "key", {"x-foo": 5}),
        ("queue.bind-ok", ()),
    ),
    "queue.purge": (
        lambda nowait: method(1, "queue.purge", 0, "q", nowait),
        c.PurgeQueue(101, "q"),
        ("queue.purge-ok", (3,)),
    ),
    "queue.delete": (
        lambda nowait: method(1, "queue.delete", 0, "q", True, False, nowait),
        c.DeleteQueue(101, "q", True, False),
        ("queue.delete-ok", (5,)),
    ),
}


@pytest.mark.parametrize("nowait", [False, True])
@pytest.mark.parametrize(("data", "command", "answer"), CASES.values(), ids=CASES)
def test_method(data, command, answer, nowait: bool) -> None:
    """The command in our words; the answer unless the client does not want one."""
    conversation = opened()
    conversation.answers = {
        c.DeclareQueue: QueueStatus("q", 4, 2),
        c.PurgeQueue: PurgeReply(3, 1),
        c.DeleteQueue: CountReply(5),
    }
    frames = conversation.turn(data(nowait))
    assert conversation.requests == [command]
    if nowait:
        assert frames == []
    else:
        assert one(frames) == answer


def test_unbind() -> None:
    """Has no nowait."""
    conversation = opened()
    assert one(conversation.turn(method(1, "queue.unbind", 0, "q", "x", "key", ARGUMENTS))) == (
        "queue.unbind-ok",
        (),
    )
    assert conversation.requests == [c.Unbind(101, "x", "q", "key", {"x-foo": 5})]


def test_server_named_queue() -> None:
    """The name is ours, unguessable, and answered."""
    conversation = opened()
    assert one(conversation.turn(declare("", exclusive=True))) == (
        "queue.declare-ok",
        ("amq.gen-random0", 0, 0),
    )
    assert conversation.requests[0].name == "amq.gen-random0"
    assert conversation.requests[0].is_exclusive


@pytest.mark.parametrize(
    "data",
    [
        method(1, "queue.bind", 0, "", "x", "k", False, []),
        method(1, "queue.unbind", 0, "", "x", "k", []),
        method(1, "queue.purge", 0, "", False),
        method(1, "queue.delete", 0, "", False, False, False),
        method(1, "basic.get", 0, "", False),
        method(1, "basic.consume", 0, "", "t", False, False, False, False, []),
    ],
)
def test_an_empty_name_means_the_last_queue(data: bytes) -> None:
    """The channel's last declared one, passively or not; without one 404."""
    conversation = opened()
    conversation.turn(declare("first") + declare("second", passive=True))
    conversation.requests.clear()
    conversation.turn(data)
    (request,) = conversation.requests
    meant = [getattr(request, field, None) for field in ("queue", "destination", "name")]
    assert "second" in meant

    (close,) = opened().turn(data)
    assert (close.name, close.args[:2]) == (
        "channel.close",
        (404, "NOT_FOUND - no previously declared queue"),
    )


def test_an_empty_name_and_key_mean_the_last_queue_for_both() -> None:
    """RabbitMQ's shortcut for binding."""
    conversation = opened()
    conversation.turn(declare("q") + method(1, "queue.bind", 0, "", "x", "", False, []))
    conversation.turn(
        method(1, "queue.unbind", 0, "", "x", "", []) + method(1, "queue.bind", 0, "p", "x", "", False, [])
    )
    bindings = [(r.destination, r.routing_key) for r in conversation.requests[1:]]
    assert bindings == [("q", "q"), ("q", "q"), ("p", "")]


@pytest.mark.parametrize(
    ("data", "says", "failing"),
    [
        (declare("amq.mine"), "queue name 'amq.mine' contains reserved prefix 'amq.*'", (50, 10)),
        (exchange_declare("amq.mine"), "exchange name 'amq.mine' contains reserved prefix 'amq.*'", (40, 10)),
    ],
)
def test_reserved_names(data: bytes, says: str, failing: tuple[int, int]) -> None:
    """403 on the channel; the engine is not even asked."""
    conversation = opened()
    (close,) = conversation.turn(data)
    assert (close.name, close.args) == ("channel.close", (403, f"ACCESS_REFUSED - {says}", *failing))
    assert conversation.requests == [c.CloseChannel(101)]


def test_reserved_names_may_be_asked_for() -> None:
    """Passively; and predeclared exchanges may be declared again, the engine compares."""
    conversation = opened()
    frames = conversation.turn(
        declare("amq.gen-x", passive=True)
        + exchange_declare("amq.any", passive=True)
        + exchange_declare("amq.fanout")
    )
    assert [frame.name for frame in frames] == [
        "queue.declare-ok",
        "exchange.declare-ok",
        "exchange.declare-ok",
    ]


def test_predeclared_exchanges_are_offered_to_the_server() -> None:
    """With the names and kinds of RabbitMQ."""
    specs = {spec.name: spec.kind for spec in PROTOCOL.predeclared_exchanges}
    assert specs["amq.direct"] == "direct"
    assert specs["amq.fanout"] == "fanout"
    assert all(spec.is_durable for spec in handlers.PREDECLARED_EXCHANGES)


@pytest.mark.parametrize(
    "arguments", [{}, {"x-queue-type": "classic"}, {"x-foo": "bar", "foo": [1]}, {"x-queue-mode": "lazy"}]
)
def test_other_arguments_reach_the_engine(arguments: dict[str, object]) -> None:
    """Known and unknown alike; the engine keeps and compares them."""
    conversation = opened()
    conversation.turn(declare("q", arguments))
    assert conversation.requests[0].arguments == arguments


def test_quorum_queue() -> None:
    """The tutorials' queue."""
    conversation = opened()
    (frame,) = conversation.turn(declare("q", {"x-queue-type": "quorum"}, durable=True))
    assert frame.name == "queue.declare-ok"
    assert conversation.requests[0].arguments == {"x-queue-type": "quorum"}


def test_names_may_be_any_text() -> None:
    """255 bytes, spaces, other scripts."""
    name = "Überraschung 驚き " + "x" * 234
    assert len(name.encode()) == 255
    conversation = opened()
    (frame,) = conversation.turn(declare(name))
    assert frame.args[0] == name


def test_the_queue_of_direct_replies_is_always_there() -> None:
    """RabbitMQ answers any declaration of it, and asks nobody."""
    conversation = opened()
    for passive in (False, True):
        frames = conversation.turn(declare("amq.rabbitmq.reply-to", passive=passive))
        assert one(frames) == ("queue.declare-ok", ("amq.rabbitmq.reply-to", 0, 1))
    assert conversation.requests == []


@pytest.mark.parametrize("kind", ["quorum", "stream"])
def test_no_name_for_what_is_to_last(kind: str) -> None:
    """Only classic queues can be named by the broker."""
    (close,) = opened().turn(declare("", {"x-queue-type": kind}, durable=True))
    says = f"PRECONDITION_FAILED - Cannot declare a server-named queue for type rabbit_{kind}_queue"
    assert close.args[:2] == (406, says)


@pytest.mark.parametrize(("kind", "value"), [("timestamp", 5), ("decimal", "5")])
def test_what_only_looks_like_a_number(kind: str, value: object) -> None:
    """Timestamps and decimals are no integers."""
    table = [Header("x-message-ttl", kind, value)]
    frames = opened().turn(method(1, "queue.declare", 0, "q", *[False] * 5, table))
    assert frames[0].args[1].endswith(f'"expected integer, got {kind}"')
