"""The store process is killed, a commit fails, the file goes back: what clients and people see of it."""

import asyncio
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import apsw
import pika
import psutil

from mqstudio.client.client import Client
from mqstudio.model.queries import WatchSamples
from mqstudio.model.samples import Totals
from tests.support.address import Address
from tests.support.amqp091 import method as method_frame
from tests.support.broker import RunningBroker, running_broker
from tests.support.raw_client import RawClient
from tests.support.waiting import eventually

PERSISTENT = pika.BasicProperties(delivery_mode=2)
T = TypeVar("T")


def store_process(broker: RunningBroker) -> psutil.Process | None:
    """The process that writes, if one runs."""
    for child in psutil.Process(broker.process.pid).children():
        try:
            if "mqstudio.store.process" in child.cmdline():
                return child
        except psutil.NoSuchProcess:
            continue
    return None


def kill_store(broker: RunningBroker) -> None:
    process = store_process(broker)
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    eventually(lambda: (found := store_process(broker)) is not None and found.pid != process.pid)


def ask(broker: RunningBroker, work: Callable[[Client], Coroutine[Any, Any, T]]) -> T:
    async def run() -> T:
        async with await broker.attach() as client:
            return await work(client)

    return asyncio.run(run())


def totals(broker: RunningBroker) -> Totals:
    async def first(client: Client) -> Totals:
        async with client.watch(WatchSamples()) as samples:
            async for sample in samples:
                return sample.totals
        raise AssertionError("no sample")

    return ask(broker, first)


STALL_HEARTBEATS = 6


def test_who_waits_for_a_slow_disk_is_not_taken_for_dead(tmp_path: Path) -> None:
    """An answer that takes many heartbeats: neither side misses the other's."""
    with running_broker(tmp_path / "broker") as broker:
        connection = pika.BlockingConnection(pika.URLParameters(f"{broker.url}?heartbeat=1"))
        channel = connection.channel()
        channel.queue_declare("before", durable=True)
        store = store_process(broker)
        assert store is not None
        resuming = threading.Timer(STALL_HEARTBEATS, store.resume)
        began_s = time.monotonic()
        store.suspend()
        resuming.start()
        try:
            channel.queue_declare("q", durable=True)
        finally:
            store.resume()
            resuming.join()
        assert time.monotonic() - began_s >= STALL_HEARTBEATS
        channel.confirm_delivery()
        channel.basic_publish("", "q", b"x", PERSISTENT)
        connection.close()
        assert not [line for line in broker.log() if "heartbeat" in line]


def test_who_is_gone_is_missed_once_it_has_its_answer(tmp_path: Path) -> None:
    """What counts as a sign of life while we do not listen counts no longer than that."""
    with running_broker(tmp_path / "broker") as broker:
        mute = RawClient(Address("127.0.0.1", broker.port_amqp)).open(1, heartbeat_s=1)
        store = store_process(broker)
        assert store is not None
        store.suspend()
        began_s = time.monotonic()
        mute.send(method_frame(1, "queue.declare", 0, "q", False, True, False, False, False, {}))
        heard = []
        while time.monotonic() - began_s < STALL_HEARTBEATS:
            heard.append(mute.frame().name)
        assert set(heard) == {"heartbeat"}
        store.resume()
        while mute.frame().name != "queue.declare-ok":
            pass
        eventually(lambda: any("missed heartbeats" in line for line in broker.log()))
        mute.close()


def test_a_store_that_dies_during_the_goodbye_loses_nothing(tmp_path: Path) -> None:
    """Clients are still being said goodbye to; another process writes the last words."""
    with running_broker(tmp_path / "broker") as broker:
        with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            channel.queue_declare("q", durable=True)
            channel.basic_publish("", "q", b"x", PERSISTENT)
        lingering = RawClient(Address("127.0.0.1", broker.port_amqp)).open(1)

        def meanwhile() -> None:
            assert lingering.expect("connection.close").args[0] == 320
            process = store_process(broker)
            assert process is not None
            os.kill(process.pid, signal.SIGKILL)

        broker.stop(meanwhile)
        lingering.close()
        assert not [line for line in broker.log() if "last_commit_missing" in line]
    with (
        running_broker(tmp_path / "broker") as broker,
        pika.BlockingConnection(pika.URLParameters(broker.url)) as connection,
    ):
        method, _, body = connection.channel().basic_get("q")
        assert (body, method.redelivered) == (b"x", False), "the end was clean"


class Publisher(threading.Thread):
    """Publishes numbers with confirms, one after another; `confirmed` are those that were."""

    def __init__(self, url: str) -> None:
        super().__init__(name="publisher")
        self.confirmed: list[int] = []
        self.nacked: list[int] = []
        self._url = url
        self._is_told_to_stop = threading.Event()

    def run(self) -> None:
        connection = pika.BlockingConnection(pika.URLParameters(self._url))
        channel = connection.channel()
        channel.confirm_delivery()
        number = 0
        while not self._is_told_to_stop.is_set():
            try:
                channel.basic_publish("", "q", str(number).encode(), PERSISTENT)
                self.confirmed.append(number)
            except pika.exceptions.NackError:
                self.nacked.append(number)
            number += 1
        connection.close()

    def stop(self) -> None:
        self._is_told_to_stop.set()
        self.join(20)
        assert not self.is_alive()


def declare(broker: RunningBroker) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(broker.url))
    connection.channel().queue_declare("q", durable=True)
    connection.close()


def drain(broker: RunningBroker) -> list[int]:
    connection = pika.BlockingConnection(pika.URLParameters(broker.url))
    channel = connection.channel()
    got = []
    while (answer := channel.basic_get("q", auto_ack=True))[0] is not None:
        got.append(int(answer[2]))
    connection.close()
    return got


def test_a_killed_store_process_comes_back_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    with running_broker(tmp_path) as broker:
        declare(broker)
        publisher = Publisher(broker.url)
        publisher.start()
        for _ in range(4):
            before = len(publisher.confirmed)
            eventually(lambda before=before: len(publisher.confirmed) > before + 20)
            kill_store(broker)
        before = len(publisher.confirmed)
        eventually(lambda: len(publisher.confirmed) > before + 20)
        publisher.stop()
        assert publisher.nacked == []
        assert totals(broker).store_problem == ""
    with running_broker(tmp_path) as broker:
        assert drain(broker) == publisher.confirmed


def test_a_file_that_goes_back_behind_what_was_confirmed_is_a_red_alarm(tmp_path: Path) -> None:
    data, old = tmp_path / "data", tmp_path / "old.mqs"
    with running_broker(data) as broker:
        declare(broker)
    shutil.copy(data / "default.mqs", old)
    with running_broker(data) as broker:
        publisher = Publisher(broker.url)
        publisher.start()
        eventually(lambda: len(publisher.confirmed) > 20)
        publisher.stop()
        process = store_process(broker)
        assert process is not None
        process.suspend()
        for name in ("default.mqs-wal", "default.mqs-shm"):
            (data / name).unlink()
        old.replace(data / "default.mqs")
        process.kill()
        eventually(lambda: "confirmed" in totals(broker).store_problem)
        assert totals(broker).blocked_by == ("store",)
        broker.process.kill()
        broker.process.wait()


def test_a_failed_commit_is_refused_and_publishers_wait_until_somebody_has_looked(tmp_path: Path) -> None:
    """Another program keeps the file to itself for longer than a commit waits."""
    with running_broker(tmp_path) as broker:
        declare(broker)
        publisher = Publisher(broker.url)
        publisher.start()
        eventually(lambda: len(publisher.confirmed) > 20)
        intruder = apsw.Connection(str(tmp_path / "default.mqs"))
        intruder.set_busy_timeout(10_000)
        intruder.execute("BEGIN IMMEDIATE")
        eventually(lambda: totals(broker).blocked_by == ("store",), within_s=20)
        assert "in use" in totals(broker).store_problem
        assert publisher.nacked
        consumed = drain(broker)
        assert consumed, "consumers go on"
        before = len(publisher.confirmed)
        intruder.execute("ROLLBACK")
        intruder.close()
        eventually(lambda: "store_goes_on" in "".join(broker.log()), within_s=20)
        assert totals(broker).blocked_by == ("store",), "nobody has looked yet"
        ask(broker, lambda client: client.resume_publishing())
        eventually(lambda: len(publisher.confirmed) > before + 20)
        publisher.stop()
        assert totals(broker).store_problem == ""
    with running_broker(tmp_path) as broker:
        got = consumed + drain(broker)
    assert [each for each in got if each not in publisher.nacked] == publisher.confirmed
