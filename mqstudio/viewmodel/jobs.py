"""Work that takes a while: how far it is, a way to stop it, and how it ended.

Who works says so as it goes, and is stopped there, between two parts:

    with jobs.running("Moving messages", total) as job:
        for part in parts:
            await move(part)
            job.advance(len(part))
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mqstudio.viewmodel.signal import Signal

JOBS_MAX = 20
"""Jobs that may run at once; each was begun by a person."""


class StoppedError(Exception):
    """A person has stopped the job: what is done stays done, and the rest is left."""


class Job:
    """One piece of work. total: 0 while nobody knows. failure: why it ended early, "" if it did not."""

    def __init__(self, title: str, total: int, started_at_us: int, changed: Callable[[], None]) -> None:
        self.title, self.total, self.done = title, total, 0
        self.started_at_us = started_at_us
        self.is_cancelled = self.is_over = False
        self.failure = ""
        self._changed = changed

    def cancel(self) -> None:
        """Have it stop before its next part."""
        if not (self.is_over or self.is_cancelled):
            self.is_cancelled = True
            self._changed()

    def advance(self, by: int = 1, *, total: int | None = None) -> None:
        """So much more is done. Raises: StoppedError, if it is to go no further."""
        self.done += by
        self.total = self.total if total is None else total
        self._changed()
        self.check()

    def check(self) -> None:
        """Go on only if nobody has cancelled. Raises: StoppedError."""
        if self.is_cancelled:
            raise StoppedError

    @property
    def fraction(self) -> float | None:
        """How much of it is done, from 0 to 1; None where nobody knows."""
        return min(1.0, self.done / self.total) if self.total else None


class Jobs:
    """The jobs that run, oldest first. changed(): one began, went on or ended."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self.changed = Signal()
        self.running_now: list[Job] = []
        self.now_us = now_us

    @contextmanager
    def running(self, title: str, total: int = 0) -> Iterator[Job]:
        """A job for as long as the block runs. Raises: RuntimeError, if too many run; what the block raises.

        StoppedError ends the block, and is not raised: look at `is_cancelled` if it matters.
        """
        if len(self.running_now) >= JOBS_MAX:
            raise RuntimeError(f"{JOBS_MAX} jobs are running already. Wait for one to end, or cancel one.")
        job = Job(title, total, self.now_us(), self.changed.emit)
        self.running_now.append(job)
        self.changed.emit()
        try:
            yield job
        except StoppedError:
            job.is_cancelled = True
        except Exception as error:
            job.failure = str(error) or type(error).__name__
            raise
        finally:
            job.is_over = True
            self.running_now.remove(job)
            self.changed.emit()
