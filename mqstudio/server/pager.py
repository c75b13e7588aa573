"""Brings the engine what it has given up for want of memory, and has it give up more when need be."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from mqstudio.model import limits
from mqstudio.model.commands import PageIn, PageOut, TakeMessage
from mqstudio.model.errors import RefusedError
from mqstudio.model.events import EventBatch
from mqstudio.model.refs import QueueRef
from mqstudio.model.replies import CountReply, PageWanted, Reply, TakeReply
from mqstudio.server import log
from mqstudio.server.commits import promises
from mqstudio.store.base import Store
from mqstudio.store.opened import StoredPage

if TYPE_CHECKING:
    from mqstudio.server.broker import Broker

RETRY_S = 0.25
"""A page that could not be read is asked for again after this."""


class Pager:
    """Between the engine, which wants pages, and the store, which reads them."""

    def __init__(self, broker: "Broker", store: Store) -> None:
        self._broker = broker
        self._store = store
        self._takers: list[tuple[TakeMessage, asyncio.Future[object]]] = []

    def page_in(self) -> None:
        """Get what the engine wants."""
        for wanted in self._broker.engine.take_wanting():
            self._read(wanted)

    def _read(self, wanted: PageWanted) -> None:
        self._store.read_page(wanted).add_done_callback(partial(self._on_page, wanted))

    def _on_page(self, wanted: PageWanted, reading: "asyncio.Future[StoredPage]") -> None:
        if reading.cancelled():
            return
        failure = reading.exception()
        if failure is not None:  # the store process has ended: the next one is asked
            log.warning("page_not_read", queue=wanted.queue.name, why=str(failure))
            asyncio.get_running_loop().call_later(RETRY_S, self._read, wanted)
            return
        page = reading.result()
        batch = EventBatch()
        self._broker.apply(PageIn(wanted.queue, wanted.number, page.entries, page.is_last), batch)
        self._note_if_whole(wanted.queue)
        self._serve_takers(batch)
        self._broker.end_turn(self._broker.clock.now_us(), batch)

    def _note_if_whole(self, ref: QueueRef) -> None:
        vhost = self._broker.engine.vhosts.get(ref.vhost)
        queue = vhost.queues.get(ref.name) if vhost is not None else None
        if queue is not None and queue.ref.id == ref.id and queue.beyond is None:
            self._store.note_whole(ref.id)

    def take_later(self, request: TakeMessage) -> "asyncio.Future[object]":
        """The answer to who takes a message while a page is on its way: when that has come."""
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._takers.append((request, answer))
        return answer

    def _serve_takers(self, batch: EventBatch) -> None:
        takers, self._takers = self._takers, []
        for request, answer in takers:
            if answer.done():
                continue
            try:
                reply = self._broker.engine.apply(request, self._broker.clock.now_us(), batch)
            except RefusedError as refused:  # its channel or queue has gone meanwhile
                answer.set_exception(refused)
                continue
            if isinstance(reply, TakeReply) and reply.is_on_its_way:
                self._takers.append((request, answer))
            else:
                self._give(request, reply, answer, batch)

    def _give(
        self, request: TakeMessage, reply: Reply, answer: "asyncio.Future[object]", batch: EventBatch
    ) -> None:
        """Answer; where a redelivery must be counted first, when that is on disk."""
        waiting = None
        if promises(request, reply):
            self._broker.record(batch)
            waiting = self._broker.commits.answer(reply)
        if waiting is None:
            answer.set_result(reply)
        else:
            waiting.add_done_callback(partial(_pass_on, answer))

    def page_out(self) -> None:
        """Have the engine give up messages, a part at a time: others have their say in between."""
        if self._broker.sampler.totals.memory_bytes <= limits.PAGE_OUT_BYTES:
            return
        batch = EventBatch()
        reply = self._broker.apply(PageOut(limits.PAGE_OUT_BYTES), batch)
        self._broker.end_turn(self._broker.clock.now_us(), batch)
        if isinstance(reply, CountReply) and reply.count >= limits.PAGE_OUT_MESSAGES:
            asyncio.get_running_loop().call_soon(self.page_out)


def _pass_on(answer: "asyncio.Future[object]", waiting: "asyncio.Future[object]") -> None:
    failure = waiting.exception()
    if answer.done():
        return
    if failure is None:
        answer.set_result(waiting.result())
    else:
        answer.set_exception(failure)
