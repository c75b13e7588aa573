"""Section 9 of the list, transactions: what a commit does, what a rollback forgets, what is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.support.amqp091 import method, publish
from tests.support.pika_client import Connect, Got, ready, refused, send, settle, take_all, wait_until
from tests.support.raw_client import RawClient

Raw = Callable[[], RawClient]


@pytest.fixture
def watching(connect: Connect, queue: str) -> BlockingChannel:
    """A channel of the same connection as `tx`, on which the queue was declared."""
    channel = connect().channel()
    channel.queue_declare(queue, exclusive=True)
    return channel


@pytest.fixture
def tx(watching: BlockingChannel) -> BlockingChannel:
    """A channel with transactions."""
    channel = watching.connection.channel()
    channel.tx_select()
    return channel


def test_commit(tx: BlockingChannel, watching: BlockingChannel, queue: str) -> None:
    """Publishes are seen from the commit on, in their order; the next transaction begins by itself."""
    send(tx, queue, b"1", b"2")
    settle(tx)
    assert ready(watching, queue) == 0
    tx.tx_commit()
    wait_until(watching, lambda: ready(watching, queue) == 2)
    send(tx, queue, b"3")
    tx.tx_commit()
    wait_until(watching, lambda: ready(watching, queue) == 3)
    assert take_all(watching, queue) == [b"1", b"2", b"3"]


def test_rollback(tx: BlockingChannel, watching: BlockingChannel, queue: str) -> None:
    """What was published has never been."""
    send(tx, queue, b"forgotten")
    tx.tx_rollback()
    send(tx, queue, b"kept")
    tx.tx_commit()
    wait_until(watching, lambda: ready(watching, queue) == 1)
    assert take_all(watching, queue) == [b"kept"]


def test_selecting_again(tx: BlockingChannel, watching: BlockingChannel, queue: str) -> None:
    """Changes nothing: what is held stays held."""
    send(tx, queue, b"x")
    tx.tx_select()
    assert ready(watching, queue) == 0
    tx.tx_commit()
    wait_until(watching, lambda: ready(watching, queue) == 1)


def test_the_channels_end(tx: BlockingChannel, watching: BlockingChannel, queue: str) -> None:
    """Is a rollback."""
    send(tx, queue, b"x")
    tx.close()
    settle(watching)
    assert ready(watching, queue) == 0


def test_acks(tx: BlockingChannel, watching: BlockingChannel, queue: str) -> None:
    """Count with the commit; a rollback forgets them, so that they can be given again, or otherwise."""
    send(watching, queue, b"0", b"1", b"2")
    settle(watching)
    tags = [tx.basic_get(queue)[0].delivery_tag for _ in range(3)]
    for tag in tags:
        tx.basic_ack(tag)
    tx.tx_rollback()
    tx.basic_ack(tags[0])
    tx.basic_nack(tags[1])
    settle(tx)
    assert ready(watching, queue) == 0
    tx.tx_commit()
    wait_until(watching, lambda: ready(watching, queue) == 1)
    tx.close()
    wait_until(watching, lambda: ready(watching, queue) == 2)
    assert take_all(watching, queue) == [b"1", b"2"]


def test_an_ack_given_twice(tx: BlockingChannel, watching: BlockingChannel, queue: str) -> None:
    """The second is unknown at once, not at the commit."""
    send(watching, queue, b"x")
    settle(watching)
    tag = tx.basic_get(queue)[0].delivery_tag
    tx.basic_ack(tag)
    tx.basic_ack(tag)
    with refused(406, f"unknown delivery tag {tag}"):
        settle(tx)


def test_room_comes_with_the_commit(tx: BlockingChannel, watching: BlockingChannel, queue: str) -> None:
    """An ack makes no room for the next before."""
    send(watching, queue, b"1", b"2")
    settle(watching)
    tx.basic_qos(prefetch_count=1)
    got = Got(tx, queue)
    got.wait(1)
    tx.basic_ack(got.tags()[0])
    settle(tx)
    assert len(got.deliveries) == 1
    tx.tx_commit()
    assert got.wait(2) == [b"1", b"2"]


def test_returns_come_before_commit_ok(raw: Raw) -> None:
    """Both messages whole, then the answer."""
    client = raw().open(1)
    client.call(1, "tx.select")
    client.send(publish(b"1", key="none", mandatory=True), publish(b"2", key="none", mandatory=True))
    client.send(method(1, "tx.commit"))
    for body in (b"1", b"2"):
        assert client.expect("basic.return").args == (312, "NO_ROUTE", "", "none")
        assert client.content()[1] == body
    client.expect("tx.commit-ok")


def test_returns_wait_for_the_commit(tx: BlockingChannel) -> None:
    """And a rollback returns nothing."""
    returned: list[Any] = []
    tx.add_on_return_callback(lambda *what: returned.append(what))
    tx.basic_publish("", "nowhere", b"x", mandatory=True)
    settle(tx)
    tx.tx_rollback()
    settle(tx)
    assert returned == []


def test_a_queue_deleted_meanwhile(tx: BlockingChannel, watching: BlockingChannel, queue: str) -> None:
    """The commit succeeds all the same, and mandatory messages for it come back."""
    returned: list[Any] = []
    tx.add_on_return_callback(lambda *what: returned.append(what))
    for is_mandatory in (False, True):
        tx.basic_publish("", queue, b"x", mandatory=is_mandatory)
    settle(tx)
    watching.queue_delete(queue)
    tx.tx_commit()
    settle(tx)
    assert [how.reply_text for _, how, _, _ in returned] == ["NO_ROUTE"]


def test_a_missing_exchange(tx: BlockingChannel, watching: BlockingChannel, queue: str) -> None:
    """Is 404 at once, and what was held is rolled back."""
    send(tx, queue, b"x")
    tx.basic_publish("none", "k", b"x")
    with refused(404, "no exchange 'none' in vhost '/'"):
        settle(tx)
    assert ready(watching, queue) == 0


@pytest.mark.parametrize("act", [BlockingChannel.tx_commit, BlockingChannel.tx_rollback])
def test_without_select(channel: BlockingChannel, act: Callable[[BlockingChannel], object]) -> None:
    """A commit or rollback where there is no transaction is 406."""
    with refused(406, "channel is not transactional"):
        act(channel)
