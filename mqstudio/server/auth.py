"""Secrets that come from chance: the token of the native protocol, and names nobody can guess."""

import hmac
import secrets


def new_token() -> str:
    """A random 256-bit token for the native protocol."""
    return secrets.token_urlsafe(32)


def random_name() -> str:
    """22 URL-safe random characters, for server-named things."""
    return secrets.token_urlsafe(16)


def check_token(expected: str, given: str) -> bool:
    """Whether this is the token, in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode())
