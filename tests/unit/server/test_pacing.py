"""Who is told that time has passed: those that need it always, the others in turn."""

from mqstudio.model.limits import CALM_ROUND_TICKS
from mqstudio.server.link import Link
from mqstudio.server.pacing import Pacing
from tests.support.peers import Peer, new_broker


class Paced:
    """Links of peers that are calm or not, as the test says."""

    def __init__(self, count: int) -> None:
        broker = new_broker()
        self.peers = [Peer(broker, str(n)) for n in range(count)]
        self.links = [peer.link for peer in self.peers]
        self.pacing = Pacing()
        for link in self.links:
            self.pacing.join(link)

    def calm_down(self) -> None:
        for peer in self.peers:
            peer.session.is_calm_now = True
        for _ in range(CALM_ROUND_TICKS):
            self.pacing.due()

    def round(self) -> list[Link]:
        """Everybody that is told during one round."""
        return [link for _ in range(CALM_ROUND_TICKS) for link in self.pacing.due()]


def test_who_is_restless_is_told_at_each_tick() -> None:
    paced = Paced(20)
    for _ in range(3):
        assert set(paced.pacing.due()) == set(paced.links)


def test_who_is_calm_is_told_once_in_a_round() -> None:
    paced = Paced(CALM_ROUND_TICKS * 5)
    paced.calm_down()
    told = paced.round()
    assert len(told) == len(set(told)) == CALM_ROUND_TICKS * 5
    assert len(paced.pacing.due()) == 5


def test_a_few_take_turns_too() -> None:
    paced = Paced(2)
    paced.calm_down()
    assert set(paced.round()) == set(paced.links)


def test_who_becomes_restless_is_told_from_the_next_tick_on_until_it_is_calm() -> None:
    paced = Paced(80)
    paced.calm_down()
    peer = paced.peers[0]
    peer.session.is_calm_now = False
    paced.pacing.look_at(peer.link)
    assert paced.round().count(peer.link) == CALM_ROUND_TICKS
    peer.session.is_calm_now = True
    paced.pacing.due()
    assert paced.round().count(peer.link) == 1


def test_who_is_gone_is_not_told_even_if_something_happens_to_it_still() -> None:
    paced = Paced(80)
    gone = paced.links[:40]
    for link in gone:
        paced.pacing.leave(link)
        paced.pacing.look_at(link)
    assert set(paced.pacing.due()) == set(paced.links[40:])
    paced.calm_down()
    assert len(paced.pacing.due()) == 5
