"""The triage of a queue of dead letters: a snapshot that stands still, in groups, and what is done to one.

What comes later is counted and not swept in; what is done is done to the ids of the snapshot. Patches are
shown on three messages before they are done to any. A redrive goes on when the page is left, and can be
undone.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.filters.paths import read_path
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.limits import CHANGE_MAX_BYTES, PAGE_MAX_ROWS, TRIAGE_MESSAGES, TRIAGE_READ_BYTES
from mqstudio.model.patching.syntax import parse_patch
from mqstudio.model.patching.tree import Patch, PatchError
from mqstudio.model.rows import MessageDetail, MessageRow, MessageState
from mqstudio.model.samples import QueueSample
from mqstudio.viewmodel.jobs import Job, Jobs
from mqstudio.viewmodel.letters import (
    READS,
    By,
    Group,
    exception_of,
    group_row,
    groups_of,
    header_of,
    path_of,
)
from mqstudio.viewmodel.redriving import Plan, Redrive
from mqstudio.viewmodel.rowset import RowSet
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.site import Site
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.triage_preview import Before, before_and_after
from mqstudio.viewmodel.wording import clock, count, counted, plain
from mqstudio.viewmodel.words import tr

SAMPLE_ROWS: Final = 200
"""Letters of a group that are listed."""

PREVIEWS: Final = 3
"""Letters on which a patch is shown."""


READ_AT_ONCE: Final = 50
"""Letters that are read between two looks at how far it is."""

READ_UNASKED: Final = 2_000
"""In so many letters exceptions are looked for without being asked to group by them."""

RATE_MAX_PER_S: Final = 10_000


class Triage:
    """The triage of one queue. changed(): anything did. wants_read(): somebody should run `read()`."""

    def __init__(self, site: Site, jobs: Jobs, vhost: str, queue: str) -> None:
        self.changed = Signal()
        self.wants_read = Signal()
        self.vhost, self.queue = vhost, queue
        self.groups: RowSet[Group] = RowSet(lambda row: row.key)
        self.samples: RowSet[MessageRow] = RowSet(lambda row: row.message_id)
        self.by = By.REASON
        self.detail = ""
        """The name of the header, or the path, that is grouped by."""
        self.detail_problem = ""
        self.taken_at_us = 0
        self.is_taking = self.is_regrouping = False
        self.beyond = 0
        """Letters that were there and are too many to be held."""
        self.selected = ""
        self.patch_text = ""
        self.patch_problem = ""
        self.previews: list[Before] = []
        self.to = ""
        self.rate_text = ""
        self.stop_text = "5"
        self.keeps_deaths = True
        self.redrive: Redrive | None = None
        self.sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
        self._site, self._workspace, self._jobs = site, site.workspace, jobs
        self._letters: dict[int, MessageRow] = {}
        self._members: dict[str, list[MessageRow]] = {}
        self._read: dict[int, str] = {}
        self._round = 0
        self._job: Job | None = None
        self._published_then = 0
        self._patch: Patch | None = None
        self._workspace.sampled.connect(self._on_sampled)
        jobs.changed.connect(self._on_jobs)
        self._seen_new = 0
        self._has_chosen = False

    # ---- the snapshot

    @property
    def is_taken(self) -> bool:
        """Whether there is a snapshot."""
        return bool(self.taken_at_us)

    @property
    def sample(self) -> QueueSample | None:
        """The queue's latest figures."""
        return self._workspace.queue(self.vhost, self.queue)

    def __len__(self) -> int:
        return len(self._letters)

    @property
    def new_count(self) -> int:
        """Messages that came after the snapshot."""
        sample = self.sample
        if sample is None or not self.is_taken:
            return 0
        return max(0, sample.counters.published - self._published_then)

    def _on_sampled(self) -> None:
        if self.new_count != self._seen_new:
            self._seen_new = self.new_count
            self.changed.emit()

    async def take(self) -> None:
        """Take the snapshot anew. Raises: RefusedError."""
        await self._load(None)

    async def include(self) -> None:
        """Add what came since. Raises: RefusedError."""
        await self._load(max(self._letters, default=None))

    async def _load(self, newer_than: int | None) -> None:
        if self.is_taking:
            return
        self.is_taking = True
        self.changed.emit()
        published = self.sample.counters.published if self.sample else 0
        found: dict[int, MessageRow] = {}
        beyond, after_id = 0, None
        try:
            while True:
                page = await self._workspace.client.page(
                    self.queue,
                    vhost=self.vhost,
                    limit=PAGE_MAX_ROWS,
                    after_id=after_id,
                    states=[MessageState.READY],
                )
                rows = [row for row in page.rows if newer_than is None or row.message_id > newer_than]
                found |= {row.message_id: row for row in rows}
                after_id = page.next_id
                if after_id is None or len(rows) < len(page.rows):
                    break
                if len(found) >= TRIAGE_MESSAGES:
                    beyond = max(0, page.total_live - len(found))
                    break
        finally:
            self.is_taking = False
            self.changed.emit()
        if newer_than is None:
            self._letters, self._read, self.beyond = {}, {}, beyond
            self._has_chosen = False
        self._letters |= found
        self._published_then, self.taken_at_us = published, self._workspace.now_us()
        self._regroup()
        self._ask_to_read()

    def _drop(self, ids: set[int]) -> None:
        """These have left the queue."""
        self._letters = {key: row for key, row in self._letters.items() if key not in ids}
        self._read = {key: said for key, said in self._read.items() if key not in ids}
        self._regroup()

    # ---- groups

    def group_by(self, by: By, detail: str = "") -> None:
        """Group by something else; a header's name or a path comes with it."""
        detail = detail.strip()
        if (by, detail) == (self.by, self.detail):
            return
        self.by, self.detail, self._read = by, detail, {}
        self._has_chosen = False
        self._round += 1
        self.detail_problem = self._detail_problem()
        self._regroup()
        self._ask_to_read()

    def _detail_problem(self) -> str:
        if self.by is By.PATH:
            try:
                self._steps()
            except FilterError as error:
                return error.says
        return ""

    def _steps(self) -> tuple[str | int, ...]:
        text = self.detail.removeprefix("$").removeprefix("body")
        return read_path(text if text[:1] in (".", "[") else f".{text}", 0)

    def _ask_to_read(self) -> None:
        if self.unread and self._reader() is not None:
            self.wants_read.emit()

    def _reader(self) -> Callable[[MessageDetail], str] | None:
        """What reads of a message what is grouped by; None if nothing (yet)."""
        if self.by is By.EXCEPTION or (self.by is By.REASON and len(self._letters) <= READ_UNASKED):
            return exception_of
        if self.by is By.HEADER and self.detail:
            return header_of(self.detail)
        if self.by is By.PATH and self.detail and not self.detail_problem:
            return path_of(self._steps())
        return None

    @property
    def unread(self) -> int:
        """Letters that have to be read for their groups."""
        return len(self._letters) - len(self._read) if self._reader() is not None else 0

    async def read(self) -> None:
        """Read what rows do not tell, until all is read or something else is grouped by."""
        self._round += 1
        this_round, reader = self._round, self._reader()
        waiting = [key for key in self._letters if key not in self._read]
        while waiting and reader is not None and this_round == self._round:
            gone: set[int] = set()
            for message_id in waiting[:READ_AT_ONCE]:
                detail = await self._detail(message_id, TRIAGE_READ_BYTES if self.by is By.PATH else 0)
                if this_round != self._round:
                    return
                if detail is None:
                    gone.add(message_id)
                else:
                    self._read[message_id] = reader(detail)
            waiting = waiting[READ_AT_ONCE:]
            self._drop(gone)

    async def _detail(self, message_id: int, body_limit: int) -> MessageDetail | None:
        try:
            detail = await self._workspace.client.message(
                self.queue, message_id, vhost=self.vhost, body_limit=body_limit
            )
        except RefusedError as error:
            if error.why is not Refusal.NO_SUCH_MESSAGE:
                raise
            return None
        return detail if detail.row.state is MessageState.READY else None

    def _regroup(self) -> None:
        rows = self._letters.values()
        self._members = groups_of(self.by, rows, self._read)
        self.is_regrouping = True  # a table moves to a neighbour then: nobody has chosen that one
        self.groups.update([group_row(key, found) for key, found in self._members.items()])
        self.is_regrouping = False
        if self.selected not in self._members or not self._has_chosen:
            self.selected = next(iter(self._members), "")
        self._show()

    def select(self, key: str) -> None:
        """Look at one group."""
        if key != self.selected and key in self._members and not self.is_regrouping:
            self.selected, self._has_chosen = key, True
            self.previews = []
            self._show()

    def _show(self) -> None:
        newest = sorted(self.members(), key=lambda row: -row.message_id)[:SAMPLE_ROWS]
        self.samples.update(newest)
        self.changed.emit()

    def members(self) -> list[MessageRow]:
        """The letters of the selected group."""
        return self._members.get(self.selected, [])

    # ---- the patch

    @property
    def patch(self) -> Patch | None:
        """The patch as typed, if it can be read."""
        return self._patch

    def edit_patch(self, text: str) -> None:
        """Type a patch."""
        self.patch_text, self.patch_problem, self._patch, self.previews = text, "", None, []
        if text.strip():
            try:
                self._patch = parse_patch(text)
            except PatchError as error:
                self.patch_problem = error.says
        self.changed.emit()

    async def preview(self) -> None:
        """Show what the patch would do to the newest messages of the group."""
        patch, found = self._patch, list[Before]()
        if patch is None:
            return
        for row in self.samples.rows[:PREVIEWS]:
            detail = await self._detail(row.message_id, CHANGE_MAX_BYTES + 1)
            if detail is not None:
                found.append(before_and_after(detail, patch))
        if patch is self._patch:
            self.previews = found
            self.changed.emit()

    # ---- the redrive

    def edit(
        self,
        *,
        to: str | None = None,
        rate: str | None = None,
        stop: str | None = None,
        keeps_deaths: bool | None = None,
    ) -> None:
        """Change how the group is redriven."""
        self.to = self.to if to is None else to
        self.rate_text = self.rate_text if rate is None else rate
        self.stop_text = self.stop_text if stop is None else stop
        self.keeps_deaths = self.keeps_deaths if keeps_deaths is None else keeps_deaths
        self.changed.emit()

    def problem(self) -> str:
        """Why the redrive cannot start; "" if it can."""
        if self.patch_problem:
            return self.patch_problem
        if self.by in READS and self.unread:
            return tr("The letters are being read: the groups are not known yet.")
        if not self.members():
            return tr("There is nothing to redrive.")
        if _rate(self.rate_text) is None and self.rate_text.strip():
            return tr(
                "The rate is a number of messages a second, up to {rate_max_per_s}; empty: no limit.",
                rate_max_per_s=f"{RATE_MAX_PER_S:,}",
            )
        if self.stop_text.strip() and not (self.stop_text.strip().isdecimal() and int(self.stop_text) > 0):
            return tr("Stop after a whole number of failures; empty: never.")
        if self.to == self.queue:
            return tr("The messages are in this queue already. Choose another one.")
        if self.to and self._site.structure.queue(self.vhost, self.to) is None:
            return tr("There is no queue {to}. Make it first, or choose another one.", to=plain(self.to, 60))
        if not self.to and not any(row.died_in for row in self.members()):
            return tr("These never died: there is no queue to go back to. Choose one.")
        return ""

    def plan(self) -> Plan:
        """How the redrive is set."""
        stop = self.stop_text.strip()
        return Plan(
            self.to, self.keeps_deaths, self._patch, _rate(self.rate_text), int(stop) if stop else None
        )

    @property
    def is_redriving(self) -> bool:
        """Whether a redrive is under way."""
        return self.redrive is not None and self.redrive.is_running

    def start_words(self) -> str:
        """What the button does."""
        rows = self.members()
        homes = {row.died_in for row in rows if row.died_in}
        to = self.to or (next(iter(homes)) if len(homes) == 1 else tr("{homes} queues", homes=len(homes)))
        return tr("Redrive {messages} → {to}", messages=counted(len(rows), "message"), to=plain(to, 40))

    async def start(self) -> None:
        """Redrive the selected group; ends when it has."""
        if self.problem() or self.is_redriving:
            return
        ids = [row.message_id for row in self.members()]
        redrive = Redrive(self._workspace, self.vhost, self.queue, ids, self.plan(), sleep=self.sleep)
        self.redrive = redrive
        redrive.changed.connect(self._on_redrive)
        with self._jobs.running(redrive.title, redrive.total) as job:
            self._job = job
            await redrive.run()
        if redrive.done:
            to = tr("to {to}", to=plain(redrive.plan.to, 40)) if redrive.plan.to else tr("to where they died")
            says = tr(
                "Redrove {done} of {queue} {to}.",
                done=counted(redrive.done, "message"),
                queue=plain(self.queue, 40),
                to=to,
            )
            died = (
                tr(" {died_again} died again.", died_again=count(redrive.died_again))
                if redrive.died_again
                else ""
            )
            title = tr("the redrive of {done}", done=counted(redrive.done, "message"))
            self._site.undo.offer(f"{says}{died}", title, self._undoing(redrive))
        elif redrive.failure:
            self._site.notices.problem(tr("Nothing was redriven: {failure}", failure=redrive.failure))
        else:
            self._site.notices.tell(tr("Nothing was redriven: {says}", says=redrive.says()))

    def cancel(self) -> None:
        """Send no more."""
        if self.redrive is not None:
            self.redrive.cancel()

    def _on_jobs(self) -> None:
        """It may have been cancelled among the other jobs."""
        redrive, job = self.redrive, self._job
        if redrive is not None and job is not None and job.is_cancelled and not redrive.was_cancelled:
            redrive.cancel()

    def _on_redrive(self) -> None:
        redrive, job = self.redrive, self._job
        if redrive is not None and job is not None:
            job.done = redrive.done + redrive.gone + redrive.unfit_count
            self._jobs.changed.emit()
        if redrive is not None and redrive.sent_ids & self._letters.keys():
            self._drop(redrive.sent_ids)
        else:
            self.changed.emit()

    def _undoing(self, redrive: Redrive) -> Callable[[], Awaitable[object]]:
        async def undo() -> None:
            back, taken = await redrive.undo()
            were = tr(" {taken} had been taken meanwhile.", taken=counted(taken, "message")) if taken else ""
            is_are = tr("message is") if back == 1 else tr("messages are")
            self._site.notices.tell(
                tr(
                    "{back} {is_are} back in {queue}.{were}",
                    back=count(back),
                    is_are=is_are,
                    queue=plain(self.queue, 40),
                    were=were,
                )
            )
            await self.take()

        return undo

    # ---- words

    def heading(self) -> str:
        """How many, and of when."""
        if self.is_taking:
            return tr("Reading…")
        if not self.is_taken:
            return ""
        more = tr(" of {count}", count=count(len(self) + self.beyond)) if self.beyond else ""
        return tr(
            "{counted}{more}, snapshot {taken_at_us}",
            counted=counted(len(self), "message"),
            more=more,
            taken_at_us=clock(self.taken_at_us)[:8],
        )

    def reading(self) -> str:
        """How far reading is."""
        if self.by in (By.HEADER, By.PATH) and not self.detail:
            return {
                By.HEADER: tr("Type a header's name."),
                By.PATH: tr("Type a path, such as $.error.code."),
            }[self.by]
        if self.detail_problem:
            return self.detail_problem
        if self.unread and self.by in READS:
            return tr("{count} of {count_2} read", count=count(len(self._read)), count_2=count(len(self)))
        if self.by is By.REASON and len(self) > READ_UNASKED:
            return tr("Group by exception to read what each says.")
        return ""


def is_triage_wanted(structure: Structure, vhost: str, queue: str) -> bool:
    """Whether a queue is one that others' dead letters go to, by its bindings or its name as a key."""
    for row in structure.queues(vhost):
        exchange = row.rules.dead_letter_exchange
        if exchange is None or row.spec.name == queue:
            continue
        if exchange == "" and row.rules.dead_letter_key == queue:
            return True
        source = structure.exchange(vhost, exchange)
        if source is not None and any(each.destination == queue for each in source.bindings):
            return True
    return False


def _rate(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 < number <= RATE_MAX_PER_S else None
