"""What is done by hand, by the client, on a broker within the test."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from mqstudio.client.client import Client
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import VERB_MESSAGES
from mqstudio.model.rows import MessageState
from mqstudio.model.verbs import ActedReply, Destination
from mqstudio.server.broker import Broker


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    broker = Broker()
    server = await asyncio.get_running_loop().create_server(lambda: broker.new_link("native"), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, await Client.connect("127.0.0.1", port, broker.token) as client:
        for name in ("a", "b"):
            await client.declare_queue(name)
        yield client


async def fill(client: Client, count: int) -> list[int]:
    for number in range(count):
        await client.publish("", "a", b"%d" % number)
    return await ids(client, "a")


async def ids(client: Client, queue: str) -> list[int]:
    """All that are ready, the oldest first."""
    found: list[int] = []
    after = None
    while True:
        page = await client.page(
            queue, states=[MessageState.READY], is_oldest_first=True, limit=500, after_id=after
        )
        found += [row.message_id for row in page.rows]
        after = page.next_id
        if after is None:
            return found


async def test_a_large_selection_is_worked_off_in_parts_each_of_which_is_told(client: Client) -> None:
    there = await fill(client, VERB_MESSAGES + 5)
    told: list[ActedReply] = []
    replies = await client.verbs.remove("a", there, progress=told.append)
    assert [reply.count for reply in told] == [VERB_MESSAGES, 5]
    assert replies == told
    for reply in replies:
        assert reply.bin_id is not None
        await client.verbs.restore(reply.bin_id)
    assert await ids(client, "a") == there


async def test_more_at_once_is_refused_in_words(client: Client) -> None:
    from mqstudio.protocols.native.hand import RemoveMessages

    with pytest.raises(RefusedError) as refused:
        await client.call(RemoveMessages("a", tuple(range(VERB_MESSAGES + 1))), ActedReply)
    assert refused.value.why is Refusal.INVALID_ARGUMENT


async def test_the_first_so_many_go(client: Client) -> None:
    there = await fill(client, 5)
    await client.verbs.remove_first("a", 2)
    assert await ids(client, "a") == there[2:]
    replies = await client.verbs.remove_first("a", 9)
    assert (sum(reply.count for reply in replies), await ids(client, "a")) == (3, [])


async def test_a_move_keeps_the_order_however_it_was_selected_and_comes_back(client: Client) -> None:
    there = await fill(client, 4)
    (reply,) = await client.verbs.move("a", [there[3], there[0]], Destination("b"))
    assert [row.preview for row in (await client.page("b", is_oldest_first=True)).rows] == ["0", "3"]
    assert await client.verbs.move_back(reply) == 2
    assert (await ids(client, "a"), await ids(client, "b")) == (there, [])


async def test_copies_can_be_taken_away_again(client: Client) -> None:
    there = await fill(client, 2)
    (reply,) = await client.verbs.copy("a", there, Destination("b"))
    assert (len(await ids(client, "b")), await ids(client, "a")) == (2, there)
    assert await client.verbs.remove_copies(reply) == 2
    assert await ids(client, "b") == []
