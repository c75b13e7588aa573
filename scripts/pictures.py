"""Makes docs/pictures/*.png: the window on a real broker with real clients, light and dark.

Without a display it starts Xvfb for itself. Nice fonts help: on Debian, fonts-inter and
fonts-jetbrains-mono. `python scripts/pictures.py [folder [name …]]`: all pictures, or those named.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import picture_export
import picture_flow
import picture_letters
import picture_life
import picture_publish
import picture_replay
import picture_store
import picture_why
import picture_window
from PySide6.QtWidgets import QWidget

from mqstudio.model.access import PutPermission, PutReply, PutUser
from mqstudio.model.policies import AppliesTo, Policy
from mqstudio.model.topology import VhostSpec
from mqstudio.viewmodel.publish_draft import HeaderDraft

ROOT = Path(__file__).resolve().parent.parent
SIZE = (1440, 900)
TRAFFIC = ROOT / "scripts" / "picture_traffic.py"
WAIT_TIMEOUT_S = 40.0
VHOST = "/"
STRUCTURES = ("form", "exchange", "policies", "users", "path")
"""Pictures of what is declared; those before are of messages."""


def main() -> int:
    """Start a display if there is none, then take the pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    display = None
    if not os.environ.get("DISPLAY"):
        display = _start_display()
    try:
        return _take_all(folder)
    finally:
        if display is not None:
            display.terminate()
            display.wait()


def _start_display() -> subprocess.Popen[bytes]:
    reader, writer = os.pipe()
    screen = f"{SIZE[0]}x{SIZE[1]}x24"
    display = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", screen, "-nolisten", "tcp"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as number:
        os.environ["DISPLAY"] = f":{number.readline().strip()}"
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    return display


def _take_all(folder: Path) -> int:
    from mqstudio.client.launch import LaunchOptions  # noqa: PLC0415 - Qt needs the display first
    from mqstudio.gui import app, loop  # noqa: PLC0415
    from mqstudio.gui.theme import Mode, Theme  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as data_dir:
        options = LaunchOptions(Path(data_dir))
        application = app.make_application()
        theme = Theme(application, Mode.LIGHT)
        settings = app.open_settings(options.data_dir)

        async def run() -> int:
            async with app.WindowSession(theme, settings, options) as session:
                session.window.resize(*SIZE)
                camera = Camera(session, theme, folder)
                try:
                    await camera.tour(set(sys.argv[2:]))
                finally:
                    camera.stop_programs()
            return 0

        return loop.run(application, run)


class Camera:
    """Walks through the window and takes pictures."""

    def __init__(self, session, theme, folder: Path) -> None:  # type: ignore[no-untyped-def]  # imported late
        self.window, self.studio = session.window, session.studio
        self.theme, self.folder = theme, folder
        self._programs: list[subprocess.Popen[bytes]] = []

    async def tour(self, wanted: set[str]) -> None:
        """All pictures, or the wanted ones."""
        others = {
            *picture_export.NAMES, *picture_flow.NAMES, *picture_letters.NAMES, *picture_life.NAMES,
            *picture_publish.NAMES, *picture_replay.NAMES, *picture_store.NAMES, *picture_why.NAMES,
            *picture_window.NAMES,
        }  # fmt: skip
        if not wanted or wanted - {*STRUCTURES, *others}:
            await self._messages()
        for name in STRUCTURES:
            if not wanted or name in wanted:
                await getattr(self, f"_take_{name}")()
        await picture_letters.take(self, wanted)
        await picture_why.take(self, wanted)
        await picture_export.take(self, wanted)
        await picture_life.take(self, wanted)
        await picture_flow.take(self, wanted)
        await picture_publish.take(self, wanted)
        await picture_replay.take(self, wanted)
        await picture_store.take(self, wanted)
        await picture_window.take(self, wanted)

    async def _messages(self) -> None:
        workspace = self.studio.workspace
        await self.until(lambda: workspace.is_live and workspace.exchanges)
        self.start("hello")
        await self.until(lambda: self.studio.welcome.connected)
        await self.shoot("welcome")
        for role in ("shop", "worker-1", "worker-2", "mailer"):
            self.start(role)
        await self.until(lambda: workspace.queue(VHOST, "orders") is not None)
        self.window.open_queue(VHOST, "orders")
        view = self.window.queue_view
        await self.until(lambda: _settled(workspace) > 900)
        await self.until(lambda: _is_lively(view))
        self._select(view, "in_flight")
        await self.until(lambda: self.studio.inspector.detail is not None)
        await self.shoot("queue", lambda: _is_lively(view))
        await self._inspect(view)
        await self._publish()

    async def _inspect(self, view) -> None:  # type: ignore[no-untyped-def]  # a QueueView
        view.toggle_pause()
        self._select(view, "done")
        self.window.panes.show_dock("clients")
        self.window.inspector.tabs.setCurrentIndex(2)
        await asyncio.sleep(1)
        await self.shoot("inspector")
        view.toggle_pause()

    async def _publish(self) -> None:
        self.window.compose()
        self.studio.composer.edit(
            exchange="shop",
            routing_key="order.new",
            properties={"content_type": "application/json", "message_id": "order-1"},
            body='{\n  "id": 1,\n  "customer": "Ada Young",\n  "total": 129.90\n}',
        )
        self.studio.composer.set_header((0,), HeaderDraft("x-tenant", "string", "acme"))
        await self.until(lambda: self.studio.composer.route.startswith("Will reach"))
        await self.studio.composer.send()
        self.window.inspector.tabs.setCurrentIndex(0)
        await asyncio.sleep(1)
        await self.shoot("publish")

    # ---- what is declared

    async def _shop(self) -> None:
        """The shop with dead letters, retries and policies; made once."""
        workspace = self.studio.workspace
        await self.until(lambda: workspace.is_live and workspace.exchanges)
        if workspace.queue(VHOST, "refunds") is not None:
            return
        self.start("retry")
        await self.until(lambda: workspace.queue(VHOST, "refunds") is not None)
        client = workspace.client
        for name, pattern, priority, definition in (
            ("mail-ttl", "^mail", 0, {"message-ttl": 60_000, "max-length": 10_000}),
            ("refunds", "^refunds", 5, {"max-length": 1_000, "overflow": "drop-head"}),
            ("everything", ".*", 1, {"max-length-bytes": 100_000_000}),
        ):
            await client.put_policy(Policy(VHOST, name, pattern, definition, priority, AppliesTo.QUEUES))
        await client.put_vhost(VhostSpec("staging", "Rehearsals", default_kind="quorum"))
        self.studio.structure.look_again()
        await self.until(lambda: len(self.studio.policies.rows) == 3)

    async def _take_form(self) -> None:
        await self._shop()
        dialog = self.window.structure.ask_declare()
        for name, text in (
            ("name", "orders.eu"), ("x-message-ttl", "60000"), ("x-max-length", "1000"),
            ("x-dead-letter-exchange", "refunds.dlx"), ("x-max-priority", "500"),
        ):  # fmt: skip
            dialog.form.edit(name, text)
        await self.shoot("form", on=dialog)
        dialog.reject()

    async def _take_exchange(self) -> None:
        await self._shop()
        self.window.open_exchange(VHOST, "refunds.topic")
        await asyncio.sleep(2)
        self.window._exchange_views[VHOST, "refunds.topic"].bindings.table.select_row(0)
        await self.shoot("exchange")

    async def _take_policies(self) -> None:
        await self._shop()
        self.window.open_queue(VHOST, "refunds")
        self.window.panes.show_dock("policies")
        self.window.policies.table.select_row(1)
        await self.shoot("policies")

    async def _take_users(self) -> None:
        await self._shop()
        client = self.studio.workspace.client
        for name, tags, patterns in (
            ("shop", (), ("^refunds", ".*", "^refunds")), ("watcher", ("monitoring",), ("", "", ".*"))
        ):  # fmt: skip
            await client.call(PutUser(name, tags, password="secret"), PutReply)
            await client.call(PutPermission(name, VHOST, *patterns), PutReply)
        self.window.panes.show_dock("users")
        access = self.studio.access
        access.look_again()
        await self.until(lambda: access.user("watcher"))
        place = access.users.index_of("shop")
        self.window.access.users.select_row(place)
        await self.until(lambda: len(access.permissions))
        self.window.access.permissions.select_row(0)
        dialog = self.window.access.ask_edit()
        await self.shoot("users", on=dialog)
        dialog.reject()
        await self.shoot("users-panel")

    async def _take_path(self) -> None:
        await self._shop()
        self.window.open_queue(VHOST, "refunds")
        view = self.window.queue_view
        await self.until(lambda: any(row.state == "done" for row in view.page.rows.rows))
        self.window.panes.show_dock("clients")
        self._select(view, "done")
        self.window.inspector.tabs.setCurrentIndex(3)
        await self.until(self.studio.inspector.path)
        await self.shoot("path")

    def _select(self, view, state: str) -> None:  # type: ignore[no-untyped-def]  # a QueueView
        rows = view.page.rows.rows
        place = next((i for i, row in enumerate(rows) if row.state == state), 0)
        view.table.select_row(place)

    def start(self, role: str) -> None:
        """Start one of the programs in the pictures."""
        port = str(self.studio.workspace.port())
        self._programs.append(subprocess.Popen([sys.executable, str(TRAFFIC), port, role]))

    def stop_programs(self) -> None:
        """End the programs we started."""
        for program in self._programs:
            program.terminate()
            program.wait()

    async def until(self, is_true: Callable[[], object]) -> None:
        """Wait for the window to show something."""
        try:
            async with asyncio.timeout(WAIT_TIMEOUT_S):
                while not is_true():  # noqa: ASYNC110 - the window changes by itself
                    await asyncio.sleep(0.1)
        except TimeoutError:
            self.window.grab().save(str(self.folder / "stuck.png"))
            raise

    async def shoot(
        self,
        name: str,
        is_ready: Callable[[], object] = lambda: True,
        on: QWidget | None = None,
        modes: tuple[str, ...] = ("light", "dark"),
    ) -> None:
        """Take a picture in both palettes, or in others."""
        from mqstudio.gui.theme import Mode  # noqa: PLC0415 - Qt needs the display first

        for mode in map(Mode, modes):
            self.theme.set_mode(mode)
            await asyncio.sleep(0.6)
            await self.until(is_ready)
            (on or self.window).grab().save(str(self.folder / f"{name}-{mode.value}.png"))
            print(f"{name}-{mode.value}.png")


def _is_lively(view) -> bool:  # type: ignore[no-untyped-def]  # a QueueView
    """Whether the rows on screen show a message in each state."""
    states = [row.state for row in view.page.rows.rows[:12]]
    return {"ready", "in_flight", "done"} <= set(states)


def _settled(workspace) -> int:  # type: ignore[no-untyped-def]  # a Workspace
    orders = workspace.queue(VHOST, "orders")
    return orders.counters.settled if orders else 0


if __name__ == "__main__":
    sys.exit(main())
