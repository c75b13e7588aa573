"""Records live traffic into a file, until somebody has had enough: whole at any moment, in order of ids.

A message is written when it has been there for a while, so that what happened to it is in the file, too; when
the recording ends all others are, as they stand.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct

from mqstudio.client.export_source import Source, Wanted, parts
from mqstudio.client.export_target import Target, target_of
from mqstudio.client.watching import WatchStream
from mqstudio.exporters.base import Exporter, Options
from mqstudio.exporters.redacting import Hits
from mqstudio.exporters.redaction import DEFAULT, Redaction
from mqstudio.model.queries import WatchSamples
from mqstudio.model.rows import Topology
from mqstudio.model.samples import Sample

ROUND_S: Final = 0.5
"""How often it is looked what has come."""

SEEN_S: Final = 0.25
"""What is younger may not be where it is looked for yet."""

SETTLE_S: Final = 5.0
"""For how long a message is given time to be consumed before it is written."""


class Broker(Source, Protocol):
    """What is asked of a client."""

    async def topology(self) -> Topology:
        """The queues there are."""

    def watch(self, watch: WatchSamples) -> WatchStream[Sample]:
        """Samples as they come."""


class Asked(Struct, frozen=True):
    """What is recorded: what a filter finds of these queues (virtual host, name), or, without any, of all and
    of what no queue takes. settle_s: how old a message is when it is written.
    """

    queues: tuple[tuple[str, str], ...] = ()
    where: str = ""
    settle_s: float = SETTLE_S
    redaction: Redaction = DEFAULT


class Recorded(Struct):
    """How far a recording is. hits: what was taken out of messages, for it must not leave."""

    hits: Hits
    count: int = 0
    size_bytes: int = 0


class Recorder:
    """One recording. on_progress: told when there is more in the file."""

    def __init__(
        self,
        asked: Asked,
        exporter: Exporter,
        path: Path,
        on_progress: Callable[[Recorded], None] = lambda _recorded: None,
    ) -> None:
        self.recorded = Recorded(Hits())
        self._asked, self._exporter, self._path = asked, exporter, path
        self._on_progress = on_progress
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """End it: what is there by now is written, and that is all."""
        self._stop.set()

    async def run(self, client: Broker, on_begin: Callable[[], None] = lambda: None) -> Recorded:
        """Record until `stop`; on_begin: what is published from now on is in it.

        Raises: RefusedError, OSError; the file has what came before.
        """
        ahead_us = await _clock(client) - _now_us()
        since_us = _now_us() + ahead_us
        target = await target_of(self._exporter, Options(), self._path)
        settle_us = int(max(self._asked.settle_s, SEEN_S) * 1e6)
        on_begin()
        try:
            while not self._stop.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(ROUND_S):
                        await self._stop.wait()
                until_us = _now_us() + ahead_us - settle_us
                if self._stop.is_set():
                    await self._write(client, target, since_us, None)
                elif until_us >= since_us:
                    await self._write(client, target, since_us, until_us)
                    since_us = until_us + 1
        finally:
            await target.finish()
            self.recorded.size_bytes = target.size_bytes()
        return self.recorded

    async def _write(self, client: Broker, target: Target, since_us: int, until_us: int | None) -> None:
        """Write what was published in a time."""
        asked, recorded = self._asked, self.recorded
        queues = asked.queues or await _all_queues(client)
        wanted = Wanted(queues, asked.where, since_us, until_us=until_us, is_all=not asked.queues)
        async for part in parts(client, wanted, target.format, Options(), asked.redaction):
            await target.put(part.data)
            recorded.count += part.count
            recorded.hits.join(part.hits)
        recorded.size_bytes = target.size_bytes()
        self._on_progress(recorded)


async def _clock(client: Broker) -> int:
    """What the broker's clock says, by which messages are stamped: it need not agree with ours."""
    async with client.watch(WatchSamples()) as samples:
        await anext(samples)  # it may be a moment old
        while not isinstance(sample := await anext(samples), Sample):
            pass
        return sample.at_us


async def _all_queues(client: Broker) -> tuple[tuple[str, str], ...]:
    return tuple((each.vhost, each.spec.name) for each in (await client.topology()).queues)


def _now_us() -> int:
    return time.time_ns() // 1_000
