"""One message whole: its body through a viewer, its properties and headers, and its life."""

from collections.abc import Sequence

from msgspec import Struct

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import BODY_HEAD_BYTES
from mqstudio.model.message import Header, Properties
from mqstudio.model.rows import LifeStep, MessageDetail, MessageRow
from mqstudio.viewers.base import Viewer
from mqstudio.viewmodel.path import Stop, deaths_sentence, path_of
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import clock, duration, plain
from mqstudio.viewmodel.workspace import Workspace


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
    """The message in the inspector. `changed()` when there is another one, or it moved on."""

    def __init__(self, workspace: Workspace, viewers: Sequence[Viewer]) -> None:
        self.changed = Signal()
        self.viewers = viewers
        self.detail: MessageDetail | None = None
        self.viewer: Viewer | None = None
        self.is_viewer_chosen = False
        self.gone_because = ""
        self._workspace = workspace
        self._wanted: tuple[str, str, int] | None = None
        self._shown: tuple[str, str, int] | None = None

    async def show(self, vhost: str, row: MessageRow | None) -> None:
        """Show the message of a table row, or nothing. The body's head comes first."""
        self._wanted = (vhost, row.queue, row.message_id) if row else None
        self.gone_because = ""
        if row is None:
            self.detail = self._shown = None
            self.changed.emit()
        elif self._shown != self._wanted:
            await self._load(BODY_HEAD_BYTES)
        elif self.detail is not None and self.detail.row != row:  # the same message, further on
            await self._load(max(BODY_HEAD_BYTES, len(self.detail.body)))

    async def load_all(self) -> None:
        """Read the rest of a long body."""
        if self.detail is not None:
            await self._load(self.detail.row.size_bytes)

    async def _load(self, body_limit: int | None) -> None:
        wanted = self._wanted
        if wanted is None:
            return
        vhost, queue, message_id = wanted
        try:
            detail = await self._workspace.client.message(
                queue, message_id, vhost=vhost, body_limit=body_limit
            )
        except RefusedError as error:
            if error.why not in (Refusal.NO_SUCH_MESSAGE, Refusal.NO_SUCH_QUEUE):
                raise
            if wanted == self._wanted:
                self.detail, self.gone_because, self._shown = None, error.says, None
                self.changed.emit()
            return
        if wanted == self._wanted:  # the user may have gone on to another message meanwhile
            self._take(detail, is_other=wanted != self._shown)

    def _take(self, detail: MessageDetail, *, is_other: bool) -> None:
        self.detail, self._shown = detail, self._wanted
        if is_other or self.viewer is None:
            self.viewer = self._choose()
        self.changed.emit()

    def _choose(self) -> Viewer | None:
        """The user's viewer as long as it accepts the body, else the best one."""
        fitting = self.fitting()
        if self.is_viewer_chosen and self.viewer in fitting:
            return self.viewer
        return fitting[0] if fitting else None

    def fitting(self) -> list[Viewer]:
        """Viewers that can show this body, best first."""
        if self.detail is None:
            return []
        body = self.detail.body
        accepting = [viewer for viewer in self.viewers if viewer.accepts(body, is_whole=self.is_whole)]
        return sorted(accepting, key=lambda viewer: -viewer.rank)

    def choose(self, viewer: Viewer) -> None:
        """Show bodies through this viewer from now on, where it can."""
        self.viewer, self.is_viewer_chosen = viewer, True
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
        return f"{at_s} s since 1970"


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
