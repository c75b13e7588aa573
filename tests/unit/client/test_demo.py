"""The demo shop as a child: opened, closed, cleaned up after; and what is said when it does not open."""

import pytest

from mqstudio.client.demo import clean_up, open_shop
from tests.support.broker import RunningBroker
from tests.support.ports import deaf_port
from tests.support.waiting import eventually_async


async def test_opened_closed_and_cleaned_up(broker: RunningBroker) -> None:
    """Its orders come in while it is open; its queues go when they are to."""
    shop = await open_shop(broker.port_amqp)
    async with await broker.attach() as client:

        async def has_orders() -> bool:
            names = [row.spec.name for row in (await client.topology()).queues]
            return "shop.orders" in names and bool((await client.page("shop.orders")).rows)

        await eventually_async(has_orders)
        assert not shop.has_ended
        await shop.stop()
        assert await shop.wait() == ""
        assert shop.has_ended
        await clean_up(broker.port_amqp)
        assert not any(row.spec.name.startswith("shop") for row in (await client.topology()).queues)


async def test_no_broker_is_said() -> None:
    """By the child's own sentence."""
    with deaf_port() as port:
        with pytest.raises(OSError, match=r"^The demo shop did not open\. No broker answers there\."):
            await open_shop(port)
        with pytest.raises(OSError, match=r"^The demo shop's queues are still there\. No broker answers"):
            await clean_up(port)
