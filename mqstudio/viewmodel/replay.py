"""The replay panel: what is replayed, how, what it would do, and how far it is. A replay is a job."""

import asyncio
from collections.abc import Callable
from secrets import token_hex
from uuid import uuid4

from msgspec.structs import replace

from mqstudio.client.replay_shaping import Shaper, UnfitError
from mqstudio.client.replay_trial import Example, Trial, refuse_loop, try_out
from mqstudio.client.replay_values import MARK
from mqstudio.client.replaying import Replaying
from mqstudio.client.sending import Pace
from mqstudio.client.verbs import VerbCalls
from mqstudio.exporters.base import NotReadableError, Record
from mqstudio.model.errors import RefusedError
from mqstudio.model.limits import PAGE_MAX_ROWS
from mqstudio.model.rows import MessageState
from mqstudio.viewmodel.jobs import Job, Jobs
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.replay_form import FormProblem, ReplayForm, problem_of, wishes_of
from mqstudio.viewmodel.replay_scope import Scope, ScopeKind
from mqstudio.viewmodel.replay_words import Line, failed_says, outcome_says, way_says
from mqstudio.viewmodel.rowset import RowSet
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.undo import UndoList
from mqstudio.viewmodel.wording import counted
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import ConnectionState, Workspace

FOLLOW_S = 0.1
"""How often it is looked how far a replay is."""


class ReplayPanel:
    """One replay at a time. changed(): the form, what is known, or the replay did."""

    def __init__(self, workspace: Workspace, notices: Notices, undo: UndoList, jobs: Jobs) -> None:
        self.changed = Signal()
        self.lines: RowSet[Line] = RowSet(lambda line: line.number)
        self.form = ReplayForm()
        self.scopes: dict[ScopeKind, Scope] = {}
        self.scope: Scope | None = None
        self.trial: Trial | None = None
        self.example: Example | None = None
        self.example_problem = ""
        self.problem = ""
        """Why it could not be tried or begun."""
        self.replaying: Replaying | None = None
        self.title = ""
        self.total = 0
        self.is_trying = False
        self.pace: Callable[[], Pace] = Pace
        self._workspace, self._notices, self._undo, self._jobs = workspace, notices, undo, jobs

    # ---- what is asked

    def offer(self, scopes: list[Scope], wanted: ScopeKind) -> None:
        """What can be replayed from where somebody stands; a file that was opened stays one of them."""
        opened = self.scopes.get(ScopeKind.FILE)
        self.scopes = {scope.kind: scope for scope in [*([opened] if opened else []), *scopes]}
        self.choose(wanted)

    def choose(self, kind: ScopeKind) -> None:
        """Replay this."""
        self.scope = self.scopes.get(kind)
        self._forget()

    def edit(self, **fields: object) -> None:
        """Change fields of the form."""
        form = replace(self.form, **fields)
        if form != self.form:
            self.form = form
            self._forget()

    def _forget(self) -> None:
        """What was found out is not so any more."""
        self.trial, self.problem = None, ""
        self.example, self.example_problem = None, ""
        self.changed.emit()

    @property
    def wrong(self) -> FormProblem | None:
        """What is wrong with the form."""
        return problem_of(self.form)

    @property
    def is_running(self) -> bool:
        """Whether a replay is under way."""
        return self.replaying is not None and not self.replaying.has_ended

    @property
    def can_begin(self) -> bool:
        """Whether it can be tried, or begun."""
        is_live = self._workspace.state is ConnectionState.LIVE
        is_free = not (self.is_running or self.is_trying)
        return is_live and is_free and self.scope is not None and self.wrong is None

    # ---- what it would do

    async def look(self) -> None:
        """Show what becomes of the first message."""
        scope, form = self.scope, self.form
        if scope is None or self.wrong is not None or not self._workspace.is_live:
            return
        example, says = None, ""
        try:
            record = await self._first(scope)
            if record is not None:
                example = Example(record, self._shaper("preview").parcel(record))
        except UnfitError as error:
            says = str(error)
        except (NotReadableError, RefusedError, OSError, TimeoutError) as error:
            says = str(error)
        if (scope, form) == (self.scope, self.form):
            self.example, self.example_problem = example, says
            self.changed.emit()

    async def _first(self, scope: Scope) -> Record | None:
        source = scope.source(self._workspace.client, self._workspace.now_us())
        async for batch in source.batches(is_whole=True):
            for record in batch:
                return record
        return None

    async def try_out(self) -> None:
        """Go through all of it and send nothing."""
        scope, form = self.scope, self.form
        if scope is None or not self.can_begin:
            return
        self.is_trying, self.problem = True, ""
        self.changed.emit()
        client, trial = self._workspace.client, None
        try:
            with self._jobs.running(tr("Dry run of a replay"), scope.count) as job:
                source = scope.source(client, self._workspace.now_us())
                trial = await try_out(
                    source, wishes_of(form), self._shaper("dry run"), client,
                    on_progress=lambda done: job.advance(done - job.done),
                )  # fmt: skip
        except (NotReadableError, RefusedError, OSError, TimeoutError) as error:
            self.problem = str(error)
        finally:
            self.is_trying = False
            self.changed.emit()
        if trial is not None and (scope, form) == (self.scope, self.form):
            self.trial, self.example = trial, trial.example
            self.changed.emit()

    def _shaper(self, run: str) -> Shaper:
        return Shaper(wishes_of(self.form), run, lambda: str(uuid4()))

    # ---- the replay

    async def start(self) -> None:
        """Replay, from the first to the last, or until it is stopped."""
        scope, form = self.scope, self.form
        if scope is None or not self.can_begin:
            return
        run, client, wishes = token_hex(3), self._workspace.client, wishes_of(form)
        shaper = self._shaper(run)
        self.problem, self.is_trying = "", True
        self.changed.emit()
        try:
            source = scope.source(client, self._workspace.now_us())
            with self._jobs.running(tr("Looking where a replay would go"), scope.count) as looking:
                await refuse_loop(
                    source, wishes, shaper, client, lambda done: looking.advance(done - looking.done)
                )
            if looking.is_cancelled:
                return
        except (NotReadableError, RefusedError, OSError, TimeoutError) as error:
            self.problem = str(error)
            return
        finally:
            self.is_trying = False
            self.changed.emit()
        self.total = self.trial.messages if self.trial is not None else scope.count
        self.title = tr("Replay of {what}", what=scope.title)
        replaying = self.replaying = Replaying(wishes, shaper, total=self.total, pace=self.pace())
        with self._jobs.running(self.title, self.total) as job:
            async with asyncio.TaskGroup() as group:
                following = group.create_task(self._follow(replaying, job))
                try:
                    await replaying.run(source, client)
                finally:
                    following.cancel()
            job.failure = replaying.failure
        self.changed.emit()
        self._conclude(replaying, run if form.is_marked else "")

    async def _follow(self, replaying: Replaying, job: Job) -> None:
        """Tell the job how far it is, and the replay when somebody cancels the job."""
        while True:
            if job.is_cancelled:
                replaying.cancel()
            else:
                job.advance(replaying.counts.done - job.done)
            self.changed.emit()
            await asyncio.sleep(FOLLOW_S)

    def _conclude(self, replaying: Replaying, run: str) -> None:
        says = outcome_says(replaying, self.title, self.total)
        if replaying.failure or replaying.counts.failures:
            self._notices.problem(says)
        elif run and replaying.counts.confirmed:
            self._undo.offer(says, tr("replay"), lambda: self._take_back(run))
        else:
            self._notices.tell(says)

    async def _take_back(self, run: str) -> None:
        """Take out of the queues what a replay put there, as far as nobody has taken it."""
        client, removed = self._workspace.client, 0
        where = f'headers.{MARK} startswith "{run} #"'
        for queue in (await client.topology()).queues:
            name, vhost, after_id = queue.spec.name, queue.vhost, None
            ids: list[int] = []
            while True:
                page = await client.page(
                    name, vhost=vhost, limit=PAGE_MAX_ROWS, after_id=after_id, is_oldest_first=True,
                    states=[MessageState.READY], where=where,
                )  # fmt: skip
                ids += [row.message_id for row in page.rows]
                after_id = page.next_id
                if after_id is None:
                    break
            if ids:
                replies = await VerbCalls(client).remove(name, ids, vhost=vhost)
                removed += sum(reply.count for reply in replies)
        what = counted(removed, tr("message"), tr("messages"))
        self._notices.tell(tr("Took {what} of the replay out of their queues, into the bin.", what=what))

    def show_lines(self) -> None:
        """List the messages that did not arrive, or else the ways that all of them would go."""
        failed = self.replaying.failed if self.replaying is not None and self.trial is None else []
        cells: list[tuple[str, str, str, str]] = []
        if self.trial is not None:
            cells = [way_says(way) for way in self.trial.ways] + [
                failed_says(each) for each in self.trial.failed
            ]
        else:
            cells = [failed_says(each) for each in failed]
        self.lines.update([Line(number, *each) for number, each in enumerate(cells)])

    def pause(self) -> None:
        """Pause what runs, or go on with it."""
        if self.replaying is not None and self.is_running:
            if self.replaying.is_paused or self.replaying.is_stepping:
                self.replaying.resume()
            else:
                self.replaying.pause()
            self.changed.emit()

    def step(self, number: int = 1) -> None:
        """Send the next so many."""
        if self.replaying is not None and self.is_running:
            self.replaying.step(number)
            self.changed.emit()

    def stop(self) -> None:
        """Send no more."""
        if self.replaying is not None:
            self.replaying.cancel()
            self.changed.emit()
