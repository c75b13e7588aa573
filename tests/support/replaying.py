"""Records to replay, a source that has them, and a broker that remembers what came, and when."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from mqstudio.client.replay_shaping import Shaper
from mqstudio.client.replay_values import Wishes
from mqstudio.client.replaying import Replaying
from mqstudio.client.sending import Pace
from mqstudio.exporters.base import Record
from mqstudio.model.message import Header, Past, Properties
from mqstudio.model.rows import MessageRow, MessageState, RoutePreview, Topology
from mqstudio.protocols.native.messages import PublishReply
from tests.support.one_by_one import OneByOne

BEGAN_US = 1_700_000_000_000_000


def a_record(  # noqa: PLR0917  # what tests tell apart
    message_id: int,
    at_s: float = 0.0,
    key: str = "eu.new",
    queue: str = "orders",
    exchange: str = "shop",
    body: bytes = b'{"total": 5}',
    properties: Properties = Properties(),  # noqa: B008 - frozen
    past: Past | None = None,
    size_bytes: int | None = None,
) -> Record:
    """A record of a message that was consumed."""
    row = MessageRow(
        message_id,
        queue,
        MessageState.DONE,
        exchange,
        key,
        len(body) if size_bytes is None else size_bytes,
        "",
        BEGAN_US + int(at_s * 1e6),
    )
    return Record("/", row, properties, body, "amqp091", past=past)


class ListSource:
    """Records of a list, a few at a time."""

    name = "list"

    def __init__(
        self, records: Sequence[Record], grows_in: frozenset[tuple[str, str]] = frozenset(), batch: int = 3
    ) -> None:
        self.records, self.grows_in, self._batch = records, grows_in, batch

    async def batches(self, *, is_whole: bool) -> AsyncIterator[list[Record]]:  # see ReplaySource
        """See ReplaySource."""
        for start in range(0, len(self.records), self._batch):
            yield list(self.records[start : start + self._batch])


class HandPace(Pace):
    """Time that passes only by sleeping; `on_sleep` may do something at a moment."""

    def __init__(self) -> None:
        self.at_s = 100.0
        self.on_sleep: Callable[[], object] = lambda: None

    def now_s(self) -> float:
        """See Pace."""
        return self.at_s

    async def sleep(self, seconds: float) -> None:
        """See Pace; others have their turn."""
        for _ in range(20):
            await asyncio.sleep(0)
        self.on_sleep()
        self.at_s += seconds


class Came(OneByOne):
    """A broker: what came, when, and what it answers. routes: queues of exchange and key."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.at_s: list[float] = []
        self.parcels: list[tuple[str, str, bytes, Properties]] = []
        self.reply: Callable[[int], PublishReply] = lambda _: PublishReply(True)
        self.waits: dict[str, asyncio.Event] = {}
        self.routes: dict[tuple[str, str], list[str]] = {}

    async def send(
        self, exchange: str, routing_key: str, body: bytes, properties: Properties = Properties(), *,  # noqa: B008 - frozen
        vhost: str = "/",  # see Sender
    ) -> PublishReply:  # fmt: skip
        """See Sender."""
        self.at_s.append(self.pace.now_s() - 100.0)
        self.parcels.append((exchange, routing_key, body, properties))
        number = len(self.parcels)
        if (gate := self.waits.get(routing_key)) is not None:
            await gate.wait()
        return self.reply(number)

    async def preview_route(
        self, exchange: str, routing_key: str, *, headers: list[Header] | None = None, vhost: str = "/"
    ) -> RoutePreview:  # fmt: skip
        """See Router."""
        queues = self.routes.get((exchange, routing_key), [])
        return RoutePreview(queues, "" if queues else f"No binding matches '{routing_key}'.")

    async def topology(self) -> Topology:
        """See Router."""
        return Topology([], [])

    @property
    def keys(self) -> list[str]:
        """The routing keys, in the order they came."""
        return [key for _, key, _, _ in self.parcels]


def shaper_of(wishes: Wishes) -> Shaper:
    """A shaper whose new ids are counted."""
    numbers = iter(range(1, 1_000_000))
    return Shaper(wishes, "run", lambda: f"new-{next(numbers)}")


def replay_of(wishes: Wishes, pace: Pace) -> Replaying:
    """A replay by hand-made time."""
    return Replaying(wishes, shaper_of(wishes), pace=pace)
