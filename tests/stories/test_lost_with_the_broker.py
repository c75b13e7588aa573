"""Messages that a broker took with it when it was killed are found among what has ended, with the reason."""

from pathlib import Path

from mqstudio.client.client import Client
from mqstudio.model.message import Properties
from mqstudio.model.rows import MessageRow, MessageState
from tests.support.broker import running_broker
from tests.support.waiting import eventually_async

PERSISTENT = Properties(delivery_mode=2)


async def ended(client: Client) -> list[MessageRow]:
    return (await client.page("orders", states=[MessageState.DROPPED])).rows


async def test_after_a_kill_the_queue_shows_what_is_lost(tmp_path: Path) -> None:
    with running_broker(tmp_path) as broker:
        async with await broker.attach() as client:
            await client.declare_queue("orders", is_durable=True)
            await client.publish("", "orders", b"stays", PERSISTENT)
            for number in range(3):
                await client.publish("", "orders", b"gone %d" % number)
            assert await ended(client) == []

            async def is_recorded() -> bool:
                disk = (await client.store_health()).disk
                return disk is not None and disk.commit_p50_us > 0

            await eventually_async(is_recorded)
            await client.publish("", "orders", b"stays", PERSISTENT)  # its commit has all before it
        broker.process.kill()
        broker.process.wait()
        with running_broker(tmp_path) as again:
            async with await again.attach() as client:

                async def is_told() -> bool:
                    return len(await ended(client)) == 3

                await eventually_async(is_told)
                rows = await ended(client)
                assert {row.ended_because for row in rows} == {"broker_stopped"}
                assert sorted(row.preview for row in rows) == ["gone 0", "gone 1", "gone 2"]
                assert all(row.ended_at_us for row in rows)
                page = await client.page("orders", states=[MessageState.READY])
                assert [row.preview for row in page.rows] == ["stays", "stays"]
