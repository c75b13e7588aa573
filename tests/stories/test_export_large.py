"""A large message that is in a queue, and not to survive a restart, is exported whole."""

import json
import subprocess
import sys
from pathlib import Path

import pika

from tests.support.broker import running_broker

SIZE = 2_500_000


def test_a_large_transient_message_is_exported_whole(tmp_path: Path) -> None:
    """Of its body the ledger keeps the head; the broker has it all."""
    with running_broker(tmp_path / "data") as broker:
        connection = pika.BlockingConnection(pika.ConnectionParameters("localhost", broker.port_amqp))
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare("big")
        for body in (b"before", b"x" * SIZE, b"behind"):
            channel.basic_publish("", "big", body)
        to = tmp_path / "big.jsonl"
        command = [sys.executable, "-m", "mqstudio", "export", "big", "--to", str(to)]
        subprocess.run(
            [*command, "--data-dir", str(broker.data_dir)], check=True, timeout=60, capture_output=True
        )
        connection.close()
    sizes = [json.loads(line)["size_bytes"] for line in to.read_text().splitlines()]
    bodies = [json.loads(line)["body"] for line in to.read_text().splitlines()]
    assert sizes == [6, SIZE, 6]
    assert bodies[1] == "x" * SIZE
