"""How much one peer may have done before the others have their turn."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

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


@pytest.fixture
def fed() -> Iterator[tuple[Peer, socket.socket]]:
    """A peer that is amid a large body, and what its socket is fed by."""
    peer = Peer(new_broker()).open()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.settimeout(10)
        peer.transport.sock = ours
        peer.session.held_bytes_now = fairness.BULKY_BYTES
        peer.session.heard.clear()
        yield peer, theirs


FULL = bytes(fairness.FULL_READ_BYTES)


@pytest.mark.parametrize(
    ("held_bytes", "sent", "fetched"),
    [
        (fairness.BULKY_BYTES - 1, b"more", []),
        (fairness.BULKY_BYTES, b"more", [b"more"]),
        (fairness.BULKY_BYTES, b"", []),
    ],
)
async def test_more_of_a_large_body_is_fetched_once_the_others_were_read(
    fed: tuple[Peer, socket.socket], held_bytes: int, sent: bytes, fetched: list[bytes]
) -> None:
    """What is not there yet is left to the loop."""
    peer, theirs = fed
    theirs.sendall(sent)
    peer.session.held_bytes_now = held_bytes
    peer.link.data_received(FULL)
    assert peer.session.heard == [FULL]
    await asyncio.sleep(0)
    assert peer.session.heard == [FULL, *fetched]
    assert not peer.transport.is_reading_paused


async def test_fetching_goes_on_turn_by_turn_while_there_is_much(fed: tuple[Peer, socket.socket]) -> None:
    peer, theirs = fed
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * len(FULL))
    peer.link.data_received(FULL)
    for _ in range(3):
        theirs.sendall(FULL)
        await asyncio.sleep(0)
        assert peer.transport.is_reading_paused
    await asyncio.sleep(0)
    assert not peer.transport.is_reading_paused
    assert list(map(len, peer.session.heard)) == [len(FULL)] * 4


async def test_nothing_is_fetched_while_reading_is_paused(fed: tuple[Peer, socket.socket]) -> None:
    peer, theirs = fed
    theirs.sendall(b"more")
    peer.link.data_received(FULL)
    peer.link.pause_reading("memory", is_paused=True)
    await asyncio.sleep(0)
    assert peer.session.heard == [FULL]
    assert peer.transport.is_reading_paused


@pytest.mark.parametrize("is_before", [True, False])
async def test_nothing_is_fetched_from_a_peer_that_hangs_up(
    fed: tuple[Peer, socket.socket], is_before: bool
) -> None:
    peer, theirs = fed
    theirs.sendall(b"more")
    if is_before:
        peer.session.shut_down("bye")
    peer.link.data_received(FULL)
    peer.transport.abort()
    peer.transport.settle()
    await asyncio.sleep(0)
    assert peer.session.heard == [FULL]
