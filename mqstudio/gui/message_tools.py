"""Verbs that change nothing in the broker: marks and comments, comparing, the clipboard."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.message_actions import MessageActions
from mqstudio.gui.pages import Pages
from mqstudio.gui.widgets.ask_bar import Blank
from mqstudio.gui.widgets.compare_view import CompareView
from mqstudio.gui.words import tr
from mqstudio.model.rows import MessageRow
from mqstudio.viewmodel.copying import COPIED_MAX, KINDS
from mqstudio.viewmodel.marks import COLOURS, MARKS_MAX, STAR
from mqstudio.viewmodel.queue_page import QueuePage
from mqstudio.viewmodel.whole import whole_message


class MessageTools(QObject):
    """Works on the selected rows that are here."""

    def __init__(self, context: Context, window: QWidget, messages: MessageActions, pages: Pages) -> None:
        super().__init__(window)
        self._context, self._studio, self._window = context, context.studio, window
        self._messages, self._pages = messages, pages

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Verb → what it does."""
        return {
            "mark": partial(self.mark, STAR),
            **{f"colour_{number}": partial(self.mark, number) for number in range(1, COLOURS + 1)},
            "comment": self.ask_comment,
            "compare": self.compare,
            **{f"copy_{kind}": partial(self.copy, kind) for kind in KINDS},
        }

    def able(self) -> dict[str, Callable[[], bool]]:
        """Verb → whether it can be done now."""
        able = dict.fromkeys(self.handlers(), self._messages.has)
        return {**able, "compare": self._has_two}

    def _has_two(self) -> bool:
        return self._messages.count() == 2

    # ---- marks

    def mark(self, colour: int, *_: object) -> None:
        """Mark the selected messages, or take that mark off."""
        rows = self._messages.rows(MARKS_MAX)
        if rows:
            self._studio.marks.toggle(rows, colour)

    def ask_comment(self) -> None:
        """Ask for a comment on the selected messages."""
        view, rows = self._messages.view(), self._messages.rows(MARKS_MAX)
        if view is None or not rows:
            return
        first = self._studio.marks.of(rows[0])
        view.ask_bar.ask(
            tr("Comment"),
            tr("Keep"),
            lambda answers: self._studio.marks.comment(rows, answers[0].strip()),
            Blank(tr("comment; empty takes it off"), first.comment if first else "", is_needed=False),
        )

    # ---- comparing

    def compare(self) -> None:
        """Open a page with the two selected messages side by side."""
        view, rows = self._messages.view(), self._messages.rows(2)
        if view is not None and len(rows) == 2 and self._has_two():
            older, newer = sorted(rows, key=lambda row: row.message_id)
            self._context.spawn(self._compare(view.page, older, newer), self._window)

    async def _compare(self, page: QueuePage, older: MessageRow, newer: MessageRow) -> None:
        client = self._studio.workspace.client
        left = await whole_message(client, page.vhost, page.queue, older.message_id)
        right = await whole_message(client, page.vhost, page.queue, newer.message_id)
        key = ("compare", page.vhost, page.queue, older.message_id, newer.message_id)
        title = f"{older.message_id} ≠ {newer.message_id}"
        self._pages.open(key, "compare", title, lambda: CompareView(self._context, left, right))

    # ---- the clipboard

    def copy(self, kind: str, *_: object) -> None:
        """Put the selected messages on the clipboard, as text of a kind."""
        view = self._messages.view()
        rows = self._messages.rows(COPIED_MAX + 1)
        if view is not None and rows:
            self._context.spawn(self._copy(view.page, rows, kind), self._window)

    async def _copy(self, page: QueuePage, rows: list[MessageRow], kind: str) -> None:
        text = await self._studio.copying.text(page.vhost, page.queue, rows, kind)
        if text is not None:
            QGuiApplication.clipboard().setText(text)
