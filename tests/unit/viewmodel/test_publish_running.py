"""Sendings under way: a job with counts, cancelled from anywhere, and how it ended in a notice."""

import asyncio

from mqstudio.client.sending import Parcel, Sending
from mqstudio.model.message import Properties
from mqstudio.protocols.native.messages import PublishReply
from mqstudio.viewmodel.jobs import Jobs
from mqstudio.viewmodel.notices import NoticeKind, Notices
from mqstudio.viewmodel.publish_running import Running, RunningSendings
from tests.support.list_broker import Clock
from tests.support.one_by_one import OneByOne
from tests.support.waiting import eventually_async


class Door(OneByOne):
    """Takes messages; the tenth waits until somebody opens."""

    def __init__(self) -> None:
        self.taken = 0
        self.is_closed = asyncio.Event()
        self.opened = asyncio.Event()

    async def send(
        self, exchange: str, routing_key: str, body: bytes, properties: Properties = Properties(), *,  # noqa: B008 - frozen
        vhost: str = "/",
    ) -> PublishReply:  # fmt: skip
        self.taken += 1
        if self.taken >= 10:
            self.is_closed.set()
            await self.opened.wait()
        return PublishReply(self.taken % 2 == 0 or self.taken >= 10)


def running(count: int) -> Running:
    return Running("Publishing to q", Sending(lambda n: Parcel("", "q", b""), count))


async def test_a_job_that_ends_with_its_counts(notices: Notices, clock: Clock) -> None:
    """What arrived and what did not is told; the job is over."""
    jobs = Jobs(clock)
    sendings = RunningSendings(jobs, notices)
    door = Door()
    door.opened.set()
    await sendings.run(running(8), door)
    assert jobs.running_now == []
    assert sendings.now == []
    (notice,) = notices.shown
    assert notice.kind is NoticeKind.PROBLEM
    assert "8 of 8 · 4 confirmed · 4 unroutable" in notice.text


async def test_cancelling_the_job_cancels_the_sending(notices: Notices, clock: Clock) -> None:
    """From the status line as from the composer; what was under way is counted."""
    jobs = Jobs(clock)
    sendings = RunningSendings(jobs, notices)
    door = Door()
    sending = running(100_000)
    async with asyncio.TaskGroup() as group:
        group.create_task(sendings.run(sending, door))
        await door.is_closed.wait()
        (job,) = jobs.running_now
        assert job.total == 100_000
        assert sendings.now == [sending]
        job.cancel()
        await eventually_async(lambda: sending.sending.is_cancelled)
        door.opened.set()
    assert sending.sending.done == door.taken < 100_000
    assert "was cancelled" in notices.shown[-1].text
    assert jobs.running_now == []


async def test_how_far_it_is_in_words() -> None:
    sending = running(1_000)
    assert sending.says() == "0 of 1,000"
    sending.sending.counts.confirmed = 12
    sending.sending.counts.refused = 3
    sending.sending.is_paused = True
    assert sending.says() == "15 of 1,000 · 12 confirmed · 3 refused · paused"
    sending.sending.is_paused, sending.sending.given_up_s = False, 2.0
    assert sending.says().endswith("2 s behind its rate: broker or computer cannot keep up")
    sending.sending.waits_for = "No room."
    assert sending.says().endswith("waits: No room.")
    sending.sending.failure = "The broker has gone."
    assert sending.outcome().startswith("Publishing to q ended early: The broker has gone.")
