"""Messages that were handed over again: for each cause a program, and one that nearly does the same."""

import socket
from pathlib import Path

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError, ChannelClosedByBroker

from mqstudio.model.delivery import Outcome
from mqstudio.model.verbs import ActedReply
from tests.support.broker import running_broker
from tests.support.pika_client import settle
from tests.support.reasons import Asker, none, one
from tests.support.waiting import eventually

BACK = "It went back to its place"


def _held(asker: Asker, queue: str, **arguments: object) -> BlockingChannel:
    """A channel of a worker that holds a message with the queue's name as its body."""
    channel = asker.connect("worker").channel()
    channel.queue_declare(queue, arguments=arguments)
    channel.basic_publish("", queue, queue.encode())
    method, _, _ = channel.basic_get(queue)
    assert method is not None
    return channel


def test_redelivered_given_back(asker: Asker) -> None:
    """Its consumer said nack."""
    channel = _held(asker, "nacked")
    channel.basic_nack(1, requeue=True)
    settle(channel)
    one(
        asker.message("nacked"), "redelivered_given_back", "'worker' gave it back", "handed to 'worker'", BACK
    )


def test_nearly_redelivered_given_back(asker: Asker) -> None:
    """One that is still held was not given back; nor was one that was handed over just once."""
    _held(asker, "kept")
    none(asker.message("kept"), "redelivered_given_back")


def test_redelivered_recovered(asker: Asker) -> None:
    """Its consumer said recover."""
    channel = _held(asker, "recovered")
    channel.basic_recover(requeue=True)
    settle(channel)
    findings = asker.message("recovered")
    one(findings, "redelivered_recovered", "'worker' asked for everything it held", BACK)
    none(findings, "redelivered_given_back")


def test_nearly_redelivered_recovered(asker: Asker) -> None:
    """What was acknowledged before is not recovered."""
    channel = _held(asker, "acked first")
    channel.basic_ack(1)
    channel.basic_recover(requeue=True)
    settle(channel)
    findings = asker.message("acked first")
    assert [each.rule for each in findings] == ["done"]


def test_redelivered_channel_closed(asker: Asker) -> None:
    """Its consumer closed the channel; or the broker did, for a mistake that is told of."""
    channel = _held(asker, "closed over")
    channel.close()
    one(asker.message("closed over"), "redelivered_channel_closed", "'worker' closed channel 1", BACK)
    mistaken = _held(asker, "mistaken")
    mistaken.basic_ack(99)
    with pytest.raises(ChannelClosedByBroker):
        settle(mistaken)
    says = ("The broker closed channel 1 of 'worker' for a mistake", "Delivery 99 is not open")
    one(asker.message("mistaken"), "redelivered_channel_closed", *says)


def test_nearly_redelivered_channel_closed(asker: Asker) -> None:
    """What was acknowledged before its channel is closed does not come back."""
    channel = _held(asker, "acked in time")
    channel.basic_ack(1)
    channel.close()
    assert [each.rule for each in asker.message("acked in time")] == ["done"]


def test_redelivered_connection_closed(asker: Asker) -> None:
    """Its consumer went without a word."""
    _cut(_held(asker, "cut off").connection)
    eventually(lambda: asker.message("cut off")[0].rule != "held_by_consumer")
    one(asker.message("cut off"), "redelivered_connection_closed", "'worker' ended", "The connection ended: ")


def _cut(connection: pika.BlockingConnection) -> None:
    """End a connection as a program that is killed does: without a word."""
    connection._impl._transport._sock.shutdown(socket.SHUT_RDWR)  # nothing public cuts it
    with pytest.raises(AMQPError):
        connection.process_data_events(time_limit=5)


def test_nearly_redelivered_connection_closed(asker: Asker) -> None:
    """What another connection holds stays where it is when this one goes."""
    _held(asker, "not mine")
    asker.connect("other").close()
    findings = asker.message("not mine")
    assert [each.rule for each in findings] == ["held_by_consumer"]


def test_redelivered_lease_ended(asker: Asker) -> None:
    """Its consumer held it for longer than the queue allows, and lost its channel."""
    _held(asker, "held too long", **{"x-consumer-timeout": 50})
    eventually(lambda: "redelivered_lease_ended" in [each.rule for each in asker.message("held too long")])
    says = ("'worker' held a message for too long", "allows 50 ms (x-consumer-timeout)", BACK)
    findings = asker.message("held too long")
    one(findings, "redelivered_lease_ended", *says)
    none(findings, "redelivered_channel_closed")


def test_nearly_redelivered_lease_ended(asker: Asker) -> None:
    """One whose time is not over is held, and it is told how much is left."""
    _held(asker, "has a lease", **{"x-consumer-timeout": 600_000})
    one(asker.message("has a lease"), "held_by_consumer", "the broker closes the channel")


def test_redelivered_kicked(asker: Asker) -> None:
    """Somebody disconnected its consumer from the window."""
    _held(asker, "kicked")
    holder = _holder(asker, "kicked")
    asker.run(lambda client: client.kick(holder))
    eventually(lambda: "redelivered_kicked" in [each.rule for each in asker.message("kicked")])
    findings = asker.message("kicked")
    one(findings, "redelivered_kicked", "Somebody disconnected 'worker'", BACK)
    none(findings, "redelivered_connection_closed")


def _holder(asker: Asker, queue: str) -> int:
    page = asker.run(lambda client: client.page(queue))
    holder = page.rows[0].holder_connection_id
    assert holder is not None
    return holder


def test_nearly_redelivered_kicked(asker: Asker) -> None:
    """Another client that is kicked changes nothing."""
    _held(asker, "spared")
    _held(asker, "victim")
    victim = _holder(asker, "victim")
    asker.run(lambda client: client.kick(victim))
    one(asker.message("spared"), "held_by_consumer", "'worker' has it")


def test_redelivered_by_hand(asker: Asker) -> None:
    """Somebody released it from the window."""
    _held(asker, "released")
    _force(asker, "released", Outcome.RELEASED)
    findings = asker.message("released")
    one(findings, "redelivered_by_hand", "Somebody released it by hand while 'worker' held it", BACK)
    none(findings, "redelivered_given_back")


def _force(asker: Asker, queue: str, outcome: Outcome) -> ActedReply:
    number = asker.id_of(queue)
    return asker.run(lambda client: client.verbs.force(queue, [number], outcome))


def test_nearly_redelivered_by_hand(asker: Asker) -> None:
    """Where its holder gave it back first, it was the holder."""
    channel = _held(asker, "given first")
    channel.basic_nack(1, requeue=True)
    settle(channel)
    _force(asker, "given first", Outcome.RELEASED)
    findings = asker.message("given first")
    none(findings, "redelivered_by_hand")
    one(findings, "redelivered_given_back")


def test_redelivered_restart(tmp_path: Path) -> None:
    """The broker was restarted while somebody held it; one that nobody had held is not told to be."""
    persistent = pika.BasicProperties(delivery_mode=2)
    with running_broker(tmp_path / "data") as broker:
        asker = Asker(broker)
        channel = asker.connect("worker").channel()
        channel.queue_declare("kept", durable=True)
        for body in (b"was held", b"was not"):
            channel.basic_publish("", "kept", body, persistent)
        eventually(lambda: channel.basic_get("kept")[0])
        asker.id_of("was not")
        broker.process.kill()
        broker.process.wait()
        asker.close()
    with running_broker(tmp_path / "data") as broker:
        asker = Asker(broker)
        one(asker.message("was held"), "redelivered_restart", "The broker was restarted", "started again")


def test_nearly_redelivered_restart(tmp_path: Path) -> None:
    """After a clean stop only what was held comes again."""
    persistent = pika.BasicProperties(delivery_mode=2)
    with running_broker(tmp_path / "data") as broker:
        asker = Asker(broker)
        channel = asker.connect("worker").channel()
        channel.queue_declare("calm", durable=True)
        channel.basic_publish("", "calm", b"never held", persistent)
        asker.id_of("never held")
        asker.close()
    with running_broker(tmp_path / "data") as broker:
        none(Asker(broker).message("never held"), "redelivered_restart")
