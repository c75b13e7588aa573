"""Answers queries from the engine's state and the ledger. Nothing here changes either."""

from collections.abc import Callable, Mapping
from typing import Any

from mqstudio.engine import browse, routing
from mqstudio.engine.engine import Engine
from mqstudio.engine.queue import Queue
from mqstudio.engine.vhost import VirtualHost, find_exchange
from mqstudio.model import limits
from mqstudio.model import queries as q
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import MessageEvent
from mqstudio.model.message import HUB_FORMAT, Message, Properties, decode_properties
from mqstudio.model.rows import (
    BinRow,
    BrokerInfo,
    Clients,
    ExchangeRow,
    MessageDetail,
    MessagePage,
    MessageRow,
    MessageState,
    RateHistory,
    RoutePreview,
    Topology,
)
from mqstudio.protocols.base import WireProtocol
from mqstudio.server import describe
from mqstudio.server.sampler import Sampler
from mqstudio.store.base import Store

LIVE = frozenset({MessageState.READY, MessageState.IN_FLIGHT})


class Queries:
    """One method per query; `answer` finds it."""

    def __init__(
        self,
        engine: Engine,
        store: Store,
        sampler: Sampler,
        protocols: Mapping[str, WireProtocol],
        info: Callable[[], BrokerInfo],
    ) -> None:
        self._engine = engine
        self._store = store
        self._sampler = sampler
        self._protocols = protocols
        self._answers: dict[type, Callable[[Any], object]] = {  # Any: each takes its own query
            q.GetInfo: lambda _: info(),
            q.GetTopology: self._topology,
            q.GetPage: self._page,
            q.GetMessage: self._message,
            q.PreviewRoute: self._preview,
            q.GetHistory: self._history,
            q.GetClients: self._clients,
            q.GetSample: lambda _: self._sampler.since(0),
            q.ListBins: self._bins,
        }

    def answer(self, query: q.Query) -> object:
        """The reply that the query's docstring names. Raises: RefusedError."""
        return self._answers[type(query)](query)

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

    def _page(self, query: q.GetPage) -> MessagePage:
        """Live messages come from the engine, ended ones from the ledger; a live one wins."""
        queue, queue_ids = self._find(query.vhost, query.queue)
        limit = max(1, min(query.limit, limits.PAGE_MAX_ROWS))
        wanted = frozenset(query.states or MessageState)
        rows = [row for row in self._live_rows(queue, query, limit) if row.state in wanted] if queue else []
        reached_id, is_partial = None, False
        if wanted - LIVE:
            reached_id, is_partial = self._add_ended(rows, query, queue, queue_ids, limit)
        rows.sort(key=lambda row: row.message_id, reverse=not query.is_oldest_first)
        page = rows[:limit]
        next_id = page[-1].message_id if len(page) == limit else reached_id
        total = browse.count_live(queue) if queue else 0
        return MessagePage(page, next_id, total, is_partial)

    def _find(self, vhost: str, name: str) -> tuple[Queue | None, list[int]]:
        """The queue, if it exists, and all ids that queues of its name had. One of them must be."""
        queue = self._vhost(vhost).queues.get(name)
        queue_ids = self._store.queue_ids(vhost, name)
        if queue is None and not queue_ids:
            raise RefusedError(
                Refusal.NO_SUCH_QUEUE,
                f"There is no queue '{name}' in virtual host '{vhost}', and the ledger remembers none.",
                kind="queue",
                name=name,
                vhost=vhost,
            )
        return queue, queue_ids

    def _live_rows(self, queue: Queue, query: q.GetPage, limit: int) -> list[MessageRow]:
        order = {"is_oldest_first": query.is_oldest_first}
        ready = browse.page_ready(queue, query.after_id, limit, **order)
        in_flight = browse.page_in_flight(self._engine, queue, query.after_id, limit, **order)
        name_of = self._store.connection_name
        return [
            *(
                describe.ready_row(m, query.queue, name_of, deliveries=queue.redelivered.get(m.id, 0))
                for m in ready
            ),
            *(
                describe.in_flight_row(delivery.event, name_of, count=delivery.count)
                for delivery in in_flight
            ),
        ]

    def _add_ended(
        self, rows: list[MessageRow], query: q.GetPage, queue: Queue | None, queue_ids: list[int], limit: int
    ) -> tuple[int | None, bool]:
        """Walk the ledger until the page is full, or there is no more, or it took too long.

        Adds to `rows`, and takes from them what lies behind a walk that took too long: the next page
        begins there.

        Returns: where such a walk ended, else None; whether the ledger left something unread.
        """
        wanted = frozenset(query.states or MessageState)
        held = {d.event.message.id for d in browse.open_deliveries(self._engine, queue)} if queue else set()
        after_id, sign = query.after_id, 1 if query.is_oldest_first else -1
        for _ in range(limits.PAGE_SCAN_PAGES):
            found = self._store.page(
                queue_ids, after_id, limits.PAGE_MAX_ROWS, is_oldest_first=query.is_oldest_first
            )
            for life in found.lives:
                is_live = life.message_id in held or (queue and browse.find_ready(queue, life.message_id))
                row = None if is_live else self._ended_row(query.queue, queue_ids, life.events)
                if row is not None and row.state in wanted:
                    rows.append(row)
            if len(found.lives) < limits.PAGE_MAX_ROWS:
                return None, not found.is_whole
            after_id = reached_id = found.lives[-1].message_id
            within = [row for row in rows if sign * row.message_id <= sign * reached_id]
            if len(within) >= limit:
                return None, not found.is_whole
        rows[:] = within
        return reached_id, True

    def _ended_row(self, queue: str, queue_ids: list[int], events: list[MessageEvent]) -> MessageRow | None:
        here = [each for each in events if getattr(each, "queue", None) and each.queue.id in queue_ids]  # type: ignore[union-attr]  # asked for
        return describe.ended_row(queue, here, self._store.connection_name)

    def _message(self, query: q.GetMessage) -> MessageDetail:
        queue, queue_ids = self._find(query.vhost, query.queue)
        life = self._store.life(query.message_id)
        row, message = self._row(queue, queue_ids, query, life.events)
        properties, problem = properties_of(message, self._protocols)
        start = max(0, query.body_offset)
        length = limits.BODY_HEAD_BYTES if query.body_limit is None else max(0, query.body_limit)
        return MessageDetail(
            row,
            properties,
            message.body[start : start + length],
            start,
            message.format,
            problem,
            [
                describe.life_step(event, self._store.connection_name)
                for event in (*self._earlier(message), *life.events)
            ],
            message.past,
        )

    def _earlier(self, message: Message) -> list[MessageEvent]:
        """The events of the messages that this one was before, as far as the ledger remembers."""
        lives: list[list[MessageEvent]] = []
        while message.past is not None and len(lives) < limits.ANCESTORS_MAX:
            events = self._store.life(message.past.parent_id).events
            if not events:
                break
            lives.insert(0, events)
            message = events[0].message
        return [event for life in lives for event in life]

    def _row(
        self, queue: Queue | None, queue_ids: list[int], query: q.GetMessage, events: list[MessageEvent]
    ) -> tuple[MessageRow, Message]:
        name_of = self._store.connection_name
        if queue is not None:
            ready = browse.find_ready(queue, query.message_id)
            if ready is not None:
                deliveries = queue.redelivered.get(ready.id, 0)
                return describe.ready_row(ready, query.queue, name_of, deliveries=deliveries), ready
            for delivery in browse.open_deliveries(self._engine, queue):
                if delivery.event.message.id == query.message_id:
                    row = describe.in_flight_row(delivery.event, name_of, count=delivery.count)
                    return row, delivery.event.message
        ended = self._ended_row(query.queue, queue_ids, events)
        if ended is None:
            raise RefusedError(
                Refusal.NO_SUCH_MESSAGE,
                f"Message {query.message_id} is not in queue '{query.queue}', and the ledger, which keeps "
                "only the latest events, has no record of it there.",
            )
        return ended, events[-1].message

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

    def _history(self, query: q.GetHistory) -> RateHistory:
        if query.queue is None:
            return self._sampler.history(None).rates()
        queue, _ = self._find(query.vhost, query.queue)
        return self._sampler.history(queue.ref.id).rates() if queue else RateHistory([], [], [], [], [])

    def _bins(self, _: q.ListBins) -> list[BinRow]:
        return [
            BinRow(each.id, each.queue.vhost, each.queue.name, len(each.messages), each.purged_at_us)
            for each in reversed(self._store.bins())
        ]


def properties_of(message: Message, protocols: Mapping[str, WireProtocol]) -> tuple[Properties, str]:
    """A message's properties, and why they cannot be read ("" if they can)."""
    try:
        if message.format == HUB_FORMAT:
            return decode_properties(message.properties), ""
        return protocols[message.format].read_properties(message), ""
    except (ValueError, KeyError) as error:
        return Properties(), f"These properties cannot be read as {message.format}: {error}"
