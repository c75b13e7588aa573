"""Free ports for everything a broker listens on, chosen by the system."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

PORTS = ("amqp", "native", "management", "metrics")
ANY = [part for name in PORTS for part in (f"--port-{name}", "0")]
"""As options of the command line."""
ANY_OPTIONS = {f"port_{name}": 0 for name in PORTS}
"""As fields of LaunchOptions."""


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port that is taken, so that nobody else listens there, and where nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
