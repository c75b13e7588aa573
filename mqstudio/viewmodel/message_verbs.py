"""What is done by hand to chosen messages: each verb says how many, and can be undone where anything can.

A verb acts on the ids it is given, a snapshot: what arrives meanwhile is not swept in, and what has left is
counted. Long ones are jobs; stopped, what they have done so far is told, and undone as one.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from mqstudio.client.verbs import Progress, VerbCalls
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import PAGE_MAX_ROWS
from mqstudio.model.rows import MessageState
from mqstudio.model.verbs import ActedReply, Destination
from mqstudio.viewmodel.extent import Extent
from mqstudio.viewmodel.jobs import Job, Jobs
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.resending import Resending
from mqstudio.viewmodel.undo import UndoList
from mqstudio.viewmodel.wording import count, counted, exchange_title, plain
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

Act = Callable[[Progress], Awaitable[object]]


class Chosen(Struct, frozen=True):
    """Messages of a queue, by their ids: frozen, whatever comes and goes."""

    vhost: str
    queue: str
    ids: tuple[int, ...]
    extent: Extent = Extent()


class Acted(Struct, frozen=True):
    """What came of a verb: its replies, and whether it was stopped on the way.

    otherwise: of those that it left so many were dealt with in another way. nowhere: so many went to no
    queue, and why: none would take them.
    """

    replies: list[ActedReply]
    is_stopped: bool
    otherwise: int = 0
    nowhere: int = 0
    why: str = ""

    @property
    def count(self) -> int:
        """Messages that it was done to."""
        return sum(reply.count for reply in self.replies)

    @property
    def left(self) -> int:
        """Messages that were left as they were."""
        return sum(len(reply.left) for reply in self.replies) - self.otherwise


class MessageVerbs:
    """Asks the broker, tells what happened, and offers the way back."""

    def __init__(self, workspace: Workspace, notices: Notices, undo: UndoList, jobs: Jobs) -> None:
        self._workspace, self._notices, self._undo, self._jobs = workspace, notices, undo, jobs

    def _calls(self) -> VerbCalls:
        return VerbCalls(self._workspace.client)

    # ---- taking out

    def is_removal_undoable(self, chosen: Chosen) -> bool:
        """Whether a bin can hold them: on disk any number."""
        info = self._workspace.info
        return chosen.extent.fits_bin or (info is not None and info.is_lasting)

    async def remove(self, chosen: Chosen, *, is_for_good: bool = False) -> None:
        """Take ready messages out, wherever they stand, into a bin."""
        run = partial(
            self._calls().remove, chosen.queue, chosen.ids, needs_bin=not is_for_good, vhost=chosen.vhost
        )
        acted = await self._run(tr("Deleting messages"), len(chosen.ids), lambda told: run(progress=told))
        self._tell_removed(chosen, acted, tr("Deleted"), partial(self.remove, chosen))

    async def remove_first(self, vhost: str, queue: str, number: int) -> None:
        """Take the first so many ready messages out, into a bin."""
        run = partial(self._calls().remove_first, queue, number, needs_bin=True, vhost=vhost)
        acted = await self._run(tr("Purging messages"), number, lambda told: run(progress=told))
        self._tell_removed(Chosen(vhost, queue, ()), acted, tr("Purged"), None)

    async def purge_where(self, vhost: str, queue: str, where: str, newest_id: int | None) -> None:
        """Take out what a filter finds of the ready messages there are now."""
        chosen = await self.freeze(vhost, queue, [MessageState.READY], where, newest_id=newest_id)
        if chosen is None:
            return
        run = partial(self._calls().remove, queue, chosen.ids, needs_bin=True, vhost=vhost)
        acted = await self._run(tr("Purging messages"), len(chosen.ids), lambda told: run(progress=told))
        self._tell_removed(chosen, acted, tr("Purged"), partial(self.remove, chosen))

    def _tell_removed(
        self, chosen: Chosen, acted: Acted, verb: str, again: Callable[[], Awaitable[object]] | None
    ) -> None:
        name = plain(chosen.queue, 60)
        if not self._has_any(acted, tr("No ready message was there: nothing was taken out of {queue}.",
                                       queue=name)):  # fmt: skip
            return
        when = chosen.extent.says(self._workspace.now_us())
        when = f", {when}" if when else ""
        what = _messages(acted.count)
        says = tr("{verb} {what} from {queue}{when}.", verb=verb, what=what, queue=name, when=when)
        bins = [reply.bin_id for reply in acted.replies if reply.bin_id is not None]
        lost = sum(reply.count for reply in acted.replies if reply.bin_id is None)
        if not bins:
            self._notices.tell(f"{says} {tr('The bin could not hold them: they are gone for good.')}")
            return
        if lost:
            gone = tr("{what} of them for good: the bin could not hold them.", what=_messages(lost))
            says = f"{says} {gone}"
        title = tr("the deletion of {what} from {queue}", what=_messages(acted.count), queue=name)
        back = partial(self._bring_back, chosen.vhost, chosen.queue, bins)
        self._undo.offer(says + _rest(acted), title, back, bin_ids=bins, again=again)

    async def _bring_back(self, vhost: str, queue: str, bins: Sequence[int]) -> None:
        calls, back, gone = self._calls(), 0, 0
        for bin_id in reversed(bins):
            try:
                back += await calls.restore(bin_id, vhost=vhost)
            except RefusedError as error:
                if error.why is not Refusal.NO_SUCH_BIN or len(bins) == 1:
                    raise
                gone += 1  # it had to make room for newer ones: the others are there all the same
        self._tell_back(back, queue)
        if gone:
            self._notices.problem(
                tr("What had to make room in the bin for newer deletions did not come back.")
            )

    def _tell_back(self, number: int, queue: str) -> None:
        name = plain(queue, 60)
        self._notices.tell(tr("{what} back in {queue}.", what=_messages(number), queue=name))

    # ---- moving and copying

    async def move(self, chosen: Chosen, to: Destination) -> None:
        """Move ready messages elsewhere, in the order they have."""
        run = partial(self._calls().move, chosen.queue, chosen.ids, to, vhost=chosen.vhost)
        acted = await self._run(tr("Moving messages"), len(chosen.ids), lambda told: run(progress=told))
        again = partial(self.move, chosen, to)
        self._tell_moved(
            chosen, acted, destination_title(to), verb=tr("Moved"), noun=tr("the move of"), again=again
        )

    async def redrive(self, chosen: Chosen) -> None:
        """Bring back: dead letters to where they died, and what somebody holds to its place."""
        run = partial(self._calls().redrive, chosen.queue, chosen.ids, vhost=chosen.vhost)
        acted = await self._run(tr("Redriving messages"), len(chosen.ids), lambda told: run(progress=told))
        left = tuple(each for reply in acted.replies for each in reply.left)
        released = await self._force(Chosen(chosen.vhost, chosen.queue, left), Outcome.RELEASED)
        if acted.count:
            again = partial(self.redrive, chosen)
            homes = ", ".join(plain(name, 60) for name in _queues(acted))
            acted = replace(acted, otherwise=released)
            self._tell_moved(chosen, acted, homes, verb=tr("Redrove"), noun=tr("the redrive of"), again=again)
        elif not released:
            self._notices.problem(
                tr("Nothing to bring back: these messages never died, or died in a queue that is gone, and "
                   "nobody holds them. Choose dead letters or messages in flight, or move them (M).")
            )  # fmt: skip
        if released:
            name = plain(chosen.queue, 60)
            self._notices.tell(tr("Released {what} to {queue}.", what=_messages(released), queue=name))

    def _tell_moved(
        self,
        chosen: Chosen,
        acted: Acted,
        to: str,
        *,
        verb: str,
        noun: str,
        again: Callable[[], Awaitable[object]],
    ) -> None:
        name = plain(chosen.queue, 60)
        if not self._has_any(acted, tr("No ready message was there: nothing left {queue}.", queue=name)):
            return
        what = _messages(acted.count)
        says = tr("{verb} {what} from {queue} to {to}.", verb=verb, what=what, queue=name, to=to)
        title = tr("{noun} {what} to {to}", noun=noun, what=what, to=to)
        back = partial(self._move_back, chosen, acted)
        self._undo.offer(says + _rest(acted), title, back, again=again)

    async def _move_back(self, chosen: Chosen, acted: Acted) -> None:
        calls, back = self._calls(), 0
        with self._jobs.running(tr("Moving messages back"), acted.count) as job:
            for reply in reversed(acted.replies):
                now = await calls.move_back(reply, vhost=chosen.vhost)
                back += now
                job.advance(now)
        self._tell_back(back, chosen.queue)
        self._tell_taken(acted.count - back)

    def _tell_taken(self, number: int) -> None:
        if number:
            says = tr("{what} had been taken by somebody meanwhile and stayed gone.")
            self._notices.tell(tr(says, what=_messages(number)))

    async def copy(self, chosen: Chosen, to: Destination) -> None:
        """Copy ready messages and those in flight; the old ones stay."""
        run = partial(self._calls().copy, chosen.queue, chosen.ids, to, vhost=chosen.vhost)
        acted = await self._run(tr("Copying messages"), len(chosen.ids), lambda told: run(progress=told))
        again = partial(self.copy, chosen, to)
        self._tell_copied(chosen, acted, tr("Copied"), destination_title(to), again)

    def _tell_copied(
        self, chosen: Chosen, acted: Acted, verb: str, to: str, again: Callable[[], Awaitable[object]]
    ) -> None:
        if not self._has_any(acted, tr("Nothing was copied: only what is ready or in flight can be.")):
            return
        what = _messages(acted.count)
        says = tr("{verb} {what} to {to}.", verb=verb, what=what, to=to)
        title = tr("the copying of {what} to {to}", what=what, to=to)
        back = partial(self._remove_copies, chosen.vhost, acted)
        self._undo.offer(says + _rest(acted), title, back, again=again)

    async def _remove_copies(self, vhost: str, acted: Acted) -> None:
        calls, gone = self._calls(), 0
        for reply in reversed(acted.replies):
            gone += await calls.remove_copies(reply, vhost=vhost)
        self._notices.tell(tr("{what} taken out again.", what=_messages(gone)))

    # ---- resending

    async def resend(self, chosen: Chosen, to: Destination | None = None) -> None:
        """Publish messages once more: as they were published, or elsewhere; also those that have ended."""
        resending = Resending(self._workspace.client, chosen.vhost, chosen.queue, chosen.ids, to)
        acted = await self._run(tr("Resending messages"), len(chosen.ids), resending.run)
        acted = replace(acted, nowhere=resending.nowhere, why=resending.why)
        if not acted.count and acted.nowhere:
            says = tr("Nothing was resent: {why}", why=acted.why)
            self._notices.problem(says)
            return
        again = partial(self.resend, chosen, to)
        where = destination_title(to) if to is not None else ", ".join(map(plain, _queues(acted)))
        self._tell_copied(chosen, acted, tr("Resent"), where or tr("where they came from"), again)

    # ---- what somebody holds

    async def force(self, chosen: Chosen, outcome: Outcome) -> None:
        """End what consumers hold of these messages."""
        number = await self._force(chosen, outcome)
        if not number:
            self._notices.problem(
                tr("Nobody holds these messages: nothing was done. Choose messages in flight.")
            )
            return
        said = {
            Outcome.RELEASED: tr("Released {what} to {queue}."),
            Outcome.ACCEPTED: tr("Accepted {what} of {queue}: they are done."),
            Outcome.REJECTED: tr("Rejected {what} of {queue}."),
        }[outcome]
        self._notices.tell(said.format(what=_messages(number), queue=plain(chosen.queue, 60)))

    async def _force(self, chosen: Chosen, outcome: Outcome) -> int:
        if not chosen.ids:
            return 0
        run = partial(self._calls().force, chosen.queue, chosen.ids, outcome, vhost=chosen.vhost)
        title = tr("Ending deliveries")
        return (await self._run(title, len(chosen.ids), lambda told: run(progress=told))).count

    # ---- how they are run

    async def freeze(
        self,
        vhost: str,
        queue: str,
        states: list[MessageState],
        where: str = "",
        *,
        newest_id: int | None = None,
        oldest_id: int | None = None,
    ) -> Chosen | None:
        """The ids of what is shown, from the newest down: a snapshot. None if it was stopped."""
        ids, extent = list[int](), Extent()
        after = None if newest_id is None else newest_id + 1
        with self._jobs.running(tr("Looking for messages")) as job:
            while True:
                page = await self._workspace.client.page(
                    queue, vhost=vhost, limit=PAGE_MAX_ROWS, after_id=after, states=states, where=where
                )
                rows = [row for row in page.rows if oldest_id is None or row.message_id >= oldest_id]
                ids += [row.message_id for row in rows]
                extent |= Extent.of(rows)
                job.advance(len(rows))
                after = page.next_id
                if after is None or (oldest_id is not None and after <= oldest_id):
                    return Chosen(vhost, queue, tuple(ids), extent)
        return None

    async def _run(self, title: str, total: int, act: Act) -> Acted:
        """Do it as a job; stopped, it has done what was told so far."""
        replies: list[ActedReply] = []

        def told(reply: ActedReply, job: Job) -> None:
            replies.append(reply)
            job.advance(reply.count + len(reply.left))

        with self._jobs.running(title, total) as job:
            try:
                await act(lambda reply: told(reply, job))
            except (RefusedError, ConnectionError, TimeoutError) as error:
                if not replies:
                    raise
                self._notices.problem(tr("Not all was done: {why}", why=plain(str(error))))
        return Acted(replies, job.is_cancelled)

    def _has_any(self, acted: Acted, nothing: str) -> bool:
        """Whether anything was done; else says why not."""
        if not acted.count:
            self._notices.tell(tr("Stopped: nothing was done.") if acted.is_stopped else nothing)
        return acted.count > 0


def destination_title(to: Destination) -> str:
    """Where messages go, for people."""
    if to.exchange is None:
        return plain(to.queue, 60)
    if not to.exchange and to.routing_key:
        return plain(to.routing_key, 60)
    key = f" › {plain(to.routing_key, 60)}" if to.routing_key else ""
    return f"{exchange_title(to.exchange)}{key}"


def _messages(number: int) -> str:
    return counted(number, tr("message"), tr("messages"))


def _queues(acted: Acted) -> list[str]:
    return list(dict.fromkeys(queue for reply in acted.replies for queue in reply.queues))


def _rest(acted: Acted) -> str:
    """What was not done, as a further sentence; "" if all was."""
    left = tr(" {count} left as they were: not there any more, or not ready.", count=count(acted.left))
    nowhere = tr(" {count} went nowhere: {why}", count=count(acted.nowhere), why=acted.why)
    stopped = tr(" Stopped before the rest.")
    told = ((left, acted.left), (nowhere, acted.nowhere), (stopped, acted.is_stopped))
    return "".join(says for says, is_so in told if is_so)
