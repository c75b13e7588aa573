"""A virtual host: its exchanges, queues, bindings and policies."""

from typing import Union

import msgspec
from msgspec import Struct

from mqstudio.engine.deadlines import Deadline
from mqstudio.engine.exchanges.base import BindingIndex, ExchangeKind, Surroundings
from mqstudio.engine.queue import Queue
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.policies import Policy
from mqstudio.model.refs import QueueRef
from mqstudio.model.topology import Arguments, BindingSpec, DestinationKind, ExchangeSpec, VhostSpec

ROUTES_MAX = 10_000
"""Routes an exchange remembers before it starts over: unlimited keys must not mean unlimited memory."""

ROUTE_WEIGHT = 10
REMEMBERED_MAX = 1_000_000
"""What the routes of a virtual host may weigh in all (about 50 MB): each so much, and 1 for each queue it
leads to, since a thousand exchanges, or a key that leads to a hundred thousand queues, are possible too."""

BindingKey = tuple[str, DestinationKind, str, str, bytes]
"""What makes a binding the same: source, kind and name of the destination, routing key, arguments."""


def binding_key(spec: BindingSpec) -> BindingKey:
    """The identity of a binding."""
    arguments = msgspec.msgpack.encode(spec.arguments, order="sorted") if spec.arguments else b""
    return (spec.exchange, spec.destination_kind, spec.destination, spec.routing_key, arguments)


class Binding(Struct, eq=False):
    """A rule of an exchange, and what it leads to. passed: what went this way (see Route)."""

    source: "Exchange"
    destination: Union[Queue, "Exchange"]
    spec: BindingSpec
    passed: int = 0


Hop = Union[Binding, Queue, "Exchange"]
"""One stretch of a route: a binding; a queue, by its name from the default exchange; an exchange that hands
on to its alternate. Each has `passed`, which counts."""


class Route:
    """Where a key leads from an exchange: each queue once, and by which hops.

    `taken` counts the messages that went that way since exchange and hops were last told (`counting`):
    one count a message, however long its way.

    Seen by the collector of garbage: exchanges remember routes, routes lead to queues, and those know
    by their bindings the exchanges, so a virtual host that is let go of is a circle through here.
    """

    __slots__ = ("exchange", "hops", "queues", "refs", "taken")

    def __init__(
        self,
        exchange: "Exchange",
        queues: tuple[Queue, ...],
        refs: tuple[QueueRef, ...],
        hops: tuple[Hop, ...],
    ) -> None:
        self.exchange = exchange
        self.queues = queues
        self.refs = refs
        self.hops = hops
        self.taken = 0


class Exchange:
    """An exchange with its bindings, and the routes worked out since the last change.

    `outgoing` are the bindings of which it is the source, `incoming` those that lead here. `published` counts
    what it was given and `passed` what it handed on to its alternate, but for what `taken` of routes has yet
    to tell.
    """

    __slots__ = (
        "alternate",
        "held",
        "incoming",
        "index",
        "is_deleted",
        "is_internal",
        "is_system",
        "kind",
        "outgoing",
        "passed",
        "policy",
        "published",
        "routes",
        "spec",
        "vhost",
    )

    def __init__(
        self,
        spec: ExchangeSpec,
        kind: ExchangeKind,
        vhost: "VirtualHost",
        surroundings: Surroundings,
        *,
        is_system: bool,
    ) -> None:
        self.spec = spec
        self.kind = kind
        self.vhost = vhost
        self.is_system = is_system
        self.is_deleted = False
        self.is_internal = spec.is_internal
        self.policy: Policy | None = None
        self.index: BindingIndex = kind.new_index(spec, surroundings)
        self.outgoing: dict[BindingKey, Binding] = {}
        self.incoming: dict[BindingKey, Binding] = {}
        self.routes: dict[str, Route] = {}
        self.alternate: str | None = spec.arguments.get("alternate-exchange")
        self.published = 0
        self.passed = 0
        # What an exchange that delays is holding, by message id.
        self.held: dict[int, Deadline] = {}

    def bindings(self) -> list[BindingSpec]:
        """All bindings of which it is the source."""
        return [binding.spec for binding in self.outgoing.values()]

    def remember(self, routing_key: str, route: Route) -> None:
        """Keep a route until something changes that it depends on."""
        if len(self.routes) >= ROUTES_MAX:
            self.routes.clear()
        elif not self.routes and self.spec.name:
            self.vhost.routed.append(self)
        if self.spec.name:
            self.vhost.weigh(self, ROUTE_WEIGHT + len(route.queues))
        self.routes[routing_key] = route


class VirtualHost:
    """One name space of exchanges and queues.

    `routed` are the exchanges that remember routes. Those of the default exchange are each about one
    queue, so they stay when others change, and do not count for `remembered`, what the others weigh at most.
    """

    __slots__ = ("exchanges", "policies", "queues", "remembered", "routed", "spec")

    def __init__(self, spec: VhostSpec) -> None:
        self.spec = spec
        self.exchanges: dict[str, Exchange] = {}
        self.queues: dict[str, Queue] = {}
        self.policies: dict[tuple[bool, str], Policy] = {}
        self.routed: list[Exchange] = []
        self.remembered = 0

    @property
    def name(self) -> str:
        """Its name."""
        return self.spec.name

    def forget_routes(self) -> None:
        """Exchanges lead to exchanges: whatever changes in one may change the routes of all."""
        for exchange in self.routed:
            exchange.routes.clear()
        self.routed.clear()
        self.remembered = 0

    def weigh(self, exchange: Exchange, weight: int) -> None:
        """Count a route that an exchange is about to remember; if it is too much, all begin anew."""
        self.remembered += weight
        if self.remembered > REMEMBERED_MAX:
            self.forget_routes()
            self.routed.append(exchange)
            self.remembered = weight


def find_exchange(vhost: VirtualHost, name: str) -> Exchange:
    """An exchange by name. Raises RefusedError(NO_SUCH_EXCHANGE)."""
    exchange = vhost.exchanges.get(name)
    if exchange is None:
        raise RefusedError(
            Refusal.NO_SUCH_EXCHANGE,
            f"There is no exchange '{name}' in virtual host '{vhost.name}'. Declare it first.",
            kind="exchange",
            name=name,
            vhost=vhost.name,
        )
    return exchange


def find_queue(vhost: VirtualHost, name: str) -> Queue:
    """A queue by name. Raises RefusedError(NO_SUCH_QUEUE)."""
    queue = vhost.queues.get(name)
    if queue is None:
        raise RefusedError(
            Refusal.NO_SUCH_QUEUE,
            f"There is no queue '{name}' in virtual host '{vhost.name}'. Declare it first.",
            kind="queue",
            name=name,
            vhost=vhost.name,
        )
    return queue


__all__ = [
    "Arguments",
    "Binding",
    "BindingKey",
    "Exchange",
    "Hop",
    "Route",
    "VirtualHost",
    "binding_key",
    "find_exchange",
    "find_queue",
]
