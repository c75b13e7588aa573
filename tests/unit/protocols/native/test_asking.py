"""What properties ask of the broker is found, checked, and hidden where nobody is to see it."""

import pytest

from mqstudio.model.arguments import TIME_MAX_MS
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.message import PLAIN, Header, Properties, traits
from mqstudio.protocols.native.asking import read_traits


def keys(name: str, *texts: str) -> Header:
    return Header(name, "list", [Header("", "string", text) for text in texts])


def test_plain_properties_ask_for_nothing() -> None:
    properties = Properties(content_type="text/plain", headers=[Header("x", "string", "y")], delivery_mode=1)
    assert read_traits(properties) == (PLAIN, properties)


@pytest.mark.parametrize(
    ("properties", "asked"),
    [
        (Properties(delivery_mode=2, priority=7), traits(True, 7)),
        (Properties(expiration="0"), traits(ttl_us=0)),
        (Properties(expiration="60000"), traits(ttl_us=60_000_000)),
        (Properties(headers=[keys("CC", "a", "b")]), traits(extra_keys=("a", "b"))),
        (Properties(headers=[Header("x-delay", "int32", 5)]), traits(delay_us=5_000)),
        (Properties(headers=[Header("x-delay", "string", "5")]), traits(delay_us=5_000)),
        (Properties(headers=[Header("x-delay", "int32", -5)]), PLAIN),
        (Properties(headers=[Header("x-delay", "bool", True)]), PLAIN),
    ],
)
def test_what_is_asked_for(properties: Properties, asked: object) -> None:
    assert read_traits(properties) == (asked, properties)


def test_hidden_keys_are_routed_by_and_not_passed_on() -> None:
    properties = Properties(headers=[Header("x", "null"), keys("BCC", "secret"), keys("CC", "open")])
    asked, left = read_traits(properties)
    assert asked == traits(extra_keys=("open",), hidden_keys=("secret",))
    assert [header.name for header in left.headers or []] == ["x", "CC"]


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        (Properties(expiration="soon"), "expiration is 'soon'"),
        (Properties(expiration=""), "milliseconds in digits"),
        (Properties(expiration="-1"), "milliseconds in digits"),
        (Properties(expiration="\u0665"), "milliseconds in digits"),
        (Properties(expiration=str(TIME_MAX_MS + 1)), f"from 0 to {TIME_MAX_MS}"),
        (Properties(headers=[Header("CC", "string", "a")]), "'CC' is to be a list of routing keys"),
        (Properties(headers=[Header("BCC", "list", [Header("", "int8", 1)])]), "'BCC' is to be a list"),
        (Properties(headers=[keys("CC", "k" * 256)]), "up to 255 bytes"),
        (Properties(headers=[Header("x-delay", "int64", TIME_MAX_MS + 1)]), "'x-delay'"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(properties: Properties, says: str) -> None:
    with pytest.raises(RefusedError) as caught:
        read_traits(properties)
    assert caught.value.why is Refusal.INVALID_ARGUMENT
    assert says in caught.value.says
