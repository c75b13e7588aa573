"""The preview of a file of definitions: what each item would do, what to take, and then it is done."""

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QPushButton, QWidget

from mqstudio.client.definition_items import Verdict
from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.row_table import RowTable, RowTableModel
from mqstudio.gui.theme import MEDIUM, SMALL, TINY
from mqstudio.gui.widgets.basics import (
    button,
    card,
    column,
    label,
    row,
    rule,
    set_button_text,
    set_role,
    set_text,
)
from mqstudio.gui.widgets.field_block import Choice as ChoiceBox
from mqstudio.gui.words import tr
from mqstudio.viewmodel.definitions import CHOICE_COLUMNS, VERDICT_WORDS, DefinitionsImport
from mqstudio.viewmodel.wording import count


class DefinitionsView(QWidget):
    """Shows a DefinitionsImport."""

    def __init__(self, context: Context, definitions: DefinitionsImport) -> None:
        super().__init__()
        self.definitions = definitions
        self._context = context
        now_us = context.studio.workspace.now_us
        model = RowTableModel(definitions.rows, CHOICE_COLUMNS, now_us, self)
        self.table = RowTable(context.theme, model, tr("Definitions of the file"))
        self._build()
        self._connect()
        self._refresh()

    def _build(self) -> None:
        self._heading = label("", "heading")
        self.vhost = ChoiceBox()
        self.vhost.setAccessibleName(tr("Virtual host that they go into"))
        self._into = label(tr("Into virtual host"), "muted")
        head = row(self._heading, None, self._into, self.vhost, margins=(MEDIUM, MEDIUM, MEDIUM, SMALL))
        self._chips: dict[Verdict | None, QPushButton] = {}
        group = QButtonGroup(self)
        for verdict in (None, *Verdict):
            chip = button(tr(VERDICT_WORDS[verdict]) if verdict else tr("All"), "chip")
            chip.setCheckable(True)
            group.addButton(chip)
            self._chips[verdict] = chip
        self._chips[None].setChecked(True)
        group.buttonClicked.connect(self._on_chip)
        self.all_button = button(tr("Take all"), "quiet")
        self.none_button = button(tr("Take none"), "quiet")
        chips = row(
            *self._chips.values(), None, self.all_button, self.none_button,
            margins=(SMALL, SMALL, SMALL, SMALL), gap=TINY,
        )  # fmt: skip
        self._summary = label("", "muted", wraps=True, selectable=True)
        self.take_button = button("", "primary")
        foot = row(self._summary, self.take_button, margins=(MEDIUM, SMALL, MEDIUM, MEDIUM), gap=MEDIUM)
        foot.setStretch(0, 1)
        body = column(head, chips, rule(), self.table, rule(), foot, gap=0)
        body.setStretch(3, 1)
        self.setLayout(column(card(body)))

    def _connect(self) -> None:
        follow(self, self.definitions.changed, self._refresh)
        follow(self, self._context.studio.workspace.state_changed, self._refresh)
        self.table.clicked.connect(self._on_clicked)
        self.table.opened.connect(self._on_opened)
        self.all_button.clicked.connect(self._on_all)
        self.none_button.clicked.connect(self._on_none)
        self.take_button.clicked.connect(self.take)
        self.vhost.activated.connect(self._on_vhost)

    def _refresh(self) -> None:
        definitions, counts = self.definitions, self.definitions.counts()
        set_text(self._heading, definitions.heading())
        for verdict, chip in self._chips.items():
            number = sum(counts.values()) if verdict is None else counts[verdict]
            title = tr(VERDICT_WORDS[verdict]) if verdict else tr("All")
            set_button_text(chip, f"{title}  {count(number)}")
            chip.setVisible(bool(number) or verdict is None)
        set_text(self._summary, definitions.summary())
        set_role(self._summary, "bad" if definitions.problem else "muted")
        set_button_text(self.take_button, definitions.verb())
        self.take_button.setAccessibleName(definitions.verb())
        is_live = self._context.studio.workspace.is_live
        self.take_button.setEnabled(bool(definitions.chosen()) and not definitions.is_busy and is_live)
        self.take_button.setVisible(not definitions.problem)
        for each in (self._into, self.vhost):
            each.setVisible(definitions.has_no_vhost)
        names = self._context.studio.structure.vhosts()
        if [self.vhost.itemText(place) for place in range(self.vhost.count())] != names:
            self.vhost.clear()
            self.vhost.addItems(names)
        self.vhost.setCurrentIndex(max(0, self.vhost.findText(definitions.vhost)))

    # ---- gestures

    def _on_chip(self, chip: QPushButton) -> None:
        self.definitions.filter(next(verdict for verdict, each in self._chips.items() if each is chip))

    def _on_all(self) -> None:
        self.definitions.choose_all(True)

    def _on_none(self) -> None:
        self.definitions.choose_all(False)

    def _on_vhost(self) -> None:
        self._context.spawn(self.definitions.put_into(self.vhost.currentText()), self)

    def _on_clicked(self, index: QModelIndex) -> None:
        if index.column() == 0:
            self._toggle([index.row()])

    def _on_opened(self, place: int) -> None:
        self._toggle([place])

    def _toggle(self, places: list[int]) -> None:
        rows = self.definitions.rows.rows
        self.definitions.toggle([rows[place].number for place in places if place < len(rows)])

    def take(self) -> None:
        """Take over what is chosen; it goes on when this page is closed."""
        if self.take_button.isEnabled():
            self._context.spawn(self.definitions.take(), self.window())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.table.hasFocus():
            self._toggle([index.row() for index in self.table.selectionModel().selectedRows()])
        else:
            super().keyPressEvent(event)
