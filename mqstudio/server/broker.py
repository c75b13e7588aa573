"""The broker: turns of the loop, in which bytes become commands, events and bytes again.

One thread runs everything here, so nothing can interleave. `serving.py` starts and stops it.
"""

import asyncio
import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from mqstudio import __version__
from mqstudio.engine.engine import HANDLERS, Engine
from mqstudio.engine.restoring import restore
from mqstudio.model import limits
from mqstudio.model.commands import CloseConnection, Command, GrantRoom, KickConnection, PublishMessage
from mqstudio.model.errors import RefusedError
from mqstudio.model.events import EventBatch
from mqstudio.model.lending import SendMessage
from mqstudio.model.replies import Reply, TakeReply
from mqstudio.model.rows import BrokerInfo, Listener
from mqstudio.protocols.base import BREATH
from mqstudio.server import auth, fairness, log, memory
from mqstudio.server.access import Access
from mqstudio.server.admission import Admission
from mqstudio.server.blocking import Blocking
from mqstudio.server.clock import Clock, ManualClock
from mqstudio.server.commits import Commits, promises
from mqstudio.server.disk_alarm import DiskAlarm, low_mark, on_crowded
from mqstudio.server.kept import journal_of
from mqstudio.server.link import Link
from mqstudio.server.logins import Logins
from mqstudio.server.pacing import Pacing
from mqstudio.server.pager import Pager
from mqstudio.server.peers import UNSAID, Peers
from mqstudio.server.plugins import find_protocols, new_engine
from mqstudio.server.queries import Queries
from mqstudio.server.reading import properties_of
from mqstudio.server.recording import RecordingRate
from mqstudio.server.requests import Requests
from mqstudio.server.sampler import News, Sampler
from mqstudio.server.searching import Finder
from mqstudio.server.tracing import Tracing
from mqstudio.server.watch import Watches
from mqstudio.store.base import Store
from mqstudio.store.memory import MemoryStore
from mqstudio.store.opened import Opened, read_access

if TYPE_CHECKING:
    from mqstudio.server.journal import Journal

_WITHOUT_PUBLISHING = HANDLERS.keys() - {PublishMessage, SendMessage}

NEVER_US = 2**63
ALARM_MAX_S = 86_400.0
"""Timers of event loops do not reach a hundred years; after this long we look again."""

CLOSING_US = 5_000_000
"""A peer that does not take our last bytes is dropped after this, µs."""


class Broker:
    """Owns the engine, the store and all links."""

    def __init__(
        self,
        *,
        clock: Clock | ManualClock | None = None,
        store: Store | None = None,
        found: Opened | None = None,
        engine_type: type[Engine] = Engine,
        profile: str = "default",
        memory_high_water_bytes: int = limits.MEMORY_HIGH_WATER_BYTES,
        clients_max: int = limits.CONNECTIONS_MAX,
        disk_low_bytes: int | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.token = auth.new_token()
        self.listeners: list[Listener] = []
        self.protocols = find_protocols()
        self.engine = new_engine(self.protocols, engine_type)
        self.access = Access(self.engine)
        self.logins = Logins(self.access, self.engine)
        self.store: Store = store or MemoryStore(
            read_properties=lambda message: properties_of(message, self.protocols)[0]
        )
        self.is_lasting = self.engine.has_disk = self.store.is_lasting
        self.sampler = Sampler(self.engine)
        self.queries = Queries(self.engine, self.store, self.sampler, self.protocols, self.info)
        finder = Finder(self.engine, self.store, lambda: self._started_at_us)
        self.watches = Watches(self.sampler, finder, lambda link: self._flush(link, self.clock.now_us()))
        self.requests = Requests(self)
        self.peers = Peers(self)
        self._tracing = Tracing(self.engine, self.protocols.values())
        self.links: dict[int, Link] = {}
        self._pacing = Pacing()
        self._admission = Admission(clients_max)
        self.failure: BaseException | None = None
        self.on_failure: Callable[[], None] = lambda: None
        self.on_last_link_lost: Callable[[], None] = lambda: None
        self._next_id = found.next_id if found else 1
        self.commits = Commits(self, self.store)
        self.pager = Pager(self, self.store)
        self._profile = profile
        self._started_at_us = self.clock.now_us()
        self.memory_high_water_bytes = memory_high_water_bytes
        self.blocking = Blocking(self)
        self.recording = RecordingRate()
        self.disk_alarm = DiskAlarm(disk_low_bytes or low_mark(memory_high_water_bytes))
        self._is_turn_due = False
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_us = NEVER_US
        self._watchers_to_flush: set[Link] = set()
        self._stirred: set[Link] = set()
        self._has_events = False
        if (journal := journal_of(self.store)) is not None and found is not None:
            self._begin(journal, found)
        self.sampler.chronicle.begin(self._started_at_us)

    def _begin(self, store: "Journal", found: Opened) -> None:
        """Go on from what a profile has."""
        for problem in restore(self.engine, found.state, self.clock.now_us()):
            log.warning("not_restored", what=problem)
        if found.access is not None:
            self.access.restore(read_access(kind, text) for kind, text in found.access)
        else:
            self.access.is_changed = True
        store.begin(self.progress, [each.name for each in self.engine.predeclared])
        self.save_access()  # with the first commit: else a broker that nobody used would leave no users
        self._has_events = True  # what was restored is new to the sampler
        store.on_durable = self.commits.on_durable
        store.on_failure = lambda problem: self.commits.on_failure(problem.says)
        store.on_crowded = lambda: on_crowded(self, store)

    def new_id(self) -> int:
        """A number never given before; for connections and channels."""
        self._next_id += 1
        return self._next_id - 1

    def progress(self) -> tuple[int, int, int, int, int]:
        """The next ids: of messages, queues, subscriptions, bins; of connections and channels."""
        engine = self.engine
        return (
            engine.next_message_id,
            engine.next_queue_id,
            engine.next_subscription_id,
            engine.next_bin_id,
            self._next_id,
        )

    def info(self) -> BrokerInfo:
        """About this broker."""
        facts = self._profile, self._started_at_us, self.listeners, self.is_lasting
        return BrokerInfo(__version__, os.getpid(), *facts)

    def check_token(self, token: str) -> bool:
        """Whether this is the native protocol's token."""
        return auth.check_token(self.token, token)

    def new_link(self, protocol_name: str) -> Link:
        """A link for a peer that is about to connect."""
        return Link(self, self.protocols[protocol_name])

    # ---- what links report

    def on_connected(self, link: Link) -> None:
        """Keep the link; beyond the most we take, hang up."""
        self.links[link.connection_id] = link
        self._pacing.join(link)
        why_not = self._admission.enter(link.protocol.name)
        if why_not:
            log.warning("connection_refused", peer=link.peer_address, why=why_not)
            link.abort()

    def on_data(self, link: Link, data: bytes) -> None:
        """One turn: work off what a peer sent, then let everybody concerned know."""
        link.requests = link.session.receive_data(data, self.clock.now_us())
        self._work_off(link)

    def _work_off(self, link: Link) -> None:
        """Do what a peer asks, until there is no more, or it is the others' turn.

        Then the rest of the chunk waits, unparsed: for the next turn, or until the peer has read.
        """
        now_us = self.clock.now_us()
        batch = EventBatch()
        session, apply = link.session, self.engine.apply
        commands = _WITHOUT_PUBLISHING if link.is_refused_publishing else HANDLERS
        room = fairness.READ_PAUSE_BYTES
        answer_to_come: asyncio.Future[object] | None = None
        try:
            for request in link.requests:
                try:
                    if type(request) in commands:
                        reply: object = apply(request, now_us, batch)
                    elif request is BREATH:
                        room = -1
                        break
                    else:
                        reply = self.requests.of_link(link, request, now_us, batch)
                        if isinstance(reply, asyncio.Future):
                            answer_to_come = reply
                            break
                except RefusedError as refused:
                    session.refuse(refused)
                    self.peers.note_refusal(link, refused)
                    room -= fairness.ANSWER_BYTES
                    continue
                if reply is not None or session.wants_answer:
                    if self.is_lasting and not session.holds_answers:
                        answer_to_come = self._later(request, reply, batch)
                        if answer_to_come is not None:
                            break
                    session.answer(reply)
                    room -= fairness.weight(reply)
                    if room < 0:
                        break
        except Exception as error:  # the outer wall of a connection
            self._on_bug(link, error)
        self._finish_turn(now_us, batch, link)
        if answer_to_come is not None:
            link.pause_reading("answer", is_paused=True)
            answer_to_come.add_done_callback(partial(self._on_answer, link))
        elif room < 0:
            link.pause_reading("rest", is_paused=True)
            if not link.is_choked:
                asyncio.get_running_loop().call_soon(self._go_on, link)

    def _later(self, request: Any, reply: object, batch: EventBatch) -> "asyncio.Future[object] | None":
        """The answer when it can be given, if that is not now. Any: any request."""
        if isinstance(reply, TakeReply) and reply.is_on_its_way:
            return self.pager.take_later(request)
        if promises(request, reply):
            self.record(batch)
            return self.commits.answer(reply, request)
        return None

    def _go_on(self, link: Link) -> None:
        """Work off the rest of a chunk that was left waiting."""
        if link.connection_id in self.links and not link.is_choked and link.is_paused_for("rest"):
            link.pause_reading("rest", is_paused=False)
            self._work_off(link)

    def _on_answer(self, link: Link, answer: "asyncio.Future[object]") -> None:
        """What took a while has been done: answer it, and work off the rest of the chunk."""
        if answer.cancelled():
            return
        if link.connection_id not in self.links or link.session.is_finished():
            answer.exception()  # looked at, or the loop would report it
            return
        try:
            reply = answer.result()
            self.save_access()
            waiting = None if link.session.holds_answers else self.commits.answer(reply)
            if waiting is not None:
                waiting.add_done_callback(partial(self._on_answer, link))
                return
            link.session.answer(reply)
        except RefusedError as refused:
            link.session.refuse(refused)
            self.peers.note_refusal(link, refused)
        except Exception as error:  # the outer wall of a connection
            self._on_bug(link, error)
            return
        link.pause_reading("answer", is_paused=False)
        self._work_off(link)

    def _on_bug(self, link: Link, error: Exception) -> None:
        """A bug in a session ends that connection; one in the engine, whose state is then unknown, all."""
        link.fail()
        if _raised_in_engine(error):
            self.give_up(error)

    def give_up(self, error: Exception) -> None:
        """Going on could lose or double messages."""
        self.failure = error
        self.on_failure()

    def on_drained(self, link: Link) -> None:
        """A slow peer has read on: it gets more."""
        self._go_on(link)
        self._grant_room(link)
        self._ask_for_turn()

    def on_lost(self, link: Link, why: str) -> None:
        """A peer is gone: its channels, subscriptions and exclusive queues go too."""
        if self.links.pop(link.connection_id, None) is None:
            return
        self._admission.leave(link.protocol.name)
        self._pacing.leave(link)
        self.commits.forget(link)
        self.watches.forget(link)
        reason = link.session.close_reason or why
        self.peers.note_lost(link, reason)
        if reason:
            log.warning("connection_closed", peer=link.peer_address, protocol=link.protocol.name, why=reason)
        if link.connection_id in self.engine.connections:
            self._close_in_engine(link, reason or UNSAID)
        if not self.links:
            self.on_last_link_lost()

    def _close_in_engine(self, link: Link, reason: str) -> None:
        """Free what a connection held, and have nothing more handed to it."""
        now_us, batch = self.clock.now_us(), EventBatch()
        try:
            self.engine.apply(CloseConnection(link.connection_id, reason), now_us, batch)
        except Exception as error:  # the outer wall of the engine
            log.bug("engine_failed")
            self.give_up(error)
        self._finish_turn(now_us, batch)

    # ---- turns

    def end_turn(self, now_us: int, batch: EventBatch) -> None:
        """Let everybody hear of what was done outside a link's turn."""
        self._finish_turn(now_us, batch)

    def _finish_turn(self, now_us: int, batch: EventBatch, link: Link | None = None) -> None:
        """Hand over, record, and write once to each link that has something to hear."""
        engine = self.engine
        try:
            engine.advance(now_us, batch)
            self.record(batch)
            if batch:  # copies of what was traced: of those there are none
                engine.advance(now_us, batch)
                self.record(batch)
        except Exception as error:  # the outer wall of the engine
            log.bug("engine_failed")
            self.give_up(error)
        commit = self.commits.take()
        dirty, self._watchers_to_flush = self._watchers_to_flush, set()
        if link is not None:
            dirty.add(link)
        for connection_id, mail in engine.take_mail():
            receiver = self.links.get(connection_id)
            if receiver is not None and not self.commits.hold(receiver, mail, commit):
                receiver.notify(mail)
                dirty.add(receiver)
        if link is not None:
            self.commits.seal(link, commit)
        self._stirred |= dirty
        for each in dirty:
            self._flush(each, now_us)
            self._grant_room(each)
        if engine.wanting:
            self.pager.page_in()
        if engine.touched:
            self._ask_for_turn()
        deadline_us = engine.next_deadline()
        if deadline_us is not None and deadline_us < self._alarm_us:
            self._set_alarm(deadline_us, now_us)

    def _set_alarm(self, deadline_us: int, now_us: int) -> None:
        """Have a turn when the engine's next deadline is due; the one timer of the broker's logic."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_us = deadline_us
        delay_s = min(max(0, deadline_us - now_us) / 1e6, ALARM_MAX_S)
        self._alarm = asyncio.get_running_loop().call_later(delay_s, self._on_alarm)

    def _on_alarm(self) -> None:
        self._alarm, self._alarm_us = None, NEVER_US
        self._finish_turn(self.clock.now_us(), EventBatch())

    def apply(self, command: Command, batch: EventBatch) -> Reply:
        """Do something that nobody has asked for; an engine that cannot is the end of this broker."""
        try:
            return self.engine.apply(command, self.clock.now_us(), batch)
        except Exception as error:  # the outer wall of the engine
            log.bug("engine_failed")
            self.give_up(error)
            return None

    def flush(self, link: Link) -> None:
        """Write what a session has to say."""
        self._flush(link, self.clock.now_us())

    def _flush(self, link: Link, now_us: int) -> None:
        """Write what a session has to say; if it has come to its end, so has the connection."""
        link.flush(now_us)
        self._pacing.look_at(link)
        if not link.session.is_open() and link.connection_id in self.engine.connections:
            self._close_in_engine(link, link.session.close_reason)

    def record(self, batch: EventBatch) -> None:
        """Hand what happened to the ledger and to watchers; the batch begins anew."""
        if self.access.is_changed:
            self.save_access()
        if batch:
            self._has_events = True
            self.commits.note(self.store.append(batch))
            self.sampler.note(batch.notable)
            self.sampler.latencies.note(batch)
            self.access.note(batch.notable)
            self._tracing.note(batch.notable)
            self._watchers_to_flush.update(self.watches.offer(batch))
            copies = self._tracing.copies(batch)
            batch.clear()
            for copy in copies:
                self.engine.apply(copy, self.clock.now_us(), batch)

    def save_access(self) -> None:
        """Have the store keep users and rights, if they have changed."""
        if self.access.is_changed:
            self.access.is_changed = False
            self.commits.note(self.store.note_access(self.access.table()))

    def _grant_room(self, link: Link) -> None:
        """Let the engine hand over more to a peer whose socket has taken what it got."""
        connection = self.engine.connections.get(link.connection_id)
        if (
            connection is not None
            and not link.is_choked
            and not link.held_mail
            and connection.room_bytes < limits.OUTBOUND_ROOM_BYTES // 2
        ):
            grant = GrantRoom(link.connection_id, limits.OUTBOUND_ROOM_BYTES)
            self.engine.apply(grant, self.clock.now_us(), EventBatch())

    def _ask_for_turn(self) -> None:
        if not self._is_turn_due and self.engine.touched:
            self._is_turn_due = True
            asyncio.get_running_loop().call_soon(self._extra_turn)

    def _extra_turn(self) -> None:
        """Go on handing over: other sockets had their say in between."""
        self._is_turn_due = False
        self._finish_turn(self.clock.now_us(), EventBatch())

    def note_counters(self, *, is_last: bool = False) -> None:
        """Have the store keep what lasting queues have seen since it was last told, and the rates."""
        if is_last:
            self.sampler.take(self.clock.now_us())
        for sample in self.sampler.changed_queues():
            vhost = self.engine.vhosts.get(sample.vhost)
            queue = vhost.queues.get(sample.name) if vhost else None
            if queue is not None and queue.ref.is_durable and queue.ref.id == sample.id:
                self.store.note_counters(sample.id, sample.counters)
        self.store.note_rates(self.sampler.chronicle.take_whole(is_last=is_last))

    def tick(self) -> None:
        """Four times a second: sample, watch over memory and silent peers, serve watchers."""
        now_us = self.clock.now_us()
        self.sampler.take(now_us, self._take_news())
        if self.is_lasting:
            self.note_counters()
            self.pager.page_out()
            self.store.tend()
        due = self._pacing.due()
        memory.watch(self, due)
        for link in due:
            if link.connection_id in self.links:  # one may end another
                self._advance(link, now_us)
        for link in self.watches.send_samples():
            self._flush(link, now_us)

    def _take_news(self) -> News:
        news = News(self._has_events, {link.connection_id for link in self._stirred})
        self._has_events = False
        self._stirred.clear()
        return news

    def _advance(self, link: Link, now_us: int) -> None:
        if link.closing_since_us:
            if now_us - link.closing_since_us > CLOSING_US:
                link.abort()
            return
        try:
            if link.is_kept_waiting():  # silent because we do not listen: nothing read is a sign of life
                for _ in link.session.receive_data(b"", now_us):
                    pass
            link.session.advance(now_us)
        except Exception:  # the outer wall of a connection
            link.fail()
        self._flush(link, now_us)

    def kick(self, link: Link, reason: str) -> None:
        """Have a connection ended, and its peer told why."""
        now_us, batch = self.clock.now_us(), EventBatch()
        if link.connection_id in self.engine.connections:
            self.engine.apply(KickConnection(link.connection_id, reason), now_us, batch)
        self._finish_turn(now_us, batch)

    def shut_down(self, reason: str) -> None:
        """Say goodbye to everybody."""
        now_us = self.clock.now_us()
        for link in list(self.links.values()):
            link.session.shut_down(reason)
            self._flush(link, now_us)
        self.access.close()


def _raised_in_engine(error: BaseException) -> bool:
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__name__", "").startswith("mqstudio.engine"):
            return True
        traceback = traceback.tb_next
    return False
