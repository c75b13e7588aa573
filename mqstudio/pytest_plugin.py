"""For tests of programs that use a broker: a real one for each test, and what it saw when a test fails.

In a `conftest.py`: `pytest_plugins = ["mqstudio.pytest_plugin"]`. Then a test takes `mqstudio`, a broker
that has nothing in it, or `mqstudio_session`, one that all tests share:

    def test_an_order_is_sent(mqstudio):
        send_order(mqstudio.url, total=129.9)
        mqstudio.expect("orders", where="body.total > 100")

A broker that is used by one test after another is wiped between them, which takes some milliseconds; with
`--mqstudio-scope fresh` each test has a process of its own. docs/testing.md has all of it.
"""

import asyncio
import re
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest

from mqstudio.client.client import Client
from mqstudio.client.expecting import TOLD_MAX, Expected, Seen, expect, report
from mqstudio.client.exporting import Wanted, export
from mqstudio.client.launch import LaunchOptions, OwnedBroker, attach_or_launch
from mqstudio.client.wiping import wipe
from mqstudio.exporters.base import Options
from mqstudio.model.errors import RefusedError
from mqstudio.model.lifecycle import Lifecycle
from mqstudio.model.message import Properties
from mqstudio.model.rows import MessageRow
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.registry import discover
from mqstudio.viewmodel.lifecycle_text import lifecycle_text
from mqstudio.viewmodel.wording import counted

QUEUES_TOLD_MAX: Final = 20
CLIENT_NAME: Final = "pytest"
SECTION: Final = "What the broker saw"
CLEAN, FRESH = "clean", "fresh"

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
        self._since_us = 0
        """What was published before belongs to another test."""

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
        expected = Expected(queue, count, where, within, vhost, exactly, self._since_us)
        seen, says = self.run(lambda client: _expect(client, expected))
        if not seen.is_met:
            raise AssertionError(says)
        return list(seen.found)

    def messages(self, queue: str, where: str = "", *, vhost: str = DEFAULT_VHOST) -> list[MessageRow]:
        """The messages that are or were in a queue, oldest first, at most 200."""
        asked = self.run(lambda client: client.page(queue, vhost=vhost, where=where, is_oldest_first=True))
        return [row for row in asked.rows if row.published_at_us >= self._since_us]

    def publish(
        self, exchange: str, routing_key: str, body: bytes, properties: Properties | None = None
    ) -> bool:
        """Publish a message; whether it found a queue."""
        properties = properties or Properties()
        return self.run(lambda client: client.publish(exchange, routing_key, body, properties))

    def story(self) -> str:
        """What was in each queue, and what happened to the newest of it."""
        return self.run(lambda client: _story(client, self._since_us))

    def save(self, path: Path) -> int:
        """Write all that the broker saw into a file of JSON lines; how many messages.

        `mqstudio replay` and the window read it. What looks like a secret is left out.
        """
        return self.run(lambda client: _save(client, path, self._since_us))

    def reset(self) -> None:
        """Take everything out: clients, queues, exchanges, policies, users; what was before is not seen.

        Raises: ConnectionError, if it has ended; TimeoutError, if something stays.
        """
        self._since_us = self.run(wipe)


async def _expect(client: Client, expected: Expected) -> tuple[Seen, str]:
    seen = await expect(client, expected)
    return seen, "" if seen.is_met else await report(client, seen, _told)


def _told(lifecycle: Lifecycle) -> str:
    return lifecycle_text(lifecycle, lifecycle.now_us)


async def _save(client: Client, path: Path, since_us: int) -> int:
    queues = tuple((each.vhost, each.spec.name) for each in (await client.topology()).queues)
    wanted = Wanted(queues, since_us=since_us, is_all=True)
    exporter = discover("mqstudio.exporters", "EXPORTER").found["jsonl"]
    return await export(client, wanted, exporter, Options(), path)


async def _story(client: Client, since_us: int) -> str:
    topology = await client.topology()
    parts = []
    for queue in topology.queues[:QUEUES_TOLD_MAX]:
        name = queue.spec.name
        page = await client.page(name, vhost=queue.vhost, limit=TOLD_MAX)
        rows = tuple(row for row in page.rows if row.published_at_us >= since_us)
        seen = Seen(Expected(name, vhost=queue.vhost), others=rows)
        _, *lives = (await report(client, seen, _told)).split("\n")
        parts.append("\n".join([f"{name}: {queue.ready} ready, {queue.in_flight} in flight", *lives]))
    left = len(topology.queues) - QUEUES_TOLD_MAX
    return "\n".join([*parts, f"… and {left} more queues"] if left > 0 else parts) or "It has no queues."


class _Brokers:
    """Starts brokers. is_fresh: each test has one of its own, begun before it is wanted."""

    def __init__(self, *, is_fresh: bool) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="mqstudio", daemon=True)
        self._thread.start()
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="mqstudio-start")
        self._is_fresh = is_fresh
        self._spare: Future[TestBroker] | None = None
        self._used: TestBroker | None = None
        self._folders: dict[TestBroker, tempfile.TemporaryDirectory[str]] = {}

    def take(self) -> TestBroker:
        """A broker that has nothing in it. Raises: OSError."""
        used, self._used = self._used, None
        if used is not None:
            try:
                used.reset()
                return used
            except (OSError, TimeoutError, RefusedError):  # the test before has killed it, or left its mark
                self.stop(used)
        mine = self._spare or self._starter.submit(self._start)
        self._spare = self._starter.submit(self._start) if self._is_fresh else None
        return mine.result()

    def give(self, broker: TestBroker) -> None:
        """A test is done with a broker."""
        if self._is_fresh or self._used is not None:
            self.stop(broker)
        else:
            self._used = broker

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
        if self._used is not None:
            self.stop(self._used)
        self._starter.shutdown()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    """How brokers are shared, and where what they saw is kept."""
    group = parser.getgroup("mqstudio", "a broker for tests")
    scope = "clean: one broker, wiped between tests (the default); fresh: a process for each test"
    group.addoption("--mqstudio-scope", choices=(CLEAN, FRESH), help=scope)
    parser.addini("mqstudio_scope", scope, default=CLEAN)
    keep = "a folder for what brokers saw in tests that failed, a file of JSON lines for each"
    group.addoption("--mqstudio-keep", metavar="FOLDER", help=keep)
    parser.addini("mqstudio_keep", keep, default="")


def _option(config: pytest.Config, name: str) -> str:
    return str(config.getoption(f"--{name.replace('_', '-')}") or config.getini(name))


@pytest.fixture(scope="session")
def _mqstudio_brokers(pytestconfig: pytest.Config) -> Iterator[_Brokers]:
    scope = _option(pytestconfig, "mqstudio_scope")
    if scope not in (CLEAN, FRESH):
        raise pytest.UsageError(f"mqstudio_scope is {scope!r}; write {CLEAN} or {FRESH}.")
    brokers = _Brokers(is_fresh=scope == FRESH)
    yield brokers
    brokers.close()


@pytest.fixture
def mqstudio(_mqstudio_brokers: _Brokers) -> Iterator[TestBroker]:
    """A broker that has nothing in it, for this test alone."""
    broker = _mqstudio_brokers.take()
    yield broker
    _mqstudio_brokers.give(broker)


@pytest.fixture(scope="session")
def mqstudio_session(_mqstudio_brokers: _Brokers) -> Iterator[TestBroker]:
    """One broker for all tests: what one leaves behind, the next finds."""
    broker = _mqstudio_brokers.take()
    yield broker
    _mqstudio_brokers.stop(broker)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Tell what the broker saw when a test that has one fails, and keep it if that is wanted."""
    outcome: Any = yield  # Any: pluggy's result
    report_of: pytest.TestReport = outcome.get_result()
    if not (report_of.failed and call.when == "call"):
        return
    for name, value in getattr(item, "funcargs", {}).items():
        if isinstance(value, TestBroker):
            says = _safely(value.story)
            if folder := _option(item.config, "mqstudio_keep"):
                path = Path(folder) / f"{_file_name(item.nodeid)}.{name}.jsonl"
                says += "\n" + _safely(partial(_kept, value, path))
            report_of.sections.append((SECTION, says))


def _kept(broker: TestBroker, path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    many = counted(broker.save(path), "message")
    return f"All of it, {many}, is in {path}: the window reads it, and `mqstudio replay`."


def _file_name(test: str) -> str:
    """A test's name as that of a file: short enough, and of characters that every system has."""
    return re.sub(r"[^\w.=-]+", "_", test)[-150:]


def _safely(tell: Callable[[], str]) -> str:
    try:
        return tell()
    except (OSError, TimeoutError, RefusedError) as error:  # the test may have killed it, or a queue gone
        return f"It cannot be asked any more: {error}"
