"""One message whole: its body through a viewer, its properties and headers, and its life."""

import logging
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import BODY_HEAD_BYTES, BODY_SHOWN_BYTES, CHAIN_STEPS_MAX
from mqstudio.model.message import Header, Properties
from mqstudio.model.rows import LifeStep, MessageDetail, MessageRow
from mqstudio.viewers.base import Hints, UnreadableError, Unwrapper, View, Viewer
from mqstudio.viewers.chain import Chain, ChainReader, Shown, hints_of
from mqstudio.viewmodel.chains import Chains
from mqstudio.viewmodel.path import Stop, deaths_sentence, path_of
from mqstudio.viewmodel.saving import save_body
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import clock, duration, plain
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

log = logging.getLogger(__name__)

MORE_TIMES = 4
"""So many times as much of a long body as before is read each time that more is wanted."""


class Field(Struct, frozen=True):
    """One property or header as a line; `depth` indents what is inside a table or list."""

    name: str
    kind: str
    value: str
    depth: int = 0


class Step(Struct, frozen=True):
    """One step of a message's life: when, how long after the step before, what, and details."""

    what: str
    title: str
    at: str
    after: str
    detail: str


STEP_TITLES = {
    "published": "Published",
    "routed": "Routed",
    "unroutable": "Matched no queue",
    "enqueued": "Enqueued",
    "delivered": "Delivered",
    "settled": "Settled",
    "requeued": "Requeued",
    "dropped": "Dropped",
    "dead_lettered": "Dead-lettered",
    "refused": "Refused by the full queue",
    "delayed": "Held by its exchange",
    "purged": "Purged to the bin",
    "restored": "Restored from the bin",
}


class Inspector:
    """The message in the inspector. `changed()` when there is another one, or it moved on.

    shown: its body through the steps that were guessed, or chosen for its queue. problem: why what was
    chosen does not fit this body, "" if it does.
    """

    def __init__(
        self, workspace: Workspace, viewers: Sequence[Viewer], unwrappers: Sequence[Unwrapper] = ()
    ) -> None:
        self.changed = Signal()
        self.reader = ChainReader(viewers, unwrappers)
        self.chains = Chains()
        self.detail: MessageDetail | None = None
        self.shown: Shown | None = None
        self.problem = ""
        self.gone_because = ""
        self._workspace = workspace
        self._limit_bytes = BODY_HEAD_BYTES
        self._wanted: tuple[str, str, int] | None = None
        self._shown: tuple[str, str, int] | None = None
        self._read_as: tuple[object, ...] = ()

    async def show(self, vhost: str, row: MessageRow | None) -> None:
        """Show the message of a table row, or nothing. The body's head comes first."""
        self._wanted = (vhost, row.queue, row.message_id) if row else None
        self.gone_because = ""
        if row is None:
            self.detail = self.shown = self._shown = None
            self.changed.emit()
        elif self._shown != self._wanted:
            self._limit_bytes = BODY_HEAD_BYTES
            await self._load(b"", BODY_HEAD_BYTES)
        elif self.detail is not None and self.detail.row != row:  # the same message, further on
            await self._load(self.detail.body, 0)

    async def show_at(self, vhost: str, queue: str, message_id: int) -> None:
        """Show a message by its number, wherever its row is; "" for one that no queue took."""
        self._wanted, self.gone_because = (vhost, queue, message_id), ""
        self._limit_bytes = BODY_HEAD_BYTES
        await self._load(b"", BODY_HEAD_BYTES)

    @property
    def vhost(self) -> str:
        """The virtual host of the message that is shown."""
        return self._shown[0] if self._shown is not None else ""

    async def load_more(self) -> None:
        """Read on in a long body, and in what is wrapped in it."""
        self._limit_bytes = min(self._limit_bytes * MORE_TIMES, BODY_SHOWN_BYTES)
        if self.detail is not None:
            here = self.detail.body
            await self._load(here, 0 if self.is_whole else max(0, self._limit_bytes - len(here)))

    async def load_all(self) -> None:
        """Read as much of a long body as is ever shown."""
        self._limit_bytes = BODY_SHOWN_BYTES
        await self.load_more()

    async def save_body(self, path: Path) -> int:
        """Write all of the body, as it came, to a file; returns its size. Raises: RefusedError, OSError."""
        assert self._shown is not None  # there is a message
        vhost, queue, message_id = self._shown
        return await save_body(self._workspace.client, vhost, queue, message_id, path)

    async def _load(self, here: bytes, more_bytes: int) -> None:
        """Read so many more bytes than are here, and all that is told of the message."""
        wanted = self._wanted
        if wanted is None:
            return
        vhost, queue, message_id = wanted
        try:
            detail = await self._workspace.client.message(
                queue, message_id, vhost=vhost, body_offset=len(here), body_limit=more_bytes
            )
        except RefusedError as error:
            if error.why not in (Refusal.NO_SUCH_MESSAGE, Refusal.NO_SUCH_QUEUE):
                raise
            if wanted == self._wanted:
                self.detail = self.shown = self._shown = None
                self.gone_because = error.says
                self.changed.emit()
            return
        if wanted == self._wanted:  # the user may have gone on to another message meanwhile
            self.detail, self._shown = replace(detail, body=here + detail.body, body_offset=0), wanted
            self._read()
            self.changed.emit()

    # ---- how the body is read

    def _read(self) -> None:
        """Read the body as was chosen for its queue, or else as it seems to be meant."""
        detail = self.detail
        if detail is None:
            return
        properties = detail.properties
        hints = hints_of(properties.content_type, properties.content_encoding)
        read_as = (self._shown, len(detail.body), self._chosen, hints, self._limit_bytes)
        if read_as == self._read_as and self.shown is not None:
            return  # it only moved on
        self._read_as = read_as
        try:
            self.problem, self.shown = self._through(detail.body, hints)
        except Exception as error:  # a plug-in is an outer wall: what it cannot do must not cost the rest
            log.exception("a viewer failed")
            self.problem = f"A viewer failed over this body ({error!r}); the window's log has the details."
            self.shown = Shown((), View(""), detail.body, self.is_whole)

    def _through(self, body: bytes, hints: Hints) -> tuple[str, Shown]:
        problem = ""
        if self._chosen:
            try:
                return "", self.reader.read(self._chosen, body, self._limit_bytes, is_whole=self.is_whole)
            except UnreadableError as error:
                problem = f"Not read as chosen for this queue. {error}."
        return problem, self.reader.guess(body, hints, self._limit_bytes, is_whole=self.is_whole)

    @property
    def _chosen(self) -> Chain:
        return self.chains.of(self._shown[:2]) if self._shown else ()

    @property
    def is_chosen(self) -> bool:
        """Whether somebody chose how the bodies of this queue are read."""
        return bool(self._chosen)

    @property
    def chain(self) -> Chain:
        """The steps in which the body is read."""
        return self.shown.chain if self.shown else ()

    @property
    def chain_words(self) -> str:
        """The same as text: `base64 → gzip → JSON`."""
        return self.reader.words(self.chain)

    @property
    def viewer(self) -> Viewer | None:
        """The viewer that shows the body."""
        return self.reader.viewer_of(self.chain)

    @property
    def viewers(self) -> Sequence[Viewer]:
        """All viewers, those first that know most."""
        return self.reader.viewers

    def choose(self, chain: Chain) -> None:
        """Read the bodies of this queue so, from now on."""
        if self._shown is not None:
            self.chains.choose(self._shown[:2], chain)
            self._read()
            self.changed.emit()

    def choose_step(self, place: int, title: str) -> None:
        """Take another step at this place of the chain."""
        self.choose((*self.chain[:place], title, *self.chain[place + 1 :]))

    def insert_step(self, place: int, title: str) -> None:
        """Take one more step, before the one at this place."""
        if len(self.chain) <= CHAIN_STEPS_MAX:
            self.choose((*self.chain[:place], title, *self.chain[place:]))

    def remove_step(self, place: int) -> None:
        """Leave out a step."""
        self.choose((*self.chain[:place], *self.chain[place + 1 :]))

    def guess_again(self) -> None:
        """Read the bodies of this queue as they seem to be meant."""
        if self._shown is not None:
            self.chains.forget(self._shown[:2])
            self._read()
            self.changed.emit()

    @property
    def is_whole(self) -> bool:
        """Whether all of the body is here."""
        return self.detail is not None and len(self.detail.body) >= self.detail.row.size_bytes

    @property
    def is_cut(self) -> bool:
        """Whether the rest of the body is not kept any more, so that there is no more to read."""
        kept_bytes = self.detail.kept_bytes if self.detail is not None else None
        return self.detail is not None and kept_bytes is not None and len(self.detail.body) >= kept_bytes

    @property
    def has_more(self) -> bool:
        """Whether more of the body, or of what is in it, can be read and shown."""
        shown_whole = self.shown is None or self.shown.is_whole
        is_all = (self.is_whole and shown_whole) or self.is_cut
        return self.detail is not None and not is_all and self._limit_bytes < BODY_SHOWN_BYTES

    def properties(self) -> list[Field]:
        """The properties that are set."""
        if self.detail is None:
            return []
        properties = self.detail.properties
        names = [name for name in Properties.__struct_fields__ if name != "headers"]
        values = [(name, getattr(properties, name)) for name in names]
        return [_property_field(name, value) for name, value in values if value is not None]

    def headers(self) -> list[Field]:
        """The header fields, nested ones indented."""
        fields: list[Field] = []
        if self.detail is not None:
            _add_headers(fields, self.detail.properties.headers or [], 0)
        return fields

    def path(self) -> list[Stop]:
        """How it came here, if it died or was held on its way; empty if it came straight."""
        detail = self.detail
        if detail is None or detail.past is None:
            return []
        return path_of(detail, self._workspace.now_us())

    def deaths(self) -> str:
        """How often it died, where and why, in a sentence; "" if it did not."""
        past = self.detail.past if self.detail else None
        return deaths_sentence(past.deaths) if past else ""

    def life(self) -> list[Step]:
        """The steps of its life, oldest first."""
        steps: list[Step] = []
        before: LifeStep | None = None
        for step in self.detail.life if self.detail else []:
            after = f"+{duration(step.at_us - before.at_us)}" if before else ""
            detail = " · ".join(plain(part) for part in (step.queue, step.detail) if part)
            title = STEP_TITLES.get(step.what, plain(step.what))
            steps.append(Step(step.what, title, clock(step.at_us), after, detail))
            before = step
        return steps


def _property_field(name: str, value: object) -> Field:
    if name == "delivery_mode":
        word = {1: " (transient)", 2: " (persistent)"}.get(value, "") if isinstance(value, int) else ""
        return Field("delivery mode", "int", f"{value}{word}")
    if name == "timestamp_s" and isinstance(value, int):
        return Field("timestamp", "timestamp", _timestamp(value))
    return Field(name.replace("_", " "), "int" if isinstance(value, int) else "string", plain(str(value)))


def _timestamp(at_s: int) -> str:
    from datetime import UTC, datetime  # noqa: PLC0415 - only for the rare message that has one

    try:
        return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return tr("{at_s} s since 1970", at_s=at_s)


def _add_headers(fields: list[Field], headers: Sequence[Header], depth: int) -> None:
    for place, header in enumerate(headers):
        name = plain(header.name) if header.name else f"[{place}]"
        if header.kind in ("table", "list"):
            nested = header.value or []
            fields.append(Field(name, header.kind, f"{len(nested)} inside", depth))
            _add_headers(fields, nested, depth + 1)
        else:
            fields.append(Field(name, header.kind, _header_value(header), depth))


def _header_value(header: Header) -> str:
    if header.kind == "bytes":
        return plain(bytes(header.value or b"").hex(" "))
    if header.kind == "timestamp" and isinstance(header.value, int):
        return _timestamp(header.value)
    if header.kind == "bool":
        return "true" if header.value else "false"
    return "null" if header.value is None else plain(str(header.value))
