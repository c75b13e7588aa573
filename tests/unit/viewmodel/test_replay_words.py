"""What the panel says of a replay."""

from mqstudio.client.replay_trial import Example, Trial, WayTold
from mqstudio.client.replay_values import Failed, Wishes
from mqstudio.viewmodel import replay_words as words
from tests.support.replaying import HandPace, a_record, replay_of, shaper_of


def test_what_a_dry_run_found() -> None:
    trial = Trial(
        36_112, 3, 48_000_000, 30.0, (), 0, 4, 0, 2, (Failed(7, "x", "k", "No JSON."),), ("orders",)
    )
    assert (
        words.trial_says(trial) == "36,112 messages, 48.0 MB · takes 30.0 s · 3 come of others, and do not go"
    )
    assert words.trial_warnings(trial) == [
        "Goes into orders, where it is taken from",
        "4 would reach no queue",
        "2 cannot be made so: No JSON.",
    ]
    way = WayTold("/", "", "orders", 1_200, ("orders", "audit"))
    assert words.way_says(way) == ("1,200", "(default)", "orders", "orders, audit")
    assert words.failed_says(Failed(7, "shop", "eu", "Why.")) == ("#7", "shop", "eu", "Why.")


def test_how_far_it_is_and_how_it_ended() -> None:
    replaying = replay_of(Wishes(), HandPace())
    replaying.counts.confirmed, replaying.counts.unroutable = 12, 3
    replaying.is_paused = True
    assert words.running_says(replaying, 100) == "15 of 100 · 12 confirmed · 3 unroutable · paused"
    replaying.is_paused, replaying.has_ended = False, True
    assert words.outcome_says(replaying, "Replay of it", 15) == (
        "Replay of it: 15 of 15 · 12 confirmed · 3 unroutable."
    )
    replaying.failure = "The broker is gone."
    assert "ended early. The broker is gone." in words.outcome_says(replaying, "Replay of it", 0)


def test_the_first_message_before_and_after() -> None:
    record = a_record(1)
    changed = shaper_of(Wishes(patch="$.total = 6", key="new")).parcel(record)
    before, after = words.example_says(Example(record, changed))
    assert before == 'shop · eu.new\n{"total": 5}'
    assert after == 'shop · new\n{"total": 6}'
