"""Who may come in: guest from this computer, and whoever can read the token file."""

import hmac
import secrets

USERS = {"guest": "guest"}
"""The one user, as RabbitMQ has it from the start: accepted from loopback peers only."""


def new_token() -> str:
    """A random 256-bit token for the native protocol."""
    return secrets.token_urlsafe(32)


def random_name() -> str:
    """22 URL-safe random characters, for server-named things."""
    return secrets.token_urlsafe(16)


def check_password(user: str, password: str, *, is_loopback_peer: bool) -> bool:
    """Whether the user may log in. Takes the same time for known and unknown users."""
    expected = USERS.get(user, "")
    matches = hmac.compare_digest(expected.encode(), password.encode())
    return matches and user in USERS and is_loopback_peer


def check_token(expected: str, given: str) -> bool:
    """Whether this is the token, in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode())
