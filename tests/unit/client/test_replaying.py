"""A replay: by its schedule, in order, step by step, paused, stopped, its failures counted."""

import asyncio

import pytest

from mqstudio.client.replay_values import Target, TargetKind, Wishes
from mqstudio.client.replaying import Replaying
from mqstudio.exporters.base import NotReadableError
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.replay_limits import REPLAY_AHEAD_MAX
from mqstudio.protocols.native.messages import PublishReply
from tests.support.replaying import Came, HandPace, ListSource, a_record, replay_of
from tests.support.waiting import eventually_async

THREE = [a_record(1, 0.0, "a"), a_record(2, 0.5, "b"), a_record(3, 2.0, "c")]


async def test_each_goes_when_it_is_due() -> None:
    pace = HandPace()
    came = Came(pace)
    replaying = replay_of(Wishes(), pace)
    await replaying.run(ListSource(THREE), came)
    assert came.keys == ["a", "b", "c"]
    assert came.at_s == pytest.approx([0.0, 0.5, 2.0], abs=0.001)
    assert (replaying.counts.confirmed, replaying.failure, replaying.has_ended) == (3, "", True)
    assert replaying.late.count == 0


@pytest.mark.parametrize(("speed", "times"), [(10.0, [0, 0.05, 0.2]), (0.5, [0, 1, 4]), (None, [0, 0, 0])])
async def test_faster_and_slower(speed: float | None, times: list[float]) -> None:
    pace = HandPace()
    came = Came(pace)
    await replay_of(Wishes(speed=speed), pace).run(ListSource(THREE), came)
    assert came.at_s == pytest.approx(times, abs=0.001)


async def test_a_thousand_gaps_add_no_error_up() -> None:
    pace = HandPace()
    came = Came(pace)
    records = [a_record(n, n * 0.0037) for n in range(1_000)]
    await replay_of(Wishes(), pace).run(ListSource(records), came)
    errors = [abs(at - n * 0.0037) for n, at in enumerate(came.at_s)]
    assert max(errors) < 0.001


async def test_what_is_read_ahead_is_bounded() -> None:
    pace = HandPace()
    replaying = replay_of(Wishes(is_stepping=True), pace)
    source = ListSource([a_record(n) for n in range(REPLAY_AHEAD_MAX * 2)])
    most = 0

    def look() -> None:
        nonlocal most
        most = max(most, len(replaying._ready))
        if pace.at_s > 101:
            replaying.cancel()

    pace.on_sleep = look
    await replaying.run(source, Came(pace))
    assert REPLAY_AHEAD_MAX <= most <= REPLAY_AHEAD_MAX + 3


async def test_step_by_step_and_then_on() -> None:
    pace = HandPace()
    came = Came(pace)
    replaying = replay_of(Wishes(is_stepping=True), pace)
    seen: list[int] = []

    def act() -> None:
        seen.append(len(came.keys))
        if pace.at_s == pytest.approx(101):
            assert replaying.next_up is not None
            assert replaying.next_up.message_id == 1
            replaying.step()
        elif pace.at_s == pytest.approx(102):
            assert seen[-1] == 1
            replaying.resume()

    pace.on_sleep = act
    await replaying.run(ListSource(THREE), came)
    assert came.keys == ["a", "b", "c"]
    assert came.at_s[2] - came.at_s[1] == pytest.approx(1.5, abs=0.001)


async def test_paused_nothing_goes_and_afterwards_the_gaps_are_the_same() -> None:
    pace = HandPace()
    came = Came(pace)
    replaying = replay_of(Wishes(), pace)

    def act() -> None:
        if pace.at_s == pytest.approx(100.1):
            replaying.pause()
        elif pace.at_s == pytest.approx(110.1):
            replaying.resume()

    pace.on_sleep = act
    await replaying.run(ListSource(THREE), came)
    assert came.at_s == pytest.approx([0, 10.5, 12.0], abs=0.11)
    assert came.at_s[2] - came.at_s[1] == pytest.approx(1.5, abs=0.001)


async def test_stopped_it_sends_no_more() -> None:
    pace = HandPace()
    came = Came(pace)
    replaying = replay_of(Wishes(), pace)
    pace.on_sleep = lambda: replaying.cancel() if pace.at_s > 101 else None
    await replaying.run(ListSource(THREE), came)
    assert came.keys == ["a", "b"]
    assert replaying.has_ended


async def test_with_an_order_of_keys_each_waits_for_the_one_before_it() -> None:
    pace = HandPace()
    came = Came(pace)
    came.waits["slow"] = gate = asyncio.Event()
    keys = ["slow", "slow", "quick", "slow", "quick"]
    records = [a_record(n, key=key, body=b"%d" % n) for n, key in enumerate(keys)]
    replaying = replay_of(Wishes(speed=None, keeps_key_order=True), pace)
    async with asyncio.TaskGroup() as group:
        group.create_task(replaying.run(ListSource(records), came))
        await eventually_async(lambda: came.keys.count("quick") >= 1)
        assert came.keys.count("slow") == 1
        gate.set()
    assert [body for _, key, body, _ in came.parcels if key == "slow"] == [b"0", b"1", b"3"]
    assert [body for _, key, body, _ in came.parcels if key == "quick"] == [b"2", b"4"]
    assert replaying.counts.confirmed == 5


async def test_what_waits_for_its_key_goes_on_only_when_the_pause_is_over() -> None:
    pace = HandPace()
    came = Came(pace)
    came.waits["slow"] = gate = asyncio.Event()
    replaying = replay_of(Wishes(speed=None, keeps_key_order=True), pace)
    records = [a_record(n, key="slow") for n in range(3)]

    def act() -> None:
        assert len(came.keys) == 1
        if pace.at_s > 102:
            replaying.resume()
            pace.on_sleep = lambda: None

    async with asyncio.TaskGroup() as group:
        group.create_task(replaying.run(ListSource(records), came))
        await eventually_async(lambda: came.keys)
        replaying.pause()
        pace.on_sleep = act
        gate.set()
    assert len(came.keys) == 3


async def test_without_it_nobody_waits() -> None:
    pace = HandPace()
    came = Came(pace)
    came.waits["slow"] = gate = asyncio.Event()
    records = [a_record(n, key="slow") for n in range(5)]
    async with asyncio.TaskGroup() as group:
        group.create_task(replay_of(Wishes(speed=None), pace).run(ListSource(records), came))
        await eventually_async(lambda: len(came.keys) == 5)
        gate.set()


async def test_what_does_not_arrive_is_counted_up_to_a_limit() -> None:
    pace = HandPace()
    came = Came(pace)
    came.reply = lambda number: PublishReply(number % 2 == 1)
    records = [a_record(n, n) for n in range(10)]
    replaying = replay_of(Wishes(failures_max=3), pace)
    await replaying.run(ListSource(records), came)
    assert (replaying.counts.confirmed, replaying.counts.unroutable) == (3, 3)
    assert "3 messages did not arrive; of #5: No queue took it." in replaying.failure
    assert [each.message_id for each in replaying.failed] == [1, 3, 5]


async def test_what_no_queue_took_before_is_expected_to_go_nowhere() -> None:
    pace = HandPace()
    came = Came(pace)
    came.reply = lambda _: PublishReply(False)
    replaying = replay_of(Wishes(failures_max=1), pace)
    await replaying.run(ListSource([a_record(1, queue="")]), came)
    assert (replaying.counts.expected, replaying.counts.failures, replaying.failure) == (1, 0, "")


async def test_what_cannot_be_made_is_a_failure_of_its_own() -> None:
    pace = HandPace()
    replaying = replay_of(Wishes(Target(TargetKind.QUEUES)), pace)
    await replaying.run(ListSource([a_record(1, queue=""), a_record(2)]), Came(pace))
    assert (replaying.counts.unfit, replaying.counts.confirmed, replaying.counts.done) == (1, 1, 2)


async def test_a_broker_that_is_full_is_waited_for_and_the_schedule_with_it() -> None:
    pace = HandPace()
    came = Came(pace)

    def full(number: int) -> PublishReply:
        if number < 4:
            raise RefusedError(Refusal.OUT_OF_MEMORY, "No memory.")
        return PublishReply(True)

    came.reply = full
    replaying = replay_of(Wishes(), pace)
    await replaying.run(ListSource(THREE), came)
    assert came.keys == ["a", "a", "a", "a", "b", "c"]
    assert (replaying.counts.confirmed, replaying.waits_for) == (3, "")


async def test_a_connection_that_ends_ends_it() -> None:
    pace = HandPace()
    came = Came(pace)

    def gone(number: int) -> PublishReply:
        if number == 2:
            raise ConnectionError("The broker is gone.")
        return PublishReply(True)

    came.reply = gone
    replaying = replay_of(Wishes(), pace)
    await replaying.run(ListSource(THREE), came)
    assert (replaying.counts.confirmed, replaying.counts.failed) == (1, 1)
    assert replaying.failure == "The broker is gone."


async def test_a_recording_that_breaks_off_says_so() -> None:
    class Broken(ListSource):
        async def batches(self, *, is_whole: bool):  # type: ignore[no-untyped-def]  # as its parent
            async for batch in super().batches(is_whole=is_whole):
                yield batch
            raise NotReadableError("line 4: it is no record")

    pace = HandPace()
    came = Came(pace)
    replaying: Replaying = replay_of(Wishes(speed=None), pace)
    await replaying.run(Broken(THREE), came)
    assert "could not be read on: line 4" in replaying.failure


async def test_what_this_replay_has_sent_itself_does_not_go_again() -> None:
    pace = HandPace()
    came = Came(pace)
    replaying = replay_of(Wishes(), pace)
    await replaying.run(ListSource(THREE), came)
    again = [a_record(4 + n, properties=sent[3]) for n, sent in enumerate(came.parcels)]
    second = replay_of(Wishes(), pace)
    await second.run(ListSource([*THREE, *again]), came)
    assert (second.counts.confirmed, second.counts.left_out) == (3, 3)
