"""Pictures of dead letters in triage, of changes before they are made, of definitions before they come."""

import asyncio
import json
import tempfile
from pathlib import Path

import pika

from mqstudio.model.access import PutReply, PutTopicPermission

VHOST = "/"
NAMES = ("triage", "change", "definitions", "limits")


async def take(camera, wanted: set[str]) -> None:  # type: ignore[no-untyped-def]  # a Camera
    """All pictures of this file, or the wanted ones."""
    for name in NAMES:
        if not wanted or name in wanted:
            await globals()[f"_take_{name}"](camera)


def _fill(port: int) -> None:
    """A shop whose consumer rejects what it cannot book, and whose other one publishes why."""
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port))
    channel = connection.channel()
    channel.queue_declare("orders.dlq", durable=True)
    channel.queue_declare(
        "orders.in",
        durable=True,
        arguments={
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": "orders.dlq",
            "x-max-length": 40,
        },
    )
    errors = ("ValidationError: total<0 in order 88120", "TimeoutError: bank did not answer", "")
    for number in range(120):
        error = errors[0 if number % 3 else 1 if number % 2 else 2]
        headers = {"x-tenant": "acme" if number % 4 else "globex"}
        if error:
            headers["x-exception-message"] = error.replace("88120", str(88120 + number))
        body = f'{{"id": {number}, "total": -{number + 1}.50, "customer": "Ada Young"}}'
        properties = pika.BasicProperties(headers=headers, content_type="application/json")
        channel.basic_publish("", "orders.in", body.encode(), properties)
    for _ in range(30):
        method, _, _ = channel.basic_get("orders.in")
        channel.basic_nack(method.delivery_tag, requeue=False)
    connection.close()


async def _take_triage(camera) -> None:  # type: ignore[no-untyped-def]  # a Camera
    workspace, studio, window = camera.studio.workspace, camera.studio, camera.window
    await camera.until(lambda: workspace.is_live and workspace.exchanges)
    await asyncio.to_thread(_fill, workspace.port())
    await camera.until(
        lambda: workspace.queue(VHOST, "orders.dlq") and studio.structure.queue(VHOST, "orders.dlq")
    )
    window.open_queue(VHOST, "orders.dlq")
    view = window.queue_view
    await camera.until(lambda: view.tabs.isTabVisible(3))
    view.tabs.setCurrentIndex(3)
    triage = view.triage.triage
    await camera.until(lambda: triage.is_taken and not triage.unread)
    triage.edit_patch("$.total = abs($.total); header.fixed = true")
    await triage.preview()
    triage.edit(rate="20")
    view.triage.letters.select_row(0)
    await asyncio.sleep(1)
    await camera.shoot("triage")
    triage.group_by(type(triage.by).HEADER, "x-tenant")
    await camera.until(lambda: not triage.unread)
    triage.select("globex")
    view.triage.start()
    await camera.until(lambda: triage.redrive is not None and triage.redrive.done > 20)
    await camera.shoot("triage-redrive")
    triage.cancel()


async def _letters(camera) -> None:  # type: ignore[no-untyped-def]  # a Camera
    workspace, structure = camera.studio.workspace, camera.studio.structure
    await camera.until(lambda: workspace.is_live and workspace.exchanges)
    if workspace.queue(VHOST, "orders.dlq") is None:
        await asyncio.to_thread(_fill, workspace.port())
    structure.look_again()
    await camera.until(lambda: structure.queue(VHOST, "orders.dlq"))


async def _take_change(camera) -> None:  # type: ignore[no-untyped-def]  # a Camera
    await _letters(camera)
    camera.window.open_queue(VHOST, "orders.dlq")
    for name, changes in (
        ("change", {"x-message-ttl": "30000", "x-max-length": "1000"}),
        ("change-anew", {"x-max-priority": "5"}),
    ):
        dialog = camera.window.structure.ask_edit()
        for field, text in changes.items():
            dialog.form.edit(field, text)
        await camera.shoot(name, on=dialog)
        dialog.reject()


async def _take_definitions(camera) -> None:  # type: ignore[no-untyped-def]  # a Camera
    await _letters(camera)
    queues = [
        {"name": name, "vhost": VHOST, "durable": True, "auto_delete": False, "arguments": arguments}
        for name, arguments in (
            ("orders.in", {"x-message-ttl": 30_000}), ("orders.eu", {"x-queue-type": "quorum"}),
            ("orders.us", {}), ("audit", {"x-queue-type": "stream", "x-max-age": "7D"}),
        )
    ]  # fmt: skip
    content = {
        "vhosts": [{"name": VHOST}, {"name": "staging"}],
        "queues": queues,
        "exchanges": [{"name": "orders.ex", "vhost": VHOST, "type": "topic", "durable": True}],
        "bindings": [
            {"source": "orders.ex", "vhost": VHOST, "destination": f"orders.{land}",
             "destination_type": "queue", "routing_key": f"{land}.#", "arguments": {}}
            for land in ("eu", "us", "asia")
        ],
        "policies": [
            {"vhost": VHOST, "name": "ha", "pattern": "^ha", "definition": {"ha-mode": "all"}},
            {"vhost": VHOST, "name": "cap", "pattern": "^orders", "apply-to": "queues",
             "definition": {"max-length": 100_000}, "priority": 1},
        ],
        "global_parameters": [{"name": "cluster_name", "value": "rabbit@shop"}],
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "definitions.json"
        await asyncio.to_thread(file.write_text, json.dumps(content))
        view = camera.window.definitions.show_file(str(file))
        await camera.until(lambda: len(view.definitions.rows))
        await camera.shoot("definitions")


async def _take_limits(camera) -> None:  # type: ignore[no-untyped-def]  # a Camera
    await _letters(camera)
    camera.window.panes.show_dock("users")
    access = camera.studio.access
    access.look_again()
    await camera.until(lambda: access.user("guest"))
    client = camera.studio.workspace.client
    await client.call(PutTopicPermission("guest", "amq.topic", VHOST, "^eu", ".*"), PutReply)
    access.look_again()
    await camera.until(lambda: len(access.topics))
    await camera.shoot("limits")
