"""Pictures of exports: the form with what would be taken out, and a recording opened beside."""

import asyncio
import json
import tempfile
from pathlib import Path

import pika
from msgspec.structs import replace

VHOST = "/"
NAMES = ("export", "recordings")
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
    window.exporting.folder = Path("/tmp")
    dialog = window.exporting.ask()
    dialog.form.edit("what", "queue")
    await camera.until(lambda: "MB" in dialog.form.summary() or "KB" in dialog.form.summary())
    await camera.shoot("export", on=dialog)
    dialog.reject()


def _recording(folder: Path, name: str, *, is_second: bool) -> Path:
    """A morning of a shop; the second one loses some, gains some, and has another price."""
    from mqstudio.exporters.base import Options, Record  # noqa: PLC0415 - Qt needs the display first
    from mqstudio.exporters.jsonl import EXPORTER  # noqa: PLC0415
    from mqstudio.model.message import Properties  # noqa: PLC0415
    from mqstudio.model.rows import LifeStep, MessageRow, MessageState  # noqa: PLC0415

    file, path = EXPORTER.write(Options()), folder / name
    with path.open("wb") as out:
        for number in range(40):
            if is_second and number % 13 == 4:
                continue
            total = 12.5 if is_second and number % 11 == 3 else 10.0
            state = MessageState.DROPPED if is_second and number % 17 == 6 else MessageState.DONE
            because = "accepted" if state is MessageState.DONE else "expired"
            body = json.dumps({"order": number, "total": total}).encode()
            key = f"order-{number}" if not is_second or number < 37 else f"order-{number + 10}"
            row = MessageRow(number + 1, "orders", state, "orders.ex", "eu.new", len(body), "", 1)
            row = replace(row, ended_because=because)
            life = (LifeStep(1, "enqueued", "orders", ""), LifeStep(9, "settled", "orders", because))
            out.write(file.record(Record("/", row, Properties(message_id=key), body, "amqp091", life)))
    return path


async def _take_recordings(camera) -> None:  # type: ignore[no-untyped-def]  # a Camera
    await camera.until(lambda: camera.studio.workspace.is_live)
    dialog = camera.window.files.compare()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        left = _recording(folder, "monday.jsonl", is_second=False)
        right = _recording(folder, "tuesday.jsonl", is_second=True)
        dialog.pair.choose(left=left, right=right)
        await dialog.pair.compare()
        await camera.shoot("recordings", on=dialog)
    dialog.close()
