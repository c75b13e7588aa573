"""The health of the store: what is urgent at once, the rest asked for; in words that say what to do."""

import pytest
from msgspec.structs import replace

from mqstudio.model.disk import DiskHealth, StoreHealth
from mqstudio.viewmodel.health import POINTS_MAX, Health, Keeping
from mqstudio.viewmodel.health_words import Level
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import START_US, Clock, ListBroker, run_now

DISK = DiskHealth(START_US, 50_000_000_000, 100_000_000_000, 1_000_000, 4_000_000)
PROFILE = StoreHealth("/data/shop.mqs", disk=DISK, low_bytes=1_000_000_000, bare_bytes=250_000_000)


@pytest.fixture
def health(broker: ListBroker, workspace: Workspace, notices: Notices) -> Health:
    broker.health = PROFILE
    made = Health(workspace, notices)
    run_now(made.refresh())
    return made


def test_without_trouble_everything_is_recorded(health: Health) -> None:
    assert health.alarm() is None
    assert health.word() == ("Recording", Level.GOOD)
    assert health.keeping is Keeping.PROFILE
    assert health.headline().value == "Everything is recorded"


TROUBLES = {
    "Store failed": ({"blocked_by": ("store", "disk"), "store_problem": "No disk."}, Level.BAD, "No disk."),
    "Disk low": ({"blocked_by": ("disk",)}, Level.BAD, "50.0 GB are free"),
    "Memory full": ({"is_publishing_blocked": True}, Level.WARN, "Consume or purge"),
    "1 in 8": ({"recorded_one_in": 8}, Level.WARN, "all persistent ones are recorded"),
}


@pytest.mark.parametrize("word", TROUBLES)
def test_what_cannot_wait_is_said_at_the_next_sample(
    health: Health, broker: ListBroker, workspace: Workspace, word: str
) -> None:
    totals, level, says = TROUBLES[word]
    broker.totals = replace(broker.totals, **totals)
    broker.feed(workspace)
    alarm = health.alarm()
    assert alarm is not None
    assert (alarm.word, alarm.level) == health.word() == (word, level)
    assert says in alarm.says
    assert bool(alarm.verb) == (word == "Store failed")
    assert health.headline().level is level


def test_memory_only_and_read_only_say_what_that_means(health: Health, broker: ListBroker) -> None:
    broker.health = StoreHealth()
    run_now(health.refresh())
    assert health.word() == ("Memory only", Level.QUIET)
    assert "its messages, queues and all that happened are gone" in health.headline().says
    assert health.facts() == []
    broker.health = StoreHealth("/data/old.mqs", is_read_only=True)
    run_now(health.refresh())
    assert (health.word()[0], health.keeping) == ("Read-only", Keeping.READ_ONLY)


def test_without_a_broker_nothing_is_said_to_be_well(health: Health, workspace: Workspace) -> None:
    workspace.lose("It was killed.")
    assert health.word()[0] == ""
    assert health.alarm() is None
    assert health.headline().level is Level.BAD
    assert "It was killed." in health.headline().says
    assert health.health is None


def test_it_is_asked_for_more_often_while_it_is_seen(
    health: Health, broker: ListBroker, workspace: Workspace, clock: Clock
) -> None:
    asked: list[int] = []

    def ask() -> None:
        asked.append(clock.now_us)
        run_now(health.refresh())

    health.wants_refresh.connect(ask)
    for _ in range(10):
        clock.advance(1)
        broker.feed(workspace)
    unseen = len(asked)
    health.set_visible(True)
    for _ in range(10):
        clock.advance(1)
        broker.feed(workspace)
    assert unseen <= 3
    assert len(asked) - unseen >= 10


def test_the_chart_is_bounded_and_counts_a_look_once(health: Health, broker: ListBroker) -> None:
    for number in range(1, POINTS_MAX + 10):
        at_us = START_US + number * 1_000_000
        broker.health = replace(PROFILE, disk=replace(DISK, at_us=at_us, commit_p99_us=number * 1_000))
        run_now(health.refresh())
        run_now(health.refresh())
    assert len(health.times_s) == len(health.p50_ms) == len(health.p99_ms) == POINTS_MAX
    assert health.p99_ms[-1] == POINTS_MAX + 9


def test_going_on_is_told(health: Health, broker: ListBroker, workspace: Workspace, notices: Notices) -> None:
    broker.totals = replace(broker.totals, blocked_by=("store",))
    broker.feed(workspace)
    run_now(health.go_on())
    broker.feed(workspace)
    assert health.alarm() is None
    assert "Publishers go on" in notices.shown[-1].text


def test_lists_say_how_far_back_they_go(health: Health, broker: ListBroker) -> None:
    assert health.reach() == ""
    broker.health = replace(PROFILE, disk=replace(DISK, oldest_kept_us=START_US - 86_400_000_000))
    run_now(health.refresh())
    assert health.reach().startswith("the ledger goes back to yesterday ")
