"""The demo shop as the welcome page offers it: closed, opening, open."""

from enum import StrEnum

from mqstudio.client.demo import DemoShop, clean_up, open_shop
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

FIRST_QUEUE = "shop.orders"
"""The shop's queue that is worth looking at first."""


class DemoState(StrEnum):
    """How the shop is."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"


class Demo:
    """The window's demo shop. changed(): it opened or closed. queue_filled(): there is something to see."""

    def __init__(self, workspace: Workspace, notices: Notices) -> None:
        self.changed = Signal()
        self.queue_filled = Signal()
        self.state = DemoState.CLOSED
        self.has_run = False
        self._workspace, self._notices = workspace, notices
        self._shop: DemoShop | None = None
        self._is_awaited = False
        workspace.sampled.connect(self._look)

    def _look(self) -> None:
        queue = self._workspace.queue("/", FIRST_QUEUE) if self._is_awaited else None
        if queue is not None and queue.counters.published:
            self._is_awaited = False
            self.queue_filled.emit()

    async def run(self) -> None:
        """Open the shop, and be there until it has closed. Raises: OSError if it cannot open."""
        port = self._workspace.port()
        if port is None or self.state is not DemoState.CLOSED:
            return
        self._become(DemoState.OPENING)
        try:
            self._shop = await open_shop(port)
            self.has_run = self._is_awaited = True
            self._become(DemoState.OPEN)
            why = await self._shop.wait()
        finally:
            shop, self._shop = self._shop, None
            self._is_awaited = False
            if shop is not None and not shop.has_ended:
                await shop.stop()
            self._become(DemoState.CLOSED)
        if why:
            self._notices.problem(tr("The demo shop has closed. {why}", why=why))

    async def stop(self) -> None:
        """Close the shop; its queues and what is in them stay."""
        if self._shop is not None:
            await self._shop.stop()

    async def clean(self) -> None:
        """Take away what the shop declared, with all that is in it. Raises: OSError."""
        port = self._workspace.port()
        if port is None:
            return
        await clean_up(port)
        self.has_run = False
        self._notices.tell(tr("The demo shop's queues and exchanges are gone."))
        self.changed.emit()

    def _become(self, state: DemoState) -> None:
        self.state = state
        self.changed.emit()
