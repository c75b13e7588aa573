"""Why?: what the rules say about the message in the inspector."""

import threading

from mqstudio.client.looking import Figures
from mqstudio.client.reasons import Reasons
from mqstudio.model.errors import RefusedError
from mqstudio.model.rows import MessageRow, Place
from mqstudio.viewmodel.finding_words import Answer, answers_of
from mqstudio.viewmodel.inspector import Inspector
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.workspace import Workspace

AGAIN_US = 2_000_000
"""An answer that somebody looks at is asked for again after so long: reasons pass."""


def figures_of(workspace: Workspace) -> Figures:
    """The latest figures that the window has."""
    return Figures(
        workspace.sample_at_us,
        workspace.totals,
        dict(workspace.queues),
        dict(workspace.connections),
        dict(workspace.exchanges),
    )


class LoadedLater:
    """The rules: many small files, so a thread reads them when somebody first asks."""

    def __init__(self, reasons: Reasons | None = None) -> None:
        self._reasons = reasons
        self._thread: threading.Thread | None = None

    def get(self) -> Reasons | None:
        """The rules; None while they are being read, which does not take long."""
        if self._reasons is None and self._thread is None:
            self._thread = threading.Thread(target=self._load, name="rules", daemon=True)
            self._thread.start()
        return self._reasons

    def _load(self) -> None:
        self._reasons = Reasons()


class Why:
    """The answers about one message. changed(): there are others. wants_refresh(): ask for them.

    answers: none while nobody asked. problem: why there is no answer. is_asking: it is on its way.
    """

    def __init__(
        self, workspace: Workspace, structure: Structure, inspector: Inspector, reasons: "LoadedLater"
    ) -> None:
        self.changed = Signal()
        self.wants_refresh = Signal()
        self.answers: list[Answer] = []
        self.problem = ""
        self.is_asking = False
        self.is_seen = False
        self._workspace, self._structure = workspace, structure
        self._inspector, self._reasons = inspector, reasons
        self._asked: tuple[str, MessageRow] | None = None
        self._asked_at_us = 0
        inspector.changed.connect(self._on_inspected)
        workspace.sampled.connect(self._on_sampled)

    @property
    def has_message(self) -> bool:
        """Whether there is a message to ask about."""
        return self._inspector.detail is not None

    def set_seen(self, is_seen: bool) -> None:
        """Whether anybody looks: what nobody sees is not asked for."""
        self.is_seen = is_seen
        self._on_inspected()

    def _on_inspected(self) -> None:
        detail = self._inspector.detail
        if detail is None:
            self._forget()
        elif self.is_seen and (self._asked is None or self._asked[1] != detail.row):
            if self._asked is None or self._asked[1].message_id != detail.row.message_id:
                self._forget()
            self.wants_refresh.emit()

    def _on_sampled(self) -> None:
        is_due = self._workspace.sample_at_us - self._asked_at_us >= AGAIN_US
        if self.is_seen and self.has_message and is_due and not self.is_asking:
            self.wants_refresh.emit()

    def _forget(self) -> None:
        if self.answers or self.problem or self._asked:
            self.answers, self.problem, self._asked = [], "", None
            self.changed.emit()

    async def refresh(self) -> None:
        """Ask why the message in the inspector is as it is."""
        detail, workspace, reasons = self._inspector.detail, self._workspace, self._reasons.get()
        if detail is None or self.is_asking or reasons is None:
            return  # the next sample asks again
        asked = self._asked = (self._inspector.vhost, detail.row)
        self._asked_at_us, self.is_asking = workspace.sample_at_us, True
        place = Place(asked[0], detail.row.queue)
        try:
            found = await reasons.of_message(
                workspace.client,
                figures_of(workspace),
                detail.row.message_id,
                place,
                self._structure.topology,
            )
            answers = answers_of(found[0].findings, workspace.now_us()) if found else []
            problem = ""
        except RefusedError as error:
            answers, problem = [], error.says
        except ConnectionError:
            return  # the workspace tells that the broker has gone
        finally:
            self.is_asking = False
        if self._asked == asked and (answers, problem) != (self.answers, self.problem):
            self.answers, self.problem = answers, problem
            self.changed.emit()
        elif self._asked != asked:  # somebody has gone on to another message meanwhile
            self.wants_refresh.emit()
        else:
            self.changed.emit()
