"""A person at the window: looks at what is on screen, clicks and types."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from mqstudio.client.launch import LaunchOptions
from mqstudio.gui.app import WindowSession, open_settings
from mqstudio.gui.loop import run
from mqstudio.gui.row_table import RowTable
from mqstudio.gui.theme import Mode, Theme
from mqstudio.gui.widgets.queue_view import QueueView
from mqstudio.model.rows import MessageRow
from mqstudio.viewmodel.explorer import Node
from tests.support.ports import ANY_OPTIONS
from tests.support.waiting import eventually_async


class Person:
    """Sits at a window. Questions are about what it shows; verbs are gestures on its widgets."""

    def __init__(self, session: WindowSession) -> None:
        self.session = session
        self.window = session.window
        self.studio = session.studio

    # ---- seeing

    @property
    def port(self) -> int:
        """The port that the window tells people to use."""
        port = self.studio.workspace.port()
        assert port is not None
        return port

    def texts(self, widget: QWidget) -> list[str]:
        """The words on all labels of a part of the window."""
        return [label.text() for label in widget.findChildren(QLabel) if label.text()]

    def explorer(self, title: str) -> Node | None:
        """The line of the explorer with this title."""
        return next((node for node in self._nodes() if node.title == title), None)

    def _nodes(self) -> list[Node]:
        return list(self.window.explorer.table.row_model.rows.rows)

    def counts(self, queue: str) -> tuple[int, int]:
        """Ready and in flight, as the explorer has them."""
        node = self.explorer(queue)
        assert node is not None, f"no queue {queue} in the explorer"
        return node.ready, node.in_flight

    @property
    def page(self) -> QueueView:
        """The queue's page in front."""
        view = self.window.queue_view
        assert view is not None
        return view

    def messages(self) -> list[MessageRow]:
        """The rows of the message table, newest first."""
        return list(self.page.table.row_model.rows.rows)

    def cells(self, table: RowTable, column: str) -> list[str]:
        """What a table shows in one column, from top to bottom."""
        place = [each.key for each in table.columns].index(column)
        model = table.row_model
        return [model.index(row, place).data() for row in range(model.rowCount())]

    def shows(self, table: RowTable, column: str, *wanted: str) -> Callable[[], bool]:
        """A question for `until`: whether a column reads so, from top to bottom."""
        return lambda: self.cells(table, column) == list(wanted)

    async def until(self, check: Callable[[], Awaitable[object] | object]) -> None:
        """Look until it is so."""
        await eventually_async(check)

    # ---- doing

    def click(self, button: QAbstractButton) -> None:
        """Click a button, which has to be there and usable."""
        assert button.isVisible() and button.isEnabled(), button.text()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def click_row(self, table: RowTable, row: int) -> None:
        """Click a row of a table."""
        table.scrollTo(table.row_model.index(row, 0))
        place = table.visualRect(table.row_model.index(row, 0)).center()
        place.setX(min(place.x(), 60))
        QTest.mouseClick(
            table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(place)
        )

    def open_queue(self, name: str) -> None:
        """Click a queue in the explorer."""
        titles = [node.title for node in self._nodes()]
        self.click_row(self.window.explorer.table, titles.index(name))

    def type_into(self, widget: QWidget, text: str) -> None:
        """Replace a field's text by typing."""
        QTest.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(widget, text)

    async def publish(self, key: str, body: str) -> None:
        """Fill in the publish dock, see where the message will go, and send it."""
        composer = self.window.publish
        self.window.compose()
        self.type_into(composer.key, key)
        self.type_into(composer.body, body)
        await self.until(lambda: composer.route.text() == f"Will reach {key}")
        self.click(composer.send_button)


@asynccontextmanager
async def _person(application: QApplication, data_dir: Path) -> AsyncIterator[Person]:
    theme = Theme(application, Mode.LIGHT)
    options = LaunchOptions(data_dir, in_memory=True, **ANY_OPTIONS)
    async with WindowSession(theme, open_settings(data_dir), options) as session:
        person = Person(session)
        await person.until(lambda: session.studio.workspace.sample_at_us)  # it shows its broker's figures
        try:
            yield person
        finally:
            session.window.close()
            await session.wait_closed()


def at_the_window(
    application: QApplication, data_dir: Path, story: Callable[[Person], Awaitable[None]]
) -> None:
    """Open the window with a broker of its own, live through the story, close the window."""
    application.setQuitOnLastWindowClosed(False)

    async def main() -> int:
        async with _person(application, data_dir) as person:
            await story(person)
        return 0

    assert run(application, main) == 0
