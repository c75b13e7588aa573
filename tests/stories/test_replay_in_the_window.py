"""A person replays messages from the window, by keys, on a real broker; it goes on with the panel closed."""

import json
from pathlib import Path
from typing import Any

import pika
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mqstudio.client.replay_values import TargetKind
from mqstudio.gui.widgets.replay_view import ReplayView
from mqstudio.viewmodel.replay_scope import ScopeKind
from tests.support.window import Person, at_the_window


def channel_of(port: int) -> Any:
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port)).channel()


def bodies(channel: Any, queue: str) -> list[Any]:
    found = []
    while (got := channel.basic_get(queue, auto_ack=True))[0] is not None:
        found.append(json.loads(got[2])["total"])
    return found


def test_what_is_shown_is_replayed_elsewhere_changed(qapp: QApplication, data_dir: Path) -> None:
    async def story(person: Person) -> None:
        channel = channel_of(person.port)
        for queue in ("orders", "rehearsal"):
            channel.queue_declare(queue)
        for number in range(5):
            channel.basic_publish("", "orders", json.dumps({"total": number}).encode())
        await person.until(lambda: person.explorer("orders"))
        person.window.open_queue("/", "orders")
        await person.until(lambda: len(person.messages()) == 5)
        person.page.page.filter.use("body.total > 1")
        await person.until(lambda: len(person.messages()) == 3)
        person.window.activateWindow()
        await person.until(person.window.isActiveWindow)
        person.page.table.setFocus()
        QTest.keyClick(person.page.table, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
        view = person.window.panes.docks["replay"].findChild(ReplayView)
        assert isinstance(view, ReplayView)
        await person.until(view.isVisible)
        assert view.scopes[ScopeKind.SHOWN].isChecked()

        view.start_button.click()  # where it was published is where it is taken from
        await person.until(lambda: "where it is taken from" in view.says.text())
        view.panel.edit(
            target=TargetKind.QUEUE, name="rehearsal", is_changing=True, patch="$.total = $.total * 10"
        )
        view.try_button.click()
        await person.until(lambda: view.headline.text().startswith("3 messages"))
        await person.until(view.start_button.isEnabled)
        view.panel.edit(is_stepping=True)
        view.start_button.click()
        await person.until(lambda: view.step_button.isVisible() and "next: #" in view.says.text())
        view.step_button.click()
        await person.until(lambda: "1 confirmed" in view.says.text())
        person.window.panes.docks["replay"].close()
        view.pause_button.click()  # go on, out of sight
        await person.until(lambda: not view.panel.is_running)
        assert "3 confirmed" in person.studio.notices.shown[-1].text
        await person.studio.undo.steps[-1].act()
        assert "Took 3 messages" in person.studio.notices.shown[-1].text
        view.panel.edit(is_stepping=False, has_gaps=False)
        await view.panel.start()
        assert bodies(channel, "rehearsal") == [20, 30, 40]
        channel.connection.close()

    at_the_window(qapp, data_dir, story)
