"""Hears at once of what comes into a queue, while its page wants to: samples would tell it a moment later."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from mqstudio.model.errors import RefusedError
from mqstudio.model.queries import WatchIncoming
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.workspace import Workspace

EVERY_MS: Final = 66
"""Fifteen times a second at most, besides what samples bring: eyes see no more, and rows change hands."""


class Hearing:
    """One queue's watch. wants_task(): somebody should run `follow()`; asked again only after it ended."""

    def __init__(
        self,
        workspace: Workspace,
        vhost: str,
        queue: str,
        is_wanted: Callable[[], bool],
        on_incoming: Callable[[], Awaitable[None]],
    ) -> None:
        self.wants_task = Signal()
        self._workspace = workspace
        self._watch = WatchIncoming(queue, vhost, EVERY_MS)
        self._is_wanted, self._on_incoming = is_wanted, on_incoming
        self._items: Any = None
        """Any: a stream of the client's, None while nothing is heard."""

    def mind(self) -> None:
        """What the page wants may have changed: begin or end."""
        if not self._is_wanted():
            if self._items is not None:
                self._items.end(None)
        elif self._items is None and self._workspace.is_live:
            self.wants_task.emit()

    async def follow(self) -> None:
        """Act on what comes, one after the other, until nobody wants to hear of it."""
        if self._items is not None or not self._workspace.is_live:
            return
        items = self._items = self._workspace.client.watch(self._watch)
        try:
            async for _ in items:
                if self._is_wanted():
                    await self._on_incoming()
        except (ConnectionError, RefusedError):
            return  # samples tell it, too; the workspace says that the broker has gone
        finally:
            self._items = None
            await items.aclose()
