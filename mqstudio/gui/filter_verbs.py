"""Verbs that make filters of the message under the cursor: those like it, or all but those."""

from collections.abc import Awaitable, Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.message_actions import MessageActions
from mqstudio.gui.widgets.queue_view import QueueView
from mqstudio.gui.words import tr
from mqstudio.model.limits import CHANGE_MAX_BYTES
from mqstudio.model.rows import MessageDetail, MessageRow
from mqstudio.viewmodel import filter_by

OF_ROW = {"key": filter_by.by_key, "publisher": filter_by.by_publisher}
OF_DETAIL = {"correlation": filter_by.by_correlation, "shape": filter_by.by_shape}
"""By what messages are alike: what their row says, and what has to be read."""


class FilterVerbs(QObject):
    """About the row that the keyboard is on, and for values about the column that it, or the mouse, is in."""

    def __init__(self, context: Context, window: QWidget, messages: MessageActions) -> None:
        super().__init__(window)
        self._context, self._window, self._messages = context, window, messages

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Verb → what it does."""
        made: dict[str, Callable[[], object]] = {}
        for verb, is_without in (("filter", False), ("exclude", True)):
            made[f"{verb}_value"] = partial(self.by_value, is_without)
            for what in OF_ROW:
                made[f"{verb}_{what}"] = partial(self.by_row, what, is_without)
            for what in OF_DETAIL:
                made[f"{verb}_{what}"] = partial(self.by_detail, what, is_without)
        made["filter_marked"] = self.by_marks
        return made

    def able(self) -> dict[str, Callable[[], bool]]:
        """Verb → whether it can be done now."""
        return {**dict.fromkeys(self.handlers(), self._has_row), "filter_marked": self._has_marks}

    def _has_row(self) -> bool:
        return self._here() is not None

    def _has_marks(self) -> bool:
        return self._messages.view() is not None and bool(self._context.studio.marks)

    def by_marks(self) -> None:
        """Those that a person has marked."""
        view = self._messages.view()
        if view is not None:
            self._use(view, self._context.studio.marks.where(), False, tr("Nothing is marked. Mark with *."))

    def _here(self) -> tuple[QueueView, MessageRow] | None:
        view = self._messages.view()
        row: MessageRow | None = view.table.current_row() if view is not None else None
        return (view, row) if view is not None and row is not None else None

    def by_value(self, is_without: bool, *_: object) -> None:
        """Those with the same value in the column of the cell."""
        here = self._here()
        if here is None:
            return
        view, row = here
        column = view.table.columns[max(view.table.currentIndex().column(), 0)]
        text = column.text(row, view.page.now_us())
        where = filter_by.by_value(row, column.key, text)
        self._use(view, where, is_without, tr("No two messages have the same in “{title}”: choose another "
                                              "column.").format(title=tr(column.title)))  # fmt: skip

    def by_row(self, what: str, is_without: bool, *_: object) -> None:
        """Those with the same key or publisher."""
        here = self._here()
        if here is not None:
            self._use(here[0], OF_ROW[what](here[1]), is_without, "")

    def by_detail(self, what: str, is_without: bool, *_: object) -> None:
        """Those of the same conversation, or with the same fields in the body."""
        here = self._here()
        if here is not None:
            self._context.spawn(self._by_detail(*here, OF_DETAIL[what], is_without), self._window)

    async def _by_detail(
        self, view: QueueView, row: MessageRow, make: Callable[[MessageDetail], str], is_without: bool
    ) -> None:
        detail = await self._read(view, row)
        says = tr("The body is no JSON object: it has no fields that others could have.")
        self._use(view, make(detail), is_without, says)

    def _read(self, view: QueueView, row: MessageRow) -> Awaitable[MessageDetail]:
        client, page = self._context.studio.workspace.client, view.page
        return client.message(page.queue, row.message_id, vhost=page.vhost, body_limit=CHANGE_MAX_BYTES)

    def _use(self, view: QueueView, where: str, is_without: bool, why_not: str) -> None:
        if not where:
            self._context.studio.notices.tell(why_not)
            return
        view.page.filter.narrow(filter_by.excluding(where) if is_without else where)
