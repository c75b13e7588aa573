"""Qt's event loop and asyncio's as one. The only file that knows qasync.

Actions are started with `Actions.spawn`: they belong to a QObject and end with it, and what goes
wrong in one becomes a notice and a traceback in the log, never a dead window.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine

import qasync
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from mqstudio.gui.words import tr
from mqstudio.model.errors import RefusedError
from mqstudio.viewmodel.notices import Notices

log = logging.getLogger(__name__)


class Spawner:
    """Owns every running action of a window, in one task group that ends with it."""

    def __init__(self, group: asyncio.TaskGroup, notices: Notices) -> None:
        self._group = group
        self._notices = notices
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, action: Awaitable[object], owner: QObject) -> None:
        """Run an action; it is cancelled when its owner is destroyed."""
        task = self._group.create_task(self._guard(action))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        connection = owner.destroyed.connect(_Cancel(task))
        task.add_done_callback(lambda _: _disconnect(owner, connection))
        if isinstance(action, Coroutine):  # one cancelled before its first step would complain
            task.add_done_callback(lambda _: action.close())

    async def _guard(self, action: Awaitable[object]) -> None:
        try:
            await action
        except RefusedError as error:
            self._notices.problem(error.says)
        except (OSError, TimeoutError) as error:  # ConnectionError among them: the broker went away
            self._notices.problem(str(error) or type(error).__name__)
        except Exception as error:  # an action is an outer wall: a bug in one must not take the rest along
            log.exception("action failed")
            self._notices.problem(
                tr(
                    "Something went wrong in MQ Studio: {name}: {error}",
                    name=type(error).__name__,
                    error=error,
                )
            )

    def cancel_all(self) -> None:
        """End everything that still runs."""
        for task in self._tasks:
            task.cancel()


class _Cancel:
    """Cancels a task, whatever the signal says beside."""

    def __init__(self, task: asyncio.Task[None]) -> None:
        self._task = task

    def __call__(self, *_: object) -> None:
        self._task.cancel()


def _disconnect(owner: QObject, connection: object) -> None:
    try:
        owner.disconnect(connection)  # type: ignore[call-overload]  # PySide's stubs lack Connection
    except RuntimeError:  # the owner is gone, and its connections with it
        return


def run(application: QApplication, main: Callable[[], Awaitable[int]]) -> int:
    """Run `main` on both loops until it returns; its answer is the exit code."""
    application.setQuitOnLastWindowClosed(False)  # `main` decides when we are done, not the last window
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    with loop:
        result: int = loop.run_until_complete(main())
    return result
