"""Two messages side by side: a page of lines, those that differ with a sign and on a ground of their own."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.row_table import Index, RowDelegate, RowTable, RowTableModel
from mqstudio.gui.theme import MEDIUM, SMALL
from mqstudio.gui.widgets.basics import button, card, column, label, row, rule, set_text
from mqstudio.gui.words import tr
from mqstudio.model.rows import MessageDetail
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.comparison import Kind, Line, compare
from mqstudio.viewmodel.rowset import RowSet
from mqstudio.viewmodel.wording import counted, plain

_SIGNS = {Kind.SAME: "", Kind.CHANGED: "≠", Kind.LEFT: "−", Kind.RIGHT: "+", Kind.HEADING: ""}
_GROUNDS = {Kind.CHANGED: "in_flight_tint", Kind.LEFT: "dropped_tint", Kind.RIGHT: "done_tint"}
LINE_MAX_CHARACTERS = 2_000

Numbered = tuple[int, Line]


def columns() -> list[Column[Numbered]]:
    """The sign, what the line is of, and both sides."""
    most = LINE_MAX_CHARACTERS
    return [
        Column("sign", "", 40, lambda line, _: _SIGNS[line[1].kind]),
        Column("name", tr("Of"), 150, lambda line, _: plain(line[1].name, 100)),
        Column("left", tr("Left"), 420, lambda line, _: plain(line[1].left, most), is_mono=True),
        Column("right", tr("Right"), 420, lambda line, _: plain(line[1].right, most), is_mono=True),
    ]


class CompareDelegate(RowDelegate):
    """Draws what differs on a ground, and headings in grey."""

    def draw_ground(self, painter: QPainter, rect: QRect, index: Index, *, is_selected: bool) -> None:
        """The ground of a line's kind, unless it is selected."""
        _, line = self.table.row_model.rows.rows[index.row()]
        if line.kind in _GROUNDS and not is_selected:
            painter.fillRect(rect, self.theme.colour(_GROUNDS[line.kind]))
        else:
            super().draw_ground(painter, rect, index, is_selected=is_selected)

    def draw_cell(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Headings and names are quiet."""
        _, line = self.table.row_model.rows.rows[index.row()]
        is_quiet = line.kind is Kind.HEADING or self.table.columns[index.column()].key == "name"
        self.draw_text(painter, rect, index, "muted" if is_quiet else "text")


class CompareView(QWidget):
    """Shows a comparison; one button leaves out what is the same."""

    def __init__(self, context: Context, left: MessageDetail, right: MessageDetail) -> None:
        super().__init__()
        self.comparison = compare(left, right)
        self._lines: RowSet[Numbered] = RowSet(lambda line: line[0])
        now_us = context.studio.workspace.now_us
        self.table = RowTable(
            context.theme, RowTableModel(self._lines, columns(), now_us, self), tr("Comparison")
        )
        self.table.setItemDelegate(CompareDelegate(context.theme, self.table))
        self.only_differences = button(tr("Only differences"), "chip")
        self.only_differences.toggled.connect(self._refresh)
        self.says = label("", "muted")
        title = label(
            tr("{left} and {right}", left=_title(left), right=_title(right)), "heading", selectable=True
        )
        head = row(
            column(title, self.says, gap=2), None, self.only_differences,
            margins=(MEDIUM, MEDIUM, MEDIUM, SMALL),
        )  # fmt: skip
        body = column(head, rule(), self.table, gap=0)
        body.setStretch(2, 1)
        self.setLayout(column(card(body)))
        self._refresh()

    def _refresh(self) -> None:
        is_short = self.only_differences.isChecked()
        left_out = (Kind.SAME,) if is_short else ()
        lines = [pair for pair in enumerate(self.comparison.lines) if pair[1].kind not in left_out]
        self._lines.update(lines)
        number = self.comparison.differences
        same = tr("They say the same.")
        differ = tr("They differ in {what}.", what=counted(number, tr("line"), tr("lines")))
        cut = tr(" Only the beginnings of their bodies were compared.") if self.comparison.is_cut else ""
        set_text(self.says, (differ if number else same) + cut)


def _title(detail: MessageDetail) -> str:
    return f"{plain(detail.row.queue, 40)} {detail.row.message_id}"
