"""The verb that writes messages into a file: what is selected, shown, marked, or all there is."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLayout, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.form_dialog import FormDialog
from mqstudio.gui.message_actions import MessageActions
from mqstudio.gui.message_selection import Taken
from mqstudio.gui.widgets.basics import button
from mqstudio.gui.words import tr
from mqstudio.viewmodel.export_form import ExportForm, Subject


class ExportDialog(FormDialog):
    """The form, a button that chooses the file, and what to expect, looked up as it is filled in."""

    def __init__(self, context: Context, form: ExportForm, parent: QWidget) -> None:
        super().__init__(context, form, parent)
        self._export = form
        self.choose_button = button(tr("Choose file…"))
        self.choose_button.setAutoDefault(False)
        self.choose_button.clicked.connect(self.choose)
        foot = _row_of(self.layout(), self.cancel_button)
        assert foot is not None  # it is where its form has put it
        foot.insertWidget(0, self.choose_button)
        follow(self, form.changed, self._look)
        self._look()

    def _look(self) -> None:
        if self._export.needs_look():
            self._context.spawn(self._export.look(), self)

    def choose(self) -> QFileDialog:
        """Choose where to, and by that the format."""
        patterns = self._context.studio.exports.patterns()
        dialog = QFileDialog(self, tr("Export to"), self._export.value("path"), patterns)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.fileSelected.connect(self._export.choose)
        dialog.open()
        return dialog


class ExportVerbs(QObject):
    """Asks over a window what to export, and has it written."""

    def __init__(self, context: Context, window: QWidget, messages: MessageActions) -> None:
        super().__init__(window)
        self._context, self._window, self._messages = context, window, messages
        self.folder = Path(
            QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation) or Path.home()
        )

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Verb → what it does."""
        return {"export": self.ask}

    def able(self) -> dict[str, Callable[[], bool]]:
        """Verb → whether it can be done now."""
        return {"export": lambda: self._messages.view() is not None}

    def ask(self) -> ExportDialog | None:
        """Open the form; what is selected is settled now, and not when it is filled in."""
        view = self._messages.view()
        if view is None:
            return None
        count = self._messages.count()
        taken = self._messages.take() if count else None
        marks, rows = self._context.studio.marks, view.page.rows.rows
        marked = tuple(row.message_id for row in rows if marks.of(row) is not None)

        async def ids() -> tuple[int, ...] | None:
            return await self._ids(taken)

        folder = self.folder if self.folder.is_dir() else Path.home()
        subject = Subject(view.page, count if taken is not None else 0, ids, marked)
        form = ExportForm(self._context.studio.exports, subject, folder)
        dialog = ExportDialog(self._context, form, self._window)
        dialog.done_well.connect(self._write)
        dialog.resize(dialog.sizeHint().boundedTo(self._window.size()))
        dialog.open()
        return dialog

    async def _ids(self, taken: Taken | None) -> tuple[int, ...] | None:
        chosen = await self._messages.chosen(taken) if taken is not None else None
        return chosen.ids if chosen is not None else None

    def _write(self, form: ExportForm) -> None:
        order = form.order
        if order is not None:
            self.folder = order.path.parent
            exports = self._context.studio.exports
            export = exports.export(order.wanted, order.path, order.options, order.redaction)
            self._context.spawn(export, self._window)


def _row_of(layout: QLayout | None, widget: QWidget) -> QHBoxLayout | None:
    """The row of a layout, or of one in it, that has a widget."""
    for place in range(layout.count() if layout is not None else 0):
        assert layout is not None  # or it would have no places
        item = layout.itemAt(place)
        assert item is not None  # or it would be no place
        if item.widget() is widget and isinstance(layout, QHBoxLayout):
            return layout
        found = _row_of(item.layout(), widget)
        if found is not None:
            return found
    return None
