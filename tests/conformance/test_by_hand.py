"""What is done by hand, as the clients whose messages they are see it: pika on a real socket."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, TypeVar

import msgspec
import pika
import pytest

from mqstudio.client.client import Client
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import RefusedError
from mqstudio.model.limits import CHANGE_MAX_BYTES
from mqstudio.model.message import Header, Properties
from mqstudio.model.queries import WatchSamples
from mqstudio.model.rows import MessageState
from mqstudio.model.samples import Sample
from mqstudio.model.verbs import ActedReply, Changed, Destination
from mqstudio.viewmodel.queue_deletion import QueueDeletion
from tests.support.broker import RunningBroker
from tests.support.pika_client import Connect, Got, ready, refused, send, settle, take_all, wait_until

T = TypeVar("T")


@pytest.fixture
def hand(broker: RunningBroker) -> Callable[[Callable[[Client], Awaitable[T]]], T]:
    """Does something through a client of the studio."""

    def do(work: Callable[[Client], Awaitable[T]]) -> T:
        async def run() -> T:
            async with await broker.attach() as client:
                return await work(client)

        return asyncio.run(run())

    return do


async def ids(client: Client, queue: str, state: MessageState = MessageState.READY) -> list[int]:
    return [row.message_id for row in (await client.page(queue, is_oldest_first=True, states=[state])).rows]


def test_what_was_released_comes_again_and_an_ack_that_comes_late_harms_nobody(
    connect: Connect, hand: Any
) -> None:
    channel = connect().channel()
    channel.queue_declare("release")
    channel.basic_qos(prefetch_count=1)
    send(channel, "release", b"1", b"2")
    got = Got(channel, "release")
    assert got.wait(1) == [b"1"]

    async def release(client: Client) -> int:
        held = await ids(client, "release", MessageState.IN_FLIGHT)
        (reply,) = await client.verbs.force("release", held, Outcome.RELEASED)
        return reply.count

    assert hand(release) == 1
    assert got.wait(2) == [b"1", b"1"]
    assert got.deliveries[1][0].redelivered
    first, second = got.tags()
    channel.basic_ack(first)
    settle(channel)
    channel.basic_ack(second)
    assert got.wait(3) == [b"1", b"1", b"2"]
    channel.basic_ack(got.tags()[2])
    with refused(406, f"unknown delivery tag {first}"):
        channel.basic_ack(first)
        settle(channel)


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.REJECTED])
def test_what_was_ended_for_a_consumer_gives_its_credit_back(
    connect: Connect, hand: Any, outcome: Outcome
) -> None:
    channel = connect().channel()
    queue = f"force-{outcome}"
    dead_to = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": f"{queue}.dead"}
    channel.queue_declare(f"{queue}.dead")
    channel.queue_declare(queue, arguments=dead_to)
    channel.basic_qos(prefetch_count=1)
    send(channel, queue, b"1", b"2")
    got = Got(channel, queue)
    got.wait(1)

    async def force(client: Client) -> None:
        await client.verbs.force(queue, await ids(client, queue, MessageState.IN_FLIGHT), outcome)

    hand(force)
    assert got.wait(2) == [b"1", b"2"]
    channel.basic_ack(got.tags()[1], multiple=True)
    settle(channel)
    dead = [b"1"] if outcome is Outcome.REJECTED else []
    assert (take_all(channel, f"{queue}.dead"), ready(channel, queue)) == (dead, 0)


def test_a_paused_queue_hands_nothing_over_and_goes_on_where_it_was(connect: Connect, hand: Any) -> None:
    channel = connect().channel()
    channel.queue_declare("paused")
    got = Got(channel, "paused", auto_ack=True)
    hand(lambda client: client.verbs.pause_queue("paused"))
    send(channel, "paused", b"1", b"2")
    settle(channel)
    assert channel.basic_get("paused")[0] is None
    assert (got.deliveries, ready(channel, "paused")) == ([], 2)
    hand(lambda client: client.verbs.pause_queue("paused", is_paused=False))
    assert got.wait(2) == [b"1", b"2"]


def test_a_paused_consumer_gets_nothing_while_another_gets_all(connect: Connect, hand: Any) -> None:
    channel = connect().channel()
    channel.queue_declare("one-paused")
    idle, busy = (Got(channel, "one-paused", auto_ack=True, consumer_tag=tag) for tag in ("idle", "busy"))

    async def pause(client: Client) -> bool:
        found = [s for s in (await client.clients()).subscriptions if s.tag == "idle"]
        await client.verbs.pause_consumer(found[0].id)
        return next(s.is_paused for s in (await client.clients()).subscriptions if s.tag == "idle")

    assert hand(pause)
    send(channel, "one-paused", b"1", b"2", b"3")
    assert busy.wait(3) == [b"1", b"2", b"3"]
    assert idle.deliveries == []


def test_everything_can_be_frozen_and_samples_say_so(connect: Connect, hand: Any) -> None:
    channel = connect().channel()
    channel.queue_declare("frozen")
    got = Got(channel, "frozen", auto_ack=True)

    async def freeze(client: Client) -> Sample:
        await client.verbs.pause_all()
        await client.verbs.pause_queue("frozen")
        async with client.watch(WatchSamples()) as samples:
            async for sample in samples:
                if sample.totals.is_paused and any(q.is_paused for q in sample.queues if q.name == "frozen"):
                    return sample
        raise AssertionError("no sample said so")

    async def thaw(client: Client) -> None:
        await client.verbs.pause_queue("frozen", is_paused=False)
        await client.verbs.pause_all(is_paused=False)

    assert hand(freeze).totals.is_paused
    send(channel, "frozen", b"1")
    settle(channel)
    assert got.deliveries == []
    hand(thaw)
    assert got.wait(1) == [b"1"]


def test_a_moved_message_is_to_its_new_consumer_what_it_was(connect: Connect, hand: Any) -> None:
    channel = connect().channel()
    for name in ("from", "to"):
        channel.queue_declare(name)
    properties = pika.BasicProperties(headers={"n": 5}, message_id="m1", delivery_mode=2)
    for body in (b"1", b"2", b"3"):
        channel.basic_publish("", "from", body, properties)

    async def move(client: Client) -> tuple[int, int]:
        found = await ids(client, "from")
        (reply,) = await client.verbs.move("from", [found[2], found[0]], Destination("to"))
        return reply.count, await client.verbs.move_back(reply)

    assert hand(move) == (2, 2)
    assert take_all(channel, "from") == [b"1", b"2", b"3"]
    channel.basic_publish("", "from", b"4", properties)
    hand(lambda client: _move_all(client, "from", "to"))
    method, seen, body = channel.basic_get("to", auto_ack=True)
    assert (method.routing_key, seen.headers, seen.message_id, body) == ("from", {"n": 5}, "m1", b"4")


async def _move_all(client: Client, queue: str, to: str) -> None:
    await client.verbs.move(queue, await ids(client, queue), Destination(to))


@pytest.mark.parametrize("keeps_deaths", [True, False])
def test_redriven_dead_letters_keep_their_deaths_or_not(
    connect: Connect, hand: Any, keeps_deaths: bool
) -> None:
    channel = connect().channel()
    work, dead = f"work{keeps_deaths}", f"dead{keeps_deaths}"
    channel.queue_declare(dead)
    dead_to = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead}
    channel.queue_declare(work, arguments=dead_to)
    send(channel, work, b"x")
    method, _, _ = channel.basic_get(work)
    channel.basic_nack(method.delivery_tag, requeue=False)
    wait_until(channel, lambda: ready(channel, dead) == 1)

    async def redrive(client: Client) -> int:
        (reply,) = await client.verbs.redrive(dead, await ids(client, dead), keeps_deaths=keeps_deaths)
        return reply.count

    assert hand(redrive) == 1
    method, properties, body = channel.basic_get(work, auto_ack=True)
    assert (method.routing_key, body) == (work, b"x")
    assert ("x-death" in (properties.headers or {})) is keeps_deaths


def test_deleted_in_the_middle_and_brought_back(connect: Connect, hand: Any) -> None:
    channel = connect().channel()
    channel.queue_declare("middle")
    send(channel, "middle", *(bytes([65 + n]) for n in range(5)))

    async def remove(client: Client) -> int:
        found = await ids(client, "middle")
        (reply,) = await client.verbs.remove("middle", [found[1], found[3]])
        assert reply.bin_id is not None
        return reply.bin_id

    bin_id = hand(remove)
    assert ready(channel, "middle") == 3
    assert hand(lambda client: client.undo_purge(bin_id)) == 2
    hand(lambda client: client.verbs.remove_first("middle", 2))
    assert take_all(channel, "middle") == [b"C", b"D", b"E"]


def test_a_message_changed_on_its_way_is_what_it_was_again_when_that_is_undone(
    connect: Connect, hand: Any
) -> None:
    channel = connect().channel()
    dead_to = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "bad"}
    channel.queue_declare("bad")
    channel.queue_declare("good", arguments=dead_to)
    channel.basic_publish("", "good", b"-1", pika.BasicProperties(headers={"n": 5}, message_id="m1"))
    method, _, _ = channel.basic_get("good")
    channel.basic_nack(method.delivery_tag, requeue=False)
    wait_until(channel, lambda: ready(channel, "bad") == 1)

    async def redrive(client: Client) -> ActedReply:
        (message_id,) = await ids(client, "bad")
        said = (await client.message("bad", message_id)).properties
        headers = [*(said.headers or []), Header("by", "string", "hand")]
        changed = Changed(message_id, b"1", msgspec.structs.replace(said, headers=headers))
        (reply,) = await client.verbs.redrive("bad", [message_id], changed=[changed])
        return reply

    reply = hand(redrive)
    _, properties, body = channel.basic_get("good")
    assert (body, properties.headers["n"], properties.headers["by"]) == (b"1", 5, "hand")
    assert (properties.message_id, properties.headers["x-death"][0]["queue"]) == ("m1", "good")
    channel.basic_recover(requeue=True)
    assert hand(lambda client: client.verbs.move_back(reply)) == 1
    _, properties, body = channel.basic_get("bad", auto_ack=True)
    assert (body, properties.headers["n"], "by" in properties.headers) == (b"-1", 5, False)


def test_what_is_too_large_to_be_changed_stays_as_it_is(connect: Connect, hand: Any) -> None:
    channel = connect().channel()
    for name in ("large", "larger"):
        channel.queue_declare(name)
    channel.basic_publish("", "large", b"x" * (CHANGE_MAX_BYTES + 1))

    async def change(client: Client) -> str:
        found = await ids(client, "large")
        changed = [Changed(found[0], b"", Properties())]
        with pytest.raises(RefusedError) as refusal:
            await client.verbs.move("large", found, Destination("larger"), changed=changed)
        return refusal.value.says

    assert "too large to be changed on its way" in hand(change)
    assert ready(channel, "large") == 1


def test_what_was_published_by_hand_can_be_taken_out_again(connect: Connect, hand: Any) -> None:
    """Its id and its queues are told; what nobody takes is told as well; clients find what is left."""
    channel = connect().channel()
    channel.queue_declare("again")

    async def publish_and_undo(client: Client) -> tuple[int, int, int]:
        kept = await client.verbs.publish("", "again", b"kept", Properties(message_id="m"))
        undone = await client.verbs.publish("", "again", b"undone", Properties())
        nowhere = await client.verbs.publish("", "nobody", b"x", Properties())
        return kept.count, await client.verbs.remove_copies(undone), nowhere.count

    assert hand(publish_and_undo) == (1, 1, 0)
    assert take_all(channel, "again") == [b"kept"]


@pytest.mark.parametrize("kind", ["classic", "quorum"])
def test_a_deleted_queue_comes_back_with_what_was_in_it(connect: Connect, hand: Any, kind: str) -> None:
    """Also with what a consumer held; in the order it had, and clients can take all of it."""
    channel = connect().channel()
    name = f"deleted-{kind}"
    channel.queue_declare(name, durable=True, arguments={"x-queue-type": kind})
    channel.basic_qos(prefetch_count=1)
    send(channel, name, b"1", b"2", b"3")
    got = Got(channel, name)
    assert got.wait(1) == [b"1"]

    async def delete_and_undo(client: Client) -> tuple[int, int, int]:
        row = next(each for each in (await client.topology()).queues if each.spec.name == name)
        desk = SimpleNamespace(client=client, queue=lambda *_: None)
        deletion = QueueDeletion(desk, "/", row)  # type: ignore[arg-type]  # what it asks of a workspace
        await deletion.run()
        gone = all(each.spec.name != name for each in (await client.topology()).queues)
        await client.declare_queue(name, is_durable=True, arguments=row.spec.arguments)
        return int(gone), deletion.count, await deletion.bring_back()

    assert hand(delete_and_undo) == (1, 3, 3)
    fresh = connect().channel()
    assert sorted(take_all(fresh, name)) == [b"1", b"2", b"3"]
