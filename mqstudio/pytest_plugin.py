"""For tests of programs that use a broker: a real one for each test, and what it saw when a test fails.

In a `conftest.py`: `pytest_plugins = ["mqstudio.pytest_plugin"]`. Then a test takes `mqstudio`, a broker of
its own, or `mqstudio_session`, one for all tests:

    def test_an_order_is_sent(mqstudio):
        send_order(mqstudio.url, total=129.9)
        mqstudio.expect("orders", where="body.total > 100")
"""

import asyncio
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest

from mqstudio.client.client import Client
from mqstudio.client.expecting import TOLD_MAX, Expected, Seen, expect, report
from mqstudio.client.launch import LaunchOptions, OwnedBroker, attach_or_launch
from mqstudio.model.errors import RefusedError
from mqstudio.model.message import Properties
from mqstudio.model.rows import MessageRow
from mqstudio.model.topology import DEFAULT_VHOST

QUEUES_TOLD_MAX: Final = 20
CLIENT_NAME: Final = "pytest"
SECTION: Final = "What the broker saw"

T = TypeVar("T")


class TestBroker:
    """A broker in memory, in a process of its own, on ports that were free; for programs without asyncio."""

    __test__ = False  # pytest would take it for tests

    def __init__(
        self, loop: asyncio.AbstractEventLoop, folder: Path, client: Client, owned: OwnedBroker
    ) -> None:
        self._loop = loop
        self.data_dir = folder
        """Its data folder: `mqstudio … --data-dir` finds it by this."""
        self._client = client
        self._owned = owned

    @property
    def port(self) -> int:
        """Where AMQP clients connect, on 127.0.0.1."""
        return self._owned.ready.ports.amqp

    @property
    def url(self) -> str:
        """What AMQP clients are given to connect."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"

    def run(self, ask: Callable[[Client], Coroutine[Any, Any, T]]) -> T:  # Any: as coroutines have it
        """Ask the broker anything that `mqstudio.client.client.Client` can: `run(lambda c: c.topology())`."""
        return asyncio.run_coroutine_threadsafe(ask(self._client), self._loop).result()

    def expect(
        self,
        queue: str,
        count: int = 1,
        where: str = "",
        within: float = 5.0,
        *,
        exactly: bool = False,
        vhost: str = DEFAULT_VHOST,
    ) -> list[MessageRow]:
        """Wait until so many messages that the filter finds have been in the queue; returns them.

        within: seconds. exactly: not more either. count=0: none for the whole time.
        Raises: AssertionError that tells what happened instead.
        """
        __tracebackhide__ = True
        expected = Expected(queue, count, where, within, vhost, exactly)
        seen, says = self.run(lambda client: _expect(client, expected))
        if not seen.is_met:
            raise AssertionError(says)
        return list(seen.found)

    def messages(self, queue: str, where: str = "", *, vhost: str = DEFAULT_VHOST) -> list[MessageRow]:
        """The messages that are or were in a queue, oldest first, at most 200."""
        asked = self.run(lambda client: client.page(queue, vhost=vhost, where=where, is_oldest_first=True))
        return asked.rows

    def publish(
        self, exchange: str, routing_key: str, body: bytes, properties: Properties | None = None
    ) -> bool:
        """Publish a message; whether it found a queue."""
        properties = properties or Properties()
        return self.run(lambda client: client.publish(exchange, routing_key, body, properties))

    def story(self) -> str:
        """What was in each queue, and what happened to the newest of it."""
        return self.run(_story)


async def _expect(client: Client, expected: Expected) -> tuple[Seen, str]:
    seen = await expect(client, expected)
    return seen, "" if seen.is_met else await report(client, seen)


async def _story(client: Client) -> str:
    topology = await client.topology()
    parts = []
    for queue in topology.queues[:QUEUES_TOLD_MAX]:
        name = queue.spec.name
        page = await client.page(name, vhost=queue.vhost, limit=TOLD_MAX)
        seen = Seen(Expected(name, vhost=queue.vhost), others=tuple(page.rows))
        _, *lives = (await report(client, seen)).split("\n")
        parts.append("\n".join([f"{name}: {queue.ready} ready, {queue.in_flight} in flight", *lives]))
    left = len(topology.queues) - QUEUES_TOLD_MAX
    return "\n".join([*parts, f"… and {left} more queues"] if left > 0 else parts) or "It has no queues."


class _Brokers:
    """Starts brokers, each before it is wanted: a test waits for the first one only."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="mqstudio", daemon=True)
        self._thread.start()
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="mqstudio-start")
        self._spare: Future[TestBroker] | None = None
        self._folders: dict[TestBroker, tempfile.TemporaryDirectory[str]] = {}

    def take(self) -> TestBroker:
        """A broker that nobody has used; another one is begun. Raises: OSError."""
        mine = self._spare or self._starter.submit(self._start)
        self._spare = self._starter.submit(self._start)
        return mine.result()

    def _start(self) -> TestBroker:
        folder = tempfile.TemporaryDirectory(prefix="mqstudio-test-", ignore_cleanup_errors=True)
        path = Path(folder.name)
        options = LaunchOptions(path, 0, 0, in_memory=True, port_management=0, port_metrics=0, port_sqs=0)

        async def start() -> TestBroker:
            client, owned = await attach_or_launch(options, name=CLIENT_NAME)
            assert owned is not None, "a new folder has no broker yet"
            return TestBroker(self.loop, path, client, owned)

        broker = asyncio.run_coroutine_threadsafe(start(), self.loop).result()
        self._folders[broker] = folder
        return broker

    def stop(self, broker: TestBroker) -> None:
        """End a broker and forget what it had."""

        async def stop() -> None:
            await broker._client.close()
            await broker._owned.stop()

        asyncio.run_coroutine_threadsafe(stop(), self.loop).result()
        self._folders.pop(broker).cleanup()

    def close(self) -> None:
        """End what is left."""
        if self._spare is not None:
            self.stop(self._spare.result())
        self._starter.shutdown()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@pytest.fixture(scope="session")
def _mqstudio_brokers() -> Iterator[_Brokers]:
    brokers = _Brokers()
    yield brokers
    brokers.close()


@pytest.fixture
def mqstudio(_mqstudio_brokers: _Brokers) -> Iterator[TestBroker]:
    """A broker for this test alone."""
    broker = _mqstudio_brokers.take()
    yield broker
    _mqstudio_brokers.stop(broker)


@pytest.fixture(scope="session")
def mqstudio_session(_mqstudio_brokers: _Brokers) -> Iterator[TestBroker]:
    """One broker for all tests: what one leaves behind, the next finds."""
    broker = _mqstudio_brokers.take()
    yield broker
    _mqstudio_brokers.stop(broker)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Tell what the broker saw when a test that has one fails."""
    outcome: Any = yield  # Any: pluggy's result
    report_of: pytest.TestReport = outcome.get_result()
    if not (report_of.failed and call.when == "call"):
        return
    for value in getattr(item, "funcargs", {}).values():
        if isinstance(value, TestBroker):
            report_of.sections.append((SECTION, _safe_story(value)))


def _safe_story(broker: TestBroker) -> str:
    try:
        return broker.story()
    except (OSError, TimeoutError, RefusedError) as error:  # the test may have killed it, or a queue gone
        return f"It cannot be asked any more: {error}"
