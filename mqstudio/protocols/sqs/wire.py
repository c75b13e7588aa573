"""HTTP/1.1 without I/O: bytes into requests, responses into bytes. Reading is httptools' (llhttp).

What is too large, or no HTTP, ends the connection after an answer that says so.
"""

from collections import deque
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

import httptools
from msgspec import Struct

HEADERS_MAX_BYTES: Final = 16 * 1024
HEADERS_MAX: Final = 100
BODY_MAX_BYTES: Final = 8 * 1024 * 1024
"""A batch is at most 1 MiB of text, which may take several times that as JSON or as a form."""

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_REASONS: Final = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    413: "Payload Too Large",
    421: "Misdirected Request",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class HttpCall(Struct, frozen=True):
    """A request. Header names are in lower case; `path` is percent-encoded as it came."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    is_kept_alive: bool


class UnreadableError(Exception):
    """What came is no request that we take. `status` says so to the peer."""

    def __init__(self, status: int, says: str) -> None:
        super().__init__(says)
        self.status = status
        self.says = says


class HttpReader:
    """Feed it bytes; take requests. `wants_continue`: a peer waits for leave to send its body."""

    def __init__(self) -> None:
        self.calls: deque[HttpCall] = deque()
        self.wants_continue = False
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._headers: dict[str, str] = {}
        self._headers_bytes = 0
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._problem: UnreadableError | None = None
        self.is_within = False
        """Whether a request has begun to arrive."""
        self._is_in_head = False

    def feed(self, data: bytes) -> None:
        """Take bytes. Raises: UnreadableError; what came before it is in `calls` all the same."""
        if self._is_in_head:  # the parser keeps a header to itself until it is whole
            self._count(len(data))
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise UnreadableError(400, "This port speaks HTTP/1.1 only.") from None
        except httptools.HttpParserCallbackError:
            raise self._problem or UnreadableError(400, "This is no request that can be read.") from None
        except httptools.HttpParserError as error:
            raise UnreadableError(400, f"This is no HTTP/1.1: {error}.") from None

    def held_bytes(self) -> int:
        """Memory that what has half arrived takes."""
        return self._body_bytes + self._headers_bytes + sum(len(call.body) for call in self.calls)

    # ---- what the parser calls

    def on_message_begin(self) -> None:
        """A request begins."""
        self.is_within = self._is_in_head = True
        self._url, self._headers, self._headers_bytes = b"", {}, 0
        self._body, self._body_bytes = [], 0

    def on_url(self, url: bytes) -> None:
        """A part of the target."""
        self._url += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes | None) -> None:
        """A header; of equal ones that matter to us the last counts."""
        self._count(len(name) + len(value or b""))
        if len(self._headers) >= HEADERS_MAX:
            self._refuse(431, f"There are more than {HEADERS_MAX} headers.")
        self._headers[name.decode("latin-1").lower()] = (value or b"").decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        """The body comes next."""
        self._is_in_head = False
        length = self._headers.get("content-length", "0")
        if length.isdigit() and int(length) > BODY_MAX_BYTES:
            self._refuse(413, f"The body is larger than {BODY_MAX_BYTES} bytes.")
        if self._headers.get("expect", "").lower() == "100-continue":
            self.wants_continue = True

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._body_bytes += len(body)
        if self._body_bytes > BODY_MAX_BYTES:
            self._refuse(413, f"The body is larger than {BODY_MAX_BYTES} bytes.")
        self._body.append(body)

    def on_message_complete(self) -> None:
        """A request is here."""
        path, _, query = self._url.decode("latin-1").partition("?")
        method = self._parser.get_method().decode()
        is_kept_alive = self._parser.should_keep_alive()
        body = b"".join(self._body)
        self.calls.append(HttpCall(method, path, query, self._headers, body, is_kept_alive))
        self.is_within = False
        self._body, self._body_bytes, self._headers_bytes = [], 0, 0

    def _count(self, size: int) -> None:
        self._headers_bytes += size
        if self._headers_bytes > HEADERS_MAX_BYTES:
            self._refuse(431, f"The headers are larger than {HEADERS_MAX_BYTES} bytes.")

    def _refuse(self, status: int, says: str) -> None:
        self._problem = UnreadableError(status, says)
        raise self._problem


def respond(status: int, headers: Mapping[str, str], body: bytes, *, is_kept_alive: bool = True) -> bytes:
    """A response."""
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Error')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"Content-Length: {len(body)}")
    if not is_kept_alive:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace") + body


def read_form(text: str) -> dict[str, str]:
    """A form, or the query of a URL, as names and values. Raises: ValueError if it is not UTF-8."""
    found = {}
    for pair in text.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            found[_decoded(name)] = _decoded(value)
    return found


def _decoded(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ").encode("latin-1")).decode()
