"""The verbs of the window: each asks the broker, then tells what happened and how to undo it."""

from dataclasses import dataclass

from mqstudio.model.limits import BIN_MAX_MESSAGES
from mqstudio.model.message import Properties
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import counted, plain
from mqstudio.viewmodel.workspace import Workspace

TEST_BODY = b'{"hello": "from MQ Studio", "total": 129.9, "items": ["tea", "cups"]}'
"""What `Send test message` sends: small, JSON, unmistakably ours."""

UNDO_MAX = 50
"""Purges that Ctrl+Z remembers; the broker's bins are bounded anyway."""


@dataclass(slots=True, frozen=True)
class Purge:
    """A purge that can be undone."""

    bin_id: int
    vhost: str
    queue: str
    count: int


class Actions:
    """Verbs, with an undo list for the purges among them. `undo_changed()`: the list did."""

    def __init__(self, workspace: Workspace, notices: Notices) -> None:
        self.undo_changed = Signal()
        self.undoable: list[Purge] = []
        self._workspace = workspace
        self._notices = notices

    def is_purge_undoable(self, vhost: str, queue: str) -> bool:
        """Whether the bin can hold all of it; else the user has to type the queue's name."""
        sample = self._workspace.queue(vhost, queue)
        return sample is None or sample.ready <= BIN_MAX_MESSAGES

    async def purge(self, vhost: str, queue: str) -> None:
        """Move all ready messages of a queue to the bin."""
        reply = await self._workspace.client.purge(queue, vhost=vhost)
        name = plain(queue)
        if reply.count == 0:
            self._notices.tell(f"{name} had no ready messages: nothing was purged.")
        elif reply.bin_id is None:
            self._notices.tell(f"Purged {counted(reply.count, 'message')} from {name} for good.")
        else:
            self._remember(Purge(reply.bin_id, vhost, queue, reply.count))
            self._notices.tell(
                f"Purged {counted(reply.count, 'message')} from {name}.", "Undo", self.undo_purge
            )

    async def undo_purge(self) -> None:
        """Bring the messages of the last purge back to their places."""
        if not self.undoable:
            self._notices.tell("There is nothing to undo.")
            return
        purge = self.undoable.pop()
        self.undo_changed.emit()
        count = await self._workspace.client.undo_purge(purge.bin_id, vhost=purge.vhost)
        were = "message is" if count == 1 else "messages are"
        self._notices.tell(f"{count:,} {were} back in {plain(purge.queue)}.")

    def _remember(self, purge: Purge) -> None:
        self.undoable = [*self.undoable, purge][-UNDO_MAX:]
        self.undo_changed.emit()

    async def send_test_message(self, vhost: str, queue: str) -> None:
        """Publish a small JSON message straight to a queue, through the default exchange."""
        properties = Properties(content_type="application/json", app_id="MQ Studio")
        await self._workspace.client.publish("", queue, TEST_BODY, properties, vhost=vhost)
        self._notices.tell(f"Sent a test message to {plain(queue)}.")

    async def kick(self, connection_id: int) -> None:
        """Close a client's connection; its open deliveries return to their queues."""
        sample = self._workspace.connections.get(connection_id)
        name = plain(sample.name) if sample else "the client"
        await self._workspace.client.kick(connection_id, "Closed from MQ Studio")
        held = counted(sample.unacked, "open delivery", "open deliveries") if sample else ""
        after = f"; {held} returned to the queue" if sample and sample.unacked else ""
        self._notices.tell(f"Closed the connection of {name}{after}.")

    async def declare_queue(self, vhost: str, name: str, *, is_durable: bool = True) -> None:
        """Make a queue, or find that an equal one exists."""
        await self._workspace.client.declare_queue(name, is_durable=is_durable, vhost=vhost)
        self._notices.tell(f"Queue {plain(name)} is there.")
