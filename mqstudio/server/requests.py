"""Requests that are not for the engine alone: of links, and of those that come by no link."""

import asyncio
from typing import TYPE_CHECKING, Any

from mqstudio.engine.engine import HANDLERS
from mqstudio.model.access import AccessVerb, CheckCertificate, CheckLogin, EnterVhost
from mqstudio.model.commands import PublishMessage, RestoreBin, RestoreMessages, UndoPurge
from mqstudio.model.disk import DiskRequest
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch
from mqstudio.model.lending import SendMessage
from mqstudio.model.queries import GetClientDetails
from mqstudio.model.replies import Reply, TakeReply
from mqstudio.model.verbs import ByHand
from mqstudio.protocols.base import StartWatch, StopWatch
from mqstudio.server import by_hand, keeping
from mqstudio.server.commits import promises
from mqstudio.server.link import Link
from mqstudio.server.steps import Steps, run
from mqstudio.store.base import Bin

if TYPE_CHECKING:
    from mqstudio.server.broker import Broker


class Requests:
    """Finds who can answer a request."""

    def __init__(self, broker: "Broker") -> None:
        self._broker = broker

    def of_link(self, link: Link, request: Any, now_us: int, batch: EventBatch) -> object:
        """Answer what is left of a link's requests. Any: what is left of Request. Raises: RefusedError."""
        broker = self._broker
        if isinstance(request, PublishMessage | SendMessage):
            raise broker.blocking.refusal()
        broker.record(batch)  # what was asked for before it in the same chunk counts
        if isinstance(request, CheckLogin):
            return broker.logins.check(request.user, request.password, is_loopback_peer=link.is_loopback_peer)
        if isinstance(request, CheckCertificate):
            return broker.logins.check_certificate(
                link.certificate_name, is_loopback_peer=link.is_loopback_peer
            )
        if isinstance(request, EnterVhost):
            broker.logins.enter(request)
            return None
        if isinstance(request, StartWatch):
            broker.watches.start(link, request.watch_id, request.watch)
            return None
        if isinstance(request, StopWatch):
            broker.watches.stop(link, request.watch_id)
            return None
        return self._of_anybody(request, now_us, batch)

    def of_nobody(self, request: Any, now_us: int, batch: EventBatch) -> object:
        """Do one request that came by no link; the reply, or a future of it. Any: what handlers yield.

        Raises: RefusedError.
        """
        broker = self._broker
        if type(request) not in HANDLERS:
            broker.record(batch)
            reply = self._of_anybody(request, now_us, batch)
            if isinstance(reply, asyncio.Future) and isinstance(request, AccessVerb) and broker.is_lasting:
                return run(self._saved(reply))
            if isinstance(reply, asyncio.Future):
                return reply
        else:
            if isinstance(request, PublishMessage) and broker.sampler.is_publishing_blocked:
                raise broker.blocking.refusal()
            reply = broker.engine.apply(request, now_us, batch)
            if isinstance(reply, TakeReply) and reply.is_on_its_way:
                return broker.pager.take_later(request)
        if not broker.is_lasting or not (promises(request, reply) or type(request) is PublishMessage):
            return reply
        broker.record(batch)
        return broker.commits.answer(reply, request) or reply

    def _of_anybody(self, request: Any, now_us: int, batch: EventBatch) -> object:
        """Any: a query, a request about access, an undo."""
        if isinstance(request, AccessVerb):
            return self._broker.access.answer(request, now_us, batch)
        if isinstance(request, GetClientDetails):
            return self._broker.peers.details()
        if isinstance(request, UndoPurge):
            return self._undo_purge(request, now_us, batch)
        if isinstance(request, ByHand):
            return by_hand.answer(self._broker, request, now_us, batch)
        if isinstance(request, DiskRequest):
            return keeping.answer(self._broker, request)
        return self._broker.queries.answer(request)

    def _saved(self, answer: "asyncio.Future[object]") -> Steps[object]:
        """Keep what a password that took its time has changed."""
        reply = yield answer
        self._broker.save_access()
        return (yield self._broker.commits.answer(reply)) or reply

    # ---- bringing back what was purged

    def _undo_purge(self, request: UndoPurge, now_us: int, batch: EventBatch) -> object:
        """Bring a bin back; the reply, or a future of it where the bin must be fetched first."""
        found = self._broker.store.bin(request.bin_id)
        if isinstance(found, asyncio.Future):
            return run(self._restore_later(request, found))
        return self._restore(request, found, now_us, batch)

    def _restore_later(self, request: UndoPurge, found: "asyncio.Future[Bin | None]") -> Steps[object]:
        contents = yield found
        broker, batch = self._broker, EventBatch()
        now_us = broker.clock.now_us()
        reply = self._restore(request, contents, now_us, batch)
        broker.record(batch)
        waiting = broker.commits.answer(reply)  # before the turn ends: then it is nobody's
        broker.end_turn(now_us, batch)
        return (yield waiting) or reply

    def _restore(self, request: UndoPurge, contents: Bin | None, now_us: int, batch: EventBatch) -> Reply:
        if contents is None:
            raise RefusedError(
                Refusal.NO_SUCH_BIN,
                f"Bin {request.bin_id} is gone: it was emptied before, or had to make room for newer ones.",
            )
        vhost = self._broker.engine.channel(request.channel_id).vhost.name
        if vhost != contents.queue.vhost:
            raise RefusedError(
                Refusal.NO_SUCH_BIN,
                f"Bin {request.bin_id} is of virtual host '{contents.queue.vhost}', not of '{vhost}'.",
            )
        channel_id, queue, bin_id = request.channel_id, contents.queue.name, request.bin_id
        if contents.count and not contents.messages:
            command: RestoreBin | RestoreMessages = RestoreBin(
                channel_id, queue, bin_id, contents.first_position, contents.count, contents.body_bytes
            )
        else:
            command = RestoreMessages(channel_id, queue, bin_id, contents.messages)
        return self._broker.engine.apply(command, now_us, batch)
