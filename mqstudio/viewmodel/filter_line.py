"""The filter line of a queue's page: what is typed, what is wrong with it, what could stand there."""

from collections.abc import Sequence

from mqstudio.model import limits
from mqstudio.model.errors import RefusedError
from mqstudio.model.filters.completion import Candidate, complete
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.filters.seen import Seen
from mqstudio.model.filters.syntax import parse
from mqstudio.model.filters.tree import Any as AnyOf
from mqstudio.model.rows import MessageRow
from mqstudio.viewmodel.saved_filters import SavedFilters
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

LEARN_FROM = 20
"""Messages looked into for their headers and the paths in their bodies, when the line is first used."""


class FilterLine:
    """changed(): anything about the line did. applied(text): the page is to show what this filter finds."""

    def __init__(self, workspace: Workspace, saved: SavedFilters, vhost: str, queue: str) -> None:
        self.changed = Signal()
        self.applied = Signal()
        self.saved = saved
        self.seen = Seen()
        self.text = ""
        self.active = ""
        """The filter that the page has."""
        self.error: FilterError | None = None
        self.candidates: list[Candidate] = []
        self._workspace = workspace
        self._vhost, self._queue = vhost, queue
        self._looked_into: set[int] = set()
        self._place = -1
        self._draft = ""
        saved.changed.connect(self._on_saved)

    def _on_saved(self) -> None:
        self.changed.emit()

    @property
    def says(self) -> str:
        """What is wrong, and what would work; "" if nothing is."""
        return self.error.says if self.error else ""

    @property
    def is_saved(self) -> bool:
        """Whether what is typed has a name."""
        return bool(self.text.strip() and self.saved.name_of(self.text.strip()))

    def edit(self, text: str, cursor: int) -> None:
        """The user typed. Emptying the line shows all messages again."""
        self.text = text
        self._place = -1
        self._check()
        self.candidates = complete(text, cursor, self.seen)
        self.changed.emit()
        if not text.strip() and self.active:
            self.apply()

    def _check(self) -> None:
        try:
            parse(self.text)
        except FilterError as error:
            self.error = error
        else:
            self.error = None

    def offer(self, cursor: int) -> None:
        """Say what could stand at the cursor, though nothing was typed."""
        self.candidates = complete(self.text, cursor, self.seen)
        self.changed.emit()

    def choose(self, candidate: Candidate) -> int:
        """Take a candidate; where the cursor is then."""
        follows = self.text[candidate.end :]
        space = "" if follows[:1].isspace() else " "
        before = self.text[: candidate.start] + candidate.text + space
        self.text = before + follows
        self._check()
        self.candidates = complete(self.text, len(before), self.seen)
        self.changed.emit()
        return len(before)

    def apply(self) -> bool:
        """Show what the filter finds; False, and nothing happens, if it is none."""
        if self.error is not None:
            return False
        self.active = self.text.strip()
        self.saved.note_use(self.active)
        self.applied.emit(self.active)
        return True

    def use(self, text: str) -> None:
        """Put a filter in, and show what it finds."""
        self.edit(text, len(text))
        self.candidates = []
        self.apply()

    def narrow(self, text: str) -> None:
        """Show only what this finds, too: `Filter by this`."""
        if not self.active:
            self.use(text)
        elif isinstance(parse(self.active), AnyOf):
            self.use(f"({self.active}) and {text}")
        else:
            self.use(f"{self.active} and {text}")

    def clear(self) -> None:
        """Show all messages."""
        self.use("")

    def older(self) -> None:
        """The filter used before this one."""
        self._go(1)

    def newer(self) -> None:
        """The filter used after this one; at last what was being typed."""
        self._go(-1)

    def _go(self, by: int) -> None:
        history = self.saved.history
        place = max(-1, min(self._place + by, len(history) - 1))
        if place == self._place:
            return
        if self._place == -1:
            self._draft = self.text
        self._place = place
        self.text = self._draft if place == -1 else history[place]
        self.candidates = []
        self._check()
        self.changed.emit()

    def save(self, name: str) -> str:
        """Keep what is typed by a name; why not, "" if it is kept."""
        text = self.text.strip()
        if self.error is not None or not text:
            return tr("Only a filter without mistakes can be saved.")
        return self.saved.save(name, text)

    # ---- what is really there

    def note_rows(self, rows: Sequence[MessageRow]) -> None:
        """Remember values of plain fields."""
        for row in rows:
            for name, value in (
                ("key", row.routing_key),
                ("exchange", row.exchange),
                ("publisher", row.publisher),
                ("held_by", row.holder),
                ("reason", row.ended_because),
            ):
                self.seen.note_field(name, value)

    async def learn(self, rows: Sequence[MessageRow]) -> None:
        """Look into some of these messages: their headers, and paths into their bodies."""
        self.note_rows(rows)
        for row in rows[: 10 * LEARN_FROM]:
            if len(self._looked_into) >= LEARN_FROM or not self._workspace.is_live:
                return
            if row.message_id in self._looked_into:
                continue
            self._looked_into.add(row.message_id)
            try:
                detail = await self._workspace.client.message(
                    self._queue, row.message_id, vhost=self._vhost, body_limit=limits.BODY_HEAD_BYTES
                )
            except (RefusedError, ConnectionError):
                continue  # it has gone since: what others have is as good
            self.seen.note_properties(detail.properties)
            self.seen.note_body(detail.body)
