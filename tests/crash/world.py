"""A broker in miniature: the real engine, projection and writer, a disk in memory, a clock of its own.

Turns, commits, mail and pages go as they do in the real one; what differs is that everything, crashes
included, comes from one seed. What an answer has to wait for waits here as well: confirms and redeliveries
for their commit, pages for everything before them.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import apsw

from mqstudio.engine import restoring
from mqstudio.engine.engine import Engine
from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.errors import RefusedError
from mqstudio.model.replies import PageWanted
from mqstudio.registry import discover
from mqstudio.store import paging, restore
from mqstudio.store.bounds import KEEP_US, Amount, read_setting, write_setting
from mqstudio.store.changes import Changes, Progress, pack_commit, unpack_commit
from mqstudio.store.ending import Endings
from mqstudio.store.ledger import Ledger
from mqstudio.store.opened import Opened
from mqstudio.store.problems import ProfileError
from mqstudio.store.profile_file import open_for_writing
from mqstudio.store.projection import Projection
from mqstudio.store.retention import Retention
from tests.crash.disk import Disk
from tests.crash.mutants import Mutant
from tests.crash.vfs import MemoryVfs, mounted
from tests.crash.witness import Witness

PATH = Path("/profile.mqs")
KEPT_US = 1_800_000_000
BEGIN_US = 1_700_000_000_000_000

_KINDS = {kind.name: kind for kind in discover("mqstudio.engine.exchanges", "EXCHANGE_KIND").found.values()}


class CrashError(Exception):
    """The broker has to be started anew. is_cut: since the power went."""

    def __init__(self, *, is_cut: bool) -> None:
        super().__init__()
        self.is_cut = is_cut


@dataclass
class Parcel:
    """A commit on its way to the store."""

    number: int
    data: bytes


class Inbox:
    """Deliveries on their way to one connection, each with the commit that it waits for."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[int, e.MessageDelivered]] = deque()
        self.open: dict[tuple[int, int], e.MessageDelivered] = {}
        """What the client holds, by channel and tag."""
        self.latest: list[e.MessageDelivered] = []


class World:
    """One broker after another on one disk."""

    def __init__(self, seed: str, vfs: MemoryVfs, mutant: Mutant) -> None:
        self.rng = Random(f"{seed}/world")
        self.disk = vfs.disk
        self.mutant = mutant
        self.witness = Witness()
        self.now_us = BEGIN_US
        self.next_id = 1
        self.starts: list[int] = []
        """For each start, the last event in the ledger just then."""
        self.bins: dict[int, e.QueuePurged] = {}
        self.inboxes: dict[int, Inbox] = {}
        self.calls_to_cut: Callable[[], int | None] = lambda: None
        """After how many calls to the disk the power is to go while another store process takes over."""
        self._vfs_name = vfs.vfs_name
        self.parcel: Parcel | None = None
        self._wanted: deque[tuple[int, PageWanted]] = deque()
        self.start()

    # ---- beginning and end

    def _open(self) -> tuple[apsw.Connection, Opened]:
        """Open the file, look through it, and read what it has."""
        connection = open_for_writing(PATH, vfs=self._vfs_name, is_alone=True)
        try:
            self.mutant.opened(connection)
            if (found := connection.pragma("integrity_check")) != "ok":
                self.witness.wrongs.append(f"the file is damaged: {found}")
            return connection, restore.opened(connection)
        except BaseException:
            let_go(connection)
            raise

    def start(self) -> None:
        """Begin, with what is on disk."""
        self.connection, found = self._open()
        self.witness.stopped(found.last_commit, found.state)
        self.writer = self.mutant.writer(self.connection)
        self._move_in(is_resumed=False)
        self.durable, self._collecting = found.last_commit, found.last_commit + 1
        self.projection = Projection()
        self.projection.recall(found.state)
        self.engine = Engine(_KINDS)
        left_out = restoring.restore(self.engine, found.state, self.now_us)
        self.witness.wrongs += left_out
        self.next_id = max(self.next_id, found.next_id)
        self.parcel = None
        self._wanted.clear()
        self.inboxes.clear()
        (last,) = self.connection.execute("SELECT coalesce(max(id), 0) FROM event").fetchone()
        self.starts.append(last)
        self.bins = {id: event for id, event in self.bins.items() if id in self.witness.durable.bins}
        self.projection.changes.do("begin")
        self.commit()

    def _move_in(self, *, is_resumed: bool) -> None:
        """What keeps the ledger within bounds goes by the clock of this world."""
        if read_setting(self.connection, KEEP_US) is None:
            write_setting(self.connection, KEEP_US, Amount(KEPT_US))
        ledger = Ledger(self.connection, is_resumed=is_resumed)
        self._retention = Retention(ledger, lambda: self.now_us)
        self._endings = Endings(ledger, lambda: self.now_us)

    def keep_house(self, steps: int) -> None:
        """Forget a little of what is too old. Raises: CrashError if the power goes meanwhile."""
        try:
            while steps and (self._endings.step() or self._retention.step()):
                steps -= 1
        except apsw.Error:
            self._after_failure()

    def _after_failure(self) -> None:
        """The disk has failed: another store process takes over. Raises: CrashError if it is off."""
        if self.disk.is_off:
            raise CrashError(is_cut=True) from None
        if not self.disk.failed:
            raise  # noqa: PLE0704  # called where it was caught
        self.disk.trouble = None
        self.restart_store()

    def stop(self) -> None:
        """End as a broker should."""
        self.commit()
        self.commit(is_clean=True)
        self.connection.close()

    def crash(self, *, is_cut: bool, again: Sequence[int] = ()) -> None:
        """End as it should not, and start again.

        again: while it starts the power goes, after so many calls to the disk, once for each of them.
        """
        for calls in (*again, None):
            if is_cut:
                self.disk.cut()
            else:
                self.disk.kill()
            let_go(self.connection)
            self.disk.cut_at = None if calls is None else self.disk.calls + calls
            try:
                self.start()
            except (ProfileError, apsw.Error, CrashError):
                if not self.disk.is_off:
                    raise
                is_cut = True
            else:
                return

    def restart_store(self) -> None:
        """The store process is gone; another one takes over, and the broker runs on.

        Raises: CrashError if the power goes meanwhile.
        """
        self.disk.kill()
        let_go(self.connection)
        calls = self.calls_to_cut()
        self.disk.cut_at = None if calls is None else self.disk.calls + calls
        try:
            self.connection, found = self._open()
        except (ProfileError, apsw.Error):
            if not self.disk.is_off:
                raise
            raise CrashError(is_cut=True) from None
        self.disk.cut_at = None
        self.writer = self.mutant.writer(self.connection)
        self._move_in(is_resumed=True)
        parcel = self.parcel
        last = parcel.number if parcel is not None else self.durable
        if not self.durable <= found.last_commit <= last:
            self.witness.wrongs.append(f"the file ends with {found.last_commit}, {self.durable} was answered")
        if parcel is not None and (found.last_commit == self.durable or self.mutant.sends_twice):
            self.write(parcel)
        if parcel is not None:
            self._answered(parcel)

    # ---- turns

    def do(self, command: Any) -> Any:  # Any: any command and its reply
        """One turn with one command; refusals are answers, too."""
        batch = e.EventBatch()
        reply: Any = None
        self.now_us += 10
        try:
            reply = self.engine.apply(command, self.now_us, batch)
        except RefusedError as refusal:
            reply = refusal
        self._end_turn(batch)
        return reply

    def wait(self, us: int) -> None:
        """Let time pass, by way of every deadline on the way."""
        until_us = self.now_us + us
        while (at_us := self.engine.next_deadline()) is not None and at_us <= until_us:
            self.now_us = max(self.now_us, at_us)
            self._end_turn(e.EventBatch())
        self.now_us = until_us

    def _end_turn(self, batch: e.EventBatch) -> None:
        self.engine.advance(self.now_us, batch)
        self.witness.note(batch)
        self.mutant.note(self.projection, batch)
        for event in batch:
            if isinstance(event, e.QueuePurged) and event.bin_id and event.beyond is None:
                self.bins[event.bin_id] = event
        taken = [event for event in batch if isinstance(event, e.MessageDelivered) and not event.subscription]
        self._post(taken)
        for _, letters in self.engine.take_mail():
            self._post([letter for letter in letters if isinstance(letter, e.MessageDelivered)])
        for wanted in self.engine.take_wanting():
            self._wanted.append((self._collecting, wanted))
        self.hand_out()

    def _post(self, deliveries: list[e.MessageDelivered]) -> None:
        for event in deliveries:
            inbox = self.inboxes.get(event.channel.connection_id)
            if inbox is not None:
                number = self._collecting if event.is_redelivered else 0
                inbox.waiting.append((number, event))
                self.witness.posted(event)

    def hand_out(self) -> None:
        """Clients get what has nothing to wait for any more."""
        for inbox in self.inboxes.values():
            while inbox.waiting and inbox.waiting[0][0] <= self.durable:
                _, event = inbox.waiting.popleft()
                self.witness.delivered(event)
                inbox.latest.append(event)
                if not event.is_auto_settled:
                    inbox.open[event.channel.id, event.delivery_tag] = event

    def hang_up(self, connection_id: int) -> None:
        """A client has gone."""
        inbox = self.inboxes.pop(connection_id)
        for _, event in inbox.waiting:
            self.witness.lost_on_the_way(event)
        self.do(c.CloseConnection(connection_id, "gone"))

    # ---- commits

    def progress(self) -> Progress:
        """The next ids, as they are written with each commit."""
        engine = self.engine
        return (
            engine.next_message_id,
            engine.next_queue_id,
            engine.next_subscription_id,
            engine.next_bin_id,
            self.next_id,
        )

    def send(self, *, is_clean: bool = False) -> None:
        """Give the store what was collected, if it is free."""
        changes = self.projection.changes
        if self.parcel is not None or (changes.is_empty() and not is_clean):
            return
        number = self._collecting
        sections = self.mutant.sections([section.plain() for section in changes.sections])
        self.parcel = Parcel(number, pack_commit(number, sections, self.progress(), is_clean=is_clean))
        self.projection.changes = Changes()
        self._collecting += 1
        self.witness.cut(number)
        if self.mutant.confirms_early:
            self.witness.confirmed(number)

    def work_off(self) -> None:
        """The store does what it was given. Raises: CrashError if the power goes meanwhile."""
        parcel = self.parcel
        if parcel is None:
            return
        try:
            self.write(parcel)
        except apsw.Error:
            self._after_failure()
            return
        self._answered(parcel)

    def write(self, parcel: Parcel) -> None:
        """The store writes a commit. Raises: apsw.Error."""
        number, sections, progress, is_clean = unpack_commit(parcel.data)
        self.writer.commit(number, sections, progress, is_clean=is_clean)

    def _answered(self, parcel: Parcel) -> None:
        self.parcel = None
        self.durable = parcel.number
        if not self.mutant.confirms_early:
            self.witness.confirmed(parcel.number)
        self.hand_out()
        self.witness.is_durable(parcel.number)

    def commit(self, *, is_clean: bool = False) -> None:
        """Send and work off all there is."""
        self.work_off()
        self.send(is_clean=is_clean)
        self.work_off()

    def bring_pages(self) -> None:
        """The store reads the pages that it was asked for, behind everything that came before."""
        while self._wanted and self._wanted[0][0] <= self.durable:
            _, wanted = self._wanted.popleft()
            queue = wanted.queue
            page = paging.page(
                self.connection,
                queue.id,
                bool(queue.max_priority),
                wanted.after,
                wanted.limit,
                wanted.most_bytes,
                wanted.since_us,
            )
            self.do(c.PageIn(queue, wanted.number, page.entries, page.is_last))

    # ---- when everything is over

    def finish(self) -> None:
        """Stop, look at what is there, and leave."""
        self.stop()
        self.connection, found = self._open()
        self.witness.stopped(found.last_commit, found.state)
        self.witness.ended(found.state)


def let_go(connection: apsw.Connection) -> None:
    """Close what a process that is gone had open: it cannot do anything any more."""
    with suppress(apsw.Error):
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.close(True)


@contextmanager
def made_world(seed: str, mutant: Mutant) -> Iterator[World]:
    """A world on an empty disk."""
    disk = Disk(Random(f"{seed}/disk"))
    disk.is_lying = mutant.lies
    with mounted(disk) as vfs:
        world = World(seed, vfs, mutant)
        try:
            yield world
        finally:
            disk.kill()
            let_go(world.connection)
