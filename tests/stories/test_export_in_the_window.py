"""A person writes messages into a file from the window, by keys, on a real broker."""

import json
from pathlib import Path

import pika
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from mqstudio.gui.export_verbs import ExportDialog
from tests.support.window import Person, at_the_window


def publish(port: int, count: int) -> None:
    with pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port)) as connection:
        channel = connection.channel()
        channel.queue_declare("orders")
        for number in range(count):
            channel.basic_publish("", "orders", json.dumps({"total": number}).encode())


async def asked(person: Person) -> ExportDialog:
    """The form that Ctrl+E opens, once it knows what to expect."""
    person.window.activateWindow()  # the form before this one had the keyboard
    await person.until(person.window.isActiveWindow)
    person.page.table.setFocus()
    QTest.keyClick(person.page.table, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = next(each for each in person.window.findChildren(ExportDialog) if each.isVisible())
    await person.until(lambda: "Looking at" not in dialog.form.summary())
    return dialog


def write_to(dialog: ExportDialog, path: Path) -> None:
    """Give a file's name, and press Enter."""
    field = dialog.blocks["path"].input
    assert isinstance(field, QLineEdit)
    field.selectAll()
    QTest.keyClicks(field, str(path))
    QTest.keyClick(field, Qt.Key.Key_Return)


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
        assert dialog.windowTitle() == "Export messages of orders"
        assert dialog.form.value("path").endswith("orders.jsonl")
        assert dialog.form.summary().startswith("3 messages, ")
        path = tmp_path / "shown.jsonl"
        write_to(dialog, path)
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
        assert dialog.form.value("what") == "selected"
        assert dialog.form.summary().startswith("2 messages, ")
        publish(person.port, 1)  # what comes meanwhile is not swept in
        path = tmp_path / "chosen.csv"
        write_to(dialog, path)
        await person.until(lambda: path.exists() and len(path.read_bytes().splitlines()) == 3)

        dialog = await asked(person)
        write_to(dialog, tmp_path / "what.docx")
        assert dialog.isVisible()
        assert ".jsonl" in dialog.form.problems()["path"]
        write_to(dialog, path)
        assert "There is such a file" in dialog.form.problems()["path"]
        chooser = dialog.choose()
        chooser.fileSelected.emit(str(path))
        chooser.close()
        assert not dialog.form.problems()
        dialog.reject()
        assert not (tmp_path / "what.docx").exists()

    at_the_window(qapp, data_dir, story)
