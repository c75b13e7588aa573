"""How much one peer may have done before the others have their turn."""

import asyncio
import socket

from mqstudio.model import commands as c
from mqstudio.model import limits
from mqstudio.model.message import Message
from mqstudio.model.replies import CountReply, TakeReply
from mqstudio.protocols.base import BREATH
from mqstudio.server import fairness
from tests.support.peers import Peer, new_broker


def test_an_answer_counts_for_what_it_takes_and_for_its_time() -> None:
    taken = TakeReply(Message(1, b"x" * 50_000, b"", "", "q", 0, "test", 1, 50_300), 0)
    assert fairness.weight(None) == fairness.weight(CountReply(1)) == fairness.ANSWER_BYTES
    assert fairness.weight(taken) == fairness.ANSWER_BYTES + 50_300


async def test_after_so_many_answers_the_rest_of_a_chunk_waits_for_the_next_turn() -> None:
    """Others are served in between; in the end all is answered."""
    broker = new_broker()
    busy, other = Peer(broker, "busy").open(), Peer(broker, "other").open()
    busy.session.requests = [c.DeclareQueue(busy.channel, f"q{n}") for n in range(limits.TURN_ANSWERS * 3)]
    busy.session.answers.clear()
    busy.link.data_received(b".")
    assert len(busy.session.answers) == limits.TURN_ANSWERS + 1
    assert busy.transport.is_reading_paused
    other.declare("other")
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(busy.session.answers) == limits.TURN_ANSWERS * 3
    assert not busy.transport.is_reading_paused


async def test_a_session_that_reads_much_and_asks_for_nothing_lets_others_go_first() -> None:
    broker = new_broker()
    peer = Peer(broker).open()
    peer.session.requests = [BREATH, c.DeclareQueue(peer.channel, "q")]
    peer.session.answers.clear()
    peer.link.data_received(b".")
    assert peer.session.answers == []
    await asyncio.sleep(0)
    assert len(peer.session.answers) == 1


async def test_a_peer_that_has_sent_more_than_a_read_takes_is_not_read_until_the_others_were() -> None:
    peer = Peer(new_broker()).open()
    peer.link.data_received(bytes(fairness.FULL_READ_BYTES - 1))
    assert not peer.transport.is_reading_paused
    peer.link.data_received(bytes(fairness.FULL_READ_BYTES))
    assert peer.transport.is_reading_paused
    await asyncio.sleep(0)
    assert not peer.transport.is_reading_paused


async def test_reading_that_is_paused_for_another_reason_stays_so() -> None:
    peer = Peer(new_broker()).open()
    peer.link.data_received(bytes(fairness.FULL_READ_BYTES))
    peer.link.pause_reading("memory", is_paused=True)
    await asyncio.sleep(0)
    assert peer.transport.is_reading_paused


async def test_more_of_a_large_body_is_fetched_at_once() -> None:
    """As one chunk, and once, however much there is; what is not there yet is waited for."""
    peer = Peer(new_broker()).open()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        peer.transport.sock = ours
        full, more = bytes(fairness.FULL_READ_BYTES), bytes(range(256)) * 40
        for held_bytes, sent, heard in (
            (fairness.BULKY_BYTES - 1, more, [full]),
            (fairness.BULKY_BYTES, b"", [full, more]),
            (fairness.BULKY_BYTES, b"", [full]),
        ):
            theirs.sendall(sent)
            peer.session.held_bytes_now = held_bytes
            peer.session.heard.clear()
            peer.link.data_received(full)
            assert peer.session.heard == heard
            await asyncio.sleep(0)


async def test_a_peer_that_is_gone_after_a_full_read_is_left_alone() -> None:
    peer = Peer(new_broker()).open()
    peer.session.held_bytes_now = fairness.BULKY_BYTES
    peer.session.shut_down("bye")
    peer.link.data_received(bytes(fairness.FULL_READ_BYTES))
    assert peer.transport.is_closing()
    assert not peer.transport.is_reading_paused
