"""Asks for the path of a new column, and offers those that were really seen in this queue's messages."""

from PySide6.QtCore import QModelIndex, QStringListModel, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QDialog, QLineEdit, QListView, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.theme import MEDIUM
from mqstudio.gui.widgets.basics import button, column, label, row, set_text
from mqstudio.gui.words import tr
from mqstudio.viewmodel.queue_page import QueuePage
from mqstudio.viewmodel.queue_page_columns import suggestions
from mqstudio.viewmodel.wording import plain

SIZE = (460, 380)


class ColumnPathDialog(QDialog):
    """A line for a path, and a list of what fits what is typed."""

    def __init__(self, context: Context, page: QueuePage, place: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._context, self._page, self._place = context, page, place
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Add a column"))
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("body.total   headers.tenant   lines[0].sku   message_id"))
        self.field.setAccessibleName(tr("Path of the new column"))
        context.theme.dress(self.field)
        self._offered = QStringListModel(self)
        self._fields: list[str] = []
        self.list = QListView()
        self.list.setModel(self._offered)
        self.list.setSpacing(2)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setAccessibleName(tr("Paths seen in this queue's messages"))
        self.add_button = button(tr("Add column"), "primary")
        self.add_button.setDefault(True)
        self._cancel = button(tr("Cancel"), "quiet")
        self._says = label("", "muted", wraps=True)
        self.setLayout(
            column(
                label(tr("A field of the message, or a path into its body or headers"), "muted", wraps=True),
                self.field, self.list, self._says, row(None, self._cancel, self.add_button),
                margins=(MEDIUM, MEDIUM, MEDIUM, MEDIUM),
            )
        )  # fmt: skip
        self.resize(*SIZE)
        self.field.textEdited.connect(self._on_edited)
        self.field.returnPressed.connect(self.add)
        self.list.clicked.connect(self._on_clicked)
        self.list.doubleClicked.connect(self._on_chosen)
        self.add_button.clicked.connect(self.add)
        self._cancel.clicked.connect(self.reject)
        self._offer()
        context.spawn(self._learn(), self)

    async def _learn(self) -> None:
        """Look into some messages, if that was not done yet."""
        await self._page.filter.learn(self._page.rows.rows)
        self._offer()

    def _offer(self) -> None:
        found = suggestions(self._page.filter.seen, self.field.text(), self._page.columns.layout.keys)
        self._fields = [field for field, _ in found]
        self._offered.setStringList([f"{plain(field)}    {plain(says, 80)}" for field, says in found])
        empty = tr("No path like this was seen in this queue's messages; it can be added all the same.")
        set_text(self._says, "" if found else empty)

    def _on_edited(self, _: str) -> None:
        self._offer()

    def _on_clicked(self, index: QModelIndex) -> None:
        self.field.setText(self._fields[index.row()])
        set_text(self._says, "")

    def _on_chosen(self, index: QModelIndex) -> None:
        self._on_clicked(index)
        self.add()

    def add(self) -> None:
        """Add the column, or say why it cannot be."""
        problem = self._page.columns.layout.add_field(self.field.text(), self._place)
        if problem:
            set_text(self._says, problem)
            self.field.setFocus()
        else:
            self.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down goes from the line into the list."""
        if event.key() == Qt.Key.Key_Down and self.field.hasFocus() and self._fields:
            self.list.setFocus()
            self.list.setCurrentIndex(self._offered.index(0))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.list.hasFocus():
            self._on_chosen(self.list.currentIndex())
        else:
            super().keyPressEvent(event)
