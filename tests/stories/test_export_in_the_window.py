"""A person writes messages into a file from the window, by keys, on a real broker."""

import json
from pathlib import Path

import pika
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from tests.support.window import Person, at_the_window


def publish(port: int, count: int) -> None:
    with pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port)) as connection:
        channel = connection.channel()
        channel.queue_declare("orders")
        for number in range(count):
            channel.basic_publish("", "orders", json.dumps({"total": number}).encode())


async def asked(person: Person) -> QFileDialog:
    """The dialog that Ctrl+E opens."""
    person.window.activateWindow()  # the dialog before this one had the keyboard
    await person.until(person.window.isActiveWindow)
    person.page.table.setFocus()
    QTest.keyClick(person.page.table, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    return next(each for each in person.window.findChildren(QFileDialog) if each.isVisible())


def totals(path: Path) -> list[int]:
    return [json.loads(line)["body"]["total"] for line in path.read_bytes().splitlines()]


def test_what_is_shown_and_what_is_selected(qapp: QApplication, data_dir: Path, tmp_path: Path) -> None:
    async def story(person: Person) -> None:
        publish(person.port, 5)
        await person.until(lambda: person.explorer("orders"))
        person.window.open_queue("/", "orders")
        await person.until(lambda: len(person.messages()) == 5)
        person.page.page.filter.use("body.total > 1")
        await person.until(lambda: len(person.messages()) == 3)
        dialog = await asked(person)
        assert dialog.windowTitle() == "Export what is shown of orders"
        assert dialog.selectedFiles()[0].endswith("orders.jsonl")
        path = tmp_path / "shown.jsonl"
        dialog.fileSelected.emit(str(path))
        dialog.close()
        await person.until(lambda: path.exists() and totals(path) == [2, 3, 4])
        await person.until(
            lambda: person.studio.notices.shown[-1].text.startswith("Exported 3 messages to shown.jsonl")
        )

        person.page.page.filter.clear()
        await person.until(lambda: len(person.messages()) == 5)
        table = person.page.table
        table.select_row(0)
        model = table.selectionModel()
        model.select(table.row_model.index(4, 0), model.SelectionFlag.Select | model.SelectionFlag.Rows)
        dialog = await asked(person)
        assert dialog.windowTitle() == "Export 2 messages"
        publish(person.port, 1)  # what comes meanwhile is not swept in
        path = tmp_path / "chosen.csv"
        dialog.fileSelected.emit(str(path))
        dialog.close()
        await person.until(lambda: path.exists() and len(path.read_bytes().splitlines()) == 3)

        dialog = await asked(person)
        dialog.fileSelected.emit(str(tmp_path / "what.docx"))
        dialog.close()
        await person.until(lambda: ".jsonl" in person.studio.notices.shown[-1].text)
        assert not (tmp_path / "what.docx").exists()

    at_the_window(qapp, data_dir, story)
