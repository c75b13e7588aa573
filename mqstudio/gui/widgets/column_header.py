"""The head of the table of messages: columns are dragged, dropped in from a body, chosen in a menu."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
)
from PySide6.QtWidgets import QHeaderView, QMenu, QWidget

from mqstudio.gui.theme import Theme
from mqstudio.gui.widgets.basics import set_tip, verbatim
from mqstudio.gui.widgets.json_tree import PATH_MIME
from mqstudio.viewmodel.queue_page import QueuePage
from mqstudio.viewmodel.queue_page_columns import column_says, column_title
from mqstudio.viewmodel.table_layout import TimeStyle
from mqstudio.viewmodel.words import tr

TIMES = {
    TimeStyle.ABSOLUTE: "Clock time",
    TimeStyle.RELATIVE: "How long ago",
    TimeStyle.SINCE_PREVIOUS: "After the message before",
}


class ColumnHeader(QHeaderView):
    """Heads of columns. field_wanted(place): ask for a path. rules_wanted: the rules' editor.

    width_changed(place, pixels): the user drags an edge.
    """

    field_wanted = Signal(int)
    rules_wanted = Signal()
    width_changed = Signal(int, int)

    def __init__(self, theme: Theme, page: QueuePage, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme, self._page = theme, page
        self._is_quiet = False
        self._moved = (0, 0)
        self._mover = QTimer(self)
        self._mover.setSingleShot(True)
        self._mover.setInterval(0)
        self._mover.timeout.connect(self._on_move_due)
        self.setAccessibleName(tr("Columns"))
        set_tip(self, tr("Drag to move, right-click to choose columns, drop a value of a body to add it"))
        self.setHighlightSections(False)
        self.setStretchLastSection(True)
        self.setMinimumSectionSize(40)
        self.setSectionsMovable(True)
        self.setSectionsClickable(True)
        self.setAcceptDrops(True)
        self.sectionMoved.connect(self._on_moved)
        self.sectionResized.connect(self._on_resized)

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """What happens within is not the user's doing."""
        before, self._is_quiet = self._is_quiet, True
        try:
            yield
        finally:
            self._is_quiet = before

    def _on_moved(self, _: int, old: int, new: int) -> None:
        """Qt has moved a head: once it is done with that, the column itself is moved, and its head back."""
        if not self._is_quiet:
            self._moved = (old, new)
            self._mover.start()

    def _on_move_due(self) -> None:
        old, new = self._moved
        with self.quiet():
            self.moveSection(new, old)
            self._page.columns.layout.move(old, new)

    def _on_resized(self, place: int, _: int, width: int) -> None:
        is_last = place == self.count() - 1  # that one takes what is left
        if not self._is_quiet and not is_last and self.isVisible():
            self.width_changed.emit(place, width)

    # ---- the menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_at(event.pos()).popup(event.globalPos())

    def menu_at(self, at: QPoint) -> QMenu:
        """What can be done with the columns, and with the one at a point."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        place = self.logicalIndexAt(at)
        keys = self._page.columns.layout.keys
        if 0 <= place < len(keys):
            hide = menu.addAction(tr("Hide “{column}”", column=verbatim(column_title(keys[place]))))
            hide.setEnabled(len(keys) > 1)
            hide.setData(keys[place])
            hide.triggered.connect(self._on_hide)
        path = menu.addAction(tr("Add column from path…"))
        path.setData(place + 1 if 0 <= place < len(keys) - 1 else self._place_of_new())
        path.triggered.connect(self._on_field)
        self._fill_columns(menu.addMenu(tr("Columns")))
        self._fill_times(menu.addMenu(tr("Time")))
        menu.addSeparator()
        menu.addAction(tr("Use these columns for all queues"), self._page.columns.layout.make_usual)
        menu.addAction(tr("Show the usual columns"), self._page.columns.layout.reset)
        menu.addSeparator()
        menu.addAction(tr("Colour rules…"), self.rules_wanted.emit)
        return menu

    def _on_hide(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self._page.columns.layout.hide(str(action.data()))

    def _on_field(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.field_wanted.emit(int(action.data()))

    def _fill_columns(self, menu: QMenu) -> None:
        for choice in self._page.columns.choices():
            action = QAction(verbatim(f"{choice.title}   {choice.says}"), menu)
            action.setCheckable(True)
            action.setChecked(choice.is_shown)
            action.setData(choice.key)
            action.triggered.connect(self._on_column)
            menu.addAction(action)

    def _on_column(self, is_shown: bool) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        key = str(action.data())
        if is_shown:
            self._page.columns.layout.show(key, self._place_of_new())
        else:
            self._page.columns.layout.hide(key)

    def _place_of_new(self) -> int:
        """Before the last column, which takes what is left."""
        return max(len(self._page.columns.layout.keys) - 1, 0)

    def _fill_times(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        for style, title in TIMES.items():
            action = QAction(tr(title), menu)
            action.setCheckable(True)
            action.setChecked(self._page.columns.layout.layout.time is style)
            action.setData(style.value)
            action.triggered.connect(self._on_time)
            group.addAction(action)
            menu.addAction(action)

    def _on_time(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self._page.columns.layout.tell_time(TimeStyle(str(action.data())))

    def says_of(self, place: int) -> str:
        """What a column shows."""
        keys = self._page.columns.layout.keys
        return column_says(keys[place]) if 0 <= place < len(keys) else ""

    # ---- a value of a body is dropped

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(PATH_MIME):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if event.mimeData().hasFormat(PATH_MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        try:
            path = bytes(event.mimeData().data(PATH_MIME).data()).decode()
        except UnicodeDecodeError:
            return  # another program's
        place = self.logicalIndexAt(event.position().toPoint())
        at = place if place >= 0 else self._place_of_new()
        if not self._page.columns.layout.add_field(path, at):
            event.acceptProposedAction()
