"""A person makes queues with rules in the window; a program's messages follow them; their path is seen."""

from pathlib import Path

import pika
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit

from mqstudio.gui.form_dialog import FormDialog
from tests.support.window import Person, at_the_window


def _fill(person: Person, dialog: FormDialog, **fields: str) -> None:
    """Type into a form's fields."""
    for name, text in fields.items():
        widget = dialog.blocks[name.replace("__", "-")].input
        target = widget.lineEdit() if isinstance(widget, QComboBox) else widget
        assert isinstance(target, QLineEdit)
        person.type_into(target, text)


async def _make_queue(person: Person, name: str, **arguments: str) -> None:
    dialog = person.window.structure.ask_declare()
    _fill(person, dialog, name=name, **arguments)
    person.click(dialog.submit_button)
    await person.until(lambda: person.studio.structure.queue("/", name))


async def _make_exchange(person: Person, name: str, queue: str) -> None:
    dialog = person.window.structure.ask_exchange()
    _fill(person, dialog, name=name)
    person.click(dialog.submit_button)
    await person.until(lambda: person.studio.structure.exchange("/", name))
    person.window.open_exchange("/", name)
    binding = person.window.tabs.currentWidget().bindings.ask_bind()  # type: ignore[attr-defined]  # an exchange's page
    _fill(person, binding, destination=queue, routing_key="orders")
    person.click(binding.submit_button)
    await person.until(lambda: len(person.studio.structure.queue("/", queue).bindings) == 1)  # type: ignore[union-attr]  # it is there


def test_the_path_of_a_rejected_order(qapp: QApplication, data_dir: Path) -> None:
    """Orders are rejected, wait in a retry queue until they expire, and come back: all made by forms."""

    async def story(person: Person) -> None:
        await person.until(lambda: person.studio.structure.exchange("/", "amq.direct"))
        await _make_queue(person, "orders", x__dead__letter__exchange="orders.dlx")
        await _make_queue(person, "retry", x__message__ttl="200", x__dead__letter__exchange="orders.back")
        await _make_exchange(person, "orders.dlx", "retry")
        await _make_exchange(person, "orders.back", "orders")
        _reject_one(person.port)
        person.window.open_queue("/", "orders")
        page = person.page
        await person.until(lambda: [row.state for row in person.messages()] == ["ready", "dead_lettered"])
        await person.until(
            lambda: page.chips.accessibleName() == "Queue orders: classic, durable, DLX orders.dlx"
        )
        page.table.select_row(0)
        person.window.inspector.tabs.setCurrentIndex(3)
        await person.until(lambda: len(person.studio.inspector.path()) > 1)
        stops = [(stop.what, stop.title) for stop in person.studio.inspector.path()]
        assert [what for what, _ in stops] == [
            "published", "queue", "died", "exchange", "queue", "died", "exchange", "now",
        ]  # fmt: skip
        assert stops[0][1] == "Published by shop.py"
        assert stops[2][1] == "Rejected by shop.py after 2 tries"
        assert stops[5][1].startswith("Expired after")
        assert [title for what, title in stops if what == "exchange"] == ["orders.dlx", "orders.back"]
        says = person.window.inspector.deaths.text()
        assert says == "Died 2 times: once expired in retry, once rejected in orders."

    at_the_window(qapp, data_dir, story)


def _reject_one(port: int) -> None:
    """Publish an order; give it back once, then reject it for good."""
    parameters = pika.ConnectionParameters(
        "localhost", port, client_properties={"connection_name": "shop.py"}
    )
    connection = pika.BlockingConnection(parameters)
    channel = connection.channel()
    channel.confirm_delivery()
    channel.basic_publish("", "orders", b"an order")
    for is_requeued in (True, False):
        method, _, _ = channel.basic_get("orders")
        channel.basic_reject(method.delivery_tag, requeue=is_requeued)
    connection.close()
