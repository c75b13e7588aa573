"""The store of a profile: what is to be kept goes through here to the store process, one commit at a time.

Events become rows at once (`store/projection.py`); rows are collected until the store process is free,
without any timer: so a lone publisher waits for its own commit only, and under load commits grow. What says
"done" waits for the number that `append` gives, until `durable` has reached it.

When the store process dies, another one is started, tells the number of the last commit in the file, and
gets those that are missing: each is written once. When a commit fails, whoever waits is refused, and nothing
is tried again by the process that failed: it has ended. The next one checks the file before it goes on. Where
that fails, too, another one tries from time to time, if it is of a kind that may pass, such as a full disk;
else nobody does before somebody has seen what happened (`go_on`).
"""

import asyncio
import marshal
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import msgspec

from mqstudio.model import limits
from mqstudio.model.access import AccessTable
from mqstudio.model.disk import DiskHealth
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch
from mqstudio.model.rates import RateStep, Scope
from mqstudio.model.refs import QueueRef
from mqstudio.model.replies import PageWanted
from mqstudio.model.samples import QUEUE_FIGURES, Counters
from mqstudio.server import log
from mqstudio.server.access import then
from mqstudio.server.access_rows import AccessRows
from mqstudio.server.backups import Backups
from mqstudio.server.disk_queries import DiskQueries
from mqstudio.server.reader_link import ReaderLink
from mqstudio.server.recording import WAITING, Load, LoadMeter
from mqstudio.server.store_child import Child, StartChild, State, StoreChild
from mqstudio.server.waiters import Waiters
from mqstudio.store import opened
from mqstudio.store.bounds import SETTING
from mqstudio.store.changes import ROW_BYTES, Changes, Progress, pack_commit
from mqstudio.store.frames import NUMBER, Frame, OpenFile
from mqstudio.store.opened import StoredPage
from mqstudio.store.problems import FileProblem, ProfileError
from mqstudio.store.projection import Projection
from mqstudio.store.rates import rate_row

STORE_MODULE: Final = "mqstudio.store.process"
END_S: Final = 30.0
"""How long the last commit may take when the broker stops."""

PASSING: Final = frozenset({"full", "locked", "unreadable"})
"""Problems of files that may pass by themselves."""

RETRY_TENDS: Final = 8
"""Calls of `tend` (2 s) before another process tries where the last one failed."""


class Packed(msgspec.Struct, frozen=True):
    """A commit on its way."""

    number: int
    data: bytes


class Journal(DiskQueries):
    """Collects rows, has them written, and knows what is on disk; what is in it is told by a reader process.

    progress: gives the next ids, to be written with each commit. on_durable: called when `durable` has grown.
    on_crowded: called when so much waits for the disk that it should not wait for the next tick.
    on_failure: called when a commit failed, with the number up to which nothing will be confirmed.
    """

    def __init__(
        self, path: Path, *, key: str | None = None, start_child: StartChild = StoreChild.start
    ) -> None:
        super().__init__(ReaderLink(path, key=key, flushed=self.flushed))
        self.path = path
        self.durable = 0
        self.is_lasting = True
        self.projection = Projection()
        self.progress: Callable[[], Progress] = lambda: (1, 1, 1, 1, 1)
        self.on_durable: Callable[[], None] = lambda: None
        self.on_failure: Callable[[FileProblem], None] = lambda _: None
        self.on_crowded: Callable[[], None] = lambda: None
        self.problem: FileProblem | None = None
        """What went wrong and was not yet seen by anybody; publishers wait."""
        self.key = key
        self.backups = Backups()
        self._meter = LoadMeter()
        self.health: DiskHealth | None = None
        """How it stands with the disk, as of lately."""
        self._state = State.OPENING
        self._start_child = start_child
        self._child: Child | None = None
        self._failures = 0
        """How often in a row another process could not write what had failed."""
        self._retry_in = 0
        self._is_suspect = False
        """Something went wrong with the file: the next process looks through it first."""
        self._is_behind = False
        self._opened: asyncio.Future[opened.Opened] | None = None
        self._next = 1
        self._waiting: deque[Packed] = deque()
        self._sent: deque[Packed] = deque()
        self._pending_bytes = 0
        self._is_due = False
        self._later: asyncio.TimerHandle | None = None
        self._waiters = Waiters()
        self._questions: dict[int, asyncio.Future[bytes]] = {}
        self._asked = 0
        self._access = AccessRows()
        self._ended = asyncio.Event()
        self.on_end: Callable[[], None] = lambda: None
        """There is no store process, and there should be one: `restart` is to be run."""

    # ---- beginning and end

    async def open(self) -> opened.Opened:
        """Open the profile; what was found in it. Raises: ProfileError, OSError."""
        try:
            found = await self._start(is_resumed=False)
        except OSError:
            self._state = State.FAILED
            raise
        self.durable = found.last_commit
        self._next = found.last_commit + 1
        self._access.recall(found.access or ())
        self.projection.recall(found.state)
        self._state = State.READY
        self.projection.changes.do("begin")
        return found

    def begin(self, progress: Callable[[], Progress], ever_present: Iterable[str]) -> None:
        """The broker is up. progress: gives its next ids. ever_present: see `Projection`."""
        self.progress = progress
        self.projection.ever_present = frozenset(ever_present)
        self._added(self.projection.changes, 0)

    async def _start(self, *, is_resumed: bool) -> opened.Opened:
        self._opened = asyncio.get_running_loop().create_future()
        self._ended.clear()
        self._child = await self._start_child(STORE_MODULE, self._on_frame, self._on_end)
        wanted = OpenFile(str(self.path), self.key, is_resumed, self._is_suspect)
        self._child.send(Frame.OPEN, msgspec.json.encode(wanted))
        return await self._opened

    async def close(self) -> None:
        """Write what there is, say that this was a clean end, and let the store process go."""
        self.backups.stop()
        self.on_end = lambda: self._waiters.refuse("The store process ended.")
        if self._state is State.OPENING:
            await self.restart()
        if self._state in (State.READY, State.BUSY):
            self._cut(is_clean=True)
            self._send()
            try:
                async with asyncio.timeout(END_S):
                    await self.when_durable(self._next - 1, None)
            except (TimeoutError, RefusedError) as error:
                log.warning("last_commit_missing", why=str(error) or "it took too long")
        self._state = State.ENDED
        if self._child is not None:
            self._child.end()
            try:
                async with asyncio.timeout(END_S):
                    await self._ended.wait()
            except TimeoutError:
                self._child.kill()

    # ---- what is to be kept

    def append(self, batch: EventBatch) -> int:
        """Take the events of one turn; the commit to wait for, 0 if nothing of it need be waited for."""
        changes = self.projection.changes
        before = changes.state_rows
        self.projection.note(batch)
        return self._added(changes, before)

    def note_access(self, table: AccessTable) -> int:
        """Users and their rights have changed: keep what is different; the commit to wait for."""
        changes = self.projection.changes
        before = changes.state_rows
        for key, text in self._access.changed(table):
            self.projection.define_text(*key, text)
        return self._added(changes, before)

    def note_whole(self, queue_id: int) -> None:
        """All of a queue is in memory again."""
        changes = self.projection.changes
        self.projection.note_whole(queue_id)
        self._added(changes, changes.state_rows)

    def note_counters(self, queue_id: int, counters: Counters) -> None:
        """How much a queue has seen so far."""
        changes = self.projection.changes
        changes.section.queue_counters[queue_id] = _queue_figures(counters)
        changes.rows += 1
        self._added(changes, changes.state_rows)

    def note_rates(self, whole: Iterable[tuple[Scope, int, RateStep]]) -> None:
        """See Store. While nothing can be written, or too much waits, there are none of them on disk."""
        changes = self.projection.changes
        rows = [rate_row(*each) for each in whole]
        if rows and self.is_writing() and not self.is_full():
            changes.section.rates += rows
            changes.rows += len(rows)
            changes.size_bytes += ROW_BYTES * len(rows)
            self._added(changes, changes.state_rows)

    def _added(self, changes: Changes, before: int) -> int:
        number = self._next if changes.state_rows != before else 0
        if changes.rows >= limits.STORE_COMMIT_ROWS or changes.size_bytes >= limits.STORE_COMMIT_BYTES:
            self._cut()
        if not self._is_due and self._state is State.READY:
            self._plan(changes)
        return number

    def _plan(self, changes: Changes) -> None:
        """Send soon what somebody may wait for; what is only to be looked at comes together for a moment."""
        if changes.state_rows or self._waiting:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._send)
        elif changes.rows and self._later is None:
            self._later = asyncio.get_running_loop().call_later(limits.LEDGER_DELAY_S, self._send)

    def pending_bytes(self) -> int:
        """What waits to be written."""
        return self._pending_bytes + self.projection.changes.size_bytes

    def is_full(self) -> bool:
        """Whether so much waits for the disk that publishers must wait, too; then until half is written."""
        pending = self.pending_bytes()
        most = limits.STORE_PENDING_BYTES
        self._is_behind = pending > (most // 2 if self._is_behind else most)
        return self._is_behind

    def when_durable(self, number: int, answer: object) -> "asyncio.Future[Any]":
        """A future of `answer`, done when a commit is on disk. It fails with RefusedError if that fails.

        Any: whatever was to be answered.
        """
        if number > self.durable:
            return self._waiters.add(number, answer)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        future.set_result(answer)
        return future

    def flushed(self) -> "asyncio.Future[Any] | None":
        """Done when all that was appended so far is on disk; None if it is already. Any: None."""
        if self._later is not None:
            self._send()
        last = self._next if self.projection.changes.rows else self._next - 1
        return None if last <= self.durable else self.when_durable(last, None)

    # ---- to the store process

    def _cut(self, *, is_clean: bool = False) -> None:
        """Close the commit that is being collected, and begin another."""
        changes = self.projection.changes
        sections = [section.plain() for section in changes.sections]
        data = pack_commit(self._next, sections, self.progress(), is_clean=is_clean)
        self._meter.rows += changes.rows
        for section in changes.sections:
            self._meter.note_messages(section.messages)
        self._waiting.append(Packed(self._next, data))
        self._pending_bytes += len(data)
        self._next += 1
        self.projection.changes = Changes()
        if len(self._waiting) >= WAITING:
            self.on_crowded()

    def _send(self) -> None:
        """Give the store process its next commit, if it is free and there is one."""
        self._is_due = False
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if self._state is not State.READY:
            return
        if not self._waiting:
            if self.projection.changes.is_empty():
                return
            self._cut()
        packed = self._waiting.popleft()
        self._sent.append(packed)
        self._state = State.BUSY
        assert self._child is not None
        self._child.send(Frame.COMMIT, packed.data)

    def tend(self) -> None:
        """Called four times a second: when nothing is to be written, the file may be tidied up."""
        if self._state is State.READY and self._child is not None:
            self._child.send(Frame.TEND, b"")
        elif self._state is State.FAILED and self._retry_in:
            self._retry_in -= 1
            if not self._retry_in:
                self._take_over()

    def ask(self, name: str, *arguments: object) -> "asyncio.Future[bytes]":
        """Ask the store process something, behind everything appended so far.

        The future fails with RefusedError(NOT_STORED) if there is no answer.
        """
        if not self.projection.changes.is_empty():
            self._cut()
            self._send()
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked += 1
        self._questions[self._asked] = future
        behind = self.when_durable(self._next - 1, None)
        question = marshal.dumps((self._asked, name, arguments))  # type: ignore[arg-type]  # plain values
        behind.add_done_callback(lambda done: self._put(question, future, done))
        return future

    def _put(self, question: bytes, future: "asyncio.Future[bytes]", behind: "asyncio.Future[Any]") -> None:
        failure = behind.exception()
        if future.done():  # nobody waits for it, or it was refused when the process ended
            return
        if failure is not None:
            future.set_exception(failure)
        elif self._child is not None:
            self._child.send(Frame.ASK, question)

    # ---- from the store process

    def _on_frame(self, kind: int, payload: bytes) -> None:
        if kind == Frame.DURABLE:
            number, took_us = marshal.loads(payload)  # from our own child
            self._on_commit(number, took_us)
        elif kind == Frame.ANSWER:
            if not (asker := self._question(payload)).done():
                asker.set_result(payload[NUMBER.size :])
        elif kind == Frame.UNANSWERED:
            if not (asker := self._question(payload)).done():
                says = payload[NUMBER.size :].decode()
                asker.set_exception(RefusedError(Refusal.NOT_STORED, says))
        elif kind == Frame.STATE:
            assert self._opened is not None
            self._opened.set_result(opened.unpack(payload))
        elif kind == Frame.PROBLEM:
            assert self._opened is not None
            self._opened.set_exception(ProfileError(msgspec.msgpack.decode(payload, type=FileProblem)))
        elif kind == Frame.HEALTH:
            self.health = msgspec.msgpack.decode(payload, type=DiskHealth)
        elif kind == Frame.FAILED:
            self._fail(msgspec.msgpack.decode(payload, type=FileProblem))

    def _question(self, payload: bytes) -> "asyncio.Future[bytes]":
        return self._questions.pop(NUMBER.unpack_from(payload)[0])

    def _on_commit(self, number: int, took_us: int) -> None:
        """A commit is on disk: whoever waits for it goes on, and the next one is sent."""
        packed = self._sent.popleft()
        assert packed.number == number, f"commit {number} was answered, {packed.number} was sent"
        self._pending_bytes -= len(packed.data)
        self._meter.busy_us += took_us
        self._failures = 0
        self._is_suspect = False
        self._state = State.READY
        self._reach(number)
        if self._waiting or self.projection.changes.state_rows:
            self._send()
        else:
            self._plan(self.projection.changes)

    def _reach(self, number: int) -> None:
        self.durable = number
        self._waiters.reach(number)
        self.on_durable()

    # ---- when things go wrong

    def _fail(self, problem: FileProblem) -> None:
        """Nothing can be written just now: refuse all who wait, and have publishers wait.

        If the disk is full, nothing is in doubt, and whoever waits goes on waiting until there is room.
        """
        log.warning("store_failed", kind=problem.kind, why=problem.says)
        self.problem = problem
        self._state = State.FAILED
        self._failures += 1
        self._retry_in = RETRY_TENDS if problem.kind in PASSING else 0
        if problem.kind == "full":
            return
        self._is_suspect = True
        self._waiters.refuse(f"It could not be written to disk: {problem.says}")
        self.on_failure(problem)

    def _on_end(self, code: int) -> None:
        """The store process has ended: as it should, or another one takes over."""
        self._child = None
        self._ended.set()
        if self._opened is not None and not self._opened.done():
            self._opened.set_exception(OSError(f"the store process ended with code {code}; its log says why"))
        questions, self._questions = self._questions, {}
        for future in questions.values():
            if not future.done():
                future.set_exception(RefusedError(Refusal.NOT_STORED, "The store process ended. Ask again."))
        if self._state in (State.READY, State.BUSY):
            log.warning("store_ended", code=code)
            self._take_over()
        elif self._state is State.FAILED and self._failures == 1:
            self._take_over()

    def _take_over(self) -> None:
        self._retry_in = 0
        self._state = State.OPENING
        self.on_end()

    def watch(self, on_end: Callable[[], None]) -> None:
        """From now on this is told when there is no process and should be one: at once if that is so now."""
        self.on_end = on_end
        if self._state is State.OPENING:
            on_end()

    async def restart(self) -> None:
        """Start another store process, and have it write what the one before has not."""
        found: opened.Opened | None = None
        if self._child is not None:  # it has said that it ends
            await self._ended.wait()
        try:
            found = await self._start(is_resumed=True)
        except ProfileError as error:
            self._fail(error.problem)
        except OSError as error:
            self._fail(FileProblem("unreadable", f"The store process could not be started: {error}."))
        if found is not None:
            self._resume(found.last_commit)

    def _resume(self, last_commit: int) -> None:
        """Go on behind the last commit that is in the file."""
        last = self._sent[-1].number if self._sent else self.durable
        if not self.durable <= last_commit <= last:
            says = (
                f"{self.path} ends with commit {last_commit}, but {self.durable} was confirmed: messages "
                "may be missing. Compare it with a backup; to go on from what it has, start the broker again."
            )
            if self._child is not None:
                self._child.end()
            self._fail(FileProblem("mismatch", says))
            return
        while self._sent and self._sent[0].number <= last_commit:
            self._pending_bytes -= len(self._sent.popleft().data)
        self._waiting.extendleft(reversed(self._sent))
        self._sent.clear()
        if last_commit > self.durable:
            self._reach(last_commit)
        if self._child is None:  # it did not live long
            self._take_over()
            return
        self._state = State.READY
        log.info("store_goes_on", behind=last_commit)
        self._send()

    def go_on(self) -> None:
        """Somebody has seen what went wrong: publishers go on; if nothing is written, try again."""
        self.problem = None
        if self._state is State.FAILED and self._child is None:
            self._take_over()

    # ---- the profile itself

    def is_writing(self) -> bool:
        """Whether a store process takes commits."""
        return self._state in (State.READY, State.BUSY)

    def take_load(self, *, is_bare: bool) -> Load:
        """How the disk has kept up since the last tick. is_bare: there is hardly any room on it."""
        return self._meter.take(len(self._waiting), is_bare=is_bare)

    def peek_load(self, *, is_bare: bool) -> Load:
        """The same, of the tick that is not over."""
        return self._meter.peek(len(self._waiting), is_bare=is_bare)

    def remember(self, name: str, value: msgspec.Struct) -> None:
        """Keep something about the profile in it."""
        changes = self.projection.changes
        self.projection.define(SETTING, "", name, value)
        self._added(changes, changes.state_rows)

    # ---- pages

    def read_page(self, wanted: PageWanted) -> "asyncio.Future[StoredPage]":
        """What waits in a queue. The future fails with RefusedError(NOT_STORED) if the store process ends."""
        queue = wanted.queue
        behind = (wanted.after, wanted.limit, wanted.most_bytes, wanted.since_us)
        return then(self.ask("page", queue.id, bool(queue.max_priority), *behind), _read_page.decode)

    def read_entries(self, queue: QueueRef, ids: Sequence[int]) -> "asyncio.Future[StoredPage]":
        """What waits in a queue of these messages; as `read_page`."""
        asked = (queue.id, bool(queue.max_priority), tuple(ids), limits.WINDOW_BYTES)
        return then(self.ask("entries", *asked), _read_page.decode)


_queue_figures: Callable[[Counters], tuple[int, ...]] = attrgetter(*QUEUE_FIGURES)
_read_page = msgspec.msgpack.Decoder(StoredPage)
