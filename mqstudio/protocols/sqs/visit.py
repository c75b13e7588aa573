"""A visit: one request of a client, and what its handler may do to answer it.

A handler is a generator of requests to the broker whose value is the output, or a `Waiting`.
"""

from collections.abc import Callable, Generator
from typing import Any

from msgspec import Struct

from mqstudio.model.lending import Loan
from mqstudio.model.queries import DescribeQueues
from mqstudio.model.rows import QueueState
from mqstudio.protocols.base import Host, Request
from mqstudio.protocols.sqs import names
from mqstudio.protocols.sqs.attributes import Settings, settings_of
from mqstudio.protocols.sqs.errors import invalid, missing, no_such_queue
from mqstudio.protocols.sqs.names import Scope

Output = dict[str, Any]
Asking = Generator[Request, None, Any]  # Any: what each request is answered with


class Waiting(Struct, frozen=True):
    """The output comes when messages do, or none have come for so long: `finish` makes it of them."""

    tag: str
    finish: Callable[[tuple[Loan, ...]], Output]


Steps = Generator[Request, None, Output | Waiting]


class Found(Struct, frozen=True):
    """A queue that a request is about."""

    scope: Scope
    name: str
    state: QueueState
    settings: Settings


class Visit:
    """One request: its members, who sends it, and for which region of which account."""

    def __init__(  # noqa: PLR0917  # what a request consists of
        self,
        given: dict[str, Any],
        scope: Scope,
        access_key: str,
        host_header: str,
        now_us: int,
        host: Host,
        ask: Callable[[Request], Asking],
        channel: Callable[[str], Asking],
    ) -> None:
        self.given = given
        self.scope = scope
        self.access_key = access_key
        self.host_header = host_header
        self.now_us = now_us
        self.host = host
        self.ask = ask
        self.channel = channel

    def text(self, name: str) -> str:
        """A member that must be there. Raises: SqsError."""
        value = self.given.get(name)
        if not isinstance(value, str) or not value:
            raise missing(name)
        return value

    def number(self, name: str, least: int, most: int, default: int | None = None) -> int | None:
        """A member that is a number, if it is there. Raises: SqsError."""
        value = self.given.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            raise invalid(f"Value {value!s:.80} for parameter {name} is invalid. Reason: Must be an integer.")
        if not least <= value <= most:
            says = f"Must be >= {least} and <= {most}, if provided."
            raise invalid(f"Value {value} for parameter {name} is invalid. Reason: {says}")
        return value

    def find_queue(self) -> Generator[Request, None, Found]:
        """The queue that `QueueUrl` means. Raises: SqsError."""
        scope, name = names.read_url(str(self.given.get("QueueUrl") or ""), self.scope)
        return (yield from self.find(scope, name))

    def find(self, scope: Scope, name: str) -> Generator[Request, None, Found]:
        """A queue by its name. Raises: SqsError."""
        found = yield from self.states(scope, name)
        if not found:
            raise no_such_queue()
        return Found(scope, name, found[0], settings_of(name, found[0].arguments))

    def states(
        self, scope: Scope, name: str | None = None
    ) -> Generator[Request, None, tuple[QueueState, ...]]:
        """How one queue of a region is, or all of them are, in order of name."""
        states: tuple[QueueState, ...] = yield from self.ask(DescribeQueues(scope.vhost, name))
        return states
