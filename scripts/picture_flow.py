"""Pictures of the flow page: with nothing, with the demo shop, with more than has room."""

import asyncio
from typing import Any

import pika

NAMES = ("flow-empty", "flow", "flow-edge", "flow-clustered")
MANY = 400
LOST_PER_S = 12


async def take(camera: Any, wanted: set[str]) -> None:
    """All of these pictures, or those wanted. Any: imported late, as in pictures.py."""
    chosen = [name for name in NAMES if not wanted or name in wanted]
    if not chosen:
        return
    workspace, window = camera.studio.workspace, camera.window
    await camera.until(lambda: workspace.is_live and workspace.exchanges)
    view = window.flow.show()
    await asyncio.sleep(1)
    if "flow-empty" in chosen and view.flow.is_empty:
        await camera.shoot("flow-empty")
    view.demo_button.click()
    await camera.until(lambda: len(view.flow.graph.nodes) >= 11)
    port = workspace.port()
    link = pika.BlockingConnection(
        pika.ConnectionParameters("127.0.0.1", port, client_properties={"connection_name": "returns desk"})
    )
    channel = link.channel()
    try:
        async with asyncio.TaskGroup() as group:
            losing = group.create_task(_lose(channel, link))
            await camera.until(lambda: any(each.is_losing for each in view.flow.graph.edges.values()))
            window.flow.show()
            view.canvas.fit()
            await asyncio.sleep(3)
            if "flow" in chosen:
                await camera.shoot("flow")
            if "flow-edge" in chosen:
                edge = next(each for each in view.flow.graph.edges.values() if each.is_losing)
                view.flow.select(edge.key)
                await camera.shoot("flow-edge")
            losing.cancel()
        if "flow-clustered" in chosen:
            view.flow.select(None)
            await _crowd(camera, view, channel)
    finally:
        link.close()


async def _lose(channel: Any, link: Any) -> None:
    while True:
        channel.basic_publish("shop", "return.asked", b"{}")
        link.process_data_events(0)
        await asyncio.sleep(1 / LOST_PER_S)


async def _crowd(camera: Any, view: Any, channel: Any) -> None:
    for number in range(MANY):
        region = ("eu", "us", "asia", "africa")[number % 4]
        channel.queue_declare(f"{region}.orders.{number}", auto_delete=True)
        channel.queue_bind(f"{region}.orders.{number}", "shop", f"{region}.#")
    await camera.until(lambda: len(view.flow.whole.nodes) > MANY)
    camera.window.flow.show()
    view.canvas.fit()
    await camera.shoot("flow-clustered")
