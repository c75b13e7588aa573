"""A tree of values inside a body: the thin model over a viewer's nodes."""

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QHeaderView, QTreeView, QWidget

from mqstudio.gui.theme import Theme
from mqstudio.viewers.base import TreeNode
from mqstudio.viewmodel.wording import plain

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_COLOURS = {"string": "code_string", "number": "code_number", "bool": "code_word", "null": "code_word"}
OPEN_DEPTH = 1
"""Levels unfolded at first."""

OPEN_ROWS = 200
"""More rows than this at the top level stay folded."""


class _Place:
    """A node with its parent and position: what Qt asks a tree for."""

    __slots__ = ("children", "node", "parent", "row")

    def __init__(self, node: TreeNode, parent: "_Place | None", row: int) -> None:
        self.node, self.parent, self.row = node, parent, row
        self.children = [_Place(child, self, i) for i, child in enumerate(node.children)]


class TreeNodeModel(QAbstractItemModel):
    """Adapts TreeNodes: name and value."""

    def __init__(self, theme: Theme, nodes: list[TreeNode], parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
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
        self.setAccessibleName("Body as a tree")
        self.setUniformRowHeights(True)
        self.setIndentation(16)
        self.setAlternatingRowColors(False)
        heads = self.header()
        heads.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        heads.setStretchLastSection(True)
        theme.changed.connect(self._rebuild)

    def show_nodes(self, nodes: list[TreeNode]) -> None:
        """Show another body's values; the same ones stay as they are folded."""
        if nodes != self._nodes:
            self._nodes = nodes
            self._rebuild()

    def _rebuild(self) -> None:
        old = self.model()
        self.setModel(TreeNodeModel(self._theme, self._nodes, self))
        if old is not None:
            old.deleteLater()
        self.setColumnWidth(0, 150)
        if len(self._nodes) <= OPEN_ROWS:
            self.expandToDepth(OPEN_DEPTH)
