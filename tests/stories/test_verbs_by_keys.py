"""At the window with a real broker: messages are moved, redriven, deleted and had back, by keys alone."""

import asyncio
from pathlib import Path

import pika
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mqstudio.gui.row_table import RowTable
from tests.support.window import Person, at_the_window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def fill(port: int) -> None:
    """A queue with dead letters to come, and five messages, of which pika rejects two."""
    with pika.BlockingConnection(pika.URLParameters(f"amqp://guest:guest@127.0.0.1:{port}/")) as connection:
        channel = connection.channel()
        channel.queue_declare("dead", durable=True)
        channel.queue_declare("mail", durable=True)
        arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
        channel.queue_declare("orders", durable=True, arguments=arguments)
        for number in range(5):
            channel.basic_publish("", "orders", f"order {number}".encode())
        for _ in range(2):
            method, _, _ = channel.basic_get("orders")
            channel.basic_reject(method.delivery_tag, requeue=False)


def bodies(port: int, queue: str) -> list[str]:
    """What another program would get, in that order; it puts all back."""
    with pika.BlockingConnection(pika.URLParameters(f"amqp://guest:guest@127.0.0.1:{port}/")) as connection:
        channel, found = connection.channel(), []
        while (got := channel.basic_get(queue))[0] is not None:
            found.append(got[2].decode())
        return found


def place_of(person: Person, body: str) -> int:
    """Where a ready message is in the table; those that have left stay visible, too."""
    rows = person.messages()
    return next(i for i, row in enumerate(rows) if row.preview == body and row.state == "ready")


def press(table: RowTable, *keys: tuple[Qt.Key, Qt.KeyboardModifier] | Qt.Key) -> None:
    """Press keys with the keyboard in a table."""
    table.setFocus()
    for each in keys:
        key, modifier = each if isinstance(each, tuple) else (each, Qt.KeyboardModifier.NoModifier)
        QTest.keyClick(table, key, modifier)


def test_move_redrive_delete_and_undo(qapp: QApplication, data_dir: Path) -> None:
    """Counts tell after each step, and what pika gets in the end."""

    async def story(person: Person) -> None:
        async def has(queue: str, *wanted: str) -> None:
            assert await asyncio.to_thread(bodies, person.port, queue) == list(wanted)

        async def shows(ready: int) -> None:
            await person.until(lambda: sum(row.state == "ready" for row in person.messages()) == ready)

        async def counts(**wanted: int) -> None:
            await person.until(lambda: {name: person.counts(name) for name in wanted} == {
                name: (ready, 0) for name, ready in wanted.items()
            })  # fmt: skip

        await asyncio.to_thread(fill, person.port)
        await person.until(lambda: person.explorer("dead") and person.explorer("orders"))

        person.open_queue("dead")
        await shows(2)
        press(person.page.table, (Qt.Key.Key_A, CTRL), Qt.Key.Key_Q)
        await counts(dead=0, orders=5)
        QTest.keyClick(person.window, Qt.Key.Key_Z, CTRL)  # the empty queue shows no table
        await counts(dead=2, orders=3)

        person.open_queue("orders")
        await shows(3)
        table = person.page.table
        table.select_row(place_of(person, "order 4"))
        press(table, Qt.Key.Key_M)
        ask = person.page.ask_bar
        QTest.keyClicks(ask.fields[0], "mail")
        QTest.keyClick(ask.fields[0], Qt.Key.Key_Return)
        await counts(orders=2, mail=1)
        press(table, (Qt.Key.Key_Z, CTRL))
        await counts(orders=3, mail=0)

        await shows(3)
        table.select_row(place_of(person, "order 3"))
        press(table, Qt.Key.Key_Delete)
        await counts(orders=2)
        press(table, (Qt.Key.Key_Z, CTRL))
        await counts(orders=3)
        press(table, (Qt.Key.Key_Z, CTRL | SHIFT))
        await counts(orders=2)
        await has("orders", "order 2", "order 4")
        await has("dead", "order 0", "order 1")

    at_the_window(qapp, data_dir, story)


def test_a_paused_queue_hands_nothing_over(qapp: QApplication, data_dir: Path) -> None:
    """P; pika gets nothing until the banner's button lets it go on."""

    async def story(person: Person) -> None:
        await asyncio.to_thread(fill, person.port)
        await person.until(lambda: person.explorer("orders"))
        person.open_queue("orders")
        await person.until(person.messages)
        press(person.page.table, Qt.Key.Key_P)
        await person.until(person.window.paused.isVisible)
        assert await asyncio.to_thread(bodies, person.port, "orders") == []
        person.click(person.window.paused.resume_button)
        await person.until(lambda: not person.window.paused.isVisible())
        assert len(await asyncio.to_thread(bodies, person.port, "orders")) == 3

    at_the_window(qapp, data_dir, story)


def test_resend_what_waits_and_what_is_done(qapp: QApplication, data_dir: Path) -> None:
    """R on a ready message and on one that died: both are published once more, where they were published."""

    async def story(person: Person) -> None:
        await asyncio.to_thread(fill, person.port)
        await person.until(lambda: person.explorer("orders"))
        person.open_queue("orders")
        await person.until(lambda: len(person.messages()) == 5)
        table = person.page.table
        table.select_row(place_of(person, "order 4"))
        press(table, Qt.Key.Key_R)
        await person.until(lambda: person.counts("orders") == (4, 0))
        table.select_row([row.preview for row in person.messages()].index("order 0"))
        press(table, Qt.Key.Key_R)
        await person.until(lambda: person.counts("orders") == (5, 0))
        wanted = ["order 2", "order 3", "order 4", "order 4", "order 0"]
        assert await asyncio.to_thread(bodies, person.port, "orders") == wanted

    at_the_window(qapp, data_dir, story)
