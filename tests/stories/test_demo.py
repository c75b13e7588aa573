"""Somebody without a program of their own wants to see messages: one click, and they are there."""

import time
from pathlib import Path

from PySide6.QtWidgets import QApplication

from mqstudio.model.rows import MessageState
from mqstudio.viewmodel.demo import DemoState
from tests.support.window import Person, at_the_window

SEEN_WITHIN_S = 15.0
"""The bar: from the window to the first message, with at most two clicks."""


def test_messages_in_one_click(qapp: QApplication, data_dir: Path) -> None:
    """Start opens the shop and shows its first queue; Stop closes it; its queues can be taken away."""

    async def story(person: Person) -> None:
        welcome = person.window.welcome
        begun = time.monotonic()
        person.click(welcome.demo_button)
        await person.until(lambda: person.window.queue_view is not None)
        await person.until(lambda: person.page.page.queue == "shop.orders" and person.messages())
        assert time.monotonic() - begun < SEEN_WITHIN_S
        await person.until(lambda: any(row.state is MessageState.DONE for row in person.messages()))
        person.click_row(person.page.table, 0)
        inspector = person.studio.inspector
        await person.until(lambda: inspector.detail is not None)
        assert inspector.chain_words == "utf-8 → JSON"
        await person.until(lambda: len(person.cells(person.window.clients.table, "library")) == 5)
        person.window.tabs.show_first()
        assert welcome.demo_button.text() == "Stop"
        person.click(welcome.demo_button)
        await person.until(lambda: person.studio.demo.state is DemoState.CLOSED)
        person.click(welcome.clean_button)
        await person.until(lambda: not person.explorer("shop.orders"))
        await person.until(lambda: not welcome.clean_button.isVisible())

    at_the_window(qapp, data_dir, story)


def test_the_shop_goes_with_the_window(qapp: QApplication, data_dir: Path) -> None:
    """Closing the window closes the shop; it is not in the way."""

    async def story(person: Person) -> None:
        person.click(person.window.welcome.demo_button)
        await person.until(lambda: person.studio.demo.state is DemoState.OPEN)

    at_the_window(qapp, data_dir, story)
