"""Pictures of Why? and of Problems: some of a shop that goes wrong, and none."""

import asyncio
import socket

import pika

from mqstudio.model.queries import Search
from mqstudio.model.rows import MessageState

VHOST = "/"
NAMES = ("why", "problems", "no-problems")


async def take(camera, wanted: set[str]) -> None:  # type: ignore[no-untyped-def]  # a Camera
    """All pictures of this file, or the wanted ones."""
    if wanted and not wanted & set(NAMES):
        return
    workspace = camera.studio.workspace
    await camera.until(lambda: workspace.is_live and workspace.exchanges)
    camera.window.panes.show_dock("problems")
    await camera.until(lambda: camera.studio.problems.is_known)
    for each in [*camera.studio.problems.answers]:
        camera.studio.problems.mute(each.key)
    if not wanted or "no-problems" in wanted:
        await camera.shoot("no-problems")
    clients = await asyncio.to_thread(_a_shop_that_goes_wrong, workspace.port())
    if not wanted or "problems" in wanted:
        await _take_problems(camera)
    if not wanted or "why" in wanted:
        await _take_why(camera)
    for each in clients:
        each.close()


def _connect(port: int, name: str, **options: object) -> pika.BlockingConnection:
    properties = {"connection_name": name}
    parameters = pika.ConnectionParameters("127.0.0.1", port, client_properties=properties, **options)
    return pika.BlockingConnection(parameters)


def _a_shop_that_goes_wrong(port: int) -> list[pika.BlockingConnection]:
    """A busy consumer, a binding that nearly matches, poison, dead letters, and strangers at the door."""
    shop, worker = _connect(port, "shop"), _connect(port, "worker-1")
    channel = shop.channel()
    channel.exchange_declare("sales.ex", "topic")
    for queue, key in (("sales.eu", "sales.eu.*"), ("sales.audit", "sales.#")):
        channel.queue_declare(queue)
        channel.queue_bind(queue, "sales.ex", key)
    channel.queue_unbind("sales.audit", "sales.ex", "sales.#")
    channel.exchange_declare("sales.unbound")
    for number in range(8):
        channel.basic_publish("sales.ex", "sales.eu.new", b'{"id": %d, "total": 12.50}' % number)
    for _ in range(3):
        channel.basic_publish("sales.ex", "Sales.eu.new", b'{"id": 9, "total": 3.20}')
        channel.basic_publish("sales.unbound", "new", b"{}")
    channel.queue_declare("sales.poison")
    channel.basic_publish("", "sales.poison", b'{"total": -1}')
    work = worker.channel()
    for _ in range(24):
        method = None
        while method is None:
            method, _, _ = work.basic_get("sales.poison")
        work.basic_nack(method.delivery_tag, requeue=True)
    work.basic_qos(prefetch_count=2)
    work.basic_consume("sales.eu", lambda *_: None, consumer_tag="eu-1")
    worker.process_data_events(time_limit=0.2)
    with socket.create_connection(("127.0.0.1", port)) as browser:
        browser.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        browser.recv(100)
    for options in ({"virtual_host": "shpo"}, {"credentials": pika.PlainCredentials("guest", "gast")}):
        try:
            _connect(port, "mailer", **options)
        except pika.exceptions.AMQPError:
            continue
    return [shop, worker]


async def _take_problems(camera) -> None:  # type: ignore[no-untyped-def]  # a Camera
    studio, window = camera.studio, camera.window
    window.panes.show_dock("problems")
    wanted = {"exchange_no_bindings", "redelivery_loop", "unknown_vhost", "http_on_amqp_port"}
    await camera.until(lambda: wanted <= {each.rule for each in studio.problems.answers})
    window.problems.list.setFocus()
    await camera.shoot("problems")


async def _take_why(camera) -> None:  # type: ignore[no-untyped-def]  # a Camera
    """Of a message that matched no binding, since a letter of its key is a capital one."""
    studio, window = camera.studio, camera.window
    lost = await _lost(studio.workspace.client)
    window.open_queue(VHOST, "sales.eu")
    view = window.queue_view
    await camera.until(lambda: len(view.page.rows))
    view.table.select_row(0)
    await camera.until(lambda: studio.inspector.detail is not None)
    window.actions_by_name["why"].trigger()
    await studio.inspector.show_at(VHOST, "", lost)
    await camera.until(lambda: [each for each in studio.why.answers if each.rule == "unroutable"])
    await camera.shoot("why")


async def _lost(client) -> int:  # type: ignore[no-untyped-def]  # a Client
    """The number of the latest message that no queue took."""
    async with client.watch(Search(exchange="sales.ex", states=[MessageState.DROPPED])) as found:
        async for item in found:
            if item.rows:
                return int(item.rows[0].message_id)
    return 0
