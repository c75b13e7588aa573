"""Writes chosen messages, or all that the filter finds, into a file; as a job that can be stopped."""

import re
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from mqstudio.client.estimating import Estimate, estimate
from mqstudio.client.exporting import Wanted, export
from mqstudio.client.redaction_files import load_profile, profile_names
from mqstudio.exporters.base import Exporter, Options
from mqstudio.exporters.redacting import Hits
from mqstudio.exporters.redaction import DEFAULT, NONE, Redaction
from mqstudio.registry import discover
from mqstudio.viewmodel.jobs import Jobs
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.wording import counted, plain, size
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

PARTS = 1_000
"""Of so many parts a job is, where it is not known how many messages there will be."""


class Exports:
    """Formats there are, and files that are being written."""

    def __init__(self, workspace: Workspace, notices: Notices, jobs: Jobs) -> None:
        self._workspace, self._notices, self._jobs = workspace, notices, jobs
        self.formats: list[Exporter] = list(discover("mqstudio.exporters", "EXPORTER").found.values())
        self.now_us = workspace.now_us
        self._data_dir: Path | None = None

    def open(self, data_dir: Path) -> None:
        """Redaction profiles are in this data folder."""
        self._data_dir = data_dir

    def profiles(self) -> list[str]:
        """The names of redaction profiles, the default first."""
        return profile_names(self._data_dir) if self._data_dir is not None else [DEFAULT.name, NONE.name]

    def profile(self, name: str) -> Redaction:
        """A redaction profile. Raises: NotRedactionError."""
        if self._data_dir is None:
            return NONE if name == NONE.name else DEFAULT
        return load_profile(self._data_dir, name)

    def all_queues(self) -> tuple[tuple[str, str], ...]:
        """Virtual host and name of every queue there is."""
        return tuple((each.vhost, each.name) for each in self._workspace.queues.values())

    def ordered(self) -> Sequence[Exporter]:
        """The formats, those that can be read again first."""
        return sorted(self.formats, key=lambda each: not hasattr(each, "read"))

    def patterns(self) -> str:
        """The formats as file dialogs want them."""
        return ";;".join(
            f"{each.title} ({' '.join(f'*{suffix}' for suffix in each.suffixes)})" for each in self.ordered()
        )

    def format_of(self, path: Path) -> Exporter:
        """The format that a file's name asks for. Raises: ValueError that says which there are."""
        for each in self.formats:
            if path.name.lower().endswith(each.suffixes):
                return each
        known = ", ".join(suffix for each in self.formats for suffix in each.suffixes)
        raise ValueError(
            tr("The end of {name} says no format. Choose one of: {known}.").format(
                name=path.name, known=known
            )
        )

    async def estimate(
        self, wanted: Wanted, exporter: Exporter, options: Options, redaction: Redaction
    ) -> Estimate:
        """How large it will be, and what would be taken out. Raises: RefusedError, OSError."""
        return await estimate(self._workspace.client, wanted, exporter, options, redaction)

    async def export(
        self, wanted: Wanted, path: Path, options: Options | None = None, redaction: Redaction = DEFAULT
    ) -> int:
        """Write messages into a file, and tell; returns how many. A stopped one leaves a whole file.

        Raises: RefusedError, ConnectionError, OSError, ValueError.
        """
        exporter = self.format_of(path)
        name = plain(path.name, 60)
        title = tr("Exporting to {name}").format(name=name)
        written, bytes_written, done = 0, 0, 0
        hits = Hits()
        began = monotonic()
        total = len(wanted.ids) if wanted.ids is not None else 0
        with self._jobs.running(title, total) as job:

            def on_way(at: int, of: int) -> None:
                nonlocal done
                if not total and of:
                    done, job.total = PARTS * at // of, PARTS

            def progress(count: int, bytes_now: int) -> None:
                nonlocal written, bytes_written, done
                written, bytes_written = count, bytes_now
                done = count if total or not job.total else done
                speed = size(round(bytes_now / max(0.001, monotonic() - began)))
                job.title = tr("{title}: {size}, {speed}/s").format(
                    title=title, size=size(bytes_now), speed=speed
                )
                job.advance(max(0, done - job.done))

            await export(
                self._workspace.client, wanted, exporter, options or Options(), path, progress,
                redaction=redaction, hits=hits, on_way=on_way,
            )  # fmt: skip
        says = (
            tr("Stopped: {what} are in {name}, {size}.")
            if job.is_cancelled
            else tr("Exported {what} to {name}, {size}.")
        )
        told = says.format(what=counted(written, "message"), name=name, size=size(bytes_written))
        if hits.total:
            told += " " + tr("{count} taken out.").format(count=counted(hits.total, "secret"))
        self._notices.tell(told)
        return written


def file_name(queue: str, suffix: str = ".jsonl") -> str:
    """A name for a file of a queue's messages: letters and digits of the queue's name."""
    return (re.sub(r"[^A-Za-z0-9_-]+", "-", queue).strip("-")[:60] or "messages") + suffix
