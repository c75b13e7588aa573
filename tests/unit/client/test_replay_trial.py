"""What a replay would do is told before anything is sent; one that feeds its own source is refused."""

import pytest

from mqstudio.client.replay_trial import refuse_loop, try_out
from mqstudio.client.replay_values import Target, TargetKind, Wishes
from mqstudio.model.errors import RefusedError
from tests.support.replaying import Came, HandPace, ListSource, a_record, shaper_of

RECORDS = [
    a_record(1, 0.0, "eu"), a_record(1, 0.0, "eu", queue="audit"), a_record(2, 1.0, "eu"),
    a_record(3, 30.0, "us", body=b"no JSON"),
]  # fmt: skip


def broker() -> Came:
    came = Came(HandPace())
    came.routes = {("shop", "eu"): ["orders", "audit"], ("", "copies"): ["copies"]}
    return came


async def test_what_would_be_sent_where() -> None:
    came, wishes = broker(), Wishes(speed=10.0)
    trial = await try_out(ListSource(RECORDS), wishes, shaper_of(wishes), came)
    assert came.parcels == []
    assert (trial.messages, trial.left_out, trial.lasts_s) == (3, 1, 3.0)
    assert [(way.routing_key, way.count, way.queues, bool(way.problem)) for way in trial.ways] == [
        ("eu", 2, ("orders", "audit"), False),
        ("us", 1, (), True),
    ]
    assert (trial.unroutable, trial.unfit, trial.loops) == (1, 0, ())
    assert trial.example is not None
    assert trial.example.parcel.routing_key == "eu"


async def test_what_does_not_fit_is_told() -> None:
    wishes = Wishes(patch="$.total = 1")
    trial = await try_out(ListSource(RECORDS), wishes, shaper_of(wishes), broker())
    assert (trial.unfit, [each.message_id for each in trial.failed]) == (1, [3])


async def test_a_replay_into_its_own_source_is_refused_unless_that_is_wanted() -> None:
    came = broker()
    growing = ListSource(RECORDS, frozenset({("/", "orders")}))
    into_it = Wishes()
    with pytest.raises(RefusedError, match="'orders', where it is taken from"):
        await refuse_loop(growing, into_it, shaper_of(into_it), came)
    wanted = Wishes(may_loop=True)
    await refuse_loop(growing, wanted, shaper_of(wanted), came)
    elsewhere = Wishes(Target(TargetKind.QUEUE, "copies"))
    await refuse_loop(growing, elsewhere, shaper_of(elsewhere), came)
    await refuse_loop(ListSource(RECORDS), into_it, shaper_of(into_it), came)
