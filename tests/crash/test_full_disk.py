"""A disk that fills up, on a small file system of its own: nothing confirmed is lost, nobody crashes."""

import asyncio
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.support.broker import RunningBroker, running_broker
from tests.support.waiting import eventually

DISK_MIB = 64
BODY = bytes(100_000)
PERSISTENT = pika.BasicProperties(delivery_mode=2)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 MiB in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(folder)]
    mounted = os.name == "posix" and subprocess.run(command, capture_output=True, check=False).returncode == 0
    if not mounted:
        pytest.skip("a file system can be mounted here by root only")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def data_dir(small_disk: Path, tmp_path: Path) -> Path:
    """A data folder whose profile is on the small disk; the log is not, so that all of it can be read."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "default.mqs").symlink_to(small_disk / "default.mqs")
    return folder


def open_channel(broker: RunningBroker) -> BlockingChannel:
    return pika.BlockingConnection(pika.URLParameters(broker.url)).channel()


def blocked_by(broker: RunningBroker) -> tuple[str, ...]:
    async def ask() -> tuple[str, ...]:
        async with await broker.attach() as client:
            return (await client.store_health()).blocked_by

    return asyncio.run(ask())


def fill(folder: Path, leave_bytes: int) -> Path:
    """Take all room but so much."""
    stuff = folder / "stuff"
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    with stuff.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, free - leave_bytes))
    return stuff


def drain(channel: BlockingChannel, queue: str) -> int:
    count = 0
    while True:
        method, _, body = channel.basic_get(queue)
        if method is None:
            return count
        assert body == BODY
        channel.basic_ack(method.delivery_tag)
        count += 1


def test_low_on_disk_blocks_publishers_and_not_consumers(small_disk: Path, data_dir: Path) -> None:
    with running_broker(data_dir, "--disk-low", "20M") as broker:
        channel = open_channel(broker)
        channel.queue_declare("q", durable=True)
        channel.confirm_delivery()
        reasons: list[str] = []
        channel.connection.add_on_connection_blocked_callback(
            lambda _, frame: reasons.append(frame.method.reason)
        )
        for _ in range(5):
            channel.basic_publish("", "q", BODY, PERSISTENT)
        stuff = fill(small_disk, 10 << 20)
        eventually(lambda: blocked_by(broker) == ("disk",))
        eventually(lambda: channel.connection.process_data_events(0) or reasons == ["low on disk"])
        consumer = open_channel(broker)
        assert drain(consumer, "q") == 5
        stuff.unlink()
        eventually(lambda: blocked_by(broker) == ())
        channel.basic_publish("", "q", BODY, PERSISTENT)
        assert drain(consumer, "q") == 1
        consumer.connection.close()
        channel.connection.close()


def test_full_and_free_again_without_a_restart(small_disk: Path, data_dir: Path) -> None:
    """The mark is so low that the disk is really full before publishers are told to wait."""
    spare = small_disk / "default.mqs.spare"
    with running_broker(data_dir, "--disk-low", "1") as broker:
        declaring = open_channel(broker)
        declaring.queue_declare("q", durable=True)
        declaring.connection.close()
        eventually(spare.exists)
        stuff = fill(small_disk, 2 << 20)
        publisher = Publisher(broker.url)
        publisher.start()
        eventually(lambda: not spare.exists(), within_s=30)
        eventually(lambda: blocked_by(broker) == ("disk",))
        assert any("is full" in line for line in broker.log())
        consumer = open_channel(broker)
        method, _, _ = consumer.basic_get("q")
        consumer.basic_ack(method.delivery_tag)
        consumer.connection.close()
        stuff.unlink()
        eventually(lambda: blocked_by(broker) == (), within_s=30)
        before = publisher.confirmed
        eventually(lambda: publisher.confirmed > before, within_s=30)
        publisher.stop()  # before the disk is full once more
        eventually(spare.exists)
    with running_broker(data_dir, "--disk-low", "1") as broker:
        channel = open_channel(broker)
        assert drain(channel, "q") == publisher.confirmed - 1
        assert publisher.confirmed > 10
        channel.connection.close()


class Publisher(threading.Thread):
    """Publishes one message after another, each when the one before was confirmed."""

    def __init__(self, url: str) -> None:
        super().__init__(name="publisher")
        self.confirmed = 0
        self._url = url
        self._is_told_to_stop = threading.Event()

    def run(self) -> None:
        connection = pika.BlockingConnection(pika.URLParameters(self._url))
        channel = connection.channel()
        channel.confirm_delivery()
        while not self._is_told_to_stop.is_set():
            channel.basic_publish("", "q", BODY, PERSISTENT)  # raises if it is refused
            self.confirmed += 1
        connection.close()

    def stop(self) -> None:
        self._is_told_to_stop.set()
        self.join(20)
        assert not self.is_alive()
