"""The composer: a message in the making, where it would go, what is wrong with it, and sending it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from secrets import randbits
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from mqstudio.client.fakes import LibraryFakes
from mqstudio.client.sending import Parcel, Sending
from mqstudio.model.limits import MESSAGE_MAX_BYTES
from mqstudio.model.message import Header
from mqstudio.model.rows import MessageDetail
from mqstudio.viewmodel.history import History, Sent
from mqstudio.viewmodel.jobs import Jobs
from mqstudio.viewmodel.library import Library
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.publish_draft import (
    PROPERTY_FIELDS,
    TYPED,
    BodyKind,
    Draft,
    HeaderDraft,
    Problem,
)
from mqstudio.viewmodel.publish_draft_file import read_draft, still_empty, typed_as, write_draft
from mqstudio.viewmodel.publish_headers import HEADER_KINDS, with_header, write_header
from mqstudio.viewmodel.publish_making import Making, properties_of
from mqstudio.viewmodel.publish_outcome import aim_title, nowhere, outcome
from mqstudio.viewmodel.publish_running import Running, RunningSendings, title_of
from mqstudio.viewmodel.publish_schedule import Planned, Schedule, parse_when
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.undo import UndoList
from mqstudio.viewmodel.wording import counted, plain, size
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

ROUTED_KEYS = 8
"""Of several keys in turn, the route of so many is asked for."""

PREVIEW_CHARS = 2_000
"""What a preview shows of a body."""


class Preview(Struct, frozen=True):
    """One message as it would be sent."""

    number: int
    key: str
    body: str


class Composer:
    """The draft and what is known about it. `changed()` after every edit or answer."""

    def __init__(
        self,
        workspace: Workspace,
        notices: Notices,
        undo: UndoList | None = None,
        jobs: Jobs | None = None,
        draw_seed: Callable[[], int] = lambda: randbits(32),
    ) -> None:
        self.changed = Signal()
        self.draft = Draft()
        self.route = ""
        self.is_route_good = True
        self.history = History()
        self.library = Library(undo or UndoList(notices))
        self.schedule = Schedule(workspace.now_us)
        self.running = RunningSendings(jobs or Jobs(workspace.now_us), notices)
        self.kept = b""
        """The body of a message that is sent again and cannot be typed."""
        self._workspace, self._notices = workspace, notices
        self._fakes = LibraryFakes()
        self._draw_seed = draw_seed
        self._drawn_seed = draw_seed()
        self._made: Making | None = None
        self._folder: Path | None = None
        self._place = -1
        self._unsent = Draft()

    # ---- editing

    def edit(self, **fields: Any) -> None:  # Any: a field of Draft
        """Change fields of the draft."""
        draft = replace(self.draft, **fields)
        if "properties" in fields or "headers" in fields:
            draft = replace(draft, empties=still_empty(draft))
        if draft != self.draft:
            self._place = -1
            self._take(draft)

    def use(self, draft: Draft) -> None:
        """Go on with another draft, of the library or of what was sent."""
        self._take(draft)

    def _take(self, draft: Draft) -> None:
        self.draft = draft
        self._made = None
        self.changed.emit()

    def aim_at(self, vhost: str, queue: str) -> None:
        """Send to a queue, by the default exchange."""
        self.edit(vhost=vhost, exchange="", routing_key=queue)

    def set_header(self, path: tuple[int, ...], header: HeaderDraft | None) -> None:
        """Put a header at a path, or behind the last; None removes it."""
        self.edit(headers=with_header(self.draft.headers, path, header))

    def choose_kind(self, kind: BodyKind) -> None:
        """Give the body in another way; JSON says so in the content type, if nothing is said there."""
        properties = dict(self.draft.properties)
        if kind is BodyKind.JSON and not properties.get("content_type"):
            properties["content_type"] = "application/json"
        self.edit(body_kind=kind, properties=properties)

    def attach(self, path: Path) -> None:
        """Send a file's bytes."""
        self.edit(body_kind=BodyKind.FILE, file=str(path))

    def file_says(self) -> str:
        """What is sent that is not typed: name and size, or why it cannot be read."""
        if self.draft.body_kind is BodyKind.KEPT:
            return tr("The message's own {size}, as they are", size=size(len(self.kept)))
        if not self.draft.file:
            return tr("No file chosen")
        try:
            found = Path(self.draft.file).stat().st_size
        except OSError as error:
            return f"{plain(self.draft.file)}: {error.strerror}"
        return f"{plain(Path(self.draft.file).name)} · {size(found)}"

    def fill_from(self, detail: MessageDetail, body: bytes, vhost: str | None = None) -> None:
        """Make the draft a message's double: the same bytes, properties and headers."""
        said = detail.properties
        texts = {
            name: value for name, value in asdict(said).items() if name != "headers" and value is not None
        }
        headers = [write_header(each) for each in said.headers or ()]
        empties = [name for name, value in texts.items() if value == ""]
        if said.headers == []:
            empties.append("headers")
        kind, text = typed_as(body)
        self.kept = body if kind is BodyKind.KEPT else b""
        self._place = -1
        self._take(
            Draft(
                detail.row.exchange, detail.row.routing_key,
                {name: str(value) for name, value in texts.items() if value != ""},
                headers, text, self.draft.vhost if vhost is None else vhost, kind, empties=tuple(empties),
            )
        )  # fmt: skip

    # ---- what is known

    def exchanges(self) -> list[str]:
        """Exchanges to choose from, the default one first."""
        names = {x.name for x in self._workspace.exchanges.values() if x.vhost == self.draft.vhost}
        return sorted(names | {""})

    def vhosts(self) -> list[str]:
        """Virtual hosts to choose from."""
        return sorted({x.vhost for x in self._workspace.exchanges.values()} | {self.draft.vhost})

    def routing_keys(self) -> list[str]:
        """Keys worth offering: with the default exchange they are the queues' names."""
        return sorted(q.name for q in self._workspace.queues.values() if q.vhost == self.draft.vhost)

    @property
    def making(self) -> Making:
        """The draft, read."""
        if self._made is None:
            self._made = Making(self.draft, self._fakes, self.kept or None)
        return self._made

    def problems(self) -> list[Problem]:
        """What keeps the draft from being sent, "" in no field."""
        return self.making.problems

    @property
    def seed(self) -> int:
        """The seed of the next sending: the one typed, or one that was drawn for it."""
        return self.making.seed if self.draft.seed.strip() else self._drawn_seed

    def preview_of(self, number: int) -> Preview | None:
        """A message as it would be sent now; None if the draft has a problem."""
        making = self.making
        if making.problems or not 1 <= number <= making.count:
            return None
        filled = making.filled(making.turn(number, self._workspace.now_us(), self.seed))
        body = filled.body if filled.body_kind in TYPED else self.file_says()
        return Preview(number, filled.routing_key, body[:PREVIEW_CHARS])

    async def preview(self) -> None:
        """Ask where the draft would go now."""
        draft, making = self.draft, self.making
        targets = self._targets(making)
        queues: dict[str, None] = {}
        problem, lost = "", None
        for key, headers in targets:
            found = await self._workspace.client.preview_route(
                draft.exchange, key, headers=headers, vhost=draft.vhost
            )
            queues |= dict.fromkeys(found.queues)
            if not found.queues and lost is None:
                lost, problem = key, found.problem
        if _aim(draft) != _aim(self.draft):
            return  # typed on meanwhile; the next answer counts
        self.is_route_good = lost is None
        names = ", ".join(plain(name, 60) for name in queues)
        if lost is None:
            self.route = tr("Will reach {queues}", queues=names)
        elif queues:
            says = tr(
                "Will reach {queues}; but nothing with the key “{key}”.", queues=names, key=plain(lost, 60)
            )
            self.route = says
        else:
            self.route = plain(problem) or nowhere(draft.exchange, lost)
        self.changed.emit()

    def _targets(self, making: Making) -> list[tuple[str, list[Header]]]:
        """Keys and headers whose route counts: as typed, or as the first messages would have them."""
        draft = self.draft
        if making.problems:
            return [(draft.routing_key, [])]
        found: dict[str, list[Header]] = {}
        for number in range(1, min(making.count, max(ROUTED_KEYS, len(making.keys))) + 1):
            filled = making.filled(making.turn(number, self._workspace.now_us(), self.seed))
            if filled.routing_key not in found:
                found[filled.routing_key] = properties_of(filled).headers or []
            if len(found) == ROUTED_KEYS or (not making.keys and not draft.is_template):
                break
        return list(found.items())

    # ---- sending

    async def send(self) -> bool:
        """Publish the draft, once or many times; returns whether it left. The draft stays."""
        problems = self.problems()
        if problems:
            self._notices.problem(tr("Not sent: {says}", says=problems[0].says))
            return False
        seed = self.seed
        if self.draft.is_template and not self.draft.seed.strip():
            self._drawn_seed = self._draw_seed()  # for the next one
        return await self._send(self.draft, seed)

    async def _send(self, draft: Draft, seed: int) -> bool:
        try:
            making = await self._read(draft)
        except OSError as error:
            self._notices.problem(tr("Not sent: the file cannot be read. {why}", why=str(error)))
            return False
        if making.problems:
            self._notices.problem(tr("Not sent: {says}", says=making.problems[0].says))
            return False
        start_us = self._workspace.now_us()
        if making.count == 1:
            turn = making.turn(1, start_us, seed)
            is_long = draft.body_kind not in TYPED
            parcel = await asyncio.to_thread(making.parcel, turn) if is_long else making.parcel(turn)
            await self._send_one(draft, parcel)
            return True
        if self.running.is_full:
            self._notices.problem(tr("Too many sendings run already. Wait for one to end, or cancel one."))
            return False
        if draft.body_kind not in TYPED:
            await asyncio.to_thread(making.parcel, making.turn(1, start_us, seed))  # made once, for all
        sending = Sending(lambda n: making.parcel(making.turn(n, start_us, seed)), making.count, making.per_s)
        running = Running(title_of(making.count, aim_title(draft)), sending)
        try:
            await self.running.run(running, self._workspace.client)
        finally:
            self.history.add(start_us, draft, running.says())
        return True

    async def _read(self, draft: Draft) -> Making:
        """The draft with the bytes of its file. Raises: OSError."""
        if draft.body_kind is BodyKind.KEPT:
            return Making(draft, self._fakes, self.kept)
        if draft.body_kind is not BodyKind.FILE:
            return self.making if draft is self.draft else Making(draft, self._fakes)
        path = Path(draft.file)
        found = await asyncio.to_thread(lambda: path.stat().st_size)
        if found > MESSAGE_MAX_BYTES:
            most = size(MESSAGE_MAX_BYTES)
            raise OSError(tr("It has {size}; a message has at most {most}.", size=size(found), most=most))
        return Making(draft, self._fakes, await asyncio.to_thread(path.read_bytes))

    async def _send_one(self, draft: Draft, parcel: Parcel) -> None:
        reply = await self._workspace.client.send(
            parcel.exchange, parcel.routing_key, parcel.body, parcel.properties, vhost=parcel.vhost
        )
        exchange = self._workspace.exchanges.get((parcel.vhost, parcel.exchange))
        became, is_good = outcome(parcel, reply, kind=exchange.kind if exchange is not None else "")
        if is_good:
            self._notices.tell(became)
        else:
            self._notices.problem(became)
        self.history.add(self._workspace.now_us(), draft, became)
        if self.history.problem:
            why = self.history.problem
            self._notices.problem(tr("What was sent is not remembered: {why}", why=why))

    # ---- later

    def plan(self, when: str) -> str:
        """Send the draft, as it is now, at a time; why not, "" if it is planned."""
        problems = self.problems()
        if problems:
            return problems[0].says
        if self.draft.body_kind is BodyKind.KEPT:
            return tr("A message's own bytes cannot wait. Save them to a file, and choose that.")
        try:
            at_us = parse_when(when, self._workspace.now_us())
            title = tr("{what} to {to}", what=counted(self.making.count, "message"), to=aim_title(self.draft))
            planned = self.schedule.plan(self.draft, at_us, title)
        except ValueError as error:
            return str(error)
        says = tr("Will be sent {when}. It ends with the window.", when=self.schedule.says(planned))
        self._notices.tell(says, tr("Cancel"), lambda: self._unplan(planned))
        return ""

    async def _unplan(self, planned: Planned) -> None:
        self.schedule.cancel(planned.id)

    async def send_planned(self, planned: Planned) -> None:
        """Send what has waited for its time."""
        if not self._workspace.is_live:
            self._notices.problem(tr("Not sent: {title}. No broker runs.", title=planned.title))
            return
        making = Making(planned.draft, self._fakes)
        await self._send(planned.draft, making.seed if planned.draft.seed.strip() else self._draw_seed())

    # ---- before, and next time

    def recall(self, by: int) -> None:
        """Go back (1) or forth (-1) through what was sent; the draft in the making is at the end."""
        place = min(max(self._place + by, -1), len(self.history.sent) - 1)
        if place == self._place:
            return
        if self._place == -1:
            self._unsent = self.draft
        self._place = place
        self._take(self.history.sent[place].draft if place >= 0 else self._unsent)

    def use_sent(self, sent: Sent) -> None:
        """Go on with what was sent once."""
        self._take(sent.draft)
        if sent.is_cut:
            self._notices.problem(tr("Its body was too long to be remembered: it is empty here."))

    def open(self, folder: Path) -> None:
        """Take draft, history and library from a folder, and keep them there."""
        self._folder = folder
        self.history.open(folder)
        problem = self.library.open(folder)
        if problem:
            self._notices.problem(problem)
        draft = read_draft(folder)
        if draft is not None:
            self._take(draft)

    def keep_draft(self) -> None:
        """Write the draft where the next window finds it. A message's own bytes are not kept."""
        if self._folder is None:
            return
        draft = self.draft
        if draft.body_kind is BodyKind.KEPT:
            draft = replace(draft, body_kind=BodyKind.TEXT)
        write_draft(self._folder, draft)


def _aim(draft: Draft) -> tuple[object, ...]:
    return draft.vhost, draft.exchange, draft.routing_key, draft.headers, draft.keys


__all__ = [
    "HEADER_KINDS", "PROPERTY_FIELDS", "BodyKind", "Composer", "Draft", "HeaderDraft", "Preview", "Problem",
]  # fmt: skip
