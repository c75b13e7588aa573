"""The editor of colour rules: a list in the order in which they are asked, and the chosen one beside it."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QComboBox,
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.theme import ICON_SIZE, LARGE, MEDIUM, SMALL
from mqstudio.gui.widgets.basics import button, column, holder, icon_button, label, row, set_text
from mqstudio.viewmodel.colour_rule_form import ColourRuleForm
from mqstudio.viewmodel.colour_rules import COLOURS, ICONS, SLOW, ColourRule
from mqstudio.viewmodel.wording import plain
from mqstudio.viewmodel.words import tr

LIST_WIDTH = 220
SIZE = (640, 420)


class ColourRulesDialog(QDialog):
    """Shows a ColourRuleForm."""

    def __init__(self, context: Context, form: ColourRuleForm, parent: QWidget) -> None:
        super().__init__(parent)
        self._context, self.form = context, form
        self._is_showing = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Colour rules"))
        self._build_list()
        self._build_fields()
        self.save_button = button(tr("Save"), "primary")
        self._cancel = button(tr("Cancel"), "quiet")
        self._first = button(tr("Start over"), "quiet")
        self._says = label("", "muted", wraps=True)
        body = row(self._left, LARGE, self._right)
        body.setStretch(2, 1)
        self.setLayout(
            column(
                label(tr("The first rule that fits a message colours its row."), "muted", wraps=True),
                body, self._says, row(self._first, None, self._cancel, self.save_button),
                margins=(MEDIUM, MEDIUM, MEDIUM, MEDIUM),
            )
        )  # fmt: skip
        self.resize(*SIZE)
        self._connect()
        self.refresh()

    def _build_list(self) -> None:
        icon = self._context.theme.icon
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Colour rules, in the order in which they are asked"))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setFixedWidth(LIST_WIDTH)
        self.list.setSpacing(2)
        self.add_button = icon_button(icon("plus"), tr("Add a rule"))
        self.remove_button = icon_button(icon("trash"), tr("Remove the rule"))
        self.up_button = icon_button(icon("arrow-up"), tr("Ask it earlier"))
        self.down_button = icon_button(icon("arrow-down"), tr("Ask it later"))
        verbs = row(self.add_button, self.remove_button, None, self.up_button, self.down_button, gap=SMALL)
        self._left = holder(column(self.list, verbs))

    def _build_fields(self) -> None:
        self.name = QLineEdit()
        self.name.setAccessibleName(tr("Name of the rule"))
        self.where = QLineEdit()
        self.where.setAccessibleName(tr("Filter of the rule"))
        self._context.theme.dress(self.where)
        self.scope = QComboBox()
        self.scope.setAccessibleName(tr("Where the rule counts"))
        self.scope.addItem(tr("In all queues"), "")
        queue = self.form.queue.partition("\n")[2]
        self.scope.addItem(tr("In {queue}", queue=plain(queue, 40)), self.form.queue)
        self.colours, self.icons = QButtonGroup(self), QButtonGroup(self)
        colours = [self._choice(self.colours, tr(says)) for says in COLOURS.values()]
        icons = [self._choice(self.icons, name) for name in ICONS]
        self._right = holder(
            column(
                label(tr("Name"), "caption"), self.name,
                label(tr("Messages: a filter"), "caption"), self.where,
                label(tr("Counts"), "caption"), self.scope,
                label(tr("Colour"), "caption"), row(*colours, None, gap=SMALL),
                label(tr("Icon"), "caption"), row(*icons, None, gap=SMALL),
                None,
            )
        )  # fmt: skip

    def _choice(self, group: QButtonGroup, says: str) -> QPushButton:
        made = button("", "chip", tip_text=says)
        made.setIconSize(QSize(ICON_SIZE, ICON_SIZE))
        group.addButton(made, len(group.buttons()))
        return made

    def _connect(self) -> None:
        form = self.form
        follow(self, form.changed, self.refresh)
        self.list.currentRowChanged.connect(self._on_row)
        self.list.itemChanged.connect(self._on_item)
        self.add_button.clicked.connect(form.add)
        self.remove_button.clicked.connect(form.remove)
        self.up_button.clicked.connect(self._on_up)
        self.down_button.clicked.connect(self._on_down)
        self.name.textEdited.connect(self._on_name)
        self.where.textEdited.connect(self._on_where)
        self.scope.activated.connect(self._on_scope)
        self.colours.idClicked.connect(self._on_colour)
        self.icons.idClicked.connect(self._on_icon)
        self._first.clicked.connect(form.start_over)
        self._cancel.clicked.connect(self.reject)
        self.save_button.clicked.connect(self.save)
        self._context.theme.changed.connect(self.refresh)

    # ---- what is shown

    def refresh(self) -> None:
        """Show the form as it is."""
        self._is_showing = True
        self._refresh_list()
        rule = self.form.rule
        self._right.setEnabled(rule is not None)
        self.remove_button.setEnabled(rule is not None)
        self.up_button.setEnabled(self.form.place > 0)
        self.down_button.setEnabled(0 <= self.form.place < len(self.form.rules) - 1)
        if rule is not None:
            self._show(rule)
        set_text(self._says, self.form.problem)
        self._is_showing = False

    def _refresh_list(self) -> None:
        while self.list.count() > len(self.form.rules):
            self.list.takeItem(self.list.count() - 1)
        for place, rule in enumerate(self.form.rules):
            item = self.list.item(place)
            if item is None:
                item = QListWidgetItem()
                self.list.addItem(item)
            item.setText(plain(rule.name, 40))
            item.setIcon(self._icon(rule.icon, rule.colour))
            item.setCheckState(Qt.CheckState.Checked if rule.is_on else Qt.CheckState.Unchecked)
        self.list.setCurrentRow(self.form.place)

    def _show(self, rule: ColourRule) -> None:
        is_slow = rule.where == SLOW
        for field, text in ((self.name, rule.name), (self.where, rule.where)):
            if field.text() != text:
                field.setText(text)
        self.where.setReadOnly(is_slow)
        if is_slow:
            self.where.setText(tr("accepted more slowly than 95 % of those here"))
        self.scope.setCurrentIndex(1 if rule.queue == self.form.queue else 0)
        for place, colour in enumerate(COLOURS):
            each = self.colours.button(place)
            each.setIcon(self._icon("record", colour))
            each.setChecked(rule.colour == colour)
        for place, icon in enumerate(ICONS):
            each = self.icons.button(place)
            each.setIcon(self._icon(icon, rule.colour))
            each.setChecked(rule.icon == icon)

    def _icon(self, name: str, colour: str) -> QIcon:
        return self._context.theme.icon(name, colour)

    # ---- gestures

    def _on_row(self, place: int) -> None:
        if not self._is_showing:
            self.form.choose(place)

    def _on_item(self, item: QListWidgetItem) -> None:
        if not self._is_showing:
            self.form.set_on(self.list.row(item), is_on=item.checkState() is Qt.CheckState.Checked)

    def _on_up(self) -> None:
        self.form.move(-1)

    def _on_down(self) -> None:
        self.form.move(1)

    def _on_name(self, text: str) -> None:
        self.form.edit(name=text)

    def _on_where(self, text: str) -> None:
        self.form.edit(where=text)

    def _on_scope(self, place: int) -> None:
        self.form.edit(queue=str(self.scope.itemData(place)))

    def _on_colour(self, place: int) -> None:
        self.form.edit(colour=list(COLOURS)[place])

    def _on_icon(self, place: int) -> None:
        self.form.edit(icon=ICONS[place])

    def save(self) -> None:
        """Let the rules count, and close; or say why they cannot."""
        if self.form.save():
            self.accept()
