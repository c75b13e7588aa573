"""Where conformance tests find a broker: ours, or the one that an environment variable names.

To see that a test is right before it judges us, run it against RabbitMQ:

    MQSTUDIO_TEST_AMQP_URL=amqp://guest:guest@127.0.0.1:5672/ make test ARGS=tests/conformance
"""

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

ANOTHER_BROKER = "MQSTUDIO_TEST_AMQP_URL"


@dataclass(frozen=True, slots=True)
class Address:
    """A broker as clients are told of it; user and password are guest's."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """The whole of it for the virtual host `/`."""
        return f"amqp://guest:guest@{self.host}:{self.port}/"

    @property
    def url_of_root(self) -> str:
        """For clients that read an empty path as a virtual host without a name."""
        return f"{self.url}%2F"


def another_broker() -> Address | None:
    """The broker to test in our place, if one is named."""
    url = os.environ.get(ANOTHER_BROKER)
    if not url:
        return None
    parts = urlsplit(url)
    return Address(parts.hostname or "127.0.0.1", parts.port or 5672)
