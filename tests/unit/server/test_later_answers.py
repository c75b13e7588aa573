"""Requests that take a while: the broker goes on, and answers when they are done."""

import pytest

from mqstudio.model import access as a
from mqstudio.model import commands as c
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.queries import GetInfo
from mqstudio.model.rows import BrokerInfo
from mqstudio.server.broker import Broker
from tests.support.peers import Peer, new_broker
from tests.support.waiting import eventually_async


async def heard(peer: Peer, count: int) -> list[object]:
    """Wait until so many answers have come."""
    await eventually_async(lambda: len(peer.session.answers) >= count)
    return peer.session.answers


async def test_the_rest_of_the_chunk_waits_for_the_answer_and_the_peer_is_not_read() -> None:
    peer = Peer(new_broker()).open()
    peer.do(a.PutUser("anna", (), "secret"), GetInfo())
    assert peer.session.answers == []
    assert peer.transport.is_reading_paused
    put, info = await heard(peer, 2)
    assert put == a.PutReply(is_new=True)
    assert isinstance(info, BrokerInfo)
    assert not peer.transport.is_reading_paused


async def test_meanwhile_others_are_served() -> None:
    broker = new_broker()
    slow, other = Peer(broker).open(), Peer(broker).open()
    slow.do(a.CheckLogin("anna", "wrong"))
    assert isinstance(other.do(GetInfo()), BrokerInfo)
    assert slow.session.answers == []
    (refused,) = await heard(slow, 1)
    assert isinstance(refused, RefusedError)
    assert refused.why is Refusal.LOGIN_REFUSED


async def test_meanwhile_the_peer_gets_its_mail() -> None:
    broker = new_broker()
    slow, other = Peer(broker).open(), Peer(broker).open()
    slow.declare()
    slow.subscribe()
    slow.do(a.CheckLogin("anna", "wrong"))
    other.publish(b"now")
    assert [letter.message.body for letter in slow.delivered()] == [b"now"]
    assert slow.session.answers == []
    await heard(slow, 1)


@pytest.mark.parametrize("ends", ["lost", "finished"])
async def test_an_answer_that_comes_too_late_is_dropped(ends: str) -> None:
    """Nothing more is asked of a session that has come to its end."""
    broker = new_broker()
    peer, other = Peer(broker).open(), Peer(broker).open()
    peer.do(a.CheckLogin("anna", "wrong"), c.DeclareQueue(peer.channel, "never"))
    if ends == "lost":
        peer.transport.abort()
        peer.transport.settle()
    else:
        peer.link.session.shut_down("bye")
    other.do(a.CheckLogin("anna", "wrong too"))
    await heard(other, 1)
    assert peer.session.answers == []
    assert "never" not in broker.engine.vhosts["/"].queues


async def test_a_bug_in_such_work_ends_that_connection_only(caplog: pytest.LogCaptureFixture) -> None:
    broker = new_broker()
    peer, other = Peer(broker).open(), Peer(broker).open()
    peer.do(a.CheckLogin("anna", "\udc00"))
    await eventually_async(lambda: peer.transport.was_aborted)
    assert "surrogates not allowed" in caplog.text
    assert broker.failure is None
    assert isinstance(other.do(GetInfo()), BrokerInfo)


async def test_after_the_end_no_password_is_checked_any_more() -> None:
    broker: Broker = new_broker()
    peer = Peer(broker).open()
    for number in range(20):
        broker.access.passwords.check(None, f"wrong {number}")
    peer.do(a.CheckLogin("anna", "wrong"))
    broker.shut_down("bye")
    await eventually_async(lambda: not broker.access.passwords._waiting)
    assert peer.session.answers == []
