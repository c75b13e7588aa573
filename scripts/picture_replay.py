"""Pictures of the replay panel: a dry run, under way, and done with failures."""

import asyncio

NAMES = ("replay", "replay-running", "replay-failed")


async def take(camera, wanted: set[str]) -> None:  # type: ignore[no-untyped-def]  # see pictures.Camera
    """All of them, or those wanted."""
    if wanted and not wanted & set(NAMES):
        return
    from mqstudio.client.replay_values import TargetKind  # noqa: PLC0415 - Qt needs the display first

    window, studio = camera.window, camera.studio
    workspace, panel = studio.workspace, studio.replay
    await camera.until(lambda: workspace.is_live and workspace.exchanges)
    for role in ("shop", "worker-1", "worker-2"):
        camera.start(role)
    await camera.until(lambda: workspace.queue("/", "orders") is not None)
    window.open_queue("/", "orders")
    await camera.until(lambda: len(window.queue_view.page.rows.rows) > 150)
    await workspace.client.declare_queue("rehearsal")
    await asyncio.sleep(3)
    window.resizeDocks([window.panes.docks["replay"]], [380], _vertical())
    window.actions_by_name["replay"].trigger()
    panel.edit(target=TargetKind.ORIGINAL, is_changing=True, patch="$.total = round($.total * 1.1, 2)")
    await panel.look()
    await asyncio.sleep(1)
    await panel.try_out()
    if not wanted or "replay" in wanted:
        await camera.shoot("replay")
    panel.edit(target=TargetKind.QUEUE, name="rehearsal", patch="$.total = round($.total * 1.1, 2)")
    await _during(camera, panel, wanted)
    await _failed(camera, panel, wanted, TargetKind)


def _vertical():  # type: ignore[no-untyped-def]  # imported late
    from PySide6.QtCore import Qt  # noqa: PLC0415 - Qt needs the display first

    return Qt.Orientation.Vertical


async def _during(camera, panel, wanted: set[str]) -> None:  # type: ignore[no-untyped-def]  # see take
    await panel.look()
    await panel.try_out()
    async with asyncio.TaskGroup() as group:
        group.create_task(panel.start())
        await camera.until(lambda: panel.is_running and panel.replaying.counts.confirmed > 100)
        if not wanted or "replay-running" in wanted:
            await camera.shoot("replay-running")
        panel.stop()


async def _failed(camera, panel, wanted: set[str], kinds) -> None:  # type: ignore[no-untyped-def]  # see take
    panel.edit(target=kinds.EXCHANGE, name="shop", key="nowhere.{key}", has_gaps=False, failures="40")
    await panel.start()
    await asyncio.sleep(1)
    if not wanted or "replay-failed" in wanted:
        await camera.shoot("replay-failed")
