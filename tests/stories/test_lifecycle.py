"""What happened to a message, told right in the terminal and in the window: to two queues, given back, handed
over again, dead-lettered, acknowledged."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pika
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.support.broker import running_broker
from tests.support.window import Person, at_the_window

DEAD_TO = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "orders.dlq"}


def an_order_goes_its_way(port: int) -> None:
    """A program publishes to two queues, gives one back, rejects it, and acknowledges all else."""
    parameters = pika.ConnectionParameters(
        "localhost", port, client_properties={"connection_name": "worker-1"}
    )
    connection = pika.BlockingConnection(parameters)
    channel = connection.channel()
    channel.exchange_declare("orders.ex", "topic")
    for queue, key in (("orders", "eu.*"), ("audit", "#"), ("us", "us.*"), ("orders.dlq", "")):
        channel.queue_declare(queue, arguments=DEAD_TO if queue == "orders" else None)
        if key:
            channel.queue_bind(queue, "orders.ex", key)
    channel.confirm_delivery()
    channel.basic_publish("orders.ex", "eu.new", b'{"total": 5}', pika.BasicProperties(message_id="m1"))
    channel.basic_nack(channel.basic_get("orders")[0].delivery_tag, requeue=True)
    channel.basic_reject(channel.basic_get("orders")[0].delivery_tag, requeue=False)
    channel.basic_ack(channel.basic_get("audit")[0].delivery_tag)
    channel.basic_ack(channel.basic_get("orders.dlq")[0].delivery_tag)
    connection.close()


def mqstudio(data_dir: Path, *arguments: str) -> str:
    """Run a command as a person does; it must go well, and without Qt."""
    program = "import sys; sys.modules['PySide6'] = None; from mqstudio.cli import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", program, *arguments, "--data-dir", str(data_dir)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def whats(told: dict[str, Any], message_id: int, queue: str) -> list[str]:
    part = next(part for part in told["parts"] if part["message_id"] == message_id)
    return [step["what"] for step in part["steps"] if step["queue"] == queue]


def test_the_terminal_tells_a_life_from_publish_to_ack(tmp_path: Path) -> None:
    """Whichever of the two messages is asked about, the whole of it is told."""
    with running_broker(tmp_path / "data") as broker:
        an_order_goes_its_way(broker.port_amqp)
        text = mqstudio(tmp_path / "data", "message", "1")
        told = json.loads(mqstudio(tmp_path / "data", "message", "2", "--json"))
    assert [part["message_id"] for part in told["parts"]] == [1, 2]
    again = ["enqueued", "delivered", "settled", "requeued", "delivered", "settled", "dead_lettered"]
    assert whats(told, 1, "orders") == again
    assert whats(told, 1, "audit") == ["enqueued", "delivered", "settled"]
    assert whats(told, 2, "orders.dlq") == ["enqueued", "delivered", "settled"]
    lines = [line.strip() for line in text.splitlines()]
    assert '✗ us.* → us: key "eu.new" does not match "us.*": word 1 is "eu", not "us"' in lines
    assert "✓ eu.* → orders" in lines and "✓ # → audit" in lines
    assert any(line.startswith("message 2  dead letter of 1") for line in lines)
    assert any(line.startswith("queue orders: dead-lettered: rejected") for line in lines)
    assert any(line.startswith("queue orders.dlq: done") for line in lines)
    assert sum("worker-1 held it" in line for line in lines) == 4
    assert sum(" delivered " in line and line.endswith(" again") for line in lines) == 1


def test_the_window_draws_the_same_life(qapp: QApplication, data_dir: Path) -> None:
    """Chosen in the table, opened with L: lanes, holders, bindings; a click follows the dead letter."""

    async def story(person: Person) -> None:
        an_order_goes_its_way(person.port)
        await person.until(lambda: person.explorer("orders"))
        person.window.open_queue("/", "orders")
        await person.until(lambda: len(person.messages()) == 1)
        table = person.page.table
        person.click_row(table, 0)
        QTest.keyClick(table, Qt.Key.Key_L)
        panel = person.studio.lifecycle
        await person.until(lambda: panel.story is not None)
        life = person.window.inspector.lifecycle
        assert life.isVisible()
        drawn = panel.story
        assert drawn is not None
        assert [(lane.message_id, lane.queue) for lane in drawn.lanes] == [
            (1, ""), (1, "orders"), (1, "audit"), (2, ""), (2, "orders.dlq"),
        ]  # fmt: skip
        held = [bar for bar in drawn.bars if "worker-1 held it" in bar.title]
        assert [(bar.lane, bar.is_good) for bar in held] == [(1, False), (1, False), (2, True), (4, True)]
        assert 'us.* → us: key "eu.new" does not match "us.*"' in life.bindings.text()
        title = life.canvas.lane_rect(3).topLeft().toPoint() + QPoint(40, 10)
        none = Qt.KeyboardModifier.NoModifier
        QTest.mouseClick(life.canvas, Qt.MouseButton.LeftButton, none, title)
        await person.until(lambda: panel.story is not None and panel.story.message_id == 2)
        assert person.page.page.queue == "orders.dlq"
        assert [lane.is_own for lane in panel.story.lanes] == [False, False, False, True, True]  # type: ignore[union-attr]

    at_the_window(qapp, data_dir, story)
