"""The verbs of the window: each asks the broker, then tells what happened and how to undo it."""

from functools import partial

from msgspec.structs import replace

from mqstudio.model.message import Properties
from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.viewmodel.extent import Extent
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.undo import UndoList, UndoStep
from mqstudio.viewmodel.wording import counted, plain
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

TEST_BODY = b'{"hello": "from MQ Studio", "total": 129.9, "items": ["tea", "cups"]}'
"""What `Send test message` sends: small, JSON, unmistakably ours."""


class Actions:
    """Verbs about messages and clients; what can be undone goes to the undo list.

    wants_recall(): there is a broker, somebody should run `recall_purges()`.
    """

    def __init__(self, workspace: Workspace, notices: Notices, undo: UndoList) -> None:
        self._workspace = workspace
        self._undo = undo
        self._notices = notices
        self.wants_recall = Signal()
        workspace.state_changed.connect(self._on_state_changed)

    def _on_state_changed(self) -> None:
        if self._workspace.is_live:
            self.wants_recall.emit()

    async def extent(self, vhost: str, queue: str) -> Extent:
        """How many messages are ready in a queue, and from when to when they were published."""
        sample, rows = self._workspace.queue(vhost, queue), list[MessageRow]()
        for is_oldest_first in (True, False):
            page = await self._workspace.client.page(
                queue, vhost=vhost, limit=1, is_oldest_first=is_oldest_first, states=[MessageState.READY]
            )
            rows += page.rows
        ready = sample.ready if sample is not None else len(rows)
        return replace(Extent.of(rows), count=ready, size_bytes=0)

    async def purge(self, vhost: str, queue: str, *, is_for_good: bool = False) -> None:
        """Move all ready messages of a queue to the bin.

        Raises: RefusedError(TOO_MANY), and nothing is changed, if it cannot hold them: they may be purged
        for good, once that has been confirmed.
        """
        extent = await self.extent(vhost, queue)
        reply = await self._workspace.client.purge(queue, needs_bin=not is_for_good, vhost=vhost)
        name, when = plain(queue), extent.says(self._workspace.now_us())
        when = f", {when}" if when else ""
        if reply.count == 0:
            self._notices.tell(tr("{name} had no ready messages: nothing was purged.", name=name))
        elif reply.bin_id is None:
            self._notices.tell(
                tr(
                    "Purged {count} from {name} for good{when}.",
                    count=counted(reply.count, "message"),
                    name=name,
                    when=when,
                )
            )
        else:
            says = tr(
                "Purged {count} from {name}{when}.",
                count=counted(reply.count, "message"),
                name=name,
                when=when,
            )
            restore = partial(self._restore, vhost, queue, reply.bin_id)
            self._undo.offer(says, tr("the purge of {name}", name=name), restore, bin_ids=[reply.bin_id])

    async def recall_purges(self) -> None:
        """Find what can be undone of purges: a profile keeps them over restarts."""
        try:
            bins = await self._workspace.client.bins()
        except ConnectionError:
            return  # the workspace tells that the broker has gone; nobody asked for this look
        self._undo.recall(
            [
                UndoStep(
                    f"the purge of {plain(each.queue, 60)} ({counted(each.count, 'message')})",
                    partial(self._restore, each.vhost, each.queue, each.bin_id),
                    frozenset([each.bin_id]),
                )
                for each in reversed(bins)
            ]
        )

    async def _restore(self, vhost: str, queue: str, bin_id: int) -> None:
        """Bring the messages of a purge back to their places."""
        count = await self._workspace.client.undo_purge(bin_id, vhost=vhost)
        were = "message is" if count == 1 else "messages are"
        self._notices.tell(
            tr("{count} {were} back in {queue}.", count=f"{count:,}", were=were, queue=plain(queue))
        )

    async def send_test_message(self, vhost: str, queue: str) -> None:
        """Publish a small JSON message straight to a queue, through the default exchange."""
        properties = Properties(content_type="application/json", app_id="MQ Studio")
        await self._workspace.client.publish("", queue, TEST_BODY, properties, vhost=vhost)
        self._notices.tell(tr("Sent a test message to {queue}.", queue=plain(queue)))

    async def kick(self, connection_id: int) -> None:
        """Close a client's connection; its open deliveries return to their queues."""
        sample = self._workspace.connections.get(connection_id)
        name = plain(sample.name) if sample else "the client"
        await self._workspace.client.kick(connection_id, "Closed from MQ Studio")
        held = counted(sample.unacked, "open delivery", "open deliveries") if sample else ""
        after = f"; {held} returned to the queue" if sample and sample.unacked else ""
        self._notices.tell(tr("Closed the connection of {name}{after}.", name=name, after=after))

    async def declare_queue(self, vhost: str, name: str, *, is_durable: bool = True) -> None:
        """Make a queue, or find that an equal one exists."""
        await self._workspace.client.declare_queue(name, is_durable=is_durable, vhost=vhost)
        self._notices.tell(tr("Queue {name} is there.", name=plain(name)))
