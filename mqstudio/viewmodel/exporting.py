"""Writes chosen messages, or all that the filter finds, into a file; as a job that can be stopped."""

import re
from pathlib import Path

from mqstudio.client.exporting import Wanted, export
from mqstudio.exporters.base import Exporter, Options
from mqstudio.registry import discover
from mqstudio.viewmodel.jobs import Jobs
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.wording import counted, plain, size
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace


class Exports:
    """Formats there are, and files that are being written."""

    def __init__(self, workspace: Workspace, notices: Notices, jobs: Jobs) -> None:
        self._workspace, self._notices, self._jobs = workspace, notices, jobs
        self.formats: list[Exporter] = list(discover("mqstudio.exporters", "EXPORTER").found.values())

    def patterns(self) -> str:
        """The formats as file dialogs want them, the one that can be read again first."""
        ordered = sorted(self.formats, key=lambda each: not hasattr(each, "read"))
        return ";;".join(
            f"{each.title} ({' '.join(f'*{suffix}' for suffix in each.suffixes)})" for each in ordered
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

    async def export(self, wanted: Wanted, path: Path, options: Options | None = None) -> int:
        """Write messages into a file, and tell; returns how many. A stopped one leaves a whole file.

        Raises: RefusedError, ConnectionError, OSError, ValueError.
        """
        exporter = self.format_of(path)
        total = len(wanted.ids) if wanted.ids is not None else 0
        title = tr("Exporting to {name}").format(name=plain(path.name, 60))
        written, bytes_written = 0, 0
        with self._jobs.running(title, total) as job:

            def progress(count: int, bytes_now: int) -> None:
                nonlocal written, bytes_written
                by, written, bytes_written = count - written, count, bytes_now
                job.advance(by)

            await export(self._workspace.client, wanted, exporter, options or Options(), path, progress)
        says = (
            tr("Stopped: {what} are in {name}, {size}.")
            if job.is_cancelled
            else tr("Exported {what} to {name}, {size}.")
        )
        what = counted(written, "message")
        self._notices.tell(says.format(what=what, name=plain(path.name, 60), size=size(bytes_written)))
        return written


def file_name(queue: str, suffix: str = ".jsonl") -> str:
    """A name for a file of a queue's messages: letters and digits of the queue's name."""
    return (re.sub(r"[^A-Za-z0-9_-]+", "-", queue).strip("-")[:60] or "messages") + suffix
