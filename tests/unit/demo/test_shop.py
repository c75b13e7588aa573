"""The demo shop takes addresses as people write them, and says what is none."""

import pytest

from mqstudio.demo.running import ShopFailedError, guarded
from mqstudio.demo.shop import checked, clean


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("amqp://guest:guest@localhost", "amqp://guest:guest@localhost/"),
        ("amqps://a:b@host:5671/vh", "amqps://a:b@host:5671/vh"),
    ],
)
def test_addresses_need_no_path(given: str, meant: str) -> None:
    """As other clients have it; the library wants one."""
    assert checked(given) == meant


@pytest.mark.parametrize(
    "url", ["", "nonsense", "http://localhost/", "amqp://", "amqp:///x", "localhost:5672"]
)
def test_what_is_no_address_is_said(url: str) -> None:
    """In one sentence, with an example."""
    with pytest.raises(ShopFailedError, match=r"^That is no address of a broker\. One looks like amqp://"):
        guarded(clean, url)
