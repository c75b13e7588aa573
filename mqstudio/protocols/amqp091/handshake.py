"""From the first bytes to a running connection: protocol header, login, tuning, virtual host."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from mqstudio.model import attempts, limits
from mqstudio.model.access import CheckCertificate, CheckLogin
from mqstudio.model.errors import RemoteError
from mqstudio.model.message import Header
from mqstudio.model.topology import Arguments
from mqstudio.protocols.amqp091 import codec

PROTOCOL_HEADER = b"AMQP\0\0\x09\x01"
ACCEPTED_HEADERS = (PROTOCOL_HEADER, b"AMQP\x01\x01\x00\x09", b"AMQP\x01\x01\x08\x00")
"""What RabbitMQ takes as 0-9-1: itself, 0-9, 0-8 (measured)."""


def spoken_version(header: bytes) -> tuple[int, int]:
    """The version that connection.start tells: to 0-8's header RabbitMQ says 8-0 (measured)."""
    return (8, 0) if header == ACCEPTED_HEADERS[2] else (0, 9)


CAPABILITIES = (
    "publisher_confirms",
    "exchange_exchange_bindings",
    "basic.nack",
    "consumer_cancel_notify",
    "connection.blocked",
    "consumer_priorities",
    "authentication_failure_close",
    "per_consumer_qos",
    "direct_reply_to",
)
"""What we do; clients choose by these."""


def server_properties() -> list[Header]:
    """What we say we are. Product and version are those whose behaviour we copy: clients compare them."""
    capabilities = [Header(name, "bool", True) for name in CAPABILITIES]
    texts = {
        "cluster_name": "mqstudio@localhost",
        "copyright": "",
        "information": "MQ Studio, speaking AMQP 0-9-1 as RabbitMQ does",
        "platform": "MQ Studio",
        "product": "RabbitMQ",
        "version": "3.13.7",
    }
    return [
        Header("capabilities", "table", capabilities),
        *(Header(name, "string", text) for name, text in texts.items()),
    ]


def describe_header(first: bytes) -> str:
    """Say in a few words what a peer speaks that does not speak AMQP 0-9-1."""
    if first[:3] in (b"GET", b"PUT", b"POS", b"HEA", b"DEL", b"OPT", b"PAT", b"CON", b"PRI"):
        return attempts.SPEAKS_HTTP
    if first[:2] == b"\x16\x03":
        return attempts.SPEAKS_TLS
    if first in (b"AMQP\0\x01\0\0", b"AMQP\x03\x01\0\0"):
        return attempts.SPEAKS_AMQP_1
    if first[:4] == b"AMQP":
        return f"{attempts.SPEAKS_OTHER_AMQP}: {first[4:]!r}"
    return f"{attempts.SPEAKS_SOMETHING} AMQP: it began with {first!r}"


def _read_plain(response: bytes) -> CheckLogin:
    empty, user, password = response.split(b"\0", 2)
    if empty:
        raise ValueError("an authorization identity is not supported")
    return CheckLogin(user.decode(), password.decode())


def _read_amqplain(response: bytes) -> CheckLogin:
    """A field table that lacks its length."""
    headers, _ = codec.read_table(codec.write_long_string(response), 0, len(response) + 4)
    values = codec.to_arguments(headers)
    return CheckLogin(str(values["LOGIN"]), str(values["PASSWORD"]))


def _read_external(response: bytes) -> CheckCertificate:
    """Whoever the certificate names; some clients say the name again, or nothing."""
    return CheckCertificate()


_Readers = Mapping[str, Callable[[bytes], CheckLogin | CheckCertificate]]

_READERS: _Readers = {"PLAIN": _read_plain, "AMQPLAIN": _read_amqplain}
_READERS_WITH_CERTIFICATE: _Readers = {**_READERS, "EXTERNAL": _read_external}


def _readers(has_certificate: bool) -> _Readers:
    return _READERS_WITH_CERTIFICATE if has_certificate else _READERS


def mechanisms(has_certificate: bool) -> bytes:
    """The ways to log in that a peer is offered."""
    return " ".join(_readers(has_certificate)).encode()


def read_login(
    mechanism: str, response: bytes, has_certificate: bool
) -> CheckLogin | CheckCertificate | None:
    """Read who wants in; None when the response cannot be read.

    Raises: ValueError for a mechanism that the peer was not offered.
    """
    reader = _readers(has_certificate).get(mechanism)
    if reader is None:
        raise ValueError(f"the client wants to log in by '{mechanism}', which is not offered")
    try:
        return reader(response)
    except (ValueError, KeyError):
        return None


class Client(NamedTuple):
    """What a client says of itself in its client-properties."""

    name: str
    product: str
    version: str
    platform: str
    capabilities: frozenset[str]


def read_client(properties: Arguments) -> Client:
    """Read client-properties; anything may be missing or of any type."""
    said = properties.get("capabilities")
    capabilities = said if isinstance(said, dict) else {}
    return Client(
        _text(properties, "connection_name"),
        _text(properties, "product"),
        _text(properties, "version"),
        _text(properties, "platform"),
        frozenset(name for name, is_on in capabilities.items() if is_on is True),
    )


def _text(properties: Arguments, key: str) -> str:
    value = properties.get(key, "")
    return (value if isinstance(value, str) else str(value))[: limits.CLIENT_TEXT_CHARS]


class Tuning(NamedTuple):
    """What the client chose of what we offered."""

    channel_max: int
    frame_max: int
    heartbeat_s: int


OFFER = Tuning(limits.CHANNEL_MAX, limits.FRAME_MAX_BYTES, limits.HEARTBEAT_S)


def check_tuning(chosen: Tuning) -> None:
    """A client may choose less than we offer, never more, and 0 ("no limit") is more.

    Raises: RemoteError: 530, in RabbitMQ's words.
    """
    for field, chosen_value, least, most in (
        ("frame_max", chosen.frame_max, limits.FRAME_MIN_BYTES, OFFER.frame_max),
        ("channel_max", chosen.channel_max, 1, OFFER.channel_max),
    ):
        if chosen_value and chosen_value < least:
            raise RemoteError(_negotiated(field, chosen_value, "lower", "minimum", least), 530)
        if not chosen_value or chosen_value > most:
            raise RemoteError(_negotiated(field, chosen_value, "higher", "maximum", most), 530)


def _negotiated(field: str, chosen: int, how: str, bound: str, limit: int) -> str:
    shown = f"{chosen} (no limit)" if not chosen else str(chosen)
    return f"negotiated {field} = {shown} is {how} than the {bound} allowed value ({limit})"
