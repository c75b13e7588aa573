"""A redrive under way: dead letters go back part by part, at a rate, and it stops when too many die again.

It acts on the ids that it was given, changes what a patch changes, looks at what becomes of the messages that
went, and keeps what undoing needs. A part is done or refused as a whole; cancelled, it ends between two.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from msgspec import Struct

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import CHANGE_MAX_BYTES, PAGE_MAX_ROWS, VERB_MESSAGES
from mqstudio.model.patching.applying import apply_patch
from mqstudio.model.patching.tree import Patch, PatchError
from mqstudio.model.rows import MessageState
from mqstudio.model.verbs import ActedReply, Changed, Destination
from mqstudio.protocols.native import hand
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import counted, plain
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

TICK_S: Final = 0.25
"""A part goes this often, where there is a rate; so often it is looked at what became of those before."""

PATCHED_PART: Final = 50
"""Messages of a part that are changed on their way: each is read whole before."""

WATCHED_PART: Final = 100
"""Messages of a part without a rate, where it is to stop after failures: these are its doubt."""

LOOK_PAGES: Final = 8
"""Pages of a queue that are looked through for what became of messages, each time."""

AFTER_LOOKS: Final = 40
"""How often it is looked on after the last part has gone, while some are undecided (10 s)."""

UNFIT_KEPT: Final = 100
"""Messages that a patch did not fit, of which is told why."""

_FAILURES: Final = (MessageState.DEAD_LETTERED, MessageState.DROPPED)
_ENDS: Final = [MessageState.DONE, *_FAILURES, MessageState.PURGED]


class Plan(Struct, frozen=True):
    """How to redrive. to: another queue; "" is where each died. keeps_deaths: why they died goes with them.

    rate_per_s: None is as fast as possible. stop_after: so many that die again; None never stops.
    """

    to: str = ""
    keeps_deaths: bool = True
    patch: Patch | None = None
    rate_per_s: float | None = None
    stop_after: int | None = None


class Redrive:
    """One redrive. changed(): it went on. All counts are of messages."""

    def __init__(  # as a verb has them
        self,
        workspace: Workspace,
        vhost: str,
        queue: str,
        ids: Sequence[int],
        plan: Plan,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.changed = Signal()
        self.vhost, self.queue, self.plan = vhost, queue, plan
        self.total = len(ids)
        self.done = 0
        """Those that have gone."""
        self.accepted = 0
        self.died_again = 0
        self.gone = 0
        """Those that were no longer there, or have nowhere to go back to."""
        self.unfit: dict[int, str] = {}
        """Those that the patch does not fit, and why not; they stay."""
        self.unfit_count = 0
        self.failure = ""
        self.is_running = False
        self.is_sending = False
        self.was_cancelled = False
        self.was_stopped = False
        self.sent_ids: set[int] = set()
        self._workspace = workspace
        self._waiting = sorted(ids)
        self._replies: list[ActedReply] = []
        self._undecided: dict[str, set[int]] = {}
        self._sleep = sleep

    @property
    def title(self) -> str:
        """What is being done."""
        to = plain(self.plan.to, 40) if self.plan.to else tr("where they died")
        return tr(
            "Redrive {total} of {queue} to {to}",
            total=counted(self.total, "message"),
            queue=plain(self.queue, 40),
            to=to,
        )

    @property
    def undecided(self) -> int:
        """Those that have gone, and nobody has settled yet."""
        return len(set().union(*self._undecided.values())) if self._undecided else 0

    def cancel(self) -> None:
        """Send no more; what has gone can be undone."""
        self.was_cancelled = True
        self.changed.emit()

    def says(self) -> str:
        """How far it is, or how it ended."""
        parts = [tr("{done} of {total} sent", done=f"{self.done:,}", total=f"{self.total:,}")]
        if self.accepted:
            parts.append(tr("{accepted} done", accepted=f"{self.accepted:,}"))
        if self.died_again:
            parts.append(tr("{died_again} died again", died_again=f"{self.died_again:,}"))
        if self.undecided:
            parts.append(tr("{undecided} not settled yet", undecided=f"{self.undecided:,}"))
        if self.unfit_count:
            parts.append(tr("{unfit_count} the patch does not fit", unfit_count=f"{self.unfit_count:,}"))
        if self.gone:
            parts.append(tr("{gone} stayed or were gone", gone=f"{self.gone:,}"))
        end = ""
        if self.was_stopped:
            end = tr(" Stopped: {died_again} died again.", died_again=counted(self.died_again, "message"))
        elif self.was_cancelled:
            end = " Cancelled."
        elif self.failure:
            end = f" {self.failure}"
        return f"{' · '.join(parts)}.{end}"

    # ---- going

    async def run(self) -> None:
        """Do it, and see what becomes of it. What goes wrong is in `failure`."""
        self.is_running = self.is_sending = True
        self.changed.emit()
        try:
            await self._send_all()
            self.is_sending = False
            await self._look_on()
        except RefusedError as error:
            self.failure = error.says
        except ConnectionError as error:
            self.failure = str(error) or tr("The broker has gone.")
        finally:
            self.is_running = self.is_sending = False
            self.changed.emit()

    async def _send_all(self) -> None:
        while self._waiting and not self.was_cancelled and not self._is_too_much():
            size = self._part_size()
            part, self._waiting = self._waiting[:size], self._waiting[size:]
            await self._send(part)
            await self._look()
            self.changed.emit()
            if self._waiting:
                await self._sleep(self._pause_s(size))
                await self._look()
        self.was_stopped = bool(self._waiting) and not self.was_cancelled

    def _is_too_much(self) -> bool:
        return self.plan.stop_after is not None and self.died_again >= self.plan.stop_after

    def _part_size(self) -> int:
        rate, most = self.plan.rate_per_s, VERB_MESSAGES
        if self.plan.patch is not None:
            most = PATCHED_PART
        elif self.plan.stop_after is not None:
            most = WATCHED_PART
        return most if rate is None else max(1, min(most, round(rate * TICK_S)))

    def _pause_s(self, size: int) -> float:
        if self.plan.rate_per_s is not None:
            return size / self.plan.rate_per_s
        return TICK_S if self.plan.stop_after is not None else 0

    async def _send(self, part: list[int]) -> None:
        changed = await self._changed(part) if self.plan.patch is not None else ()
        if self.plan.patch is not None:
            part = [each.id for each in changed]
        if not part:
            return
        plan, ids = self.plan, tuple(part)
        call: hand.HandCall
        if plan.to:
            to = Destination(plan.to)
            call = hand.MoveMessages(self.queue, ids, to, False, plan.keeps_deaths, self.vhost, changed)
        else:
            call = hand.RedriveMessages(self.queue, ids, plan.keeps_deaths, self.vhost, changed)
        reply = await self._workspace.client.call(call, ActedReply)
        self._replies.append(reply)
        self._waiting = [*reply.later, *self._waiting]
        self.done += reply.count
        self.gone += len(reply.left)
        self.sent_ids |= set(part) - set(reply.left) - set(reply.later)
        for queue in reply.queues:
            self._undecided.setdefault(queue, set()).update(reply.successors)

    async def _changed(self, part: list[int]) -> tuple[Changed, ...]:
        """What the messages are to say; those that the patch does not fit are left out."""
        changed: list[Changed] = []
        patch = self.plan.patch
        assert patch is not None  # asked only with one
        for message_id in part:
            try:
                detail = await self._workspace.client.message(
                    self.queue, message_id, vhost=self.vhost, body_limit=CHANGE_MAX_BYTES + 1
                )
                if detail.property_error:
                    raise PatchError(detail.property_error)
                changed.append(Changed(message_id, *apply_patch(patch, detail.body, detail.properties)))
            except PatchError as error:
                self.unfit_count += 1
                if len(self.unfit) < UNFIT_KEPT:
                    self.unfit[message_id] = error.says
            except RefusedError as error:
                if error.why is not Refusal.NO_SUCH_MESSAGE:
                    raise
                self.gone += 1
        return tuple(changed)

    # ---- what becomes of them

    async def _look_on(self) -> None:
        for _ in range(AFTER_LOOKS):
            if not self.undecided or self.was_cancelled:
                break
            await self._sleep(TICK_S)
            await self._look()
            self.changed.emit()

    async def _look(self) -> None:
        """See who has been settled since."""
        for queue in list(self._undecided):
            if self._undecided[queue]:
                await self._look_into(queue)

    async def _look_into(self, queue: str) -> None:
        after_id = None
        for _ in range(LOOK_PAGES):
            ids = self._undecided[queue]
            page = await self._workspace.client.page(
                queue, vhost=self.vhost, limit=PAGE_MAX_ROWS, after_id=after_id, states=_ENDS
            )
            for row in page.rows:
                if row.message_id in ids:
                    self._decide(row.message_id, row.state)
            after_id = page.next_id
            if after_id is None or not ids or after_id < min(ids):
                return

    def _decide(self, message_id: int, state: MessageState) -> None:
        for ids in self._undecided.values():
            ids.discard(message_id)
        self.died_again += state in _FAILURES
        self.accepted += state is MessageState.DONE

    # ---- and back

    async def undo(self) -> tuple[int, int]:
        """Put them back, as they were; returns how many are, and how many were taken meanwhile."""
        back = taken = 0
        for reply in reversed(self._replies):
            left = reply.successors
            for queue in reply.queues:
                if left:
                    call = hand.MoveBack(queue, left, self.vhost)
                    answer = await self._workspace.client.call(call, ActedReply)
                    back, left = back + answer.count, answer.left
            taken += len(left)
        self._replies = []
        return back, taken
