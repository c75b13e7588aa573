"""Whatever the keys, answers and pauses: with an order of keys no message overtakes one of its key."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from mqstudio.client.replay_values import Wishes
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.message import Properties
from mqstudio.protocols.native.messages import PublishReply
from tests.support.one_by_one import OneByOne
from tests.support.replaying import HandPace, ListSource, a_record, replay_of


class Moody(OneByOne):
    """A broker that answers late, or is full for a while; it knows what is under way."""

    def __init__(self, moods: list[int]) -> None:
        self.moods = moods
        self.taken: list[tuple[str, int]] = []
        self.under_way: list[str] = []
        self.overtaken = False
        self.asked = 0

    async def send(
        self, exchange: str, routing_key: str, body: bytes, properties: Properties = Properties(), *,  # noqa: B008 - frozen
        vhost: str = "/",
    ) -> PublishReply:  # fmt: skip
        mood = self.moods[self.asked % len(self.moods)]
        self.asked += 1
        self.overtaken = self.overtaken or routing_key in self.under_way
        self.under_way.append(routing_key)
        for _ in range(mood):
            await asyncio.sleep(0)
        self.under_way.remove(routing_key)
        if mood == 3:
            raise RefusedError(Refusal.OUT_OF_MEMORY, "Full.")
        self.taken.append((routing_key, int(body)))
        return PublishReply(mood != 2)


@given(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=40),
    st.lists(st.integers(0, 5), min_size=1, max_size=10).filter(lambda moods: set(moods) != {3}),
    st.sampled_from([None, 1.0, 100.0]),
)
def test_nothing_overtakes_its_key_and_nothing_is_lost(
    keys: list[str], moods: list[int], speed: float | None
) -> None:
    broker = Moody(moods)
    records = [a_record(n, n * 0.001, key, body=b"%d" % n) for n, key in enumerate(keys)]
    wishes = Wishes(speed=speed, keeps_key_order=True, failures_max=0)
    replaying = replay_of(wishes, HandPace())
    asyncio.run(replaying.run(ListSource(records), broker))
    assert not broker.overtaken
    for key in set(keys):
        assert [n for k, n in broker.taken if k == key] == [n for n, k in enumerate(keys) if k == key]
    counts = replaying.counts
    assert counts.confirmed + counts.unroutable == len(keys)
    assert (replaying._lanes.count, replaying._lanes.size_bytes) == (0, 0)
