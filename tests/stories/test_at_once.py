"""What a program publishes is in the window at once: before any sample tells that the queue has moved."""

from pathlib import Path

import pika
from PySide6.QtWidgets import QApplication

from mqstudio.viewmodel.hearing import TRICKLE_US
from tests.support.window import Person, at_the_window


def test_messages_are_shown_without_a_sample(qapp: QApplication, data_dir: Path) -> None:
    """The page is cut off from samples: what comes is shown all the same, and not while it is hidden."""

    async def story(person: Person) -> None:
        await person.studio.workspace.client.declare_queue("orders")
        await person.until(lambda: person.explorer("orders"))
        person.open_queue("orders")
        page = person.page.page
        await person.until(lambda: page.is_loaded)
        workspace = person.studio.workspace
        workspace.sampled.disconnect(page._on_sampled)

        def has_rested() -> bool:
            """Nothing was shown for so long that what comes next does not count as a trickle."""
            return workspace.now_us() - page._shown_at_us() > TRICKLE_US

        with pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", person.port)) as connection:
            channel = connection.channel()
            await person.until(has_rested)
            channel.basic_publish("", "orders", b"one")
            await person.until(person.shows(person.page.table, "body", "one"))
            await person.until(has_rested)
            channel.basic_publish("", "orders", b"two")
            await person.until(person.shows(person.page.table, "body", "two", "one"))
            page.set_visible(False)
            channel.basic_publish("", "orders", b"three")
            await person.until(lambda: person.counts("orders") == (3, 0))
            assert person.cells(person.page.table, "body") == ["two", "one"]
            workspace.sampled.connect(page._on_sampled)
            page.set_visible(True)
            await person.until(person.shows(person.page.table, "body", "three", "two", "one"))

    at_the_window(qapp, data_dir, story)
