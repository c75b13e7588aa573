"""What is exported, how, and where to: with what to expect of it, told before anything is written."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from msgspec import Struct

from mqstudio.client.estimating import Estimate
from mqstudio.client.exporting import Wanted
from mqstudio.exporters.base import Exporter, Options
from mqstudio.exporters.redaction import DEFAULT, NONE, NotRedactionError, Redaction
from mqstudio.model.errors import RefusedError
from mqstudio.viewmodel.exporting import Exports, file_name
from mqstudio.viewmodel.form import TRUE, Entry, EntryKind, Form, Preview
from mqstudio.viewmodel.queue_page import QueuePage
from mqstudio.viewmodel.wording import counted, plain, size
from mqstudio.viewmodel.words import tr

SELECTED, SHOWN, MARKED, QUEUE, ALL = "selected", "shown", "marked", "queue", "all"
FLAGS: Final = ("body", "headers", "life")
AGES: Final = {"": 0, "5m": 300, "1h": 3_600, "1d": 86_400, "7d": 604_800}
"""How old messages may be, in seconds; 0: of any age."""

HITS_SHOWN: Final = 12

Ids = Callable[[], Awaitable[tuple[int, ...] | None]]
"""All ids of what is selected, also of rows that are not here; None if that was stopped."""


class Subject(Struct, frozen=True):
    """What there is to export: a page, so many selected messages of it, and the marked ones."""

    page: QueuePage
    selected: int
    ids: Ids
    marked: tuple[int, ...] = ()


class Order(Struct, frozen=True):
    """An export as it was asked for."""

    wanted: Wanted
    path: Path
    options: Options
    redaction: Redaction


class ExportForm(Form):
    """Asks what to export; `order` is the answer, once it was given. `look` finds out what to expect."""

    verb = "Export"

    def __init__(self, exports: Exports, subject: Subject, folder: Path) -> None:
        page = subject.page
        what = SELECTED if subject.selected > 1 else SHOWN
        path = folder / file_name(page.queue)
        super().__init__(
            {"path": str(path), "what": what, "redact": DEFAULT.name, **dict.fromkeys(FLAGS, TRUE)}
        )
        self.heading = tr("Export messages of {queue}").format(queue=plain(page.queue, 60))
        self.order: Order | None = None
        self._exports, self._subject = exports, subject
        self._estimate: Estimate | None = None
        self._looked: tuple[str, ...] | None = None
        self._is_looking = False
        self._unknown = ""

    # ---- what can be filled in

    def entries(self) -> list[Entry]:
        """What, from when, as which format, with what in it, without what, where to."""
        formats = tuple((each.suffixes[0], each.title) for each in self._exports.ordered())
        profiles = tuple((name, name) for name in self._exports.profiles())
        replace = Entry("replace", tr("Replace the file that is there"), kind=EntryKind.FLAG)
        return [
            Entry("what", tr("What"), kind=EntryKind.CHOICE, choices=tuple(self._whats())),
            Entry("format", tr("Format"), kind=EntryKind.CHOICE, choices=formats),
            Entry("path", tr("File"), placeholder="orders.jsonl"),
            Entry("body", tr("Bodies"), kind=EntryKind.FLAG),
            Entry("headers", tr("Headers"), kind=EntryKind.FLAG),
            Entry("life", tr("Lifecycle"), kind=EntryKind.FLAG),
            Entry("age", tr("Published"), kind=EntryKind.CHOICE, choices=_ages()),
            Entry("redact", tr("Take out secrets by profile"), kind=EntryKind.CHOICE, choices=profiles),
            *([replace] if self._is_there() or self.is_set("replace") else []),
        ]

    def _whats(self) -> list[tuple[str, str]]:
        subject = self._subject
        page = subject.page
        queue = plain(page.queue, 40)
        whats = []
        if subject.selected:
            whats.append((SELECTED, tr("Selected: {what}").format(what=counted(subject.selected, "message"))))
        is_sifted = bool(page.filter.active)
        shown = tr("What the filter finds in {queue}") if is_sifted else tr("What is shown of {queue}")
        whats.append((SHOWN, shown.format(queue=queue)))
        if subject.marked:
            whats.append((MARKED, tr("Marked: {what}").format(what=counted(len(subject.marked), "message"))))
        whats.append((QUEUE, tr("All of {queue}").format(queue=queue)))
        return [*whats, (ALL, tr("Whole recording: all queues"))]

    def value(self, name: str) -> str:
        """The format is what the file's name ends with."""
        if name == "format":
            exporter = self._format()
            return exporter.suffixes[0] if exporter is not None else ""
        return super().value(name)

    def edit(self, name: str, text: str) -> None:
        """Another format gives the file's name another end."""
        if name == "format":
            name, text = "path", self._renamed(text)
        super().edit(name, text)

    def choose(self, path: str) -> None:
        """A file was chosen in a dialog, which has asked whether it may be replaced."""
        self.values["replace"] = TRUE
        self.edit("path", path)

    def _renamed(self, suffix: str) -> str:
        path, exporter = self.value("path"), self._format()
        ends = exporter.suffixes if exporter is not None else ()
        end = next((each for each in ends if path.lower().endswith(each)), "")
        return (path[: -len(end)] if end else path) + suffix

    def _format(self) -> Exporter | None:
        try:
            return self._exports.format_of(Path(self.value("path")))
        except ValueError:
            return None

    def _is_there(self) -> bool:
        try:
            return Path(self.value("path")).is_file()
        except (OSError, ValueError):
            return False

    # ---- what is wrong, and what to expect

    def problems(self) -> dict[str, str]:
        """A name that says no format, a folder that is not there, a file that is."""
        problems = {}
        path = Path(self.value("path"))
        try:
            self._exports.format_of(path)
            if not path.parent.is_dir():
                problems["path"] = tr("There is no folder {folder}.").format(folder=plain(str(path.parent)))
            elif self._is_there() and not self.is_set("replace"):
                problems["path"] = tr("There is such a file. Choose another name, or have it replaced.")
        except (ValueError, OSError) as error:
            problems["path"] = str(error)
        try:
            self._exports.profile(self.value("redact"))
        except NotRedactionError as error:
            problems["redact"] = str(error)
        return problems

    def summary(self) -> str:
        """How much it is, and how large; that secrets stay, or go."""
        if self._unknown:
            return self._unknown
        found = self._estimate
        if found is None:
            return tr("Looking at what there is …")
        about = "" if found.is_exact else tr("About ")
        says = f"{about}{counted(found.count, 'message')}, {about.lower()}{size(found.size_bytes)}."
        if self.value("redact") == NONE.name:
            return says + " " + tr("Secrets are not taken out: whoever gets the file can read them.")
        return says

    def previews(self) -> list[Preview]:
        """What would be taken out."""
        found = self._estimate
        if self.value("redact") == NONE.name:
            return [Preview(tr("Taken out"), (("bad", tr("Nothing: secrets leave with the file.")),))]
        if found is None:
            return [Preview(tr("Taken out"), (("quiet", "…"),))]
        if not found.hits.total:
            says = tr("Nothing of the kind was found.")
            return [Preview(tr("Taken out"), (("good", says), *self._sample(found)))]
        counts = sorted(found.hits.counts.items(), key=lambda each: -each[1])[:HITS_SHOWN]
        lines = tuple(("bad", f"{count:,} × {plain(rule, 60)}") for rule, count in counts)
        examples = tuple(
            ("quiet", f"{plain(each.where, 60)}: {plain(each.sample, 60)}")
            for each in found.hits.examples[:HITS_SHOWN]
        )
        shown = [Preview(tr("Taken out"), (*lines, *self._sample(found)))]
        return [*shown, Preview(tr("For example"), examples)]

    @staticmethod
    def _sample(found: Estimate) -> tuple[tuple[str, str], ...]:
        if found.is_exact:
            return ()
        return (("quiet", tr("in {count} that were looked at").format(count=f"{found.sampled:,}")),)

    # ---- finding out

    def needs_look(self) -> bool:
        """Whether what is expected is not what would be written."""
        return not self._is_looking and self._looked != self._key() and not self.problems().get("redact")

    def _key(self) -> tuple[str, ...]:
        return tuple(self.value(name) for name in ("what", "format", "age", "redact", *FLAGS))

    async def look(self) -> None:
        """Find out how large it will be and what is taken out, until that is what is asked for."""
        self._is_looking = True
        try:
            while self._looked != self._key():
                key = self._key()
                self._estimate, self._unknown = None, ""
                self.changed.emit()
                try:
                    self._estimate = await self._expected()
                except (RefusedError, OSError, TimeoutError) as error:
                    self._unknown = tr("What there is cannot be told now: {why}").format(why=str(error))
                self._looked = key
        finally:
            self._is_looking = False
        self.changed.emit()

    async def _expected(self) -> Estimate | None:
        exporter = self._format()
        wanted = await self._wanted()
        if exporter is None or wanted is None:
            return None
        redaction = self._exports.profile(self.value("redact"))
        return await self._exports.estimate(wanted, exporter, self._options(), redaction)

    def _options(self) -> Options:
        return Options(self.is_set("body"), self.is_set("headers"), self.is_set("life"))

    async def _wanted(self) -> Wanted | None:
        page, what = self._subject.page, self.value("what")
        queues = ((page.vhost, page.queue),)
        since_us = self._since_us()
        if what == SELECTED:
            ids = await self._subject.ids()
            return None if ids is None else Wanted(queues, since_us=since_us, ids=frozenset(ids))
        if what == MARKED:
            return Wanted(queues, since_us=since_us, ids=frozenset(self._subject.marked))
        if what == QUEUE:
            return Wanted(queues, since_us=since_us)
        if what == ALL:
            return Wanted(self._exports.all_queues(), since_us=since_us, is_all=True)
        return Wanted(queues, page.filter.active, since_us, states=tuple(page.wanted_states))

    def _since_us(self) -> int:
        seconds = AGES.get(self.value("age"), 0)
        return self._exports.now_us() - seconds * 1_000_000 if seconds else 0

    async def act(self) -> None:
        """Settle what is to be written; it is written by whoever opened the form."""
        wanted = await self._wanted()
        if wanted is not None:
            redaction = self._exports.profile(self.value("redact"))
            self.order = Order(wanted, Path(self.value("path")), self._options(), redaction)


def _ages() -> tuple[tuple[str, str], ...]:
    names = {
        "": tr("at any time"),
        "5m": tr("in the last 5 minutes"),
        "1h": tr("in the last hour"),
        "1d": tr("in the last day"),
        "7d": tr("in the last week"),
    }
    return tuple(names.items())
