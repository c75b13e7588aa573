"""What the desktop is told: once, grouped, and never what was so before."""

from msgspec.structs import replace

from mqstudio.model.samples import Counters
from mqstudio.viewmodel.alerts import Alert, AlertKind, Alerts
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker


class Desk:
    """A broker, a workspace, and what was raised."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.broker = ListBroker(self.clock)
        self.workspace = Workspace(self.clock)
        self.alerts = Alerts(self.workspace)
        self.raised: list[Alert] = []
        self.alerts.raised.connect(self._note)

    def _note(self, alert: Alert) -> None:
        self.raised.append(alert)

    def sample(self, after_s: float = 0.25) -> None:
        self.clock.advance(after_s)
        self.broker.feed(self.workspace)

    def count(self, queue: str, **more: int) -> None:
        """Let a queue's counters grow."""
        self.broker.add_queue(queue)
        had = self.broker.counters[queue]
        self.broker.counters[queue] = replace(
            had, **{name: getattr(had, name) + count for name, count in more.items()}
        )

    def says(self) -> list[str]:
        told = [f"{alert.title}: {alert.says}" for alert in self.raised]
        self.raised.clear()
        return told


def test_what_was_there_before_is_no_news() -> None:
    """A window that opens on a busy broker is quiet."""
    desk = Desk()
    desk.broker.add_queue("orders", 3)
    desk.count("orders", published=3, dead_lettered=2)
    desk.sample()
    desk.sample(60)
    assert desk.says() == []


def test_the_first_message_of_a_queue() -> None:
    """Once, of a queue that was empty from its beginning or was made while we looked."""
    desk = Desk()
    desk.broker.add_queue("orders")
    desk.sample()
    desk.count("orders", published=1)
    desk.count("mail", published=5)
    desk.sample()
    desk.count("orders", published=1)
    desk.sample()
    assert desk.says() == [
        "First message: orders has its first message.",
        "First message: mail has its first message.",
    ]


def test_dead_letters_are_grouped() -> None:
    """The first at once, those of the next ten seconds together, the worst queue first."""
    desk = Desk()
    for name in ("orders", "mail"):
        desk.count(name, published=9)
    desk.sample()
    desk.count("orders", dead_lettered=1)
    desk.sample()
    assert desk.says() == ["1 dead letter: From orders 1"]
    for _ in range(3):
        desk.count("mail", dead_lettered=4)
        desk.count("orders", dead_lettered=1)
        desk.sample(1)
    assert desk.says() == []
    desk.clock.advance(6)
    desk.alerts.tick()
    assert desk.says() == []
    desk.clock.advance(1)
    desk.alerts.tick()
    assert desk.says() == ["15 dead letters: From mail 12, orders 3"]
    assert [(each.queue, each.count) for each in desk.alerts.letters][:2] == [("mail", 4), ("orders", 1)]
    assert len(desk.alerts.letters) == 5


def test_messages_that_nobody_takes() -> None:
    """After 30 seconds, once, and anew after somebody was there."""
    desk = Desk()
    desk.broker.add_queue("orders", 2)
    desk.broker.consumers["orders"] = 1
    desk.sample()
    desk.broker.consumers["orders"] = 0
    desk.sample()
    desk.sample(29)
    assert desk.says() == []
    desk.clock.advance(1)
    desk.alerts.tick()
    desk.sample(60)
    assert desk.says() == ["No consumer: Messages have waited for 30 seconds in orders 2"]
    desk.broker.consumers["orders"] = 1
    desk.sample()
    desk.broker.consumers["orders"] = 0
    desk.sample()
    desk.sample(30)
    assert len(desk.says()) == 1


def test_many_such_queues_are_one_notification() -> None:
    """Three are named, the fullest first."""
    desk = Desk()
    desk.sample()
    for n in range(6):
        desk.broker.add_queue(f"q{n}", n + 1)
        desk.count(f"q{n}", published=n + 1)
    desk.sample()
    desk.says()
    desk.sample(31)
    assert desk.says() == ["No consumer: Messages have waited for 30 seconds in q5 6, q4 5, q3 4 and 3 more"]


def test_each_kind_has_a_switch() -> None:
    """What is switched off is not said, nor later."""
    desk = Desk()
    desk.alerts.is_on = lambda kind: kind is not AlertKind.DEAD
    desk.sample()
    desk.count("orders", published=1, dead_lettered=1)
    desk.sample()
    assert [alert.kind for alert in desk.raised] == [AlertKind.FIRST]
    assert (desk.raised[0].vhost, desk.raised[0].queue) == ("/", "orders")


def test_a_broker_that_begins_again_is_no_news() -> None:
    """Its counters are looked at anew."""
    desk = Desk()
    desk.sample()
    desk.workspace.lose("gone")
    desk.broker.counters["orders"] = Counters(published=7, dead_lettered=3)
    desk.broker.add_queue("orders", 1)
    desk.sample()
    assert desk.says() == []
