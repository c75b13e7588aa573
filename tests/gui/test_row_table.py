"""A table model repeats what its RowSet says, and redraws as little."""

from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mqstudio.gui.row_table import RowTableModel
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.rowset import RowSet

COLUMNS: list[Column[tuple[int, str]]] = [
    Column("a", "A", 50, lambda row, _: str(row[0])),
    Column("b", "B", 50, lambda row, now: f"{row[1]} {now}"),
]


def test_stays_consistent_through_any_update(qtbot: QtBot) -> None:
    """Qt's own checker watches rows come, go, move and change."""
    parent = QWidget()
    qtbot.addWidget(parent)
    rows: RowSet[tuple[int, str]] = RowSet(lambda row: row[0])
    model = RowTableModel(rows, COLUMNS, lambda: 7, parent)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, parent)
    for state in ([1, 2, 3], [3, 1, 2, 4], [], [9, 8, 1], [1, 9, 8]):
        rows.update([(number, "x") for number in state])
        assert [model.index(i, 0).data() for i in range(model.rowCount())] == [str(n) for n in state]


def test_one_refresh_is_one_range(qtbot: QtBot) -> None:
    """Two hundred changed rows are announced once."""
    parent = QWidget()
    qtbot.addWidget(parent)
    rows: RowSet[tuple[int, str]] = RowSet(lambda row: row[0])
    model = RowTableModel(rows, COLUMNS, lambda: 7, parent)
    rows.update([(i, "x") for i in range(200)])
    ranges: list[tuple[int, int]] = []

    def note(first: object, last: object) -> None:
        ranges.append((first.row(), last.row()))  # type: ignore[attr-defined]  # model indexes

    model.dataChanged.connect(note)
    rows.update([(i, "y") for i in range(200)])
    assert ranges == [(0, 199)]
    assert model.index(0, 1).data() == "y 7"
