"""A broker is emptied between two who use it: nothing of the first is left, however it was left."""

import pika
import pika.exceptions
import pytest

from mqstudio.client.wiping import wipe
from mqstudio.model.policies import AppliesTo, Policy
from mqstudio.model.topology import VhostSpec
from tests.support.broker import RunningBroker


async def test_nothing_of_it_is_left(broker: RunningBroker) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(broker.url))
    channel = connection.channel()
    channel.queue_declare("mine", exclusive=True)
    channel.queue_declare("orders", durable=True)
    channel.exchange_declare("shop", "topic", durable=True)
    channel.queue_bind("orders", "shop", "#")
    for number in range(3):
        channel.basic_publish("shop", "eu", b"%d" % number)
    channel.basic_get("orders")  # held by nobody soon
    async with await broker.attach() as client:
        await client.put_vhost(VhostSpec("other"))
        await client.declare_queue("there", vhost="other")
        await client.put_policy(Policy("/", "p", ".*", {"max-length": 5}, 0, AppliesTo.QUEUES))
        await client.access.put_user("anna", password="secret")
        await client.verbs.pause_all()
        since_us = await wipe(client)
        found = await client.topology()
        assert found.queues == []
        assert [each.name for each in found.vhosts] == ["/"]
        assert all(not each.spec.name or each.spec.name.startswith("amq.") for each in found.exchanges)
        assert found.policies == []
        assert [user.name for user in (await client.access.table()).users] == ["guest"]
        with pytest.raises(pika.exceptions.AMQPError):
            connection.process_data_events(1)
        await client.declare_queue("orders")
        await client.publish("", "orders", b"new")
        rows = (await client.page("orders")).rows
        assert [row.preview for row in rows if row.published_at_us >= since_us] == ["new"]
        with pika.BlockingConnection(pika.URLParameters(broker.url)) as other:
            assert other.channel().basic_get("orders")[2] == b"new"  # nothing is paused


async def test_of_an_empty_one_it_takes_a_moment_and_can_be_done_again(broker: RunningBroker) -> None:
    async with await broker.attach() as client:
        assert await wipe(client) < await wipe(client)
