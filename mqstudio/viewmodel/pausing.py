"""What is paused: queues, consumers, everything; and the way to let them go on."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from mqstudio.client.verbs import VerbCalls
from mqstudio.model.samples import QueueSample
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.undo import UndoList
from mqstudio.viewmodel.wording import counted, plain
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

NAMED_MAX = 3
"""Paused queues that are named; of more it is said how many."""


class Pausing:
    """Pauses and resumes. changed(): what is paused did."""

    def __init__(self, workspace: Workspace, notices: Notices, undo: UndoList) -> None:
        self.changed = Signal()
        self._workspace, self._notices, self._undo = workspace, notices, undo
        self._seen = ""
        workspace.sampled.connect(self._on_sampled)
        workspace.state_changed.connect(self._on_sampled)

    def _on_sampled(self) -> None:
        says = self.says()
        if says != self._seen:
            self._seen = says
            self.changed.emit()

    def _calls(self) -> VerbCalls:
        return VerbCalls(self._workspace.client)

    # ---- what is paused

    def queues(self) -> list[QueueSample]:
        """The queues that are paused."""
        return [each for each in self._workspace.queues.values() if each.is_paused]

    def consumers(self) -> int:
        """How many consumers are paused."""
        return sum(each.paused_subscriptions for each in self._workspace.queues.values())

    def says(self) -> str:
        """What is paused, in a sentence; "" if nothing is."""
        if not self._workspace.is_live:
            return ""
        if self._workspace.totals.is_paused:
            return tr("Everything is paused: nothing is handed over to anybody.")
        queues, consumers = self.queues(), self.consumers()
        parts = []
        if 0 < len(queues) <= NAMED_MAX:
            parts.append(", ".join(plain(each.name, 40) for each in queues))
        elif queues:
            parts.append(counted(len(queues), tr("queue"), tr("queues")))
        if consumers:
            parts.append(counted(consumers, tr("consumer"), tr("consumers")))
        what = tr(" and ").join(parts)
        return tr("Paused: {what}. Messages wait there.", what=what) if parts else ""

    # ---- verbs

    async def toggle_queue(self, vhost: str, queue: str) -> None:
        """Pause a queue, or have it go on."""
        sample = self._workspace.queue(vhost, queue)
        await self._pause_queue(vhost, queue, is_paused=not (sample is not None and sample.is_paused))

    async def _pause_queue(self, vhost: str, queue: str, *, is_paused: bool) -> None:
        await self._calls().pause_queue(queue, is_paused=is_paused, vhost=vhost)
        back = partial(self._pause_queue, vhost, queue, is_paused=not is_paused)
        self._offer(plain(queue, 60), back, is_paused=is_paused)

    def _offer(self, what: str, back: Callable[[], Awaitable[object]], *, is_paused: bool) -> None:
        if is_paused:
            self._undo.offer(tr("Paused {what}.", what=what), tr("the pause of {what}", what=what), back)
        else:
            self._undo.offer(tr("{what} goes on.", what=what), tr("the resuming of {what}", what=what), back)

    async def toggle_consumers(self, ids: Sequence[int], what: str) -> None:
        """Pause consumers, or have them go on if all of them are paused."""
        rows = (await self._workspace.client.clients()).subscriptions
        mine = [row for row in rows if row.id in set(ids)]
        if not mine:
            self._notices.problem(tr("{what} has no consumer that could be paused.", what=plain(what, 60)))
            return
        is_paused = not all(row.is_paused for row in mine)
        await self._pause_consumers([row.id for row in mine], plain(what, 60), is_paused=is_paused)

    async def _pause_consumers(self, ids: Sequence[int], what: str, *, is_paused: bool) -> None:
        for each in ids:
            await self._calls().pause_consumer(each, is_paused=is_paused)
        self._offer(what, partial(self._pause_consumers, ids, what, is_paused=not is_paused),
                    is_paused=is_paused)  # fmt: skip

    async def toggle_client(self, connection_id: int) -> None:
        """Pause all consumers of a client, or have them go on."""
        rows = (await self._workspace.client.clients()).subscriptions
        ids = [row.id for row in rows if row.connection_id == connection_id]
        connection = self._workspace.connections.get(connection_id)
        await self.toggle_consumers(ids, connection.name if connection else tr("The client"))

    async def toggle_all(self) -> None:
        """Pause everything, or have all go on that is paused."""
        if self.says():
            await self.resume_all()
            return
        await self._calls().pause_all()
        self._undo.offer(tr("Paused everything."), tr("the pause of everything"), self.resume_all)

    async def resume_all(self) -> None:
        """Have all go on: queues and consumers that were paused one by one, too."""
        calls = self._calls()
        await calls.pause_all(is_paused=False)
        for queue in self.queues():
            await calls.pause_queue(queue.name, is_paused=False, vhost=queue.vhost)
        for row in (await self._workspace.client.clients()).subscriptions:
            if row.is_paused:
                await calls.pause_consumer(row.id, is_paused=False)
        self._notices.tell(tr("Everything goes on."))
