"""Deleting a queue so that it can be had back: what is in it goes to the bin first.

The queue hands nothing over meanwhile. What somebody holds is released to it, and goes to the bin as well;
what comes between two steps is purged once more, and where it never ends, the queue stays.
"""

from typing import Final

from mqstudio.client.verbs import VerbCalls
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import PAGE_MAX_ROWS
from mqstudio.model.rows import MessageState, QueueRow
from mqstudio.model.rules import QueueKind
from mqstudio.viewmodel.workspace import Workspace

TRIES: Final = 5
"""How often what has come in meanwhile is purged before it is given up."""


class QueueDeletion:
    """Deletes one queue. bins: where its messages are; count: how many; lost: so many are in none."""

    def __init__(self, workspace: Workspace, vhost: str, row: QueueRow) -> None:
        self.bins: list[int] = []
        self.count = 0
        self.lost = 0
        self._client, self._calls = workspace.client, VerbCalls(workspace.client)
        self._vhost, self._name, self._row = vhost, row.spec.name, row
        sample = workspace.queue(vhost, self._name)
        self._was_paused = sample is not None and sample.is_paused

    async def run(self) -> None:
        """Do it. Raises: RefusedError; then the queue is as it was, but what was held has been released."""
        if self._row.rules.kind is QueueKind.LOG:
            self.lost = await self._client.delete_queue(self._name, vhost=self._vhost)
            return
        await self._calls.pause_queue(self._name, vhost=self._vhost)
        try:
            await self._purge()
            await self._release()
            await self._delete()
        except (RefusedError, ConnectionError):
            await self.bring_back()
            await self._calls.pause_queue(self._name, is_paused=self._was_paused, vhost=self._vhost)
            raise

    async def _purge(self) -> None:
        reply = await self._client.purge(self._name, needs_bin=True, vhost=self._vhost)
        self.count += reply.count
        if reply.bin_id is not None:
            self.bins.append(reply.bin_id)

    async def _release(self) -> None:
        """What is held comes back to the queue: there it can be purged."""
        while True:
            page = await self._client.page(
                self._name, vhost=self._vhost, limit=PAGE_MAX_ROWS, states=[MessageState.IN_FLIGHT]
            )
            ids = [row.message_id for row in page.rows]
            replies = await self._calls.force(self._name, ids, Outcome.RELEASED, vhost=self._vhost)
            if not sum(reply.count for reply in replies):
                return
            await self._purge()

    async def _delete(self) -> None:
        if self._row.rules.kind is QueueKind.QUORUM:  # takes no condition
            self.lost = await self._client.delete_queue(self._name, vhost=self._vhost)
            return
        for _ in range(TRIES):
            try:
                await self._client.delete_queue(self._name, if_empty=True, vhost=self._vhost)
                return
            except RefusedError as error:
                if error.why is not Refusal.QUEUE_NOT_EMPTY:
                    raise
                await self._purge()
        raise RefusedError(
            Refusal.QUEUE_NOT_EMPTY,
            f"Messages keep coming to '{self._name}' while it is being deleted. Unbind it first.",
        )

    async def bring_back(self) -> int:
        """Put the messages back to where they were; returns how many."""
        back = 0
        for bin_id in reversed(self.bins):
            back += await self._client.undo_purge(bin_id, vhost=self._vhost)
        self.bins = []
        return back
