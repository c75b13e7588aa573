"""The bars above the messages: exact, whatever became of them; a marked time is shown, and exported."""

import asyncio
import json
import time
from pathlib import Path

import pika
from PySide6.QtWidgets import QApplication

from mqstudio.client.exporting import Wanted
from mqstudio.model.volume import OUTCOMES
from tests.support.window import Person, at_the_window


def every_fate(port: int) -> pika.BlockingConnection:
    """Three acked and, a moment later, two rejected, one expired, two ready and one in flight."""
    connection = pika.BlockingConnection(pika.ConnectionParameters("localhost", port))
    channel = connection.channel()
    channel.queue_declare("orders")
    channel.confirm_delivery()
    for number in range(3):
        channel.basic_publish("", "orders", b'{"early": %d}' % number)
        channel.basic_ack(channel.basic_get("orders")[0].delivery_tag)
    until_s = time.monotonic() + 0.02  # so that the filter, which knows milliseconds, can tell them apart
    while time.monotonic() < until_s:
        channel.basic_get("orders")
    for number in range(2):
        channel.basic_publish("", "orders", b'{"late": %d}' % number)
        channel.basic_reject(channel.basic_get("orders")[0].delivery_tag, requeue=False)
    channel.basic_publish("", "orders", b"gone", pika.BasicProperties(expiration="1"))
    while channel.queue_declare("orders", passive=True).method.message_count:
        connection.process_data_events(0.001)
    for number in range(3):
        channel.basic_publish("", "orders", b'{"waits": %d}' % number)
    channel.basic_get("orders")
    return connection


def test_bars_are_exact_and_a_marked_time_is_shown_and_exported(qapp: QApplication, data_dir: Path) -> None:
    async def story(person: Person) -> None:
        connection = await asyncio.to_thread(every_fate, person.port)
        await person.until(lambda: person.explorer("orders"))
        person.window.open_queue("/", "orders")
        view = person.page
        wanted = {"done": 3, "rejected": 2, "expired": 1, "ready": 2, "in_flight": 1}

        def told() -> dict[str, int]:
            totals = view.volume.panel.totals()
            return {name: number for name, number in zip(OUTCOMES, totals, strict=True) if number}

        await person.until(lambda: told() == wanted)
        await person.until(lambda: len(person.messages()) == 9)
        assert view.volume.words.text().startswith("9 messages: 3 acked, 2 rejected, 1 expired")
        panel = view.volume.panel
        fourth = sorted(person.messages(), key=lambda row: row.message_id)[3]
        panel.mark(fourth.published_at_us - 5_000, panel.span()[1] + 1_000_000)
        panel.apply()
        await person.until(lambda: len(person.messages()) == 6)
        assert not any("early" in row.preview for row in person.messages())
        path = data_dir / "shown.jsonl"
        wanted_now = view.page.filter.active
        assert await person.studio.exports.export(Wanted((("/", "orders"),), wanted_now), path) == 6
        bodies = [json.loads(line).get("body") for line in path.read_text().splitlines()]
        assert not any(isinstance(body, dict) and "early" in body for body in bodies)
        connection.close()

    at_the_window(qapp, data_dir, story)
