"""Hears at once of what comes into a queue, while its page wants to: samples would tell it a moment later.

What comes after a pause is shown at once, and so is what comes thick and fast. What trickles waits for the
next sample, a quarter of a second at most: else a window that is only left open would be busy all day.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from mqstudio.model.errors import RefusedError
from mqstudio.model.queries import WatchIncoming
from mqstudio.model.samples import Incoming
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.workspace import Workspace

EVERY_MS: Final = 66
"""Fifteen times a second at most, besides what samples bring: eyes see no more, and rows change hands."""


TRICKLE_US: Final = 260_000
"""One message that comes this soon after something was shown waits for the sample, which is due."""


class Hearing:
    """One queue's watch. wants_task(): somebody should run `follow()`; asked again only after it ended."""

    def __init__(
        self,
        workspace: Workspace,
        vhost: str,
        queue: str,
        *,
        is_wanted: Callable[[], bool],
        on_incoming: Callable[[], Awaitable[None]],
        shown_at_us: Callable[[], int],
    ) -> None:
        self.wants_task = Signal()
        self._workspace = workspace
        self._watch = WatchIncoming(queue, vhost, EVERY_MS)
        self._is_wanted, self._on_incoming, self._shown_at_us = is_wanted, on_incoming, shown_at_us
        self._published = 0
        self._items: Any = None
        """Any: a stream of the client's, None while nothing is heard."""

    def mind(self) -> None:
        """What the page wants may have changed: begin or end."""
        if not self._is_wanted():
            if self._items is not None:
                self._items.end(None)
        elif self._items is None and self._workspace.is_live:
            self.wants_task.emit()

    def _is_trickle(self, item: Incoming) -> bool:
        """Whether it is a single message, and not the first for a while."""
        before, self._published = self._published, item.published
        is_soon = self._workspace.now_us() - self._shown_at_us() < TRICKLE_US
        return is_soon and item.published == before + 1

    async def follow(self) -> None:
        """Act on what comes, one after the other, until nobody wants to hear of it."""
        if self._items is not None or not self._workspace.is_live:
            return
        items = self._items = self._workspace.client.watch(self._watch)
        try:
            async for item in items:
                if isinstance(item, Incoming) and self._is_wanted() and not self._is_trickle(item):
                    await self._on_incoming()
        except (ConnectionError, RefusedError):
            return  # samples tell it, too; the workspace says that the broker has gone
        finally:
            self._items = None
            await items.aclose()
