"""Pictures of the window around its panels: the table as it can be, halves, palette, preferences, all looks.

Beside light and dark: high contrast, text twice as large, empty, busy, a question, a broker that has gone.
"""

import asyncio

import pika
from msgspec.structs import replace
from PySide6.QtCore import Qt

VHOST = "/"
NAMES = ("columns", "halves", "selected", "palette", "preferences", "shortcuts", "rules", "empty", "no-match",
         "overload", "drag", "confirm", "contrast", "large", "lost")  # fmt: skip


async def take(camera, wanted: set[str]) -> None:  # type: ignore[no-untyped-def]  # a Camera
    """All pictures of this file, or the wanted ones."""
    if wanted and not wanted & set(NAMES):
        return
    workspace = camera.studio.workspace
    await camera.until(lambda: workspace.is_live and workspace.exchanges)
    await asyncio.to_thread(_fill, workspace.port())
    for role in ("shop", "worker-1", "worker-2", "mailer"):
        camera.start(role)
    await camera.until(lambda: workspace.queue(VHOST, "orders") is not None)
    camera.window.open_queue(VHOST, "orders")
    view = camera.window.queue_view
    await camera.until(lambda: len(view.page.rows) > 30)
    for name in NAMES:
        if not wanted or name in wanted:
            await globals()[f"_{name.replace('-', '_')}"](camera, view)


def _fill(port: int) -> None:
    """Queues to drop on, one with dead letters, one with many messages, one with nothing."""
    parameters = pika.ConnectionParameters(
        "127.0.0.1", port, client_properties={"connection_name": "warehouse"}
    )
    connection = pika.BlockingConnection(parameters)
    channel = connection.channel()
    dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "stock.dead"}
    channel.queue_declare("stock.dead")
    channel.queue_declare("stock", arguments=dead)
    channel.queue_declare("returns")
    channel.queue_declare("audit.2026")
    tenants = ("acme", "globex", "initech")
    for number in range(3_000):
        properties = pika.BasicProperties(
            content_type="application/json", correlation_id=f"c-{number // 3}", priority=number % 3,
            headers={"x-tenant": tenants[number % 3], "x-retry": number % 4},
        )  # fmt: skip
        body = b'{"sku": "A-%d", "total": %.2f, "items": %d}' % (number % 90, number * 1.3 % 400, number % 7)
        channel.basic_publish("", "stock", body, properties)
    for method, _, _ in channel.consume("stock", inactivity_timeout=2):
        if method is None or method.delivery_tag > 900:
            break
        if method.delivery_tag % 9 == 0:
            channel.basic_reject(method.delivery_tag, requeue=False)
        else:
            channel.basic_ack(method.delivery_tag)
    channel.cancel()
    connection.close()


async def _stock(camera):  # type: ignore[no-untyped-def]  # a QueueView
    camera.window.open_queue(VHOST, "stock")
    view = camera.window.queue_view
    await camera.until(lambda: len(view.page.rows) > 200 and view.page.is_loaded)
    return view


async def _columns(camera, _) -> None:  # type: ignore[no-untyped-def]
    """Columns from paths and headers, times since the one before, rules with their names, the minimap."""
    view = await _stock(camera)
    layout = view.page.columns.layout
    for key in ("progress", "tries", "key", "size", "body"):
        layout.hide(key)
    for key in ("headers.x-tenant", "body.sku", "body.total", "correlation_id"):
        layout.show(key)
    camera.studio.marks.toggle(view.page.rows.rows[3:5], 2)
    view.table.select_row(2)
    await asyncio.sleep(2)
    await camera.shoot("columns")
    layout.reset()


async def _halves(camera, _) -> None:  # type: ignore[no-untyped-def]
    await _stock(camera)
    camera.window.open_queue(VHOST, "orders")
    camera.window.tabs.split()
    await asyncio.sleep(1.5)
    await camera.shoot("halves")
    camera.window.tabs.split()


async def _selected(camera, _) -> None:  # type: ignore[no-untyped-def]
    """All of a long queue, and the question where it is to go."""
    view = await _stock(camera)
    view.table.setFocus()
    view.table.selectAll()
    await asyncio.sleep(0.5)
    camera.window.actions_by_name["move"].trigger()
    await camera.shoot("selected")
    view.ask_bar.close_question()


async def _palette(camera, _) -> None:  # type: ignore[no-untyped-def]
    palette = camera.window.comfort.palette_view
    palette.open("resubmit")
    await camera.shoot("palette")
    palette.close_palette()


async def _preferences(camera, _) -> None:  # type: ignore[no-untyped-def]
    camera.window.comfort.open_preferences()
    await camera.shoot("preferences")
    camera.window.tabs.close_front()


async def _shortcuts(camera, _) -> None:  # type: ignore[no-untyped-def]
    camera.window.comfort.open_shortcuts()
    await camera.shoot("shortcuts")
    camera.window.tabs.close_front()


async def _rules(camera, _) -> None:  # type: ignore[no-untyped-def]
    view = await _stock(camera)
    dialog = view.ask_rules()
    await camera.shoot("rules", on=dialog)
    dialog.reject()


async def _empty(camera, _) -> None:  # type: ignore[no-untyped-def]
    camera.window.open_queue(VHOST, "returns")
    await asyncio.sleep(1)
    await camera.shoot("empty")


async def _no_match(camera, _) -> None:  # type: ignore[no-untyped-def]
    view = await _stock(camera)
    view.page.filter.use("body.total > 10000")
    await camera.until(lambda: not view.page.is_searching and view.page.is_loaded)
    await camera.shoot("no-match")
    view.page.filter.clear()


async def _overload(camera, _) -> None:  # type: ignore[no-untyped-def]
    """The view is held while the broker goes on: how many are new, and how full the buffer is."""
    camera.window.open_queue(VHOST, "orders")
    view = camera.window.queue_view
    view.toggle_pause()
    await asyncio.sleep(3)
    await camera.shoot("overload")
    view.toggle_pause()


async def _drag(camera, _) -> None:  # type: ignore[no-untyped-def]
    """Three messages on their way to another queue."""
    from mqstudio.gui.dragging import Place  # noqa: PLC0415 - Qt needs the display first

    view = await _stock(camera)
    view.table.select_row(1)
    dragging, tree = camera.window.dragging, camera.window.explorer.table
    row = camera.studio.explorer.find_queue(VHOST, "returns")
    place = tree.visualRect(tree.row_model.index(row, 0)).center()
    dragging._source, dragging._what = Place(VHOST, "stock"), "3 messages"
    dragging.is_dragging = True
    dragging._show(tree.viewport().mapToGlobal(place), Qt.KeyboardModifier.NoModifier)
    await camera.shoot("drag")
    dragging.stop()


async def _confirm(camera, _) -> None:  # type: ignore[no-untyped-def]
    view = await _stock(camera)
    extent = await camera.studio.actions.extent(VHOST, "stock")
    when = extent.says(camera.studio.workspace.now_us())
    why = f"has {extent.count:,} messages, {when}, more than the bin holds: this cannot be undone"
    view.confirm.ask(why, "Purge for good", lambda: None)
    await camera.shoot("confirm")
    view.confirm.leave()


async def _contrast(camera, view) -> None:  # type: ignore[no-untyped-def]

    camera.window.open_queue(VHOST, "orders")
    await asyncio.sleep(1)
    view.table.select_row(2)
    await camera.shoot("contrast", modes=("contrast",))


async def _large(camera, view) -> None:  # type: ignore[no-untyped-def]
    camera.window.open_queue(VHOST, "orders")
    view.table.select_row(2)
    look = camera.theme.look
    camera.theme.set_look(replace(look, points=20.0, payload_points=20.0))
    await asyncio.sleep(1)
    await camera.shoot("large")
    camera.theme.set_look(replace(camera.theme.look, points=look.points, payload_points=look.payload_points))


async def _lost(camera, _) -> None:  # type: ignore[no-untyped-def]
    """The broker has gone: what was there stays readable, and what to do is said."""
    camera.studio.workspace.lose("The broker ended unexpectedly.")
    await asyncio.sleep(0.5)
    await camera.shoot("lost")
