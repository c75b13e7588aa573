"""Property bytes: read for viewers, written for other protocols' messages, vetted for consumers."""

import pytest

from mqstudio.model.errors import RemoteError
from mqstudio.model.message import Header, Properties
from mqstudio.protocols.amqp091 import PROTOCOL, codec, convert, vetting
from tests.support.amqp091 import message

FULL = Properties(
    content_type="text/plain",
    content_encoding="utf-8",
    headers=[Header("n", "int64", 5), Header("t", "table", [Header("x", "null")])],
    delivery_mode=2,
    priority=9,
    correlation_id="c",
    reply_to="r",
    expiration="60000",
    message_id="m",
    timestamp_s=1_700_000_000,
    type="ty",
    user_id="guest",
    app_id="app",
    cluster_id="cl",
)


def test_round_trip() -> None:
    """All fourteen come back exactly."""
    data = convert.write_properties(FULL)
    assert data[:2] == b"\xff\xfc"
    assert convert.read_properties(data) == FULL
    assert PROTOCOL.read_properties(message(properties=data)) == FULL


def test_absent_stays_absent() -> None:
    """No flag, no value; zero and empty are not absent."""
    assert convert.read_properties(b"\0\0") == Properties()
    assert convert.write_properties(Properties()) == b"\0\0"
    said = Properties(content_type="", priority=0, headers=[])
    assert convert.read_properties(convert.write_properties(said)) == said


def test_golden_bytes() -> None:
    """delivery_mode is bit 12, and nothing else is written."""
    assert convert.write_properties(Properties(delivery_mode=2)) == b"\x10\x00\x02"


def test_what_does_not_fit_is_left_out() -> None:
    """A priority of another protocol may be no octet."""
    assert convert.write_properties(Properties(priority=1000, delivery_mode=1)) == b"\x10\x00\x01"


BROKEN = {
    "no flags": b"",
    "half flags": b"\x00",
    "continuation flag": b"\x00\x01",
    "unknown flag": b"\x00\x02",
    "octet cut off": b"\x10\x00",
    "string cut off": b"\x80\x00\x05ab",
    "string missing": b"\x80\x00",
    "timestamp cut off": b"\x00\x40\0\0",
    "left over": b"\x00\x00\x00",
    "table cut off": b"\x20\x00\x00\x00\x00\x09\x01",
    "table with an unknown type": b"\x20\x00\x00\x00\x00\x03\x01k?",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_broken_properties(data: bytes) -> None:
    """Reading says what is wrong; vetting keeps them from consumers with a syntax error."""
    with pytest.raises(ValueError, match=r"."):
        convert.read_properties(data)
    with pytest.raises(RemoteError) as caught:
        vetting.vet(data, "guest")
    assert caught.value.code == 502


def test_good_properties_pass() -> None:
    """What can be read passes."""
    vetting.vet(convert.write_properties(FULL), "guest")
    vetting.vet(b"\0\0", "guest")


@pytest.mark.parametrize("text", ["0", "1", "60000", "315360000000"])
def test_expiration_in_milliseconds(text: str) -> None:
    """Digits pass, up to ten years."""
    vetting.vet(convert.write_properties(Properties(expiration=text)), "guest")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("abc", "no_integer"),
        ("", "no_integer"),
        ("-1", "{value_negative,-1}"),
        ("1.5", '{leftover_string,".5"}'),
        ("60000x", '{leftover_string,"x"}'),
        ("315360000001", "{value_too_large,315360000001}"),
    ],
)
def test_other_expirations_are_refused(text: str, problem: str) -> None:
    """In RabbitMQ's words."""
    with pytest.raises(RemoteError) as caught:
        vetting.vet(convert.write_properties(Properties(expiration=text)), "guest")
    assert (caught.value.code, caught.value.says) == (406, f"invalid expiration '{text}': {problem}")


def test_user_id_must_be_the_login() -> None:
    """A message cannot claim to be somebody else's."""
    with pytest.raises(RemoteError) as caught:
        vetting.vet(convert.write_properties(Properties(user_id="someone")), "guest")
    assert caught.value.code == 406
    assert caught.value.says == "user_id property set to 'someone' but authenticated user was 'guest'"


def test_ten_thousand_headers() -> None:
    """Many headers are only many."""
    headers = [Header(f"h{i}", "int32", i) for i in range(10_000)]
    data = b"\x20\x00" + codec.write_table(headers)
    vetting.vet(data, "guest")
    assert convert.read_properties(data).headers == headers


@pytest.mark.parametrize("mode", [0, 3, 255])
def test_other_delivery_modes_are_refused(mode: int) -> None:
    """1 and 2 pass; in RabbitMQ's words."""
    with pytest.raises(RemoteError) as caught:
        vetting.vet(convert.write_properties(Properties(delivery_mode=mode)), "guest")
    assert (caught.value.code, caught.value.says) == (
        406,
        f"invalid message: {{delivery_mode_unknown,{mode}}}",
    )
