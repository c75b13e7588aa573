"""What protocols over HTTP share: requests, responses, and where their commands come from.

A handler is a generator of requests to the broker whose value is the response; the server drives it.
"""

from collections.abc import Generator, Mapping
from typing import Any, Protocol
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from mqstudio.model.delivery import DropReason
from mqstudio.model.message import Message, Properties
from mqstudio.model.rights import Rights
from mqstudio.model.rules import QueueKind
from mqstudio.protocols.base import Request


class Pause(Struct, frozen=True):
    """Asks for nothing: others who wait may go on meanwhile, if it has taken long so far."""


PAUSE = Pause()

Json = Any  # whatever JSON can hold
Steps = Generator[Request | Pause, Any, "Response"]  # Any: what each request is answered with


class Machine(Struct, frozen=True):
    """What a process takes of its machine, and may take.

    memory_limit_bytes: above this publishers wait. disk_free_bytes: None where nothing is kept on a disk;
    below disk_low_bytes publishers wait. files_max: of files and sockets at once. threads_max: of all the
    processes of this one's user.
    """

    memory_bytes: int
    memory_limit_bytes: int
    disk_free_bytes: int | None
    disk_low_bytes: int
    files_open: int
    files_max: int
    threads: int
    threads_max: int
    processors: int


class Desk(Protocol):
    """Where a handler's commands are given from."""

    def channel(self, vhost: str) -> int:
        """A channel in a virtual host. Raises: RefusedError(NO_SUCH_VHOST)."""

    def read_properties(self, message: Message) -> Properties:
        """A message's properties, whatever protocol it came by."""

    def rights(self, user: str, vhost: str) -> Rights:
        """What a user may do in a virtual host, as of now."""

    def vhosts_of(self, user: str) -> frozenset[str]:
        """The virtual hosts that let a user in."""

    def check_queue_limit(self, vhost: str, name: str) -> None:
        """Raises: RefusedError(TOO_MANY_QUEUES_OF_VHOST) if there is no room for this new queue."""

    def deaths(self) -> Mapping[tuple[QueueKind, DropReason, bool], int]:
        """Messages of this run that died, by kind of queue, reason, and whether an exchange had them then."""

    def machine(self) -> "Machine":
        """What this process takes of the machine it runs on, and may take."""


class HttpRequest(Struct, frozen=True):
    """A request whose sender is known. `path` is still percent-encoded: names may have slashes in them."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    user: str
    tags: tuple[str, ...]
    query_string: str = ""
    """The query as it came: a parameter may be given more than once."""

    def segments(self) -> tuple[str, ...]:
        """The parts of the path, decoded."""
        return tuple(unquote(part) for part in self.path.strip("/").split("/"))

    def flag(self, name: str) -> bool:
        """A query parameter that is true or false."""
        return self.query.get(name, "") == "true"

    def object(self) -> dict[str, Json]:
        """The body as a JSON object; an empty one is {}. Raises: BadRequestError."""
        if not self.body.strip():
            return {}
        try:
            decoded = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequestError("bad_request", f"not_json: {error}") from None
        if not isinstance(decoded, dict):
            raise BadRequestError("bad_request", "not_json: the body must be a JSON object.")
        return decoded


class Response(Struct, frozen=True):
    """`content` is written as JSON unless it is text; None: no body."""

    status: int = 200
    content: Json = None
    headers: Mapping[str, str] = {}
    content_type: str = "application/json"

    def body(self) -> bytes:
        """The bytes to send."""
        if self.content is None:
            return b""
        return self.content.encode() if isinstance(self.content, str) else msgspec.json.encode(self.content)


def problem(status: int, error: str, reason: Json) -> Response:
    """An error as a JSON object."""
    return Response(status, {"error": error, "reason": reason})


class BadRequestError(ValueError):
    """A request that cannot be done: 400, or what else the status says."""

    def __init__(self, error: str, reason: Json, status: int = 400) -> None:
        super().__init__(str(reason))
        self.status = status
        self.error = error
        self.reason = reason


class HttpProtocol(Protocol):
    """A protocol over HTTP: a package's one public object, named HTTP_PROTOCOL."""

    name: str
    realm: str

    def is_open(self, path: str) -> bool:
        """Whether a path may be read without a login."""

    def handle(self, request: HttpRequest, desk: Desk) -> Steps:
        """Answer a request, asking the broker for what it needs."""
