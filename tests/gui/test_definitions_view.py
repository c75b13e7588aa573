"""A file of definitions in the window: dropped, looked at, chosen from, taken over, undone."""

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from mqstudio.gui.widgets.definitions_view import DefinitionsView
from tests.gui.conftest import Bench

SHOP = {
    "queues": [{"name": "orders", "durable": True}, {"name": "mail"}],
    "exchanges": [{"name": "<b>shop</b>", "type": "fanout"}],
    "policies": [{"name": "ha", "pattern": "x", "definition": {"ha-mode": "all"}}],
}


def words(widget: QWidget) -> str:
    labels = [each for each in widget.findChildren(QLabel) if each.isVisibleTo(widget)]
    return "\n".join(each.text() for each in labels)


def write(folder: Path, content: Any = SHOP) -> str:
    file = folder / "shop.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(file)


def drop(bench: Bench, path: str) -> bool:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path)])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    event.ignore()
    return bench.window.drops.eventFilter(bench.window, event)


@pytest.fixture
def view(bench: Bench, tmp_path: Path) -> DefinitionsView:
    bench.sample()
    assert drop(bench, write(tmp_path))
    page = bench.window.tabs.currentWidget()
    assert isinstance(page, DefinitionsView)
    return page


def cells(view: DefinitionsView, column: str) -> list[str]:
    model = view.table.row_model
    place = [each.key for each in model.columns].index(column)
    return [str(model.index(row, place).data()) for row in range(model.rowCount())]


def test_a_dropped_file_is_shown_and_nothing_is_done(bench: Bench, view: DefinitionsView) -> None:
    assert cells(view, "verdict") == ["Not supported", "New", "New", "New"]
    assert cells(view, "name") == ["ha", "<b>shop</b>", "orders", "mail"]
    assert "3 will be taken over" in words(view)
    assert view.take_button.text() == "Take over 3 definitions"
    assert bench.broker.queues == {}
    assert bench.window.tabs.tabText(bench.window.tabs.currentIndex()) == "shop.json"


def test_chosen_by_click_and_key_taken_over_and_undone(
    bench: Bench, view: DefinitionsView, qtbot: QtBot
) -> None:
    view.table.clicked.emit(view.table.row_model.index(1, 0))
    assert cells(view, "mark") == ["", "☐", "☑", "☑"]
    view.table.select_row(3)
    view.table.setFocus()
    qtbot.keyClick(view.table, Qt.Key.Key_Space)
    assert cells(view, "mark") == ["", "☐", "☑", "☐"]
    view.take_button.click()
    assert list(bench.broker.queues) == ["orders"]
    assert bench.notices()[-1] == "Took over 1 definition of shop.json."
    assert cells(view, "verdict")[2] == "Same"
    bench.window.undo()
    assert bench.broker.queues == {}
    assert cells(view, "verdict")[2] == "New"


def test_none_all_and_only_some(view: DefinitionsView) -> None:
    view.none_button.click()
    assert not view.take_button.isEnabled()
    view.all_button.click()
    assert view.take_button.isEnabled()
    next(chip for verdict, chip in view._chips.items() if verdict == "not supported").click()
    assert cells(view, "kind") == ["policy"]


def test_a_file_that_is_none_says_so(bench: Bench, tmp_path: Path) -> None:
    bench.sample()
    page = bench.window.definitions.show_file(write(tmp_path, "hello"))
    assert "This is no file of definitions" in words(page)
    assert not page.take_button.isVisible()
    assert page.table.row_model.rowCount() == 0


def test_a_file_of_one_virtual_host_says_where_it_goes(bench: Bench, view: DefinitionsView) -> None:
    assert view.vhost.isVisible()
    assert view.vhost.currentText() == "/"


def test_other_files_are_not_taken_for_definitions(bench: Bench) -> None:
    assert drop(bench, "/somewhere/picture.png")
    assert bench.window.tabs.currentWidget() is bench.window.welcome
    assert bench.notices()[-1].startswith("Drop picture.png on a queue")


def test_a_long_file(bench: Bench, tmp_path: Path) -> None:
    bench.sample()
    queues = [{"name": f"q{number}"} for number in range(3_000)]
    page = bench.window.definitions.show_file(write(tmp_path, {"queues": queues}))
    assert page.table.row_model.rowCount() == 3_000
    page.take_button.click()
    assert len(bench.broker.queues) == 3_000


def test_saving(bench: Bench, tmp_path: Path) -> None:
    bench.broker.add_queue("orders")
    bench.sample()
    target = tmp_path / "out.json"
    bench.window.definitions.save_all(str(target))
    assert [each["name"] for each in json.loads(target.read_bytes())["queues"]] == ["orders"]
    bench.window.definitions.save_vhost(str(target))
    assert "vhosts" not in json.loads(target.read_bytes())
    for ask in (bench.window.definitions.ask_export, bench.window.definitions.ask_export_vhost):
        dialog = ask()
        assert dialog.isVisible()
        dialog.reject()
    dialog = bench.window.definitions.ask_import()
    dialog.reject()
