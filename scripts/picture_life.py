"""Pictures of what happened to messages: the lifecycle of one."""

import asyncio
import time

import pika

VHOST = "/"
NAMES = ("lifecycle",)
DEAD_TO = {"x-dead-letter-exchange": "orders.dlx", "x-dead-letter-routing-key": "failed"}


async def take(camera, wanted: set[str]) -> None:  # type: ignore[no-untyped-def]  # a Camera
    """All pictures of this file, or the wanted ones."""
    for name in NAMES:
        if not wanted or name in wanted:
            await globals()[f"_take_{name}"](camera)


def _connect(port: int, name: str) -> pika.BlockingConnection:
    properties = {"connection_name": name}
    return pika.BlockingConnection(
        pika.ConnectionParameters("127.0.0.1", port, client_properties=properties)
    )


def _an_order(port: int) -> pika.BlockingConnection:
    """An order that goes to two queues, is given back, rejected, and held again as a dead letter."""
    shop, worker, clerk = (_connect(port, name) for name in ("shop", "worker-1", "clerk"))
    channel = shop.channel()
    channel.exchange_declare("orders.ex", "topic")
    channel.exchange_declare("orders.dlx", "direct")
    for queue, key, arguments in (
        ("orders.life", "eu.*", DEAD_TO), ("audit.life", "#", {}), ("orders.us", "us.*", {}),
        ("orders.vip", "EU.*", {}), ("orders.bulk", "eu.*.bulk", {}),
    ):  # fmt: skip
        channel.queue_declare(queue, arguments=arguments)
        channel.queue_bind(queue, "orders.ex", key)
    channel.queue_declare("orders.failed", arguments={"x-message-ttl": 600_000})
    channel.queue_bind("orders.failed", "orders.dlx", "failed")
    properties = pika.BasicProperties(message_id="order-8812", content_type="application/json")
    channel.basic_publish("orders.ex", "eu.new", b'{"id": 8812, "total": -5.50}', properties)
    work = worker.channel()
    for requeue, held_s in ((True, 0.04), (False, 0.4)):
        time.sleep(0.3)
        method, _, _ = work.basic_get("orders.life")
        time.sleep(held_s)
        work.basic_nack(method.delivery_tag, requeue=requeue)
    audit = clerk.channel()
    audit.basic_ack(audit.basic_get("audit.life")[0].delivery_tag)
    audit.basic_get("orders.failed")
    shop.close()
    worker.close()
    return clerk


async def _take_lifecycle(camera) -> None:  # type: ignore[no-untyped-def]  # a Camera
    workspace, studio, window = camera.studio.workspace, camera.studio, camera.window
    await camera.until(lambda: workspace.is_live and workspace.exchanges)
    clerk = await asyncio.to_thread(_an_order, workspace.port())
    await camera.until(lambda: workspace.queue(VHOST, "orders.life"))
    window.open_queue(VHOST, "orders.life")
    view = window.queue_view
    await camera.until(lambda: len(view.page.rows))
    view.table.select_row(0)
    await camera.until(lambda: studio.inspector.detail is not None)
    window.actions_by_name["lifecycle"].trigger()
    await camera.until(lambda: studio.lifecycle.story is not None)
    studio.lifecycle.choose(next(i for i, m in enumerate(studio.lifecycle.story.marks) if m.leads_to))
    for dock in window.panes.docks.values():
        dock.hide()
    await camera.shoot("lifecycle")
    for dock in window.panes.docks.values():
        dock.show()
    clerk.close()
