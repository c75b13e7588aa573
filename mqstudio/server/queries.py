"""Answers queries from the engine's state and the ledger. Nothing here changes either."""

from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import Any

from mqstudio.engine import routing
from mqstudio.engine.engine import Engine
from mqstudio.engine.queue import Queue
from mqstudio.engine.vhost import VirtualHost, find_exchange
from mqstudio.model import queries as q
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.message import Properties
from mqstudio.model.rates import TOTAL, Scope, ScopeKind
from mqstudio.model.records import GetRecords
from mqstudio.model.rows import (
    BinRow,
    BrokerInfo,
    Clients,
    ExchangeRow,
    MessageDetail,
    MessagePage,
    MessageValues,
    RateHistory,
    RoutePreview,
    Topology,
    Whereabouts,
)
from mqstudio.model.volume import Volume
from mqstudio.protocols.base import WireProtocol
from mqstudio.server import describe, steps, whereabouts
from mqstudio.server.bulk import Bulk
from mqstudio.server.clock import Clock
from mqstudio.server.details import Details
from mqstudio.server.lifecycles import Lifecycles
from mqstudio.server.pages import Pages
from mqstudio.server.queue_states import describe_queues, list_carrying
from mqstudio.server.recalling import as_history, check_metrics, recall
from mqstudio.server.sampler import Sampler
from mqstudio.server.sifting import Sifting
from mqstudio.server.steps import Steps
from mqstudio.server.values import Values
from mqstudio.server.volumes import Volumes
from mqstudio.store.base import Bin, Store


class Queries:
    """One method per query; `answer` finds it."""

    def __init__(  # noqa: PLR0917  # what it answers from
        self,
        engine: Engine,
        store: Store,
        sampler: Sampler,
        protocols: Mapping[str, WireProtocol],
        info: Callable[[], BrokerInfo],
        now_us: Callable[[], int] | None = None,
    ) -> None:
        self._protocols = protocols
        self._now_us = now_us or Clock().now_us
        self._engine = engine
        self._store = store
        self._sampler = sampler
        self._pages = Pages(engine, store)
        self._fields = Values(engine, store, protocols)
        self._details = Details(engine, store, protocols, lambda: info().started_at_us)
        self._lifecycles = Lifecycles(engine, store, sampler, lambda: info().started_at_us, self._now_us)
        self._volumes = Volumes(engine, store, sampler)
        self._answers: dict[type, Callable[[Any], object]] = {  # Any: each takes its own query
            q.GetInfo: lambda _: info(),
            q.GetTopology: self._topology,
            q.GetPage: self._page,
            q.GetMessage: self._message,
            q.FindMessage: self._find,
            q.GetLifecycle: self._lifecycles.lifecycle,
            GetRecords: Bulk(store, lambda: info().started_at_us, self._ids_of).records,
            q.GetHappenings: lambda query: sampler.remembered.ask(query, store, info().started_at_us),
            q.GetValues: self._values,
            q.GetVolume: self._volume,
            q.PreviewRoute: self._preview,
            q.GetHistory: self._history,
            q.GetClients: self._clients,
            q.GetFlows: lambda _: self._sampler.flows.now(self._now_us()),
            q.GetSample: lambda _: self._sampler.since(0),
            q.ListBins: self._bins,
            q.ListCarrying: lambda query: list_carrying(self._engine, query),
            q.DescribeQueues: lambda query: describe_queues(self._engine, query),
        }

    def answer(self, query: q.Query | GetRecords) -> object:
        """The reply that the query's docstring names, or a future of it. Raises: RefusedError."""
        answer = self._answers[type(query)](query)
        return steps.run(answer) if isinstance(answer, Generator) else answer

    def _vhost(self, name: str) -> VirtualHost:
        vhost = self._engine.vhosts.get(name)
        if vhost is None:
            raise RefusedError(
                Refusal.NO_SUCH_VHOST, f"There is no virtual host '{name}'.", kind="vhost", name=name
            )
        return vhost

    def _topology(self, _: q.GetTopology) -> Topology:
        topology = Topology([], [], exchange_kinds=sorted(self._engine.kinds))
        for vhost in self._engine.vhosts.values():
            topology.vhosts.append(vhost.spec)
            topology.policies.extend(vhost.policies.values())
            topology.exchanges.extend(
                ExchangeRow(each.spec, vhost.name, each.bindings(), each.policy.name if each.policy else "")
                for each in vhost.exchanges.values()
            )
            topology.queues.extend(describe.queue_row(queue) for queue in vhost.queues.values())
        return topology

    def _clients(self, _: q.GetClients) -> Clients:
        channels = self._engine.channels.values()
        return Clients(
            [describe.channel_row(channel) for channel in channels],
            [describe.subscription_row(each) for c in channels for each in c.subscriptions.values()],
            [connection.info for connection in self._engine.connections.values()],
        )

    def _page(self, query: q.GetPage) -> Steps[MessagePage]:
        """Live messages come from the engine, ended ones from the ledger; a live one wins."""
        queue_ids = yield from self._ids_of(query.vhost, query.queue)
        find_queue = partial(self._queue, query.vhost, query.queue)
        if query.where:
            now_us = self._now_us()
            sifting = Sifting(
                self._engine, self._store, self._protocols, query, queue_ids, find_queue, now_us
            )
            return (yield from sifting.page())
        return (yield from self._pages.page(query, queue_ids, find_queue))

    def _queue(self, vhost: str, name: str) -> Queue | None:
        found = self._engine.vhosts.get(vhost)
        return found.queues.get(name) if found is not None else None

    def _ids_of(self, vhost: str, name: str) -> Steps[list[int]]:
        """All ids that queues of this name had; it must exist, or have existed. Raises: RefusedError."""
        self._vhost(vhost)
        queue_ids: list[int] = yield self._store.queue_ids(vhost, name)
        queue = self._queue(vhost, name)
        if queue is None and not queue_ids:
            raise RefusedError(
                Refusal.NO_SUCH_QUEUE,
                f"There is no queue '{name}' in virtual host '{vhost}', and the ledger remembers none.",
                kind="queue",
                name=name,
                vhost=vhost,
            )
        return queue_ids if queue is None or queue.ref.id in queue_ids else [*queue_ids, queue.ref.id]

    def _find(self, query: q.FindMessage) -> Steps[Whereabouts]:
        return (yield from whereabouts.of(self._engine, self._store, query.message_id))

    def _message(self, query: q.GetMessage) -> Steps[MessageDetail]:
        if not query.queue:
            return (yield from self._details.unqueued(query))
        queue_ids = yield from self._ids_of(query.vhost, query.queue)
        return (
            yield from self._details.message(query, queue_ids, partial(self._queue, query.vhost, query.queue))
        )

    def _volume(self, query: q.GetVolume) -> Steps[Volume]:
        queue_ids = yield from self._ids_of(query.vhost, query.queue)
        return (
            yield from self._volumes.volume(query, queue_ids, partial(self._queue, query.vhost, query.queue))
        )

    def _values(self, query: q.GetValues) -> Steps[MessageValues]:
        yield from self._ids_of(query.vhost, query.queue)
        find_queue = partial(self._queue, query.vhost, query.queue)
        return (yield from self._fields.values(query, find_queue, self._now_us()))

    def _preview(self, query: q.PreviewRoute) -> RoutePreview:
        vhost = self._vhost(query.vhost)
        try:
            exchange = find_exchange(vhost, query.exchange)
        except RefusedError as refused:
            return RoutePreview([], refused.says)
        properties = Properties(headers=query.headers)
        found = routing.find(exchange, (query.routing_key,), lambda: properties, is_held=False)
        queues = [ref.name for ref in found.route.refs]
        if queues:
            return RoutePreview(queues, "")
        if not query.exchange:
            return RoutePreview([], f"There is no queue '{query.routing_key}'.")
        return RoutePreview([], f"No binding of '{query.exchange}' matches '{query.routing_key}'.")

    def _history(self, query: q.GetHistory) -> Steps[RateHistory]:
        if query.step_us > 0:
            return (yield from self._steps(query))
        if query.queue is None:
            return self._sampler.history(None).rates()
        yield from self._ids_of(query.vhost, query.queue)
        queue = self._queue(query.vhost, query.queue)
        return self._sampler.history(queue.ref.id).rates() if queue else RateHistory([], [], [], [], [])

    def _steps(self, query: q.GetHistory) -> Steps[RateHistory]:
        """Rates in steps of a wanted length."""
        check_metrics(query.metrics)
        if query.kind is not None:
            scopes = [Scope(query.kind, query.id)]
        elif query.queue is None:
            scopes = [TOTAL]
        else:
            queue_ids = yield from self._ids_of(query.vhost, query.queue)
            scopes = [Scope(ScopeKind.QUEUE, each) for each in queue_ids]
        until_us = query.until_us if query.until_us is not None else self._now_us()
        times_us = (max(0, query.since_us), until_us)
        steps = yield from recall(self._sampler.chronicle, self._store, scopes, query.step_us, times_us)
        return as_history(steps, query.metrics)

    def _bins(self, _: q.ListBins) -> Steps[list[BinRow]]:
        bins: list[Bin] = yield self._store.bins()
        return [
            BinRow(each.id, each.queue.vhost, each.queue.name, each.count, each.purged_at_us)
            for each in reversed(bins)
        ]
