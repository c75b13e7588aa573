"""A tree of values inside a body: the thin model over a viewer's nodes."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QByteArray, QMimeData, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QHeaderView, QMenu, QTreeView, QWidget

from mqstudio.gui.theme import Theme
from mqstudio.gui.words import tr
from mqstudio.viewers.base import TreeNode
from mqstudio.viewmodel.body_values import path_text, value_text
from mqstudio.viewmodel.wording import plain

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_COLOURS = {"string": "code_string", "number": "code_number", "bool": "code_word", "null": "code_word"}
PATH_MIME = "application/x-mqstudio-path"
"""A value that is dragged out of a tree: its path, as filters write it."""

OPEN_DEPTH = 1
"""Levels unfolded at first."""

OPEN_ROWS = 400
"""A level that makes more rows than this stays folded."""


class _Place:
    """A node with its parent and position: what Qt asks a tree for."""

    __slots__ = ("_children", "node", "parent", "row")

    def __init__(self, node: TreeNode, parent: "_Place | None", row: int) -> None:
        self.node, self.parent, self.row = node, parent, row
        self._children: list[_Place] | None = None

    @property
    def children(self) -> "list[_Place]":
        """What is inside, made when it is first looked at: most of a long tree stays folded."""
        if self._children is None:
            self._children = [_Place(child, self, i) for i, child in enumerate(self.node.children)]
        return self._children


class TreeNodeModel(QAbstractItemModel):
    """Adapts TreeNodes: name and value."""

    def __init__(
        self, theme: Theme, nodes: list[TreeNode], parent: QWidget, root_kind: str = "object"
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._root_kind = root_kind
        self._top = _Place(TreeNode("", "object", "", nodes), None, 0)

    def _place(self, index: Index) -> _Place:
        if not index.isValid():
            return self._top
        place = index.internalPointer()
        assert isinstance(place, _Place)
        return place

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        children = self._place(parent).children
        return self.createIndex(row, column, children[row]) if row < len(children) else QModelIndex()

    def parent(self, index: Index = _ROOT) -> QModelIndex:  # type: ignore[override]  # Qt overloads it
        above = self._place(index).parent
        if above is None or above is self._top:
            return QModelIndex()
        return self.createIndex(above.row, 0, above)

    def rowCount(self, parent: Index = _ROOT) -> int:
        return len(self._place(parent).children) if parent.column() <= 0 else 0

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 2

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # Any: as Qt has it
        node = self._place(index).node
        if role == Qt.ItemDataRole.DisplayRole:
            return plain(node.name) if index.column() == 0 else plain(node.text, 600)
        if role == Qt.ItemDataRole.FontRole:
            return self._theme.mono
        if role == Qt.ItemDataRole.ForegroundRole:
            name = "code_name" if index.column() == 0 else _COLOURS.get(node.kind, "muted")
            return self._theme.colour(name)
        return None

    def path(self, index: Index) -> str:
        """Where a value is, as filters write it."""
        place = self._place(index)
        above: list[TreeNode] = []
        up = place.parent
        while up is not None and up is not self._top:
            above.insert(0, up.node)
            up = up.parent
        return path_text(self._root_kind, above, place.node)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Values can be dragged, to where their path is wanted."""
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        return [PATH_MIME, "text/plain"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        path = self.path(indexes[0])
        data.setText(path)
        data.setData(PATH_MIME, QByteArray(path.encode("utf-8", "replace")))
        return data

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # Any: as Qt has it
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return ("Name", "Value")[section]
        return None


class TreeView(QTreeView):
    """Shows a tree of values."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._nodes: list[TreeNode] = []
        self.root_kind = "object"
        self.setAccessibleName(tr("Body as a tree"))
        self.setUniformRowHeights(True)
        self.setIndentation(16)
        self.setAlternatingRowColors(False)
        self.setDragEnabled(True)
        self.setDragDropMode(QTreeView.DragDropMode.DragOnly)
        heads = self.header()
        heads.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        heads.setStretchLastSection(True)
        self._copy("Copy value", "Ctrl+C", self.copy_value)
        self._copy("Copy path", "Ctrl+Shift+C", self.copy_path)
        self._copy("Copy name", "", self.copy_name)
        theme.changed.connect(self._rebuild)

    def show_nodes(self, nodes: list[TreeNode], root_kind: str = "object") -> None:
        """Show another body's values, of an object or an array; the same ones stay as they are folded."""
        self.root_kind = root_kind
        if nodes != self._nodes:
            self._nodes = nodes
            self._rebuild()

    def _rebuild(self) -> None:
        old = self.model()
        self.setModel(TreeNodeModel(self._theme, self._nodes, self, self.root_kind))
        if old is not None:
            old.deleteLater()
        self.setColumnWidth(0, 150)
        rows = len(self._nodes)
        level = self._nodes
        for depth in range(OPEN_DEPTH + 1):
            level = [child for node in level for child in node.children]
            rows += len(level)
            if not level or rows > OPEN_ROWS:
                break
            self.expandToDepth(depth)

    # ---- places in it

    def chosen(self) -> tuple[list[TreeNode], TreeNode] | None:
        """The selected value, led by those that it is in."""
        index = self.currentIndex()
        if not index.isValid():
            return None
        above: list[TreeNode] = []
        place = index.internalPointer()
        node = place.node
        while (place := place.parent) is not None and place.parent is not None:
            above.insert(0, place.node)
        return above, node

    def go_to(self, places: tuple[int, ...]) -> None:
        """Select a value by its place at each level."""
        model = self.model()
        index = _ROOT
        for place in places:
            index = model.index(place, 0, index)
        self.setCurrentIndex(index)
        self.scrollTo(index)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.chosen() is not None:
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addActions(self.actions())
            menu.popup(event.globalPos())

    def _copy(self, title: str, keys: str, slot: Callable[[], None]) -> None:
        action = QAction(title, self)
        action.setShortcut(QKeySequence(keys))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(slot)
        self.addAction(action)

    def copy_value(self) -> None:
        """Put the selected value on the clipboard: a text without its quotes, the rest laid out."""
        chosen = self.chosen()
        if chosen is not None:
            QGuiApplication.clipboard().setText(value_text(chosen[1]))

    def copy_path(self) -> None:
        """Put the path of the selected value on the clipboard, as filters write it."""
        chosen = self.chosen()
        if chosen is not None:
            QGuiApplication.clipboard().setText(path_text(self.root_kind, *chosen))

    def copy_name(self) -> None:
        """Put the name of the selected value on the clipboard."""
        chosen = self.chosen()
        if chosen is not None:
            QGuiApplication.clipboard().setText(chosen[1].name)
