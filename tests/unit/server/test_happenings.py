"""What happened beside messages is remembered, of each kind the latest, and found by time."""

from mqstudio.model import events as e
from mqstudio.model.limits import HAPPENINGS_MAX
from mqstudio.model.queries import GetHappenings
from mqstudio.model.refs import ChannelRef, QueueRef, SubscriptionRef
from mqstudio.model.topology import BindingSpec, ConnectionInfo, QueueSpec
from mqstudio.server.happenings import Remembered

QUEUE = QueueRef("/", "orders", 1)


def _opened(number: int, name: str, protocol: str = "amqp091", at_us: int = 1) -> e.ConnectionOpened:
    return e.ConnectionOpened(at_us, ConnectionInfo(number, protocol, "127.0.0.1:1", name))


def _told(remembered: Remembered, **times: int) -> list[tuple[str, str, str]]:
    found = remembered.answer(GetHappenings(**times), 0).happenings
    return [(each.what, each.client, each.reason) for each in found]


def test_who_did_it_is_told_by_name() -> None:
    """Also of what ends with the connection, and after it."""
    remembered = Remembered()
    remembered.note(_opened(3, "worker"))
    remembered.note(e.ChannelClosed(5, ChannelRef(4, 3, 1)))
    remembered.note(e.ConnectionClosed(6, 3, "missed heartbeats"))
    assert _told(remembered) == [
        ("connection_opened", "worker", ""),
        ("channel_closed", "worker", ""),
        ("connection_closed", "worker", "missed heartbeats"),
    ]
    assert remembered.name_of(3) == "worker"
    assert remembered.name_of(4) == ""


def test_our_own_windows_come_and_go_untold() -> None:
    """But what somebody does in them by hand is told, with the name."""
    remembered = Remembered()
    remembered.note(_opened(9, "window", "native"))
    remembered.refused(2, 9, "No.")
    remembered.note(e.Intervened(3, 9, "pause", QUEUE))
    remembered.note(e.ConnectionClosed(4, 9, ""))
    assert _told(remembered) == [("intervened", "window", "pause")]


def test_what_is_declared_bound_and_deleted_is_told() -> None:
    """With the binding, and why a queue went."""
    remembered = Remembered()
    binding = BindingSpec("ex", "orders", "eu.*")
    remembered.note(e.QueueDeclared(1, QUEUE, QueueSpec("orders"), None))
    remembered.note(e.BindingAdded(2, "/", binding))
    remembered.note(e.QueueDeleted(3, QUEUE, "its last consumer left"))
    remembered.note(e.SubscriptionClosed(4, QUEUE, SubscriptionRef(1, 3, 1, "c1"), True))
    found = remembered.answer(GetHappenings(), 0).happenings
    assert [each.what for each in found] == [
        "queue_declared", "binding_added", "queue_deleted", "subscription_closed",
    ]  # fmt: skip
    assert found[1].binding == binding
    assert (found[2].reason, found[3].reason, found[3].tag) == (
        "its last consumer left",
        "by the broker",
        "c1",
    )


def test_they_are_found_by_time_the_newest_if_there_are_too_many() -> None:
    """Both ends of the time count."""
    remembered = Remembered()
    for at_us in range(1, 6):
        remembered.refused(at_us, 3, f"No {at_us}.")
    assert [r for _, _, r in _told(remembered, since_us=2, until_us=3)] == ["No 2.", "No 3."]
    assert [r for _, _, r in _told(remembered, limit=2)] == ["No 4.", "No 5."]
    assert _told(remembered, limit=0) == []


def test_of_each_kind_the_latest_are_kept() -> None:
    """Clients that come and go push out no binding; and it is told from when on all is known."""
    remembered = Remembered()
    remembered.note(e.BindingAdded(1, "/", BindingSpec("ex", "orders", "k")))
    for number in range(HAPPENINGS_MAX + 1):
        remembered.note(_opened(number, "x", at_us=10 + number))
    answer = remembered.answer(GetHappenings(limit=10 * HAPPENINGS_MAX), 5)
    assert answer.happenings[0].what == "binding_added"
    assert len(answer.happenings) == HAPPENINGS_MAX + 1
    assert answer.known_since_us == 10
