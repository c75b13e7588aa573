"""A virtual host: its exchanges, queues and bindings, and the routes between them."""

from msgspec import Struct

from mqstudio.engine.exchanges.base import ExchangeKind
from mqstudio.engine.queue import Queue
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.refs import QueueRef
from mqstudio.model.topology import Arguments, BindingSpec, ExchangeSpec

ROUTES_MAX = 10_000
"""Routes an exchange remembers before it starts over: unlimited keys must not mean unlimited memory."""


class Binding(Struct, frozen=True, gc=False):
    """A rule of an exchange. `is_implicit`: the default exchange's own, one for each queue."""

    queue: Queue
    spec: BindingSpec
    is_implicit: bool = False


class Route(Struct, frozen=True, gc=False):
    """Where a key leads: each queue once."""

    queues: tuple[Queue, ...]
    refs: tuple[QueueRef, ...]


class Exchange:
    """An exchange with its bindings by key, and the routes worked out since the last change."""

    __slots__ = ("bindings_by_key", "is_system", "kind", "published", "routes", "spec")

    def __init__(self, spec: ExchangeSpec, kind: ExchangeKind, *, is_system: bool) -> None:
        self.spec = spec
        self.kind = kind
        self.is_system = is_system
        self.bindings_by_key: dict[str, list[Binding]] = {}
        self.routes: dict[str, Route] = {}
        self.published = 0

    def route(self, routing_key: str) -> Route:
        """Find, and remember, the queues for a key."""
        route = self.routes.get(routing_key)
        if route is None:
            queues = tuple(dict.fromkeys(self.kind.route(self, routing_key)))
            route = Route(queues, tuple(queue.ref for queue in queues))
            if len(self.routes) >= ROUTES_MAX:
                self.routes.clear()
            self.routes[routing_key] = route
        return route

    def bindings(self) -> list[Binding]:
        """All bindings that somebody declared."""
        return [b for group in self.bindings_by_key.values() for b in group if not b.is_implicit]

    def add(self, binding: Binding) -> bool:
        """Add a binding; False if it was there."""
        group = self.bindings_by_key.setdefault(binding.spec.routing_key, [])
        if any(b.queue is binding.queue and b.spec.arguments == binding.spec.arguments for b in group):
            return False
        group.append(binding)
        binding.queue.bound.add((self.spec.name, binding.spec.routing_key))
        self.routes.clear()
        return True

    def remove(self, queue: Queue, routing_key: str, arguments: Arguments) -> BindingSpec | None:
        """Remove a binding and return it; None if there was none."""
        group = self.bindings_by_key.get(routing_key, [])
        for index, binding in enumerate(group):
            if binding.queue is queue and binding.spec.arguments == arguments and not binding.is_implicit:
                del group[index]
                if not any(each.queue is queue for each in group):
                    queue.bound.discard((self.spec.name, routing_key))
                self._tidy(routing_key)
                return binding.spec
        return None

    def remove_queue(self, queue: Queue, routing_key: str) -> list[BindingSpec]:
        """Remove a queue's bindings with this key and return those that somebody declared."""
        group = self.bindings_by_key.get(routing_key, [])
        going = [b for b in group if b.queue is queue]
        if going:
            group[:] = [b for b in group if b.queue is not queue]
            self._tidy(routing_key)
        return [b.spec for b in going if not b.is_implicit]

    def _tidy(self, routing_key: str) -> None:
        if not self.bindings_by_key[routing_key]:
            del self.bindings_by_key[routing_key]
        self.routes.clear()


class VirtualHost:
    """One name space of exchanges and queues."""

    __slots__ = ("exchanges", "name", "queues")

    def __init__(self, name: str) -> None:
        self.name = name
        self.exchanges: dict[str, Exchange] = {}
        self.queues: dict[str, Queue] = {}


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
