"""`mqstudio serve --read-only FILE`: a profile is shown as it is, and stays as it is."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mqstudio.client.client import Client
from mqstudio.model import commands as c
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.message import Header, Properties, Traits
from mqstudio.model.queries import Search
from mqstudio.model.rows import MessageState
from mqstudio.server.config import ServerConfig
from mqstudio.server.serving import EXIT_REFUSED, serve
from mqstudio.store import reader_state
from mqstudio.store.problems import ProfileError
from tests.support.broker import RunningBroker, running_broker
from tests.support.profile import Profile
from tests.support.waiting import eventually_async

LASTING = Traits(is_persistent=True)


def _filled(path: Path) -> Profile:
    """Five messages in q, the first of them consumed; three in each of a log and a queue with priorities."""
    profile = Profile(path)
    me = profile.me = profile.channel(profile.connect("Ada"))
    profile.queue(me, is_durable=True)
    profile.queue(me, "log", is_durable=True, arguments={"x-queue-type": "stream", "x-max-age": "1s"})
    profile.queue(me, "pri", is_durable=True, arguments={"x-max-priority": 5, "x-message-ttl": 1})
    profile.do(c.DeclareExchange(me, "shop", "topic", is_durable=True))
    profile.do(c.Bind(me, "shop", "q", "#"))
    for number in range(5):
        profile.publish(me, "k", b'{"n": %d}' % number, "shop", traits=LASTING)
    profile.do(c.TakeMessage(me, "q", is_auto_settled=True))
    for number in range(3):
        profile.publish(me, "log", b"x")
        profile.publish(me, "pri", traits=Traits(is_persistent=True, priority=number))
    profile.publish(me, "pri", bytes(1_000_000), traits=LASTING)
    return profile


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    folder = tmp_path_factory.mktemp("looking")
    file = _filled(folder / "first.mqs").export(folder / "old.mqs")
    before = hashlib.sha256(file.read_bytes()).digest()
    with running_broker(folder / "data", "--read-only", str(file)) as broker:
        yield broker
    assert hashlib.sha256(file.read_bytes()).digest() == before


@pytest.fixture
async def client(shown: RunningBroker) -> Client:
    return await shown.attach()


async def test_its_health_says_that_it_is_only_shown(client: Client, shown: RunningBroker) -> None:
    async with client:
        health = await client.store_health()
    assert (health.is_read_only, health.is_encrypted, health.disk) == (True, False, None)
    assert health.path == str(shown.data_dir.parent / "old.mqs")


async def test_it_listens_for_the_window_and_the_command_line_only(client: Client) -> None:
    async with client:
        info = await client.info()
        assert [each.protocol for each in info.listeners] == ["native"]
        assert info.profile == "old.mqs"


async def test_what_exists_is_shown_with_counts(client: Client) -> None:
    async with client:
        topology = await client.topology()
        counts = {each.spec.name: (each.ready, each.in_flight) for each in topology.queues}
        assert counts == {"q": (4, 0), "log": (3, 0), "pri": (4, 0)}
        (shop,) = [each for each in topology.exchanges if each.spec.name == "shop"]
        assert [each.destination for each in shop.bindings] == ["q"]


@pytest.mark.parametrize(
    ("queue", "ids"), [("q", [2, 3, 4, 5]), ("log", [6, 8, 10]), ("pri", [7, 9, 11, 12])]
)
async def test_pages_follow_each_other_either_way(client: Client, queue: str, ids: list[int]) -> None:
    """What has a time to live, or is too old for its log, is there: time does not pass."""
    async with client:
        for is_oldest_first in (True, False):
            seen: list[int] = []
            after_id = None
            while True:
                page = await client.page(
                    queue,
                    limit=2,
                    after_id=after_id,
                    is_oldest_first=is_oldest_first,
                    states=[MessageState.READY],
                )
                seen += [row.message_id for row in page.rows]
                after_id = page.next_id
                if after_id is None:
                    break
            assert seen == (ids if is_oldest_first else ids[::-1])
            assert page.total_live == len(ids)


async def test_what_has_ended_is_shown_with_its_life(client: Client) -> None:
    async with client:
        (row,) = (await client.page("q", states=[MessageState.DONE])).rows
        assert (row.message_id, row.publisher, row.holder) == (1, "Ada", "Ada")
        detail = await client.message("q", 1)
        assert detail.body == b'{"n": 0}'
        assert [step.what for step in detail.life] == [
            "published",
            "routed",
            "enqueued",
            "delivered",
            "settled",
        ]


async def test_a_large_body_is_read_in_parts(client: Client) -> None:
    async with client:
        detail = await client.message("pri", 12, body_offset=999_990, body_limit=100)
        assert (detail.body, detail.row.size_bytes, detail.kept_bytes) == (bytes(10), 1_000_000, None)


async def test_messages_are_searched_for(client: Client) -> None:
    async with client, client.watch(Search(json={"n": "3"})) as items:
        rows = []
        async for item in items:
            rows += item.rows
            if item.is_over:
                break
        assert [(row.message_id, row.queue, str(row.state)) for row in rows] == [(4, "q", "ready")]


async def test_nothing_can_be_changed(client: Client) -> None:
    changes = [
        lambda: client.publish("", "q", b"x"),
        lambda: client.publish("", "q", b"x", Properties(headers=[Header("a", "string", "b")])),
        lambda: client.declare_queue("new"),
        lambda: client.delete_queue("q"),
        lambda: client.purge("q"),
        lambda: client.bind("shop", "log", "#"),
        lambda: client.unbind("shop", "q", "#"),
        lambda: client.declare_exchange("new"),
        lambda: client.delete_exchange("shop"),
        lambda: client.delete_vhost("/"),
        lambda: client.access.put_user("ada", has_no_password=True),
    ]
    async with client:
        for change in changes:
            with pytest.raises(RefusedError) as refused:
                await change()
            assert refused.value.why is Refusal.READ_ONLY
        assert len((await client.topology()).queues) == 3


async def test_whoever_connects_can_be_asked_to_go(shown: RunningBroker, client: Client) -> None:
    async with await shown.attach() as other, client:
        kicked = (await client.clients()).connections
        assert len(kicked) == 2
        await client.kick(max(each.id for each in kicked))
        await eventually_async(lambda: other.is_closed or client.is_closed)


@pytest.mark.parametrize("content", [b"", b"no database, but text " * 100])
def test_a_file_that_is_no_profile_is_refused_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    file = tmp_path / "other.mqs"
    file.write_bytes(content)
    config = ServerConfig(tmp_path / "data", port_native=0, read_only=file)
    assert serve(config) == EXIT_REFUSED
    says = capsys.readouterr().err
    assert says.startswith("mqstudio: ")
    assert "other.mqs" in says
    assert file.read_bytes() == content


def test_of_a_damaged_profile_the_rest_is_shown(tmp_path: Path) -> None:
    profile = _filled(tmp_path / "p.mqs")
    profile.save()
    profile.damage("UPDATE definition SET spec = '{\"id\":1,\"spec\":7}' WHERE kind='queue' AND name='q'")
    profile.damage("UPDATE definition SET spec = CAST(x'ff' AS TEXT) WHERE kind='exchange'")
    profile.damage("UPDATE queue_counters SET published = 'x'")
    profile.damage("UPDATE progress SET checksum = 1")
    state, left_out = reader_state.look(profile.path)
    assert {each.ref.name: each.on_disk for each in state.queues} == {"log": 3, "pri": 4}
    assert [each.split(" cannot")[0] for each in left_out] == ["The exchange shop", "The queue q"]


def test_a_file_that_is_not_there_cannot_be_shown(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="There is no file"):
        reader_state.look(tmp_path / "none.mqs")
