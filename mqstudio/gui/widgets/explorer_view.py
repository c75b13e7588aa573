"""The explorer: filter, tree, and the verbs of what is selected."""

from msgspec.structs import replace
from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QLineEdit, QMenu, QToolButton, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.row_table import Index, RowDelegate, RowTable, RowTableModel
from mqstudio.gui.theme import ICON_SIZE, SMALL, TINY, Theme
from mqstudio.gui.widgets.basics import card, column, icon_button, row
from mqstudio.gui.words import tr
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.explorer import Node, NodeKind
from mqstudio.viewmodel.wording import short_count

INDENT = 14
BADGE_HEIGHT = 18
PAUSED = 12
"""Pixels of the sign of a queue that is paused."""

CHOICES = {
    "hides_empty": "Hide queues without messages",
    "with_problems": "Only what is paused, or has nobody to read it",
    "hides_internal": "Hide the broker's own (amq.…)",
    "is_by_depth": "Most messages first",
}
"""What can be chosen of the queues, and how it reads."""

_ICONS = {
    NodeKind.PROTOCOL: "broker",
    NodeKind.VHOST: "vhost",
    NodeKind.EXCHANGES: "folder",
    NodeKind.EXCHANGE: "exchange",
    NodeKind.QUEUE: "queue",
    NodeKind.CLIENTS: "clients",
    NodeKind.CLIENT: "client",
}

_COLUMN: Column[Node] = Column("node", "Name", 240, lambda node, _: _spoken(node), tip=lambda node: node.tip)


def _spoken(node: Node) -> str:
    """A row as a screen reader says it."""
    if node.kind is NodeKind.QUEUE:
        return tr(
            "{title}, {ready} ready, {in_flight} in flight",
            title=node.title,
            ready=node.ready,
            in_flight=node.in_flight,
        )
    return f"{node.title} {node.note}".strip()


class ExplorerDelegate(RowDelegate):
    """Draws chevron, icon, title, note, and the counts of a queue."""

    def draw_cell(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """The whole row: it has one column."""
        node: Node = self.table.row_model.rows.rows[index.row()]
        left, icon = rect.left() + node.depth * INDENT, self.theme.px(ICON_SIZE)
        if node.is_busy:
            painter.fillRect(QRect(0, rect.top() + 4, 3, rect.height() - 8), self.theme.colour("accent"))
        if node.is_open is not None:
            name = "chevron-down" if node.is_open else "chevron-right"
            self._icon(painter, name, _square(left - 2, rect, 12))
        left += 14
        if node.kind in _ICONS:
            is_thing = node.kind in (NodeKind.QUEUE, NodeKind.CLIENT, NodeKind.PROTOCOL)
            self._icon(
                painter, _ICONS[node.kind], _square(left, rect, icon), "accent" if is_thing else "sign"
            )
            left += icon + SMALL
        right = self._counts(painter, rect, node)
        self._title(painter, QRect(left, rect.top(), right - left, rect.height()), node)

    def _icon(self, painter: QPainter, name: str, place: QRect, colour: str = "sign") -> None:
        self.theme.icon(name, colour).paint(painter, place)

    def _title(self, painter: QPainter, rect: QRect, node: Node) -> None:
        font = self.theme.strong if node.depth == 0 else self.theme.font
        painter.setFont(font)
        painter.setPen(self.theme.colour("muted" if node.kind is NodeKind.HINT else "text"))
        metrics = QFontMetrics(font)
        title = metrics.elidedText(node.title, Qt.TextElideMode.ElideRight, rect.width())
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
        painter.drawText(rect, flags, title)
        used = metrics.horizontalAdvance(title) + SMALL
        if node.note and used < rect.width():
            painter.setFont(self.theme.small)
            painter.setPen(self.theme.colour("muted"))
            rest = rect.adjusted(used, 0, 0, 0)
            note = QFontMetrics(self.theme.small).elidedText(
                node.note, Qt.TextElideMode.ElideRight, rest.width()
            )
            painter.drawText(rest, flags, note)

    def _counts(self, painter: QPainter, rect: QRect, node: Node) -> int:
        """Draw what is in flight and ready, from the right; returns where they begin."""
        right = rect.right()
        if node.kind is NodeKind.QUEUE:
            right = self._badge(painter, rect, node.ready, "ready")
        if node.is_paused:
            place = QRect(right - PAUSED - TINY, rect.center().y() - PAUSED // 2, PAUSED, PAUSED)
            self._icon(painter, "pause", place, "in_flight")
            right = place.left() - TINY
        if node.in_flight:
            rest = QRect(rect.left(), rect.top(), right - rect.left(), rect.height())
            right = self._badge(painter, rest, node.in_flight, "in_flight")
        return right - TINY

    def _badge(self, painter: QPainter, rect: QRect, number: int, colour: str) -> int:
        """Draw a count at the right end of `rect`; returns where it begins."""
        text, is_lit = short_count(number), number > 0
        font = self.theme.small
        icon_width = 14 if colour == "in_flight" else 0
        width = max(24, QFontMetrics(font).horizontalAdvance(text) + 14 + icon_width)
        height = self.theme.px(BADGE_HEIGHT)
        badge = QRectF(rect.right() - width, rect.center().y() - height / 2 + 0.5, width, height)
        if is_lit:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.colour(f"{colour}_tint"))
            painter.drawRoundedRect(badge, height / 2, height / 2)
        if icon_width:
            icon = QRect(int(badge.left()) + 7, int(badge.center().y()) - 5, 11, 11)
            self.theme.icon("in_flight", colour).paint(painter, icon)
        painter.setFont(font)
        painter.setPen(self.theme.colour(colour if is_lit else "muted"))
        place = badge.adjusted(icon_width, 0, 0, 0)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), text)
        return int(badge.left()) - TINY


def _square(left: int, rect: QRect, size: int) -> QRect:
    """A square in the middle of a row's height."""
    return QRect(left, rect.center().y() - size // 2 + 1, size, size)


class ExplorerTable(RowTable):
    """The tree, drawn as a table of one column: left and right fold and unfold."""

    toggled = Signal(str, object)
    """A row's key, and whether it should be open (None: the other way round)."""

    def __init__(self, theme: Theme, model: RowTableModel) -> None:
        super().__init__(theme, model, tr("Explorer"))
        self.setItemDelegate(ExplorerDelegate(theme, self))
        self.setSelectionMode(self.SelectionMode.SingleSelection)
        self.horizontalHeader().hide()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        node: Node | None = self.current_row()
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and node and node.is_open is not None:
            self.toggled.emit(node.key, event.key() == Qt.Key.Key_Right)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        row = self.rowAt(event.position().toPoint().y())
        rows = self.row_model.rows.rows
        is_left = event.button() is Qt.MouseButton.LeftButton
        if is_left and 0 <= row < len(rows) and rows[row].is_open is not None:
            self.toggled.emit(rows[row].key, None)


class ExplorerView(QWidget):
    """Filter and tree. `queue_chosen(vhost, name)` opens, `verb(name, node)` is for the window."""

    queue_chosen = Signal(str, str)
    exchange_chosen = Signal(str, str)
    client_chosen = Signal(int)
    menu_wanted = Signal(object, object)
    """The node and where on the screen."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._explorer = context.studio.explorer
        self._theme = context.theme
        self._is_losing_rows = False
        self._explorer.nodes.removing.connect(self._on_removing)  # before the model: it hears of it first
        model = RowTableModel(self._explorer.nodes, [_COLUMN], context.studio.workspace.now_us, self)
        self.table = ExplorerTable(context.theme, model)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter   /"))
        self.filter.setAccessibleName(tr("Filter the explorer"))
        self.filter.setClearButtonEnabled(True)
        self._search = self.filter.addAction(
            context.theme.icon("search"), QLineEdit.ActionPosition.LeadingPosition
        )
        self.shown_button = icon_button(
            context.theme.icon("filter"), tr("Which queues are shown, and in which order")
        )
        self.shown_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.shown_button.setMenu(self._build_choices())
        line = row(self.filter, self.shown_button, gap=TINY)
        line.setStretch(0, 1)
        body = column(line, self.table, margins=(SMALL, SMALL, SMALL, SMALL))
        self.setLayout(column(card(body)))
        self.setMinimumWidth(190)
        self._connect()

    def _build_choices(self) -> QMenu:
        """What is left out, and the order; as it stands whenever the menu opens."""
        menu = QMenu(self)
        self.choices: dict[str, QAction] = {}
        for name, title in CHOICES.items():
            if name == "is_by_depth":
                menu.addSeparator()
            action = menu.addAction(tr(title))
            action.setCheckable(True)
            action.setData(name)
            action.triggered.connect(self._on_choice)
            self.choices[name] = action
        menu.aboutToShow.connect(self._on_choices)
        return menu

    def _on_choices(self) -> None:
        for name, action in self.choices.items():
            action.setChecked(getattr(self._explorer.shown, name))

    def _on_choice(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self._explorer.show(replace(self._explorer.shown, **{action.data(): action.isChecked()}))

    def _connect(self) -> None:
        self.filter.textChanged.connect(self._explorer.set_filter)
        self._explorer.nodes.removed.connect(self._on_removed)
        self.filter.returnPressed.connect(self.table.setFocus)
        self.table.toggled.connect(self._on_toggled)
        self.table.opened.connect(self._on_opened)
        self.table.selectionModel().currentRowChanged.connect(self._on_current_changed)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._on_menu)
        self._theme.changed.connect(self._on_theme_changed)

    def _on_theme_changed(self) -> None:
        self._search.setIcon(self._theme.icon("search"))
        self.shown_button.setIcon(self._theme.icon("filter"))

    def _on_toggled(self, key: str, is_open: bool | None) -> None:
        if is_open is None:
            self._explorer.toggle(key)
        else:
            self._explorer.set_open(key, is_open)

    def _on_current_changed(self) -> None:
        """Selecting a queue is peeking at it: nothing changes in the broker."""
        if not self._is_losing_rows:
            self._choose(self.table.current_row())

    def _on_removing(self, *_: int) -> None:
        """Qt selects a neighbour of a row that goes; that is not what the user chose."""
        self._is_losing_rows = True

    def _on_removed(self) -> None:
        self._is_losing_rows = False

    def _on_opened(self, row: int) -> None:
        self._choose(self._explorer.nodes.rows[row])

    def _choose(self, node: Node | None) -> None:
        if node is not None and node.kind is NodeKind.QUEUE:
            self.queue_chosen.emit(node.vhost, node.name)
        elif node is not None and node.kind is NodeKind.EXCHANGE:
            self.exchange_chosen.emit(node.vhost, node.name)
        elif node is not None and node.kind is NodeKind.CLIENT:
            self.client_chosen.emit(node.id)

    def _on_menu(self, place: object) -> None:
        node = self.table.current_row()
        if node is not None:
            self.menu_wanted.emit(node, self.table.viewport().mapToGlobal(place))  # type: ignore[call-overload]  # as stubs have it

    def show_queue(self, vhost: str, name: str) -> None:
        """Move the selection to a queue that was opened elsewhere."""
        self._show(self._explorer.find_queue(vhost, name))

    def show_exchange(self, vhost: str, name: str) -> None:
        """Move the selection to an exchange that was opened elsewhere."""
        self._show(self._explorer.find_exchange(vhost, name))

    def _show(self, row: int | None) -> None:
        if row is not None and row != self.table.currentIndex().row():
            self.table.select_row(row)
