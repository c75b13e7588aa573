"""A consumer rejects orders; a person groups them, mends them, sends them back, and takes that back."""

from pathlib import Path

import pika
from PySide6.QtWidgets import QApplication

from mqstudio.gui.widgets.queue_view import TRIAGE
from tests.support.window import Person, at_the_window

DEAD_TO = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "orders.dlq"}


def _connect(port: int) -> pika.BlockingConnection:
    return pika.BlockingConnection(pika.ConnectionParameters("localhost", port))


def _reject_all(port: int) -> None:
    """Publish orders, some of them with a negative total, and reject those."""
    connection = _connect(port)
    channel = connection.channel()
    channel.queue_declare("orders.dlq", durable=True)
    channel.queue_declare("orders", durable=True, arguments=DEAD_TO)
    channel.confirm_delivery()
    for number in range(6):
        headers = {"x-exception-message": f"total<0 in order {1000 + number}", "x-tenant": "acme"}
        properties = pika.BasicProperties(headers=headers, message_id=f"m{number}", delivery_mode=2)
        channel.basic_publish("", "orders", b'{"id": %d, "total": -%d.50}' % (number, number + 1), properties)
    for _ in range(6):
        method, _, _ = channel.basic_get("orders")
        channel.basic_nack(method.delivery_tag, requeue=False)
    connection.close()


def _take(port: int, queue: str, count: int) -> list[tuple[bytes, pika.BasicProperties]]:
    """Take and acknowledge the first messages of a queue."""
    connection = _connect(port)
    channel = connection.channel()
    taken = []
    for _ in range(count):
        method, properties, body = channel.basic_get(queue)
        channel.basic_ack(method.delivery_tag)
        taken.append((body, properties))
    connection.close()
    return taken


def test_rejected_orders_are_mended_and_sent_back(qapp: QApplication, data_dir: Path) -> None:
    """Their properties and the reason of their death go with them; undone, those left are what they were."""

    async def story(person: Person) -> None:
        _reject_all(person.port)
        await person.until(lambda: person.studio.structure.queue("/", "orders.dlq"))
        person.window.open_queue("/", "orders.dlq")
        page = person.page
        await person.until(lambda: page.tabs.isTabVisible(TRIAGE))
        page.tabs.setCurrentIndex(TRIAGE)
        view, triage = page.triage, page.triage.triage
        await person.until(lambda: triage.is_taken and not triage.unread)
        await person.until(person.shows(view.groups, "title", "rejected: total<0 in order …"))
        assert view.start_button.text().strip() == "Redrive 6 messages → orders"
        person.type_into(view.patch, "$.total = abs($.total)")
        person.click(view.preview_button)
        await person.until(lambda: len(triage.previews) == 3)
        assert triage.previews[0].after == '{"id": 5, "total": 6.5}'
        person.click(view.start_button)
        await person.until(lambda: triage.redrive is not None and triage.redrive.done == 6)
        (first, said), (second, _) = _take(person.port, "orders", 2)
        assert (first, second) == (b'{"id": 0, "total": 1.5}', b'{"id": 1, "total": 2.5}')
        assert (said.message_id, said.headers["x-tenant"], said.delivery_mode) == ("m0", "acme", 2)
        assert said.headers["x-death"][0]["reason"] == "rejected"
        await person.until(lambda: triage.redrive is not None and triage.redrive.accepted == 2)
        triage.cancel()
        await person.until(lambda: person.studio.undo.steps)
        view.groups.setFocus()
        person.window.undo()
        await person.until(lambda: person.counts("orders.dlq") == (4, 0))
        assert person.counts("orders") == (0, 0)
        (back, was), *_ = _take(person.port, "orders.dlq", 1)
        assert (back, was.message_id) == (b'{"id": 2, "total": -3.50}', "m2")

    at_the_window(qapp, data_dir, story)


def test_a_redrive_stops_when_they_die_again(qapp: QApplication, data_dir: Path) -> None:
    """The consumer still rejects: after two the rest stays where it is."""

    async def story(person: Person) -> None:
        _reject_all(person.port)
        await person.until(lambda: person.studio.structure.queue("/", "orders.dlq"))
        consumer = _connect(person.port)
        channel = consumer.channel()
        channel.basic_consume("orders", lambda c, m, p, b: c.basic_nack(m.delivery_tag, requeue=False))
        triage = person.studio.triage("/", "orders.dlq")
        await triage.take()
        await triage.read()  # which a page would have done
        triage.edit(rate="4", stop="2")
        waits = triage.sleep

        async def sleep(seconds: float) -> None:
            consumer.process_data_events(0)  # the consumer gets what came, and rejects it
            await waits(seconds)
            consumer.process_data_events(0)

        triage.sleep = sleep
        await triage.start()
        redrive = triage.redrive
        assert redrive is not None and redrive.was_stopped
        assert 2 <= redrive.died_again <= redrive.done < 6
        await person.until(lambda: person.counts("orders.dlq") == (6, 0))
        assert "Stopped" in redrive.says()
        consumer.close()

    at_the_window(qapp, data_dir, story)
