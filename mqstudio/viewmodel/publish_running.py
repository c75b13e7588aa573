"""Sendings under way: each a job with its counts; paused, resumed, cancelled, and told how it ended."""

import asyncio

from mqstudio.client.sending import Pace, Sender, Sending
from mqstudio.model.limits import SENDINGS_MAX
from mqstudio.viewmodel.jobs import Job, Jobs
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import count, counted
from mqstudio.viewmodel.words import tr

FOLLOW_S = 0.1
"""How often it is looked how far a sending is."""


class Running:
    """A sending and what people see of it."""

    def __init__(self, title: str, sending: Sending) -> None:
        self.title, self.sending = title, sending

    def says(self) -> str:
        """How far it is, in words."""
        sending, counts = self.sending, self.sending.counts
        parts = [tr("{done} of {total}", done=count(sending.done), total=count(sending.count))]
        parts += [
            text for number, text in (
                (counts.confirmed, tr("{count} confirmed", count=count(counts.confirmed))),
                (counts.unroutable, tr("{count} unroutable", count=count(counts.unroutable))),
                (counts.refused, tr("{count} refused", count=count(counts.refused))),
                (counts.failed, tr("{count} failed", count=count(counts.failed))),
            ) if number
        ]  # fmt: skip
        if sending.waits_for:
            parts.append(tr("waits: {why}", why=sending.waits_for))
        elif sending.is_paused:
            parts.append(tr("paused"))
        elif sending.given_up_s >= 1:
            behind = f"{sending.given_up_s:.0f}"
            parts.append(tr("{seconds} s behind its rate: broker or computer cannot keep up", seconds=behind))
        return " · ".join(parts)

    def outcome(self) -> str:
        """How it ended, in words."""
        if self.sending.failure:
            return tr(
                "{title} ended early: {why} {says}.",
                title=self.title,
                why=self.sending.failure,
                says=self.says(),
            )
        if self.sending.is_cancelled:
            return tr("{title} was cancelled: {says}.", title=self.title, says=self.says())
        return tr("{title}: {says}.", title=self.title, says=self.says())

    @property
    def is_good(self) -> bool:
        """Whether all that was sent arrived."""
        return not self.sending.failure and self.sending.counts.confirmed == self.sending.done


class RunningSendings:
    """Those under way, oldest first. changed(): one began, went on or ended."""

    def __init__(self, jobs: Jobs, notices: Notices, pace: Pace | None = None) -> None:
        self.changed = Signal()
        self.now: list[Running] = []
        self._jobs, self._notices = jobs, notices
        self._pace = pace or Pace()

    @property
    def is_full(self) -> bool:
        """Whether no other may begin."""
        return len(self.now) >= SENDINGS_MAX

    async def run(self, running: Running, sender: Sender) -> None:
        """Send, from first to last."""
        self.now = [*self.now, running]
        self.changed.emit()
        try:
            with self._jobs.running(running.title, running.sending.count) as job:
                async with asyncio.TaskGroup() as group:
                    following = group.create_task(self._follow(running, job))
                    try:
                        await running.sending.run(sender)
                    finally:
                        following.cancel()
                job.advance(running.sending.done - job.done)
        finally:
            self.now = [each for each in self.now if each is not running]
            self.changed.emit()
        says = running.outcome()
        if running.is_good:
            self._notices.tell(says)
        else:
            self._notices.problem(says)

    async def _follow(self, running: Running, job: Job) -> None:
        """Tell the job how far it is, and the sending when somebody cancels the job."""
        while True:
            if job.is_cancelled:
                running.sending.cancel()
            else:
                job.advance(running.sending.done - job.done)
            self.changed.emit()
            await asyncio.sleep(FOLLOW_S)


def title_of(number: int, to: str) -> str:
    """What a sending is called."""
    return tr("Publishing {what} to {to}", what=counted(number, "message"), to=to)
