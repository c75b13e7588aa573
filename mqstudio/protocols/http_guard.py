"""What is asked of an HTTP request before anything else: that no web page of somebody else's has sent it.

A browser on this computer sends what any page tells it to, also to loopback. So the Host must be ours (a
name that was made to point here will not do), an Origin must be ours, and Sec-Fetch-Site, where a browser
says it, must not be another site. Programs send none of these but Host.

Source: DNS rebinding and cross-site attacks on local tools, docs/protocols/management.md.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]", "host.docker.internal"})
SITES_ALLOWED: Final = frozenset({"none", "same-origin"})


def refusal(headers: Mapping[str, str], port: int) -> tuple[int, str] | None:
    """Status and reason why a request is turned away; None: it may pass."""
    host = headers.get("Host", "")
    if not _is_ours(host, port):
        return 421, f"This server answers for localhost:{port} only, not for '{host:.80}'."
    origin = headers.get("Origin")
    if origin is not None and not _is_our_origin(origin, port):
        return 403, "Requests from web pages are not accepted."
    site = headers.get("Sec-Fetch-Site")
    if site is not None and site not in SITES_ALLOWED:
        return 403, "Requests from other sites are not accepted."
    return None


def _is_ours(host: str, port: int) -> bool:
    name, colon, number = host.rpartition(":")
    if not colon or host.endswith("]"):
        name, number = host, "80"
    return name.lower() in LOOPBACK_NAMES and number == str(port)


def _is_our_origin(origin: str, port: int) -> bool:
    parts = urlsplit(origin)
    return parts.scheme == "http" and _is_ours(parts.netloc, port)
