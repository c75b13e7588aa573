"""The conversation panel: the messages that belong with one of them, as a sequence diagram."""

import msgspec
from msgspec.structs import replace

from mqstudio.client.conversation_keys import AUTO, KINDS
from mqstudio.client.conversing import Conversation, conversation_of
from mqstudio.model.errors import RefusedError
from mqstudio.model.filters.problems import FilterError
from mqstudio.viewmodel.conversation_story import Arrow, Diagram, diagram_of
from mqstudio.viewmodel.conversation_text import conversation_text, mermaid
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import counted
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

Place = tuple[str, str, int]
"""Virtual host, queue, number of a message."""


def kind_titles() -> list[tuple[str, str]]:
    """By what messages can be put together, and how that reads; anything else is a field."""
    titles = (
        tr("Whatever joins them"), tr("Correlation id"), tr("Message id"), tr("Reply-to"), tr("Trace"),
    )  # fmt: skip
    return list(zip(KINDS, titles, strict=True))


class ConversationPanel:
    """changed(): there is another diagram, or part of it. wants_refresh(): it should be gathered.

    by: what messages have in common. problem: why there is no diagram, or a field is none. chosen: the place
    of an arrow.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.changed = Signal()
        self.wants_refresh = Signal()
        self._workspace = workspace
        self.of: Place | None = None
        self.by = AUTO
        self.conversation: Conversation | None = None
        self.diagram: Diagram | None = None
        self.problem = ""
        self.chosen: int | None = None
        self.is_searching = False
        self._round = 0
        self._looked_at, self._total = 0, 0

    def open(self, vhost: str, queue: str, message_id: int) -> None:
        """Show the conversation of a message."""
        self.of = (vhost, queue, message_id)
        self.chosen = None
        self.wants_refresh.emit()

    def use_by(self, by: str) -> None:
        """Put messages together by something else."""
        by = by.strip() or AUTO
        if by != self.by:
            self.by = by
            self.wants_refresh.emit()

    def stop(self) -> None:
        """Look no further; what is found stays."""
        if self.is_searching:
            self._round += 1
            self.is_searching = False
            if self.conversation is not None:
                self._take(replace(self.conversation, is_whole=False))
            self.changed.emit()

    async def refresh(self) -> None:
        """Gather it, showing what there is on the way."""
        if self.of is None:
            return
        self._round += 1
        this, (vhost, queue, message_id) = self._round, self.of
        self.is_searching, self.problem = True, ""
        self._looked_at = self._total = 0
        self.changed.emit()

        def progress(_: int, looked_at: int, total: int) -> bool:
            if self._round == this:
                self._looked_at, self._total = looked_at, total
                self.changed.emit()
            return self._round == this

        def found(told: Conversation) -> None:
            if self._round == this:
                self._take(told)

        try:
            told = await conversation_of(
                self._workspace.client,
                vhost,
                queue,
                message_id,
                by=self.by,
                progress=progress,
                on_found=found,
            )
        except (RefusedError, FilterError) as error:
            if self._round == this:
                self.conversation = self.diagram = None
                self.problem = error.says
        else:
            found(told)
        finally:
            if self._round == this:
                self.is_searching = False
                self.changed.emit()

    def _take(self, told: Conversation) -> None:
        self.conversation, self.diagram = told, diagram_of(told)
        if self.chosen is not None and self.chosen >= len(self.diagram.arrows):
            self.chosen = None
        self.changed.emit()

    # ---- looking

    def says(self) -> str:
        """What is shown, in words; or what is being done."""
        if self.problem:
            return self.problem
        if self.of is None or self.diagram is None or self.conversation is None:
            if self.is_searching:
                return tr("Looking for what belongs together …")
            return tr("Select a message and press S: here is who said what to whom.")
        messages = counted(len(self.conversation.messages), tr("message"), tr("messages"))
        words = f"{self.diagram.title} · {messages}"
        if self.is_searching:
            done = f" {100 * self._looked_at // self._total} %" if self._total else ""
            words += f" · {tr('still looking')}{done}"
        return " · ".join((words, *self.diagram.notes))

    def choose(self, place: int | None) -> None:
        """Choose an arrow, None for none."""
        if place != self.chosen:
            self.chosen = place
            self.changed.emit()

    def step(self, by: int) -> None:
        """Choose an arrow further down, or up."""
        arrows = self.diagram.arrows if self.diagram is not None else ()
        if arrows:
            here = self.chosen if self.chosen is not None else (-1 if by > 0 else len(arrows))
            self.choose(min(max(0, here + by), len(arrows) - 1))

    @property
    def chosen_arrow(self) -> Arrow | None:
        """The arrow that is chosen."""
        if self.diagram is None or self.chosen is None:
            return None
        return self.diagram.arrows[self.chosen]

    def facts(self, place: int | None = None) -> str:
        """What is known of an arrow, or else of the chosen one, in a line."""
        if self.diagram is None:
            return ""
        arrow = self.diagram.arrows[place] if place is not None else self.chosen_arrow
        return " · ".join(arrow.facts) if arrow is not None else ""

    def target(self) -> Place | None:
        """The message of the chosen arrow."""
        arrow = self.chosen_arrow
        return (arrow.vhost or "/", arrow.queue, arrow.message_id) if arrow is not None else None

    # ---- taking it away

    def text(self) -> str:
        """The conversation as text."""
        return conversation_text(self.diagram) if self.diagram is not None else ""

    def mermaid(self) -> str:
        """The conversation as a diagram of Mermaid."""
        return mermaid(self.diagram) if self.diagram is not None else ""

    def json(self) -> str:
        """The conversation as JSON, as the command line prints it."""
        if self.conversation is None:
            return ""
        return msgspec.json.format(msgspec.json.encode(self.conversation), indent=2).decode()
