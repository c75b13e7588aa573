"""Why did this not arrive? One key; and what is wrong is listed without being asked."""

import asyncio
import socket
from pathlib import Path

import pika
import pytest
from pika.exceptions import AMQPError
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mqstudio.gui.widgets.inspector_view import WHY
from tests.support.pika_client import settle
from tests.support.window import Person, at_the_window


def _connect(port: int, name: str, **options: object) -> pika.BlockingConnection:
    named = {"connection_name": name}
    return pika.BlockingConnection(
        pika.ConnectionParameters("127.0.0.1", port, client_properties=named, **options)
    )


def _a_stuck_worker(port: int) -> pika.BlockingConnection:
    """Takes one message, and acknowledges none."""
    worker = _connect(port, "worker")
    channel = worker.channel()
    channel.queue_declare("orders")
    for number in range(3):
        channel.basic_publish("", "orders", f"order {number}".encode())
    channel.basic_qos(prefetch_count=1)
    channel.basic_consume("orders", lambda *_: None, consumer_tag="c1")
    settle(channel)
    return worker


def _strangers(port: int) -> None:
    """A browser at the wrong port, and a program that wants a virtual host that is not there."""
    with socket.create_connection(("127.0.0.1", port)) as browser:
        browser.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        browser.recv(100)
    with pytest.raises(AMQPError):
        _connect(port, "mailer", virtual_host="shpo")


def test_why_and_problems(qapp: QApplication, data_dir: Path) -> None:
    """W on a message that waits names who holds up the queue; Problems names who could not connect."""

    async def story(person: Person) -> None:
        worker = await asyncio.to_thread(_a_stuck_worker, person.port)
        await person.until(lambda: person.studio.structure.queue("/", "orders"))
        person.window.open_queue("/", "orders")
        await person.until(lambda: len(person.messages()) == 3)
        person.page.table.select_row(0)
        person.page.table.setFocus()
        QTest.keyClick(person.page.table, Qt.Key.Key_W)
        why = person.window.inspector.why
        assert person.window.inspector.tabs.currentIndex() == WHY
        await person.until(lambda: person.studio.why.answers)
        says = why.cards[0].says.text()
        assert says == "It waits: its consumer holds as many messages as its prefetch allows."
        assert any("'worker · c1' holds 1 message of 1" in text for text in person.texts(why))
        await asyncio.to_thread(_strangers, person.port)
        person.window.actions_by_name["show_problems"].trigger()
        wanted = {"http_on_amqp_port", "unknown_vhost"}
        await person.until(lambda: wanted <= {each.rule for each in person.studio.problems.answers})
        await person.until(person.window.status.problems.isVisible)
        panel = person.window.problems
        place = [each.rule for each in person.studio.problems.answers].index("unknown_vhost")
        panel.list.setCurrentRow(place)
        assert panel.detail.says.text() == "A client wants virtual host 'shpo', which does not exist."
        person.click(panel.mute_button)
        assert "unknown_vhost" not in {each.rule for each in person.studio.problems.answers}
        person.window.actions_by_name["why_queue"].trigger()
        await person.until(lambda: person.studio.problems.told)
        rules = {each.rule for each in person.studio.problems.told}
        assert rules == {"credit_spent", "consumer_credit_spent"}
        await asyncio.to_thread(worker.close)

    at_the_window(qapp, data_dir, story)
