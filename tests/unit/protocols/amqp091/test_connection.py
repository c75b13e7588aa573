"""From protocol header to close: what a client sees of channel 0."""

import pytest

from mqstudio.model import commands as c
from mqstudio.model.access import CheckCertificate, CheckLogin, EnterVhost, LoggedIn
from mqstudio.model.errors import Refusal
from mqstudio.model.events import ConnectionKicked
from mqstudio.model.message import Header
from mqstudio.model.topology import ConnectionInfo, ConnectionTerms
from mqstudio.protocols.amqp091 import codec
from tests.support.amqp091 import (
    PROTOCOL_HEADER,
    Conversation,
    Frame,
    delivered,
    handshake,
    message,
    method,
    open_channel,
    opened,
    publish,
    refusal,
    start_ok,
)

LOGIN_REFUSED = (
    403,
    "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. "
    "For details see the broker logfile.",
    0,
    0,
)


def names(frames: list[Frame]) -> list[str]:
    return [frame.name for frame in frames]


@pytest.mark.parametrize("header", [PROTOCOL_HEADER, b"AMQP\1\1\0\x09", b"AMQP\1\1\x08\0"])
def test_start(header: bytes) -> None:
    """0-9-1 and what passes for it are greeted with connection.start."""
    (start,) = Conversation().turn(header)
    major, minor, properties, mechanisms, locales = start.args
    said = codec.to_arguments(properties)
    spoken = (8, 0) if header.endswith(b"\x08\0") else (0, 9)
    assert (start.name, (major, minor), locales) == ("connection.start", spoken, b"en_US")
    assert set(mechanisms.split()) == {b"PLAIN", b"AMQPLAIN"}
    assert said["product"] == "RabbitMQ"
    assert [int(part) for part in said["version"].split(".")] >= [3, 10]
    assert {"cluster_name", "copyright", "information", "platform"} < set(said)
    assert said["capabilities"] == dict.fromkeys(
        (
            "publisher_confirms",
            "exchange_exchange_bindings",
            "basic.nack",
            "consumer_cancel_notify",
            "connection.blocked",
            "consumer_priorities",
            "authentication_failure_close",
            "per_consumer_qos",
            "direct_reply_to",
        ),
        True,
    )


@pytest.mark.parametrize(
    ("first", "speaks"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "HTTP"),
        (b"POST /api HTTP/1.1\r\n", "HTTP"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "TLS"),
        (b"AMQP\x00\x01\x00\x00", "AMQP 1.0"),
        (b"AMQP\x03\x01\x00\x00", "AMQP 1.0"),
        (b"AMQP\x00\x00\x08\x00", "another version"),
        (b"\0\0\0\0\0\0\0\0\0", "does not speak AMQP"),
        (b"hello world", "does not speak AMQP"),
    ],
)
def test_another_protocol_is_sent_away(first: bytes, speaks: str) -> None:
    """It hears which protocol this is; the log hears what it spoke."""
    conversation = Conversation()
    conversation.receive(first)
    assert conversation.session.data_to_send() == b"AMQP\0\0\x09\x01"
    assert conversation.session.is_finished()
    assert speaks in conversation.session.close_reason
    assert conversation.turn(b"more of it") == []


def test_handshake_opens_the_connection() -> None:
    """start, tune, open-ok; the engine hears who has come."""
    conversation = Conversation()
    assert names(conversation.turn(PROTOCOL_HEADER)) == ["connection.start"]
    properties = {"connection_name": "orders", "product": "pika", "version": "1.3", "platform": "Python"}
    (tune,) = conversation.turn(start_ok(**properties))
    assert (tune.name, tune.args) == ("connection.tune", (2047, 131_072, 60))
    assert conversation.turn(method(0, "connection.tune-ok", 100, 8192, 30)) == []
    assert not conversation.session.is_open()
    (open_ok,) = conversation.turn(method(0, "connection.open", "/", "", False))
    assert (open_ok.name, open_ok.args) == ("connection.open-ok", ("",))
    assert conversation.session.is_open()
    assert conversation.requests == [
        CheckLogin("guest", "guest"),
        EnterVhost("guest", "/"),
        c.OpenConnection(
            ConnectionInfo(
                7,
                "amqp091",
                "127.0.0.1:54321",
                "orders",
                "guest",
                "/",
                "pika",
                "1.3",
                "Python",
                1_000_000,
                "127.0.0.1:2",
                ConnectionTerms("PLAIN", False, 30, 8192, 100),
            )
        ),
    ]


def test_a_nameless_connection_is_called_by_its_address() -> None:
    """And client-properties may be of any type."""
    conversation = Conversation()
    properties = [Header("capabilities", "string", "none"), Header("product", "int32", 5)]
    start = method(0, "connection.start-ok", properties, "PLAIN", b"\0guest\0guest", "en_US")
    tune = method(0, "connection.tune-ok", 2047, 131_072, 60)
    conversation.turn(PROTOCOL_HEADER + start + tune + method(0, "connection.open", "/", "", False))
    *_, request = conversation.requests
    assert (request.info.name, request.info.product) == ("127.0.0.1:54321", "5")


def test_amqplain() -> None:
    """A field table without its length."""
    login = codec.write_table([Header("LOGIN", "string", "guest"), Header("PASSWORD", "string", "guest")])[4:]
    frames = Conversation().turn(PROTOCOL_HEADER + start_ok(login, "AMQPLAIN"))
    assert names(frames) == ["connection.start", "connection.tune"]


@pytest.mark.parametrize(
    "response", [b"\0guest\0wrong", b"\0nobody\0guest", b"guest", b"", b"x\0guest\0guest"]
)
def test_wrong_password(response: bytes) -> None:
    """403 at once for clients that can hear it, and no more frames from them."""
    conversation = Conversation()
    _, close = conversation.turn(PROTOCOL_HEADER + start_ok(response))
    assert (close.name, close.args) == ("connection.close", LOGIN_REFUSED)
    assert not conversation.session.is_finished()
    assert conversation.turn(method(0, "connection.tune-ok", 2047, 131_072, 60)) == []
    conversation.turn(method(0, "connection.close-ok"))
    assert conversation.session.is_finished()
    assert "refused" in conversation.session.close_reason


def test_wrong_password_of_a_client_that_would_not_understand() -> None:
    """Without the capability: hang up."""
    conversation = Conversation()
    frames = conversation.turn(PROTOCOL_HEADER + start_ok(b"\0guest\0wrong", capabilities=()))
    assert names(frames) == ["connection.start"]
    assert conversation.session.is_finished()
    assert conversation.session.close_reason == "login refused: The engine says why."


@pytest.mark.parametrize("login", [b"", b"\xff\xff", b"\x05LOGINS\0\0\0\x05guest"])
def test_broken_amqplain(login: bytes) -> None:
    """What cannot be read cannot log in."""
    conversation = Conversation()
    _, close = conversation.turn(PROTOCOL_HEADER + start_ok(login, "AMQPLAIN"))
    assert close.args[0] == 403


def test_external() -> None:
    """Offered to a peer whose certificate is trusted; whatever it says besides, the certificate counts."""
    conversation = Conversation(answers={CheckCertificate: LoggedIn("anna", ())})
    conversation.host.certificate_name = "anna"
    start, tune = conversation.turn(PROTOCOL_HEADER + start_ok(b"somebody else", "EXTERNAL"))
    assert start.args[3] == b"PLAIN AMQPLAIN EXTERNAL"
    assert tune.name == "connection.tune"
    assert conversation.requests == [CheckCertificate()]
    assert conversation.session.user == "anna"


def test_unknown_mechanism() -> None:
    """Hang up, and say why in the log."""
    conversation = Conversation()
    assert names(conversation.turn(PROTOCOL_HEADER + start_ok(b"", "EXTERNAL"))) == ["connection.start"]
    assert conversation.session.is_finished()
    assert "EXTERNAL" in conversation.session.close_reason


@pytest.mark.parametrize(
    ("channel_max", "frame_max", "says"),
    [
        (0, 131_072, "channel_max = 0 (no limit) is higher than the maximum allowed value (2047)"),
        (2048, 131_072, "channel_max = 2048 is higher"),
        (10, 131_073, "frame_max = 131073 is higher than the maximum allowed value (131072)"),
        (10, 0, "frame_max = 0 (no limit) is higher"),
        (10, 4095, "frame_max = 4095 is lower than the minimum allowed value (4096)"),
    ],
)
def test_tuning_may_only_lower(channel_max: int, frame_max: int, says: str) -> None:
    """A client that asks for more than was offered is hung up on."""
    conversation = Conversation()
    conversation.turn(PROTOCOL_HEADER + start_ok())
    assert conversation.turn(method(0, "connection.tune-ok", channel_max, frame_max, 0)) == []
    assert conversation.session.is_finished()
    assert says in conversation.session.close_reason


def test_unknown_vhost() -> None:
    """530 naming connection.open; nothing to clean up."""
    conversation = Conversation({c.OpenConnection: refusal(Refusal.NO_SUCH_VHOST, name="nowhere")})
    close = conversation.turn(handshake(vhost="nowhere"))[-1]
    assert (close.name, close.args) == (
        "connection.close",
        (530, "NOT_ALLOWED - vhost nowhere not found", 10, 40),
    )
    assert not conversation.session.is_open()


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (method(0, "connection.tune-ok", 0, 0, 0), "starting"),
        (start_ok() + method(0, "connection.open", "/", "", False), "tuning"),
        (handshake()[8:] + start_ok(), "running"),
        (handshake()[8:] + method(0, "connection.close-ok"), "running"),
        (handshake()[8:] + method(0, "queue.purge", 0, "q", False), "running"),
        (handshake()[8:] + method(0, "channel.open", ""), "running"),
    ],
)
def test_a_method_out_of_turn(data: bytes, state: str) -> None:
    """504, in the state it came in."""
    conversation = Conversation()
    conversation.turn(PROTOCOL_HEADER)
    close = conversation.turn(data)[-1]
    assert close.name == "connection.close"
    assert close.args[:2] == (504, f"CHANNEL_ERROR - unexpected method in connection state {state}")


def test_a_channel_before_the_connection() -> None:
    """Frames on channels count only once the connection is open."""
    conversation = Conversation()
    (_, close) = conversation.turn(PROTOCOL_HEADER + open_channel())
    assert close.args[0] == 505


def test_client_closes() -> None:
    """The engine forgets the connection, then close-ok; the log has nothing to say."""
    conversation = opened()
    assert names(conversation.turn(method(0, "connection.close", 200, "bye", 0, 0))) == [
        "connection.close-ok"
    ]
    assert conversation.requests == [c.CloseConnection(7)]
    assert conversation.session.is_finished()
    assert not conversation.session.is_open()
    assert conversation.session.close_reason == ""


def test_client_closes_before_it_is_open() -> None:
    """Allowed at any time."""
    conversation = Conversation()
    frames = conversation.turn(PROTOCOL_HEADER + method(0, "connection.close", 200, "bye", 0, 0))
    assert names(frames) == ["connection.start", "connection.close-ok"]
    assert conversation.session.is_finished()
    assert conversation.requests == []


def test_after_our_close_only_the_answer_counts() -> None:
    """Frames behind the mistake are read and dropped; close crossing close is answered."""
    conversation = opened()
    frames = conversation.turn(
        method(0, "connection.start-ok", [], "PLAIN", b"", "") + publish() + b"\x08" + bytes(6) + b"\xce"
    )
    assert names(frames) == ["connection.close"]
    assert conversation.requests == [
        c.CloseConnection(7, "CHANNEL_ERROR - unexpected method in connection state running")
    ]
    assert not conversation.session.is_open()
    crossing = (
        method(0, "connection.close", 200, "", 0, 0)
        + open_channel(2)
        + method(0, "connection.open", "/", "", False)
    )
    assert names(conversation.turn(crossing)) == ["connection.close-ok"]
    assert not conversation.session.is_finished()
    broken = codec.frame(codec.METHOD, 0, (10 << 16 | 50).to_bytes(4) + b"broken")
    assert conversation.turn(broken) == []
    assert conversation.turn(method(0, "connection.close-ok")) == []
    assert conversation.session.is_finished()
    assert conversation.session.close_reason.startswith("CHANNEL_ERROR")


def test_kicked() -> None:
    """320, the code clients recover on, after what was on its way."""
    conversation = opened()
    letters = [delivered(message()), ConnectionKicked(7, "Closed from MQ Studio"), delivered(message(), 2)]
    frames = conversation.turn(b"", letters)
    assert names(frames) == ["basic.deliver", "header", "body", "connection.close"]
    assert frames[-1].args == (320, "CONNECTION_FORCED - Closed from MQ Studio", 0, 0)
    assert not conversation.session.is_open(), "so the server closes it in the engine"
    conversation.turn(method(0, "connection.close-ok"))
    assert conversation.session.is_finished()


def test_kicked_with_confirms_open() -> None:
    """What was published before is confirmed before the goodbye."""
    conversation = opened()
    conversation.turn(method(1, "confirm.select", False))
    frames = conversation.turn(publish() * 2, [ConnectionKicked(7, "so")])
    assert [(frame.name, frame.args[:2]) for frame in frames] == [
        ("basic.ack", (2, True)),
        ("connection.close", (320, "CONNECTION_FORCED - so")),
    ]


def test_shut_down() -> None:
    """The broker's own end has RabbitMQ's text."""
    conversation = opened()
    conversation.session.shut_down("shutdown")
    (close,) = conversation.output()
    text = "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"
    assert close.args == (320, text, 0, 0)


def test_shut_down_in_the_handshake() -> None:
    """Nobody to say goodbye to."""
    conversation = Conversation()
    conversation.session.shut_down("shutdown")
    assert conversation.session.is_finished()
    assert conversation.output() == []


def test_update_secret() -> None:
    """Answered; there is nothing to update."""
    assert names(opened().turn(method(0, "connection.update-secret", b"s", "r"))) == [
        "connection.update-secret-ok"
    ]


@pytest.mark.parametrize("channel_max", [1, 3])
def test_channels_are_counted_not_numbered(channel_max: int) -> None:
    """A high number is fine; one channel too many is 530."""
    conversation = Conversation().open(channel_max=channel_max)
    numbers = [60_000 + i for i in range(channel_max)]
    frames = conversation.turn(b"".join(map(open_channel, numbers)))
    assert names(frames) == ["channel.open-ok"] * channel_max
    (close,) = conversation.turn(open_channel(1))
    says = f"number of channels opened ({channel_max}) has reached the negotiated channel_max ({channel_max})"
    assert close.args == (530, f"NOT_ALLOWED - {says}", 0, 0)
