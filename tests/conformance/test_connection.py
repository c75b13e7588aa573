"""Section 2 of the list, connections: greeting, login, tuning, heartbeats, goodbye."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import pika
import pytest
from pika.exceptions import ConnectionClosedByBroker, ProbableAuthenticationError

from mqstudio.model.message import Header
from mqstudio.protocols.amqp091 import codec
from tests.support.amqp091 import method, start_ok
from tests.support.broker import running_broker
from tests.support.pika_client import Connect
from tests.support.raw_client import RawClient, why

Raw = Callable[[], RawClient]

CAPABILITIES = {
    "publisher_confirms",
    "exchange_exchange_bindings",
    "basic.nack",
    "consumer_cancel_notify",
    "connection.blocked",
    "consumer_priorities",
    "authentication_failure_close",
    "per_consumer_qos",
    "direct_reply_to",
}

# ---- greeting


def test_start(raw: Raw) -> None:
    """connection.start: version 0-9, PLAIN and AMQPLAIN, en_US, and properties that are all long strings."""
    major, minor, properties, mechanisms, locales = raw().greet().args
    assert (major, minor, locales) == (0, 9, b"en_US")
    assert set(mechanisms.split()) >= {b"PLAIN", b"AMQPLAIN"}
    kinds = {each.name: each.kind for each in properties}
    names = ("cluster_name", "copyright", "information", "platform", "product", "version")
    assert {name: kinds.get(name) for name in names} == dict.fromkeys(names, "string")
    assert kinds["capabilities"] == "table"


def test_server_capabilities(connect: Connect) -> None:
    """All that clients look for are there, and true: pika refuses confirms without them."""
    said = connect()._impl.server_properties["capabilities"]
    assert {name for name in CAPABILITIES if said.get(name) is True} == CAPABILITIES


def test_version(connect: Connect) -> None:
    """The version is a number that clients can compare: NServiceBus wants 3.10 or later."""
    version = connect()._impl.server_properties["version"]
    assert [int(part) for part in version.split(".")] >= [3, 10, 0]


# ---- login


def test_plain(raw: Raw) -> None:
    """PLAIN: NUL user NUL password."""
    assert raw().log_in(response=b"\0guest\0guest") == (2047, 131_072, 60)


def test_amqplain(raw: Raw) -> None:
    """AMQPLAIN: the response is a field table without its length, LOGIN and PASSWORD."""
    table = codec.write_table([Header("LOGIN", "string", "guest"), Header("PASSWORD", "string", "guest")])
    assert raw().log_in(mechanism="AMQPLAIN", response=table[4:]) == (2047, 131_072, 60)


@pytest.mark.parametrize("mechanism", ["PLAIN", "AMQPLAIN"])
def test_bad_credentials(raw: Raw, mechanism: str) -> None:
    """With the capability authentication_failure_close: 403 at once, saying which mechanism was used."""
    table = codec.write_table([Header("LOGIN", "string", "guest"), Header("PASSWORD", "string", "wrong")])
    client = raw()
    client.greet()
    client.send(start_ok({"PLAIN": b"\0guest\0wrong", "AMQPLAIN": table[4:]}[mechanism], mechanism))
    says = (
        f"ACCESS_REFUSED - Login was refused using authentication mechanism {mechanism}. "
        "For details see the broker logfile."
    )
    assert why(client.frame()) == ("connection", 403, says, 0, 0)


def test_bad_credentials_without_the_capability(raw: Raw) -> None:
    """Without the capability: a plain hang-up."""
    client = raw()
    client.greet()
    client.send(start_ok(b"\0guest\0wrong", capabilities=()))
    assert client.has_ended()


def test_unknown_mechanism(raw: Raw) -> None:
    """An unknown mechanism: hang-up."""
    client = raw()
    client.greet()
    client.send(start_ok(mechanism="NONSENSE"))
    assert client.has_ended()


def test_pika_tells_a_wrong_password(connect: Connect) -> None:
    """pika makes ProbableAuthenticationError of it, naming code and text."""
    with pytest.raises(ProbableAuthenticationError, match=r"403.*Login was refused"):
        connect(credentials=pika.PlainCredentials("nobody", "wrong"))


# ---- tuning and opening


def test_offer(raw: Raw) -> None:
    """The broker proposes 2047 channels, frames of 131072 bytes, heartbeats every 60 s."""
    assert raw().log_in() == (2047, 131_072, 60)


@pytest.mark.parametrize("tuning", [(0, 131_072, 0), (2048, 131_072, 0), (2047, 131_073, 0), (2047, 4095, 0)])
def test_tuning_above_the_offer(raw: Raw, tuning: tuple[int, int, int]) -> None:
    """tune-ok may only be lower: otherwise the broker hangs up without a close."""
    client = raw()
    client.log_in()
    client.send(method(0, "connection.tune-ok", *tuning), method(0, "connection.open", "/", "", False))
    assert client.has_ended()


def test_a_lower_answer(raw: Raw) -> None:
    """The client may answer lower, and 0 turns heartbeats off."""
    raw().open(1, channel_max=1, frame_max=4096, heartbeat_s=0)


def test_unknown_vhost(raw: Raw) -> None:
    """An unknown virtual host is 530 NOT_ALLOWED, class 10, method 40."""
    client = raw()
    client.log_in()
    client.send(method(0, "connection.tune-ok", 2047, 131_072, 0))
    client.send(method(0, "connection.open", "nowhere", "", False))
    says = "NOT_ALLOWED - vhost nowhere not found"
    assert why(client.frame()) == ("connection", 530, says, 10, 40)


def test_default_vhost(raw: Raw) -> None:
    """Clients send `/` literally; the reserved fields are ignored; open-ok has one empty short string."""
    client = raw()
    client.log_in()
    client.send(method(0, "connection.tune-ok", 2047, 131_072, 0))
    client.send(method(0, "connection.open", "/", "anything", True))
    assert client.expect("connection.open-ok").args == ("",)


# ---- heartbeats


def test_heartbeats(raw: Raw) -> None:
    """Heartbeats arrive within the agreed time; who says nothing is dropped after about two, by hang-up."""
    client = raw().open(1, heartbeat_s=1)
    begin = monotonic()  # from here on it is agreed: the login before it is no idle time
    assert client.frame().name == "heartbeat"
    assert monotonic() - begin < 1.0
    while not client.has_ended():
        assert client.frame().name == "heartbeat"
    assert 1.4 < monotonic() - begin < 4.0


# ---- goodbye


def test_close(raw: Raw) -> None:
    """A client's close is answered by close-ok."""
    client = raw().open(1)
    assert client.call(0, "connection.close", 200, "bye", 0, 0).name == "connection.close-ok"


def test_the_broker_ends(tmp_path: Path) -> None:
    """It says so to everybody before it hangs up: that is what libraries connect again upon."""
    with running_broker(tmp_path) as broker:
        connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port_amqp))
        connection.channel().basic_qos(prefetch_count=1)
        broker.stop()
        says = "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"
        with pytest.raises(ConnectionClosedByBroker) as ended:
            connection.process_data_events(time_limit=20)
        assert (ended.value.reply_code, ended.value.reply_text) == (320, says)


def test_both_close(raw: Raw) -> None:
    """A close that the client sends while we are closing is accepted too."""
    client = raw().open(1)
    assert why(client.call(1, "channel.open", ""))[:2] == ("connection", 504)
    assert client.call(0, "connection.close", 200, "bye", 0, 0).name == "connection.close-ok"


def test_after_our_close_all_else_is_ignored(raw: Raw) -> None:
    """After connection.close from the broker everything but close and close-ok is ignored."""
    client = raw().open(1)
    assert why(client.call(1, "channel.open", ""))[:2] == ("connection", 504)
    client.send(method(9, "channel.open", ""), method(1, "channel.flow", True))
    client.send(method(0, "connection.close-ok"))
    assert client.has_ended()


def test_update_secret(raw: Raw) -> None:
    """connection.update-secret is answered ok, though there is nothing to update."""
    answer = raw().open().call(0, "connection.update-secret", b"new", "because")
    assert answer.name == "connection.update-secret-ok"


# ---- channel numbers


OUT_OF_PLACE = "CHANNEL_ERROR - unexpected method in connection state running"


@pytest.mark.parametrize(
    ("channel", "asked", "told"),
    [
        (1, ("channel.open", ""), (504, "CHANNEL_ERROR - second 'channel.open' seen", 20, 10)),
        (2, ("channel.flow", True), (504, "CHANNEL_ERROR - expected 'channel.open'", 20, 20)),
        (0, ("channel.open", ""), (504, OUT_OF_PLACE, 20, 10)),
        (0, ("connection.open", "/", "", False), (504, OUT_OF_PLACE, 10, 40)),
        (1, ("queue.declare-ok", "q", 0, 0), (503, "COMMAND_INVALID - unimplemented method", 50, 11)),
    ],
)
def test_methods_out_of_place(raw: Raw, channel: int, asked: tuple[Any, ...], told: tuple[Any, ...]) -> None:
    """Opening twice, a method on an unopened channel, a channel's method on channel 0: connection errors."""
    assert why(raw().open(1).call(channel, *asked)) == ("connection", *told)


def test_channels_are_counted(raw: Raw) -> None:
    """Number 6 is accepted with channel_max 5, for channels are counted; one more than the count is 530."""
    client = raw().open(6, 7, channel_max=2)
    scope, code, text, *_ = why(client.call(8, "channel.open", ""))
    assert (scope, code) == ("connection", 530)
    assert text == "NOT_ALLOWED - number of channels opened (2) has reached the negotiated channel_max (2)"


def test_unknown_method(raw: Raw) -> None:
    """An unknown method ends the connection: RabbitMQ just hangs up, a tidy broker says why."""
    client = raw().open(1)
    client.send(codec.frame(codec.METHOD, 1, bytes([0, 50, 0, 99])))
    if not client.has_ended():
        assert why(client.frame())[1] in (503, 540)


def test_close_names_the_method_that_failed(raw: Raw) -> None:
    """class_id and method_id in a close name the method that failed, 0/0 for framing."""
    client = raw().open(1, 2, 3)
    passive = client.call(1, "queue.declare", 0, "none", True, False, False, False, False, [])
    assert why(passive)[3:] == (50, 10)
    client.send(method(2, "basic.ack", 9, False))
    assert why(client.frame())[3:] == (60, 80)
    client.send(codec.frame(9, 0, b""))
    assert why(client.frame())[3:] == (0, 0)
