"""Pictures of exports: the form with what would be taken out, and a recording opened beside."""

import asyncio
import json
from pathlib import Path

import pika

VHOST = "/"
NAMES = ("export",)
QUEUE = "payments"


async def take(camera, wanted: set[str]) -> None:  # type: ignore[no-untyped-def]  # a Camera
    """All pictures of this file, or the wanted ones."""
    for name in NAMES:
        if not wanted or name in wanted:
            await globals()[f"_take_{name}"](camera)


def _payments(port: int) -> None:
    """Messages with what must not leave the house."""
    told = {"connection_name": "checkout"}
    parameters = pika.ConnectionParameters("127.0.0.1", port, client_properties=told)
    with pika.BlockingConnection(parameters) as connection:
        channel = connection.channel()
        channel.queue_declare(QUEUE, durable=True)
        for number in range(1_200):
            body = {
                "payment": 7_000 + number,
                "amount": f"{number % 90 + 9}.50",
                "customer": {"name": "Ada Lovelace", "password": "correct horse"},
                "card": "4111 1111 1111 1111" if not number % 3 else None,
            }
            headers = {"Authorization": "Bearer eyJhbGciOi.eyJzdWIi.c2ln", "tenant": "acme"}
            properties = pika.BasicProperties("application/json", headers=headers, delivery_mode=2)
            channel.basic_publish("", QUEUE, json.dumps(body).encode(), properties)


async def _take_export(camera) -> None:  # type: ignore[no-untyped-def]  # a Camera
    workspace, window = camera.studio.workspace, camera.window
    await camera.until(lambda: workspace.is_live and workspace.exchanges)
    await asyncio.to_thread(_payments, workspace.port())
    await camera.until(lambda: workspace.queue(VHOST, QUEUE))
    window.open_queue(VHOST, QUEUE)
    view = window.queue_view
    await camera.until(lambda: view.page.rows.rows)
    window.exporting.folder = Path.home()
    dialog = window.exporting.ask()
    dialog.form.edit("what", "queue")
    await camera.until(lambda: "MB" in dialog.form.summary() or "KB" in dialog.form.summary())
    await camera.shoot("export", on=dialog)
    dialog.reject()
