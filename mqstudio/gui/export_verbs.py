"""The verb that writes messages into a file: those that are selected, or else all that is shown."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from mqstudio.client.exporting import Wanted
from mqstudio.gui.context import Context
from mqstudio.gui.message_actions import MessageActions
from mqstudio.gui.message_selection import Taken
from mqstudio.gui.words import tr
from mqstudio.viewmodel.exporting import file_name
from mqstudio.viewmodel.wording import counted, plain

MANY = 2
"""One selected message is the one that is looked at; from so many on the selection is meant."""


class ExportVerbs(QObject):
    """Asks for a file's name over a window, and has it written."""

    def __init__(self, context: Context, window: QWidget, messages: MessageActions) -> None:
        super().__init__(window)
        self._context, self._window, self._messages = context, window, messages

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Verb → what it does."""
        return {"export": self.ask}

    def able(self) -> dict[str, Callable[[], bool]]:
        """Verb → whether it can be done now."""
        return {"export": lambda: self._messages.view() is not None}

    def ask(self) -> QFileDialog | None:
        """Choose a file; what is to be in it is settled now, and not when the answer comes."""
        view = self._messages.view()
        if view is None:
            return None
        page, count = view.page, self._messages.count()
        if count >= MANY:
            taken = self._messages.take()
            if taken is None:
                return None
            title = tr("Export {what}").format(what=counted(count, tr("message"), tr("messages")))
            write = partial(self._write_taken, taken)
        else:
            shown = Wanted(((page.vhost, page.queue),), page.filter.active, states=tuple(page.wanted_states))
            title = tr("Export what is shown of {queue}").format(queue=plain(page.queue, 60))
            write = partial(self._write, shown)
        exports = self._context.studio.exports
        dialog = QFileDialog(self._window, title, file_name(page.queue), exports.patterns())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("jsonl")
        dialog.fileSelected.connect(lambda path: self._context.spawn(write(Path(path)), self._window))
        dialog.open()
        return dialog

    async def _write(self, wanted: Wanted, path: Path) -> None:
        await self._context.studio.exports.export(wanted, path)

    async def _write_taken(self, taken: Taken, path: Path) -> None:
        chosen = await self._messages.chosen(taken)
        if chosen is not None:
            queues = ((chosen.vhost, chosen.queue),)
            await self._context.studio.exports.export(Wanted(queues, ids=frozenset(chosen.ids)), path)
