"""Properties are read by the protocol that a message came by; what cannot be read is said, not raised."""

import pytest

from mqstudio.model.message import HUB_FORMAT, Message, Properties, encode_properties
from mqstudio.server.plugins import find_protocols
from mqstudio.server.reading import properties_of

PROTOCOLS = find_protocols()


def message(properties: bytes, format: str) -> Message:
    return Message(1, b"", properties, "", "", 1, format, 1)


@pytest.mark.parametrize("properties", [Properties(), Properties(app_id="a", priority=3)])
def test_the_hubs_own_properties_are_read(properties: Properties) -> None:
    assert properties_of(message(encode_properties(properties), HUB_FORMAT), {}) == (properties, "")


def test_a_protocols_properties_are_read_by_it() -> None:
    found = properties_of(message(b"\x10\x00\x02", "amqp091"), PROTOCOLS)
    assert found == (Properties(delivery_mode=2), "")


@pytest.mark.parametrize(
    ("data", "format"), [(b"\xff", HUB_FORMAT), (b"\xff", "amqp091"), (b"", "unheard of")]
)
def test_what_cannot_be_read_is_said(data: bytes, format: str) -> None:
    properties, problem = properties_of(message(data, format), PROTOCOLS)
    assert properties == Properties()
    assert problem.startswith(f"These properties cannot be read as {format}: ")
