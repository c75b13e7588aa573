"""The window with a broker process of its own, on the real loop."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
from PySide6.QtWidgets import QApplication

from mqstudio.client.launch import LaunchOptions
from mqstudio.gui import loop
from mqstudio.gui.app import WindowSession, open_settings
from mqstudio.gui.theme import Theme
from mqstudio.viewmodel.workspace import ConnectionState
from tests.support.ports import ANY_OPTIONS

TIMEOUT_S = 60.0


async def until(is_true: Callable[[], object]) -> None:
    """Wait for the window to show something."""
    async with asyncio.timeout(TIMEOUT_S):
        while not is_true():  # noqa: ASYNC110 - the window has no event to wait for
            await asyncio.sleep(0.02)


def in_window(
    qapp: QApplication, theme: Theme, data_dir: Path, story: Callable[[WindowSession], Awaitable[None]]
) -> None:
    """Live through a story in a window that owns its broker; then the broker must be gone."""
    options = LaunchOptions(data_dir, in_memory=True, **ANY_OPTIONS)
    pids: list[int] = []

    async def main() -> int:
        async with WindowSession(theme, open_settings(data_dir), options) as session:
            await until(lambda: session.studio.workspace.is_live)
            await story(session)
            assert session._owned is not None
            pids.append(session._owned.ready.pid)
            session.window.close()
            await session.wait_closed()
        return 0

    assert loop.run(qapp, main) == 0
    assert not psutil.pid_exists(pids[0])


def test_a_message_sent_from_the_window_is_seen(qapp: QApplication, theme: Theme, data_dir: Path) -> None:
    """Declared, published and inspected: through widgets, client, broker and back."""

    async def story(session: WindowSession) -> None:
        window, studio = session.window, session.studio
        form = window.structure.ask_declare()
        form.form.edit("name", "orders")
        form.submit_button.click()
        await until(lambda: studio.workspace.queue("/", "orders"))
        window.open_queue("/", "orders")
        window.compose()
        window.publish.body.setPlainText('{"total": 129.9}')
        window.publish.send_button.click()
        view = window.queue_view
        assert view is not None
        await until(lambda: len(view.page.rows))
        view.table.select_row(0)
        await until(lambda: studio.inspector.detail)
        assert window.inspector.tree.model().index(0, 1).data() == "129.9"
        window._on_purge()
        await until(
            lambda: [n for n in studio.notices.shown if n.text.startswith("Purged 1 message from orders, ")]
        )
        await until(lambda: (queue := studio.workspace.queue("/", "orders")) and queue.ready == 0)
        window.undo()
        await until(lambda: (queue := studio.workspace.queue("/", "orders")) and queue.ready == 1)

    in_window(qapp, theme, data_dir, story)


def test_a_broker_that_dies_is_told_and_started_again(
    qapp: QApplication, theme: Theme, data_dir: Path
) -> None:
    """What happened, where its log is, and one click to have another."""

    async def story(session: WindowSession) -> None:
        workspace = session.studio.workspace
        assert session._owned is not None
        first = session._owned.ready.pid
        psutil.Process(first).kill()
        await until(lambda: workspace.state is ConnectionState.LOST)
        await until(lambda: session.studio.notices.shown)
        assert "broker.log" in session.studio.notices.shown[-1].text
        session.window.status.restart_button.click()
        await until(lambda: workspace.is_live)
        assert session._owned.ready.pid != first
        assert session.studio.notices.shown == []

    in_window(qapp, theme, data_dir, story)


def test_a_failing_action_becomes_a_notice(qapp: QApplication, theme: Theme, data_dir: Path) -> None:
    """A refusal is told in its own words; a bug does not take the window along."""

    async def story(session: WindowSession) -> None:
        async def broken() -> None:
            raise ZeroDivisionError("by zero")

        session._spawner.spawn(session.studio.actions.purge("/", "nowhere"), session.window)
        session._spawner.spawn(broken(), session.window)
        await until(lambda: len(session.studio.notices.shown) == 2)
        told = " ".join(notice.text for notice in session.studio.notices.shown)
        assert "nowhere" in told
        assert "ZeroDivisionError" in told

    in_window(qapp, theme, data_dir, story)
