"""The command palette: a line to type in over the window, and what fits below it. Never modal."""

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.theme import ICON_SIZE, LARGE, MEDIUM, SMALL, TINY, Theme
from mqstudio.gui.verbs import BY_NAME
from mqstudio.gui.widgets.basics import column, label, row, set_text, tip
from mqstudio.gui.words import tr
from mqstudio.viewmodel.palette import Item, Kind, Palette, says_found

WIDTH = 640
ROWS_SHOWN = 11
TOP = 56
"""From the window's upper edge, in pixels."""

_ICONS = {
    Kind.VERB: "chevron-right",
    Kind.QUEUE: "queue",
    Kind.EXCHANGE: "exchange",
    Kind.CLIENT: "client",
    Kind.MESSAGE: "message",
    Kind.HELP: "info",
}

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class PaletteModel(QAbstractListModel):
    """The items that fit."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.items: list[Item] = []

    def show_items(self, items: list[Item]) -> None:
        """Show others."""
        if items != self.items:
            self.beginResetModel()
            self.items = items
            self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        item = self.items[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return item.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            parts = (item.title, item.says, native(item.keys), item.why_not)
            return ", ".join(part for part in parts if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(item.why_not or item.says)
        return None


class PaletteDelegate(QStyledItemDelegate):
    """Draws an item: its sign, title, what it says, and its keys on the right."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme, place = self._theme, QRect(option.rect)
        item = index.model().items[index.row()]  # type: ignore[attr-defined]  # a PaletteModel
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("selection"))
            painter.drawRoundedRect(place.adjusted(TINY, 1, -TINY, -1), 6, 6)
        size = theme.px(ICON_SIZE)
        icon = QRect(place.left() + MEDIUM, place.center().y() - size // 2 + 1, size, size)
        theme.icon(_icon_of(item)).paint(painter, icon)
        words = place.adjusted(MEDIUM * 2 + size, 0, -MEDIUM, 0)
        right = item.why_not or native(item.keys)
        room = self._at_right(painter, words, right, is_keys=not item.why_not)
        self._words(painter, words.adjusted(0, 0, -room, 0), item)
        painter.restore()

    def _at_right(self, painter: QPainter, place: QRect, text: str, *, is_keys: bool) -> int:
        """The keys, or why it cannot be done; returns how much room that took."""
        if not text:
            return 0
        painter.setFont(self._theme.small)
        painter.setPen(self._theme.colour("text" if is_keys else "muted"))
        metrics = QFontMetrics(self._theme.small)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, place.width() // 2)
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, int(flags), shown)
        return metrics.horizontalAdvance(shown) + MEDIUM

    def _words(self, painter: QPainter, place: QRect, item: Item) -> None:
        theme, flags = self._theme, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
        painter.setFont(theme.font)
        painter.setPen(theme.colour("muted" if item.why_not else "text"))
        metrics = QFontMetrics(theme.font)
        title = metrics.elidedText(item.title, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, flags, title)
        rest = place.adjusted(metrics.horizontalAdvance(title) + MEDIUM, 0, 0, 0)
        if item.says and rest.width() > LARGE:
            painter.setFont(theme.small)
            painter.setPen(theme.colour("muted"))
            said = QFontMetrics(theme.small).elidedText(item.says, Qt.TextElideMode.ElideRight, rest.width())
            painter.drawText(rest, flags, said)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> object:  # type: ignore[override]  # a QSize
        hint = super().sizeHint(option, index)
        hint.setHeight(self._theme.row_height + TINY)
        return hint


class PaletteView(QFrame):
    """`chosen(item)`: it is to be done. Closes with Esc, or when the keyboard goes elsewhere."""

    chosen = Signal(object)

    def __init__(self, context: Context, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self._context, self._palette, self._window = context, palette, parent
        self._came_from: QWidget | None = None
        self.setProperty("card", "popup")
        self.setAccessibleName(tr("Find anything"))
        self._build()
        self.hide()
        parent.installEventFilter(self)
        follow(self, palette.changed, self._on_changed)
        context.theme.changed.connect(self._place)
        self.line.textChanged.connect(self._on_typed)
        self.list.clicked.connect(self._on_clicked)

    def _build(self) -> None:
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("A verb, a queue, an exchange, a client, or #id of a message"))
        self.line.setAccessibleName(tr("What to do, or where to go"))
        self.line.installEventFilter(self)
        self.model = PaletteModel(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(PaletteDelegate(self._context.theme, self.list))
        self.list.setAccessibleName(tr("What fits"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the arrows of the line go through it
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.count = label("", "caption")
        keys = label(tr("↑ ↓ choose · Enter does it · Esc closes"), "caption")
        foot = row(self.count, None, keys, margins=(SMALL, 0, SMALL, 0))
        self.setLayout(column(self.line, self.list, foot, margins=(SMALL, SMALL, SMALL, SMALL)))

    # ---- coming and going

    def open(self, typed: str = "") -> None:
        """Show it, with something typed already."""
        if not self.isVisible():
            self._came_from = QApplication.focusWidget()
        self.line.setText(typed)
        self._on_typed(typed)
        self._place()
        self.show()
        self.raise_()
        self.line.setFocus(Qt.FocusReason.PopupFocusReason)
        self.line.selectAll()

    def close_palette(self, *, goes_back: bool = True) -> None:
        """Hide it; the keyboard goes back to where it was."""
        if not self.isVisible():
            return
        self.hide()
        if goes_back and self._came_from is not None:
            self._came_from.setFocus(Qt.FocusReason.PopupFocusReason)
        self._came_from = None

    def _place(self) -> None:
        theme, parent = self._context.theme, self._window
        width = min(theme.px(WIDTH), parent.width() - 2 * LARGE)
        rows = min(ROWS_SHOWN, max(1, self.model.rowCount()))
        room = parent.height() - TOP - theme.px(90)
        self.list.setFixedHeight(
            min(rows * (theme.row_height + TINY) + 2 * TINY, max(theme.row_height, room))
        )
        self.setFixedWidth(width)
        layout = self.layout()
        assert layout is not None  # set in _build
        layout.activate()
        self.adjustSize()
        self.move((parent.width() - width) // 2, TOP)

    # ---- what fits

    def _on_typed(self, typed: str) -> None:
        self._show(self._palette.search(typed))
        self._context.spawn(self._palette.look_up(typed), self)

    def _on_changed(self) -> None:
        if self.isVisible():
            self._show(self._palette.search(self.line.text()))

    def _show(self, items: list[Item]) -> None:
        self.model.show_items(items)
        self._select(0)
        set_text(self.count, says_found(items))
        self.line.setAccessibleDescription(says_found(items))
        self._place()

    def _select(self, place: int) -> None:
        count = self.model.rowCount()
        if count:
            self.list.setCurrentIndex(self.model.index(max(0, min(place, count - 1)), 0))

    def _on_clicked(self, index: QModelIndex) -> None:
        self.choose(index.row())

    def choose(self, place: int) -> None:
        """Do an item; one that cannot be done now stays where its reason stands."""
        if not 0 <= place < len(self.model.items):
            return
        item = self.model.items[place]
        if item.why_not:
            set_text(self.count, item.why_not)
            return
        self._palette.note_use(item)
        self.close_palette()
        self.chosen.emit(item)

    # ---- keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        elif watched is self.line and event.type() == QEvent.Type.FocusOut:
            self._on_focus_out()
        elif watched is self.line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._on_key(event)
        return super().eventFilter(watched, event)

    def _on_focus_out(self) -> None:
        """Somebody clicked elsewhere; another window in front is no reason to go."""
        if QApplication.activeWindow() is not None and QApplication.focusWidget() is not self.line:
            self.close_palette(goes_back=False)

    def _on_key(self, event: QKeyEvent) -> bool:
        here, page = self.list.currentIndex().row(), ROWS_SHOWN - 1
        steps = {
            Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: page, Qt.Key.Key_PageUp: -page,
        }  # fmt: skip
        key = Qt.Key(event.key())
        if key in steps:
            self._select(here + steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose(here)
        elif key == Qt.Key.Key_Escape:
            self.close_palette()
        else:
            return False
        return True


def _icon_of(item: Item) -> str:
    """A verb's own icon if it has one."""
    own = BY_NAME[item.key[1]].icon if item.kind is Kind.VERB and item.key[1] in BY_NAME else ""
    return own or _ICONS[item.kind]


def native(keys: str) -> str:
    """Keys as this desktop writes them."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText) if keys else ""
