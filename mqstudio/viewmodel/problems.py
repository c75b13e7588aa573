"""The Problems panel: what is wrong, worst first, looked for at a modest rate; what is muted stays away."""

import time
from collections.abc import Callable
from typing import Final

import msgspec

from mqstudio.client.reasons import Reasons
from mqstudio.model.errors import RefusedError
from mqstudio.viewmodel.finding_words import Answer, answers_of
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.why import LoadedLater, figures_of
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace
from mqstudio.why.base import Finding, Severity

SEEN_EVERY_US: Final = 3_000_000
UNSEEN_EVERY_US: Final = 10_000_000
COST_SHARE: Final = 0.02
"""Looking takes at most this share of the time: on a large broker it is done less often."""

MUTED_MAX: Final = 500
"""Muted problems that are remembered, the latest."""


FIXES: Final = {
    "pause_queue": "Resume the queue",
    "pause_all": "Resume everything",
    "edit_settings": "Edit settings…",
    "bind": "Bind…",
    "delete": "Delete the queue…",
    "declare": "Make a queue…",
    "declare_exchange": "Make an exchange…",
    "declare_vhost": "Make a virtual host…",
    "show_users": "Users and permissions",
    "show_health": "Health of the store",
    "show_clients": "Clients",
}
"""Verbs that mend a problem without a message or a consumer being chosen, and what they are called then."""


class Problems:
    """changed(): there are others, or some were muted. wants_refresh(): somebody should run `refresh()`.

    answers: what is wrong now, without what is muted. is_known: somebody has looked at all.
    asked: the queue (virtual host, name) that somebody asks why about, None for none; told: what is said of
    it, once it is (`is_told`).
    """

    def __init__(
        self,
        workspace: Workspace,
        structure: Structure,
        reasons: LoadedLater,
        elapsed_s: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.changed = Signal()
        self.wants_refresh = Signal()
        self.answers: list[Answer] = []
        self.is_known = False
        self.is_seen = False
        self.asked: tuple[str, str] | None = None
        self.told: list[Answer] = []
        self.is_told = False
        self._workspace, self._structure, self._reasons = workspace, structure, reasons
        self._elapsed_s = elapsed_s
        self._findings: list[Finding] = []
        self._muted: dict[str, None] = {}
        self._asked_at_us = 0
        self._rest_us = 0
        self._is_asking = False
        workspace.sampled.connect(self._on_sampled)
        workspace.state_changed.connect(self._on_state_changed)

    # ---- what there is

    @property
    def muted(self) -> list[Answer]:
        """What is wrong and muted."""
        return answers_of([each for each in self._findings if each.key in self._muted], self._now_us)

    @property
    def count(self) -> int:
        """How many there are that are more than a hint."""
        return sum(each.level != "info" for each in self.answers)

    @property
    def worst(self) -> str:
        """The level of the worst: info, warn, bad; "" if there are none."""
        return self.answers[0].level if self.answers else ""

    @property
    def _now_us(self) -> int:
        return self._workspace.now_us()

    def fix_title(self, answer: Answer) -> str:
        """What the verb that mends a problem is called; "" if there is none to offer here."""
        title = FIXES.get(answer.verb, "")
        return tr(title) if title else ""

    def mute(self, key: str) -> None:
        """Do not show this problem of this thing any more, until it is unmuted."""
        self._muted.pop(key, None)
        self._muted[key] = None
        while len(self._muted) > MUTED_MAX:
            del self._muted[next(iter(self._muted))]
        self._show()

    def unmute(self, key: str) -> None:
        """Show it again."""
        if self._muted.pop(key, "") is None:
            self._show()

    def unmute_all(self) -> None:
        """Show all of them again."""
        self._muted.clear()
        self._show()

    def to_text(self) -> str:
        """What is muted, to be remembered."""
        return msgspec.json.encode(list(self._muted)).decode()

    def use_text(self, text: str) -> None:
        """Mute what was muted before; a text that is no such list changes nothing."""
        try:
            keys = msgspec.json.decode(text, type=list[str])
        except (msgspec.MsgspecError, ValueError):
            return
        self._muted = dict.fromkeys(keys[-MUTED_MAX:])
        self._show()

    # ---- why a queue is as it is

    def ask(self, vhost: str, queue: str) -> None:
        """Tell why a queue, and each of its consumers, is as it is: at once, and not only what is wrong."""
        self.asked, self.told, self.is_told, self._asked_at_us = (vhost, queue), [], False, 0
        self.changed.emit()
        self.wants_refresh.emit()

    def leave(self) -> None:
        """Back to what is wrong."""
        if self.asked is not None:
            self.asked, self.told = None, []
            self.changed.emit()

    async def _tell(self, reasons: Reasons) -> None:
        asked = self.asked
        if asked is None:
            return
        try:
            found = await reasons.of_queue(self._workspace.client, figures_of(self._workspace), *asked)
        except RefusedError:  # it has been deleted
            self.leave()
            return
        if asked == self.asked:
            self.told, self.is_told = answers_of(found, self._now_us), True
            self.changed.emit()

    def _show(self) -> None:
        shown = [each for each in self._findings if each.key not in self._muted]
        self.answers = answers_of(shown, self._now_us)
        self.changed.emit()

    # ---- looking

    def set_seen(self, is_seen: bool) -> None:
        """The panel is looked at, or not."""
        self.is_seen = is_seen
        if is_seen:
            self._asked_at_us = 0
            self._on_sampled()

    def _on_state_changed(self) -> None:
        self._findings, self.is_known, self._asked_at_us, self._rest_us = [], False, 0, 0
        self.asked, self.told = None, []
        self._show()

    def _on_sampled(self) -> None:
        every_us = max(SEEN_EVERY_US if self.is_seen else UNSEEN_EVERY_US, self._rest_us)
        is_due = self._workspace.sample_at_us - self._asked_at_us >= every_us
        if is_due and self._workspace.is_live and not self._is_asking:
            self.wants_refresh.emit()

    async def refresh(self) -> None:
        """Look for problems."""
        workspace, reasons = self._workspace, self._reasons.get()
        if self._is_asking or not workspace.is_live or reasons is None:
            return  # the next sample asks again
        self._is_asking, self._asked_at_us = True, workspace.sample_at_us
        began_s = self._elapsed_s()
        try:
            topology = self._structure.topology
            found = await reasons.problems(workspace.client, figures_of(workspace), topology)
            await self._tell(reasons)
        except (ConnectionError, RefusedError):
            return  # the workspace tells that the broker has gone; nobody asked for this look
        finally:
            self._is_asking = False
            self._rest_us = int((self._elapsed_s() - began_s) / COST_SHARE * 1e6)
        is_news = found != self._findings or not self.is_known
        self._findings, self.is_known = found, True
        if is_news:
            self._show()

    def is_urgent(self) -> bool:
        """Whether anything is worse than a warning."""
        return any(each.severity is Severity.BAD and each.key not in self._muted for each in self._findings)
