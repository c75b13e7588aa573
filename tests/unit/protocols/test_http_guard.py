"""Which requests get as far as a protocol."""

import pytest

from mqstudio.protocols.http_guard import refusal


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost:15672"},
        {"Host": "LOCALHOST:15672"},
        {"Host": "127.0.0.1:15672"},
        {"Host": "[::1]:15672"},
        {"Host": "host.docker.internal:15672"},
        {"Host": "localhost:15672", "Origin": "http://localhost:15672"},
        {"Host": "localhost:15672", "Sec-Fetch-Site": "none"},
    ],
)
def test_ours(headers: dict[str, str]) -> None:
    """Programs, and pages of our own."""
    assert refusal(headers, 15672) is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 421),
        ({"Host": "localhost"}, 421),
        ({"Host": "localhost:80"}, 421),
        ({"Host": "localhost.evil.example:15672"}, 421),
        ({"Host": "192.0.2.1:15672"}, 421),
        ({"Host": "localhost:15672", "Origin": "null"}, 403),
        ({"Host": "localhost:15672", "Origin": "https://localhost:15672"}, 403),
        ({"Host": "localhost:15672", "Origin": "http://localhost:3000"}, 403),
        ({"Host": "localhost:15672", "Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_not_ours(headers: dict[str, str], status: int) -> None:
    """Names made to point here, and pages of others."""
    found = refusal(headers, 15672)
    assert found is not None
    assert found[0] == status


def test_the_default_port_may_be_left_out() -> None:
    """As HTTP has it."""
    assert refusal({"Host": "localhost"}, 80) is None
