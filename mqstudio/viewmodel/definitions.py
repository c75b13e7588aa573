"""A file of definitions before it is taken over: each item with what it would do, and a choice.

Nothing is half done: an item is in place or it is not, what was refused is listed, and all of it can be
undone.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final

from msgspec import Struct

from mqstudio.client.definition_items import Item, Verdict, is_of_one_vhost, read_file
from mqstudio.client.definitions import Failure, Taken, export, preview, take, take_back
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import DEFINITIONS_MAX_BYTES
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.jobs import Jobs
from mqstudio.viewmodel.rowset import RowSet
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.site import Site
from mqstudio.viewmodel.wording import count, counted, plain
from mqstudio.viewmodel.words import tr

READ_AT_ONCE_BYTES: Final = 1_000_000
"""Longer files are read in a thread of their own."""

VERDICT_WORDS: Final = {
    Verdict.NEW: "New",
    Verdict.CHANGED: "Changed",
    Verdict.SAME: "Same",
    Verdict.CONFLICT: "Conflicting",
    Verdict.UNSUPPORTED: "Not supported",
}


class Choice(Struct, frozen=True):
    """An item and whether it is to be taken over. problem: why that was refused, "" if it was not."""

    number: int
    item: Item
    is_chosen: bool
    problem: str = ""


def _mark(row: Choice) -> str:
    return ("☑" if row.is_chosen else "☐") if row.item.is_takeable else ""


def _verdict(row: Choice) -> str:
    return tr("Refused") if row.problem else tr(VERDICT_WORDS[row.item.verdict])


def _why(row: Choice) -> str:
    return plain(row.problem or row.item.says, 400)


CHOICE_COLUMNS: list[Column[Choice]] = [
    Column("mark", "Take", 44, lambda row, _: _mark(row)),
    Column("verdict", "It is", 118, lambda row, _: _verdict(row)),
    Column("kind", "Kind", 104, lambda row, _: tr(row.item.kind)),
    Column("vhost", "Virtual host", 88, lambda row, _: plain(row.item.vhost)),
    Column("name", "Name", 156, lambda row, _: plain(row.item.name)),
    Column("why", "What it would do", 420, lambda row, _: _why(row), tip=_why),
]


class DefinitionsImport:
    """One file. changed(): anything did."""

    def __init__(self, site: Site, jobs: Jobs) -> None:
        self.changed = Signal()
        self.rows: RowSet[Choice] = RowSet(lambda row: row.number)
        self.shown: Verdict | None = None
        self.name = ""
        self.problem = ""
        """Why the file cannot be read, "" if it can."""
        self.vhost = DEFAULT_VHOST
        self.has_no_vhost = False
        """Whether the file is of one virtual host, so that it has to be said of which."""
        self.is_busy = False
        self._site, self._jobs = site, jobs
        self._data = b""
        self._choices: list[Choice] = []
        self._looks = 0

    # ---- looking

    async def open(self, path: Path) -> None:
        """Read a file and compare it. What is wrong with it is in `problem`."""
        self.name = path.name
        try:
            data = await asyncio.to_thread(_read, path) if _is_long(path) else _read(path)
        except (OSError, ValueError) as error:
            self._choices, self.problem = (
                [],
                tr("{name} cannot be read: {error}", name=plain(path.name, 80), error=error),
            )
            self._show()
            return
        await self.show(path.name, data)

    async def show(self, name: str, data: bytes) -> None:
        """Compare what a file says with what there is."""
        self.name, self._data = name, data
        self.problem, self._choices = "", []
        self._show()  # nothing that could be chosen while it is compared
        self._looks += 1
        look = self._looks
        try:
            self.has_no_vhost = is_of_one_vhost(read_file(data))
            items = await preview(self._site.workspace.client, data, self.vhost)
            if look != self._looks:
                return  # it was compared with another virtual host since
            self._choices = [Choice(n, each, each.is_takeable) for n, each in enumerate(items)]
        except ValueError as error:
            self.problem = str(error)
        self._show()

    async def put_into(self, vhost: str) -> None:
        """Have a file of one virtual host go into another."""
        if vhost != self.vhost:
            self.vhost = vhost
            await self.show(self.name, self._data)

    def filter(self, verdict: Verdict | None) -> None:
        """Show only items of a verdict; None shows all."""
        self.shown = verdict
        self._show()

    def _show(self) -> None:
        self.rows.update([row for row in self._choices if self.shown in (None, row.item.verdict)])
        self.changed.emit()

    def counts(self) -> dict[Verdict, int]:
        """How many items of each verdict there are."""
        found = Counter(row.item.verdict for row in self._choices)
        return {verdict: found[verdict] for verdict in Verdict}

    # ---- choosing

    def toggle(self, numbers: Iterable[int]) -> None:
        """Take these if any of them is not chosen, else leave them."""
        chosen = [self._choices[n] for n in numbers if self._choices[n].item.is_takeable]
        self._choose({row.number for row in chosen}, any(not row.is_chosen for row in chosen))

    def choose_all(self, is_chosen: bool) -> None:
        """Take all that is shown, or none of it."""
        self._choose({row.number for row in self.rows.rows if row.item.is_takeable}, is_chosen)

    def _choose(self, numbers: set[int], is_chosen: bool) -> None:
        self._choices = [
            Choice(row.number, row.item, is_chosen, row.problem) if row.number in numbers else row
            for row in self._choices
        ]
        self._show()

    def chosen(self) -> list[Item]:
        """What is to be taken over."""
        return [row.item for row in self._choices if row.is_chosen]

    # ---- words

    def heading(self) -> str:
        """Which file, and how many things it defines."""
        if self.problem:
            return plain(self.name, 80)
        return tr(
            "{name} — {what}", name=plain(self.name, 80), what=counted(len(self._choices), "definition")
        )

    def summary(self) -> str:
        """What would be done."""
        if self.problem:
            return self.problem
        counts, number = self.counts(), len(self.chosen())
        if not counts[Verdict.NEW] and not counts[Verdict.CHANGED]:
            return tr("Everything that can be taken over is here already.")
        stay = counts[Verdict.CONFLICT]
        stays = (
            tr(" {stay} that is here differently stays as it is.", stay=counted(stay, "thing"))
            if stay
            else ""
        )
        return tr("{number} will be taken over; it can be undone.{stays}", number=count(number), stays=stays)

    def verb(self) -> str:
        """What the button does."""
        return tr("Take over {counted}", counted=counted(len(self.chosen()), "definition"))

    # ---- doing

    async def take(self) -> None:
        """Take over what is chosen."""
        items = self.chosen()
        if self.is_busy or not items:
            return
        self.is_busy = True
        self.changed.emit()
        taken = Taken([], [])
        try:
            with self._jobs.running(
                tr("Take over {counted}", counted=counted(len(items), "definition")), len(items)
            ) as job:
                for item in items:
                    part = await take(self._site.workspace.client, [item])
                    taken.done.extend(part.done)
                    taken.failed.extend(part.failed)
                    job.advance()
        finally:
            self.is_busy = False
            self._tell(taken)
        await self.show(self.name, self._data)
        self._note_failures(taken.failed)

    def _tell(self, taken: Taken) -> None:
        self._site.structure.look_again()
        failed = tr(
            " {counted} {value} refused.",
            counted=counted(len(taken.failed), "other"),
            value="was" if len(taken.failed) == 1 else "were",
        )
        says = tr(
            "Took over {counted} of {name}.",
            counted=counted(len(taken.done), "definition"),
            name=plain(self.name, 60),
        )
        says += failed if taken.failed else ""
        if taken.done:
            title = tr("taking over {counted}", counted=counted(len(taken.done), "definition"))
            self._site.undo.offer(says, title, self._undoing(taken.done))
        else:
            self._site.notices.problem(
                tr("Nothing was taken over.{value}", value=failed if taken.failed else "")
            )

    def _note_failures(self, failed: list[Failure]) -> None:
        """Refused items say why in the list."""
        why = {(each.item.kind, each.item.vhost, each.item.name): each.says for each in failed}
        self._choices = [
            Choice(row.number, row.item, False, why[key]) if key in why and row.item.is_takeable else row
            for row in self._choices
            for key in [(row.item.kind, row.item.vhost, row.item.name)]
        ]
        self._show()

    def _undoing(self, done: list[Item]) -> Callable[[], Awaitable[object]]:
        async def undo() -> None:
            failed = await take_back(self._site.workspace.client, done)
            self._site.structure.look_again()
            if failed:
                first = f"{failed[0].item.kind} {plain(failed[0].item.name, 60)}: {failed[0].says}"
                self._site.notices.problem(
                    tr(
                        "{counted} could not be taken back. {first}",
                        counted=counted(len(failed), "definition"),
                        first=first,
                    )
                )
            else:
                self._site.notices.tell(tr("{counted} taken back.", counted=counted(len(done), "definition")))
            if self._data:
                await self.show(self.name, self._data)

        return undo


def _is_long(path: Path) -> bool:
    return path.stat().st_size > READ_AT_ONCE_BYTES


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(DEFINITIONS_MAX_BYTES + 1)  # one that is too long is refused when it is looked at


async def save_definitions(site: Site, path: Path, vhost: str | None = None) -> None:
    """Write the definitions to a file, which is there only once it is whole. Raises: RefusedError."""
    data = await export(site.workspace.client, vhost)
    beside = path.with_name(f"{path.name}.part")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        raise RefusedError(
            Refusal.NOT_STORED, f"{plain(path.name, 80)} cannot be written: {error}"
        ) from error
    finally:
        beside.unlink(missing_ok=True)
    whose = (
        tr("All definitions") if vhost is None else tr("The definitions of {vhost}", vhost=plain(vhost, 60))
    )
    site.notices.tell(tr("{whose} are in {name}.", whose=whose, name=plain(path.name, 80)))
