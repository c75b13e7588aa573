"""Flows: what clients publish where, and which way it goes, from the routes that messages took.

The engine counts a message once on its route, however long its way, and for its publisher only when that
turns to another exchange. What it means for bindings is worked out (`engine.counting`) when somebody asks or
a sample is taken: that costs a small part of what it cost to put the messages there.
"""

from collections.abc import Iterator

from mqstudio.engine import counting
from mqstudio.engine.engine import Engine
from mqstudio.model.flows import DeadLettered, Flows, HandedOver, Passed, Published
from mqstudio.model.topology import DestinationKind


class FlowCounts:
    """Counts of all that exists."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def gather(self) -> None:
        """Tell exchanges and hops what has come their way since the last time."""
        counting.tell_hops(self._engine)

    def now(self, at_us: int) -> Flows:
        """All counts as they stand."""
        self.gather()
        return Flows(
            at_us,
            list(self._publishers()),
            list(self._bindings()),
            list(self._alternates()),
            list(self._subscriptions()),
            [
                DeadLettered(vhost.name, queue.ref.name, queue.dead_lettered)
                for vhost in self._engine.vhosts.values()
                for queue in vhost.queues.values()
                if queue.dead_lettered
            ],
        )

    def _publishers(self) -> Iterator[Published]:
        for connection in self._engine.connections.values():
            connection.tell()
            for (vhost, name), (published, unroutable) in connection.by_exchange.items():
                found = self._engine.vhosts.get(vhost)
                if found is not None and name in found.exchanges:
                    yield Published(connection.id, vhost, name, published, unroutable)

    def _bindings(self) -> Iterator[Passed]:
        for vhost in self._engine.vhosts.values():
            for exchange in vhost.exchanges.values():
                for binding in exchange.outgoing.values():
                    if binding.passed:
                        spec = binding.spec
                        to, key = spec.destination, spec.routing_key
                        yield Passed(
                            vhost.name, spec.exchange, to, spec.destination_kind, key, binding.passed
                        )
            for queue in vhost.queues.values():
                if queue.passed:
                    name = queue.ref.name
                    yield Passed(vhost.name, "", name, DestinationKind.QUEUE, name, queue.passed)

    def _alternates(self) -> Iterator[Passed]:
        for vhost in self._engine.vhosts.values():
            for exchange in vhost.exchanges.values():
                if exchange.passed and exchange.alternate:
                    name = exchange.spec.name
                    kind = DestinationKind.EXCHANGE
                    yield Passed(vhost.name, name, exchange.alternate, kind, "", exchange.passed)

    def _subscriptions(self) -> Iterator[HandedOver]:
        for channel in self._engine.channels.values():
            for each in channel.subscriptions.values():
                queue = each.queue.ref
                yield HandedOver(
                    each.ref.id,
                    each.ref.connection_id,
                    queue.vhost,
                    queue.name,
                    each.ref.tag,
                    each.delivered,
                    each.open_deliveries,
                    each.credit or channel.credit,
                )
