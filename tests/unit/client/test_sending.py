"""Sending at a rate: by a schedule, counted exactly, paused, cancelled, within bounds."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from mqstudio.client.sending import Pace, Parcel, Sending
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import (
    SEND_BATCH_BYTES,
    SEND_BATCH_MAX,
    SEND_BEHIND_S,
    SEND_OPEN_BYTES,
    SEND_OPEN_MAX,
)
from mqstudio.model.message import Properties
from mqstudio.protocols.native.messages import PublishReply
from tests.support.one_by_one import OneByOne


class HandPace(Pace):
    """Time that passes only by sleeping; `on_sleep` may do something at a moment."""

    def __init__(self) -> None:
        self.at_s = 100.0
        self.on_sleep: Callable[[], object] = lambda: None

    def now_s(self) -> float:
        return self.at_s

    async def sleep(self, seconds: float) -> None:
        for _ in range(3):  # those who send now, or wait for an answer, have their turn
            await asyncio.sleep(0)
        self.on_sleep()
        self.at_s += seconds


class Recorder(OneByOne):
    """Remembers what is sent when, and answers as told."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.times_s: list[float] = []
        self.keys: list[str] = []
        self.reply: Callable[[int], PublishReply] = lambda _: PublishReply(True)
        self.open = self.most_open = 0
        self.gate: asyncio.Event | None = None

    async def send(
        self, exchange: str, routing_key: str, body: bytes, properties: Properties = Properties(), *,  # noqa: B008 - frozen
        vhost: str = "/",
    ) -> PublishReply:  # fmt: skip
        reply = self.reply(int(routing_key))
        self.times_s.append(self.pace.now_s())
        self.keys.append(routing_key)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        if self.gate is not None:
            await self.gate.wait()
        self.open -= 1
        return reply


def sized(body: bytes, number: int) -> Parcel:
    return Parcel("", str(number), body)


def parcel(number: int) -> Parcel:
    return Parcel("", str(number), b"x")


async def test_the_rate_is_a_schedule() -> None:
    """Message n is due n / rate after the start, to the microsecond: nothing adds up."""
    pace = HandPace()
    recorder = Recorder(pace)
    await Sending(parcel, 1_000, 30.0, pace).run(recorder)
    assert recorder.keys == [str(n) for n in range(1, 1_001)]
    errors = [abs(at - (100.0 + n / 30.0)) for n, at in enumerate(recorder.times_s)]
    assert max(errors) < 1e-6


async def test_without_a_rate_it_goes_as_fast_as_answers_come() -> None:
    pace = HandPace()
    recorder = Recorder(pace)
    await Sending(parcel, 500, 0.0, pace).run(recorder)
    assert len(recorder.times_s) == 500
    assert pace.at_s == 100.0


async def test_counts_are_exact() -> None:
    """Confirmed, unroutable, refused: each for itself."""
    recorder = Recorder(HandPace())
    recorder.reply = lambda n: PublishReply(n % 4 != 0, n % 4 == 1)
    sending = Sending(parcel, 100, 0.0, recorder.pace)
    await sending.run(recorder)
    counts = sending.counts
    assert (counts.confirmed, counts.unroutable, counts.refused, counts.failed) == (50, 25, 25, 0)
    assert sending.done == 100
    assert sending.has_ended


async def test_cancelled_half_way() -> None:
    """What is under way is counted; no more is sent."""
    pace = HandPace()
    recorder = Recorder(pace)
    sending = Sending(parcel, 1_000, 100.0, pace)
    pace.on_sleep = lambda: sending.cancel() if sending.done >= 500 else None
    await sending.run(recorder)
    assert sending.done == len(recorder.keys) == 500


async def test_a_pause_shifts_the_schedule() -> None:
    """After it the rate is the same, and nothing is made up for."""
    pace = HandPace()
    recorder = Recorder(pace)
    sending = Sending(parcel, 20, 10.0, pace)

    def at_a_moment() -> None:
        if 100.9 < pace.at_s < 105:
            sending.pause()
        else:
            sending.resume()

    pace.on_sleep = at_a_moment
    await sending.run(recorder)
    gaps = [b - a for a, b in zip(recorder.times_s, recorder.times_s[1:], strict=False)]
    assert sorted(round(gap, 1) for gap in gaps)[:-1] == [0.1] * 18
    assert max(gaps) > 4


async def test_what_was_missed_is_made_up_for_within_a_bound() -> None:
    """A stall of a minute does not end in a minute's burst."""
    pace = HandPace()
    recorder = Recorder(pace)
    sending = Sending(parcel, 200, 100.0, pace)
    once = iter([True])

    def stall() -> None:
        if pace.at_s > 100.5 and next(once, False):
            pace.at_s += 60

    pace.on_sleep = stall
    await sending.run(recorder)
    burst = [at for at in recorder.times_s if 160 < at < 160.8]
    assert len(burst) <= SEND_BEHIND_S * 100 + 40
    assert 58 < sending.given_up_s < 60


async def test_so_many_wait_for_an_answer_and_no_more() -> None:
    """By count, and by bytes."""
    for size, most in ((1, SEND_OPEN_MAX), (SEND_OPEN_BYTES // 4, 4), (SEND_OPEN_BYTES * 2, 1)):
        recorder = Recorder(HandPace())
        recorder.gate = asyncio.Event()
        body = bytes(size)
        count = 3 * most
        sending = Sending(partial(sized, body), count, 0.0, recorder.pace)
        async with asyncio.TaskGroup() as group:
            group.create_task(sending.run(recorder))
            for _ in range(500):
                await asyncio.sleep(0)
            assert recorder.most_open == most
            recorder.gate.set()
        assert sending.done == count


class Pieces(Recorder):
    """Remembers how many went together."""

    def __init__(self, pace: Pace) -> None:
        super().__init__(pace)
        self.sizes: list[int] = []

    async def send_all(self, parcels: Sequence[Parcel]) -> list[PublishReply | Exception]:
        self.sizes.append(len(parcels))
        return await super().send_all(parcels)


async def test_what_is_due_together_goes_together() -> None:
    """As many as one piece takes, by count and by bytes; one that is larger goes by itself, in its turn."""
    pieces = Pieces(HandPace())
    await Sending(parcel, 2 * SEND_BATCH_MAX + 1, 0.0, pieces.pace).run(pieces)
    assert pieces.sizes == [SEND_BATCH_MAX, SEND_BATCH_MAX]  # and one that needs no company
    pieces = Pieces(HandPace())
    half = bytes(SEND_BATCH_BYTES // 2)
    await Sending(partial(sized, half), 6, 0.0, pieces.pace).run(pieces)
    assert pieces.sizes == [2, 2, 2]
    pieces = Pieces(HandPace())

    def every_third(number: int) -> Parcel:
        return sized(bytes(SEND_BATCH_BYTES + 1) if number % 3 == 0 else b"", number)

    await Sending(every_third, 9, 0.0, pieces.pace).run(pieces)
    assert pieces.sizes == [2, 2, 2]
    assert sorted(pieces.keys) == [str(number) for number in range(1, 10)]


async def test_what_is_late_is_made_up_for_in_one_piece() -> None:
    """The clock is asked seldom; what was due meanwhile goes at once, and no more than that."""
    pace = HandPace()
    pieces = Pieces(pace)
    once = iter([True])

    def stall() -> None:
        if pace.at_s > 100.5 and next(once, False):
            pace.at_s += 0.5

    pace.on_sleep = stall
    await Sending(parcel, 200, 100.0, pace).run(pieces)
    assert sum(pieces.sizes) in (50, 51)
    assert pieces.keys == [str(number) for number in range(1, 201)]


async def test_of_one_piece_each_counts_for_itself() -> None:
    """Taken, refused for good, and for want of room: the last ones alone are sent again."""
    pace = HandPace()
    recorder = Recorder(pace)
    tries: list[int] = []

    def reply(number: int) -> PublishReply:
        tries.append(number)
        if number == 3 and tries.count(3) < 3:
            raise RefusedError(Refusal.OUT_OF_MEMORY, "No room.")
        return PublishReply(number != 2)

    recorder.reply = reply
    sending = Sending(parcel, 4, 0.0, pace)
    await sending.run(recorder)
    assert tries == [1, 2, 3, 4, 3, 3]
    assert (sending.counts.confirmed, sending.counts.unroutable, sending.waits_for) == (3, 1, "")


async def test_a_blocked_broker_is_waited_for() -> None:
    """No message is lost or counted twice, and why it waits is known."""
    pace = HandPace()
    recorder = Recorder(pace)
    said: list[str] = []
    sending = Sending(parcel, 50, 100.0, pace)

    def reply(_: int) -> PublishReply:
        if pace.at_s < 103:
            raise RefusedError(Refusal.OUT_OF_MEMORY, "No room. Consume some.")
        return PublishReply(True)

    recorder.reply = reply
    pace.on_sleep = lambda: said.append(sending.waits_for)
    await sending.run(recorder)
    assert sending.counts.confirmed == 50
    assert "No room. Consume some." in said
    assert sending.waits_for == ""


async def test_cancelled_while_blocked() -> None:
    """What the broker never took is not counted."""
    pace = HandPace()
    recorder = Recorder(pace)
    sending = Sending(parcel, 50, 100.0, pace)

    def reply(_: int) -> PublishReply:
        raise RefusedError(Refusal.OUT_OF_MEMORY, "No room.")

    recorder.reply = reply
    pace.on_sleep = lambda: sending.cancel() if pace.at_s > 101 else None
    await sending.run(recorder)
    assert sending.done == 0


async def test_a_refusal_ends_it() -> None:
    """Nothing goes on that cannot work; it says why."""
    recorder = Recorder(HandPace())

    def reply(number: int) -> PublishReply:
        if number > 9:
            raise RefusedError(Refusal.NO_SUCH_EXCHANGE, "There is no exchange 'x'.")
        return PublishReply(True)

    recorder.reply = reply
    sending = Sending(parcel, 1_000, 100.0, recorder.pace)
    await sending.run(recorder)
    assert sending.failure == "There is no exchange 'x'."
    assert (sending.counts.confirmed, sending.counts.failed) == (9, 1)


async def test_a_lost_connection_ends_it() -> None:
    recorder = Recorder(HandPace())

    def reply(_: int) -> PublishReply:
        raise ConnectionError("The broker has gone.")

    recorder.reply = reply
    sending = Sending(parcel, 10, 100.0, recorder.pace)
    await sending.run(recorder)
    assert sending.failure == "The broker has gone."
    assert sending.counts.sent == 0


async def test_a_message_that_cannot_be_made_ends_it() -> None:
    """Those before it are sent and counted."""

    def make(number: int) -> Parcel:
        if number == 5:
            raise RefusedError(Refusal.INVALID_ARGUMENT, "Message 5: no.")
        return parcel(number)

    recorder = Recorder(HandPace())
    sending = Sending(make, 10, 0.0, recorder.pace)
    await sending.run(recorder)
    assert (sending.failure, sending.done) == ("Message 5: no.", 4)
