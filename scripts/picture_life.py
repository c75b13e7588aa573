"""Pictures of what happened to messages: the lifecycle of one, how many came when, a conversation."""

import asyncio
import time

import pika
from PySide6.QtCore import Qt

VHOST = "/"
NAMES = ("lifecycle", "volume", "conversation")
DEAD_TO = {"x-dead-letter-exchange": "orders.dlx", "x-dead-letter-routing-key": "failed"}


async def take(camera, wanted: set[str]) -> None:  # type: ignore[no-untyped-def]  # a Camera
    """All pictures of this file, or the wanted ones."""
    for name in NAMES:
        if not wanted or name in wanted:
            await globals()[f"_take_{name}"](camera)


def _connect(port: int, name: str) -> pika.BlockingConnection:
    properties = {"connection_name": name}
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port, client_properties=properties))


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


def _a_minute(port: int) -> pika.BlockingConnection:
    """Traffic in waves; most is acknowledged, some rejected, some expires, the end waits."""
    shop = _connect(port, "shop")
    channel = shop.channel()
    channel.queue_declare("orders.waves", arguments={"x-dead-letter-exchange": "orders.dlx"})
    for second in range(28):
        for number in range(6 + 5 * (second % 7)):
            expiration = "20" if number % 13 == 12 else None
            body = b'{"id": %d, "total": %d}' % (second * 100 + number, number * 10)
            channel.basic_publish("", "orders.waves", body, pika.BasicProperties(expiration=expiration))
        time.sleep(0.5)
        for number in range(0 if second > 24 else 40):
            method, _, _ = channel.basic_get("orders.waves")
            if method is None:
                break
            if number % 9 == 8:
                channel.basic_nack(method.delivery_tag, requeue=False)
            elif second < 23 or number % 2:
                channel.basic_ack(method.delivery_tag)
        time.sleep(0.5)
    return shop


async def _take_volume(camera) -> None:  # type: ignore[no-untyped-def]  # a Camera
    workspace, window = camera.studio.workspace, camera.window
    await camera.until(lambda: workspace.is_live and workspace.exchanges)
    shop = await asyncio.to_thread(_a_minute, workspace.port())
    await camera.until(lambda: workspace.queue(VHOST, "orders.waves"))
    window.open_queue(VHOST, "orders.waves")
    view = window.queue_view
    await camera.until(lambda: view.volume.panel.done_share >= 1.0 and len(view.page.rows) > 20)
    first, last = view.volume.panel.span()
    view.volume.panel.mark(first + (last - first) // 3, first + 2 * (last - first) // 3)
    view.volume.panel.apply()
    await asyncio.sleep(1)
    await camera.shoot("volume")
    shop.close()


def _an_order_is_placed(port: int) -> tuple[pika.BlockingConnection, ...]:
    """A shop asks for a price, orders, and hears back; the bank refuses first; the audit gets a copy."""
    shop, pricing, bank = (_connect(port, name) for name in ("shop", "pricing", "bank"))
    channel = shop.channel()
    channel.exchange_declare("sales", "topic")
    for queue, key in (("prices", "price.*"), ("payments", "payment.*"), ("audit", "payment.#")):
        channel.queue_declare(queue)
        channel.queue_bind(queue, "sales", key)
    replies = channel.queue_declare("shop.replies").method.queue

    def say(who: pika.BlockingConnection, exchange: str, key: str, kind: str, reply_to: str | None) -> None:
        properties = pika.BasicProperties(correlation_id="77ab", type=kind, reply_to=reply_to)
        who.channel().basic_publish(exchange, key, b'{"order": {"id": 8812}}', properties)

    say(shop, "sales", "price.get", "GetPrice", replies)
    asked = pricing.channel()
    method, _, _ = asked.basic_get("prices")
    time.sleep(0.03)
    say(pricing, "", replies, "Price", None)
    asked.basic_ack(method.delivery_tag)
    channel.basic_ack(channel.basic_get("shop.replies")[0].delivery_tag)
    say(shop, "sales", "payment.new", "Charge", replies)
    paying = bank.channel()
    method, _, _ = paying.basic_get("payments")
    time.sleep(0.2)
    paying.basic_nack(method.delivery_tag, requeue=True)
    method, _, _ = paying.basic_get("payments")
    time.sleep(0.06)
    say(bank, "", replies, "Charged", None)
    paying.basic_ack(method.delivery_tag)
    channel.basic_ack(channel.basic_get("shop.replies")[0].delivery_tag)
    return shop, pricing, bank


async def _take_conversation(camera) -> None:  # type: ignore[no-untyped-def]  # a Camera
    workspace, studio, window = camera.studio.workspace, camera.studio, camera.window
    await camera.until(lambda: workspace.is_live and workspace.exchanges)
    people = await asyncio.to_thread(_an_order_is_placed, workspace.port())
    await camera.until(lambda: workspace.queue(VHOST, "payments"))
    window.open_queue(VHOST, "payments")
    view = window.queue_view
    await camera.until(lambda: len(view.page.rows))
    view.table.select_row(0)
    studio.timeline.put(False)
    window.actions_by_name["conversation"].trigger()
    panel = studio.conversation
    await camera.until(lambda: panel.diagram is not None and not panel.is_searching)
    panel.choose(8)
    window.resizeDocks([window.panes.docks["conversation"]], [430], Qt.Orientation.Vertical)
    await asyncio.sleep(1)
    await camera.shoot("conversation")
    studio.timeline.put(True)
    for each in people:
        each.close()
