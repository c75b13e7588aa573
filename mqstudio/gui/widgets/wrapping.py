"""A layout that sets its widgets like words: beside each other, and below where a line is full."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QWidget

from mqstudio.gui.theme import TINY
from mqstudio.gui.widgets.basics import label, set_tip
from mqstudio.gui.words import tr
from mqstudio.viewmodel.rules_words import Chip


class FlowLayout(QLayout):
    """Lines of widgets, each as wide as it wants."""

    def __init__(self, gap: int = TINY) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        """How many items there are, as Qt asks."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._lay_out(QRect(0, 0, width, 0), is_trial=True)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._lay_out(rect, is_trial=False)

    def sizeHint(self) -> QSize:
        """All in one line: of a narrower one Qt would ask how high they all are below each other."""
        sizes = [item.sizeHint() for item in self._items]
        width = sum(size.width() for size in sizes) + self._gap * max(len(sizes) - 1, 0)
        return QSize(width, max((size.height() for size in sizes), default=0))

    def minimumSize(self) -> QSize:
        heights = [item.sizeHint().height() for item in self._items]
        return QSize(0, max(heights, default=0))

    def _lay_out(self, rect: QRect, *, is_trial: bool) -> int:
        """Set the items into `rect`; returns the height they take."""
        x, y, line = rect.x(), rect.y(), 0
        for item in self._items:
            size = item.sizeHint()
            if x > rect.x() and x + size.width() > rect.right() + 1:
                x, y, line = rect.x(), y + line + self._gap, 0
            if not is_trial:
                item.setGeometry(QRect(QPoint(x, y), size.boundedTo(QSize(rect.width(), size.height()))))
            x += size.width() + self._gap
            line = max(line, size.height())
        return y + line - rect.y()


def wrapped(*widgets: QWidget) -> QWidget:
    """Widgets beside each other, in further lines where there is little room."""
    made, flow = QWidget(), FlowLayout()
    for widget in widgets:
        flow.addWidget(widget)
    made.setLayout(flow)
    policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    made.setSizePolicy(policy)
    return made


class ChipRow(QWidget):
    """Rules as chips, each with what it means on hover."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._shown: list[Chip] = []
        self._flow = FlowLayout()
        self._name = name
        self.setLayout(self._flow)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    def show_chips(self, chips: list[Chip]) -> None:
        """Show other chips, if they are others."""
        if chips == self._shown:
            return
        self._shown = chips
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            assert widget is not None  # only labels are put in
            widget.deleteLater()
        for chip in chips:
            made = label(chip.text, f"chip-{chip.look}")
            set_tip(made, tr(chip.tip) or chip.text)
            self._flow.addWidget(made)
        self.setAccessibleName(f"{self._name}: {', '.join(chip.text for chip in chips)}")
        self.setVisible(bool(chips))
        self.updateGeometry()
