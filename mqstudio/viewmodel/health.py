"""How it stands with what the broker keeps: the disk, the profile's file, the recorder; and what to do.

What is urgent comes with each sample; figures of the disk are asked for, more often while somebody looks.
"""

from collections import deque
from enum import StrEnum

from mqstudio.model.disk import DiskHealth, StoreHealth
from mqstudio.viewmodel.health_words import Alarm, Fact, Level, alarm_of, facts_of, headline_of
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import moment
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import ConnectionState, Workspace

SEEN_EVERY_US = 1_000_000
"""The store looks at its disk once a second."""

UNSEEN_EVERY_US = 5_000_000
"""So that the chart has a past when the panel is opened."""

POINTS_MAX = 600
"""Ten minutes at one a second."""


class Keeping(StrEnum):
    """What becomes of what the broker has."""

    UNKNOWN = "unknown"
    PROFILE = "profile"
    MEMORY = "memory"
    READ_ONLY = "read_only"


class Health:
    """The latest StoreHealth, and times of commits.

    changed(): something did. wants_refresh(): somebody should run `refresh()`.
    """

    def __init__(self, workspace: Workspace, notices: Notices) -> None:
        self.changed = Signal()
        self.wants_refresh = Signal()
        self.health: StoreHealth | None = None
        self.times_s: deque[float] = deque(maxlen=POINTS_MAX)
        self.p50_ms: deque[float] = deque(maxlen=POINTS_MAX)
        self.p99_ms: deque[float] = deque(maxlen=POINTS_MAX)
        self._workspace, self._notices = workspace, notices
        self._is_visible = False
        self._is_refreshing = False
        self._asked_at_us = 0
        self._seen: object = None
        workspace.sampled.connect(self._on_sampled)
        workspace.state_changed.connect(self._on_state_changed)

    # ---- what it says

    @property
    def is_live(self) -> bool:
        """Whether there is a broker to ask."""
        return self._workspace.is_live

    @property
    def keeping(self) -> Keeping:
        """What becomes of what the broker has."""
        if self.health is None:
            return Keeping.UNKNOWN
        if self.health.is_read_only:
            return Keeping.READ_ONLY
        return Keeping.PROFILE if self.health.path else Keeping.MEMORY

    @property
    def disk(self) -> DiskHealth | None:
        """Figures of the disk, None if there are none."""
        return self.health.disk if self.health is not None else None

    @property
    def oldest_kept_us(self) -> int | None:
        """From when on all that happened is kept."""
        return self.disk.oldest_kept_us if self.disk is not None else None

    def reach(self) -> str:
        """How far back lists go, for their end; "" if they go back to the beginning, or nobody knows."""
        if self.oldest_kept_us is None or not self.is_live:
            return ""
        return tr(
            "the ledger goes back to {oldest_kept_us}",
            oldest_kept_us=moment(self.oldest_kept_us, self._workspace.now_us()),
        )

    def alarm(self) -> Alarm | None:
        """What cannot wait, None if all is well."""
        return alarm_of(self._workspace.totals, self.health) if self.is_live else None

    def word(self) -> tuple[str, Level]:
        """How it is, in a word or two; "" while there is no broker."""
        alarm = self.alarm()
        if alarm is not None:  # also where the store is too busy to say how it is
            return alarm.word, alarm.level
        if not self.is_live or self.health is None:
            return "", Level.QUIET
        quiet = {Keeping.MEMORY: tr("Memory only"), Keeping.READ_ONLY: tr("Read-only")}
        word = quiet.get(self.keeping)
        return (word, Level.QUIET) if word else ("Recording", Level.GOOD)

    def headline(self) -> Fact:
        """The state as a whole, and what it means."""
        workspace = self._workspace
        if workspace.state is ConnectionState.CONNECTING:
            return Fact(
                "state", "", tr("The broker is starting"), tr("Its figures come as soon as it answers.")
            )
        if not workspace.is_live:
            says = tr(
                "{lost_because} What was confirmed is in its file. Restart broker starts it again.",
                lost_because=workspace.lost_because,
            )
            return Fact("state", "", tr("The broker is not running"), says, Level.BAD)
        if self.health is None:
            return Fact("state", "", tr("Asking the broker…"), "")
        return headline_of(self.health, self.alarm(), workspace.now_us())

    def facts(self) -> list[Fact]:
        """The figures, each with what it means; none where nothing is kept on disk."""
        if self.health is None or self.disk is None or not self.is_live:
            return []
        return facts_of(self.health, self.disk, self._workspace.now_us())

    # ---- as it goes

    def set_visible(self, is_visible: bool) -> None:
        """The panel is seen, or not."""
        self._is_visible = is_visible
        if is_visible:
            self.look_again()

    def look_again(self) -> None:
        """Something is known to have changed."""
        self._asked_at_us = 0
        self._poke()

    def _on_state_changed(self) -> None:
        self.health, self._seen = None, None
        for points in (self.times_s, self.p50_ms, self.p99_ms):
            points.clear()
        self.changed.emit()
        self.look_again()

    def _on_sampled(self) -> None:
        totals = self._workspace.totals
        urgent = (
            totals.blocked_by,
            totals.is_publishing_blocked,
            totals.store_problem,
            totals.recorded_one_in,
        )
        if urgent != self._seen:
            self._seen = urgent
            self.changed.emit()
            self.look_again()
        self._poke()

    def _poke(self) -> None:
        every_us = SEEN_EVERY_US if self._is_visible else UNSEEN_EVERY_US
        is_due = self._workspace.now_us() - self._asked_at_us >= every_us
        if is_due and self.is_live and not self._is_refreshing:
            self.wants_refresh.emit()

    async def refresh(self) -> None:
        """Ask the broker how it is."""
        if self._is_refreshing:
            return
        self._is_refreshing, self._asked_at_us = True, self._workspace.now_us()
        try:
            health = await self._workspace.client.store_health()
        except ConnectionError:
            return  # the workspace tells that the broker has gone; nobody asked for this look
        finally:
            self._is_refreshing = False
        before, self.health = self.disk, health
        if health.disk is not None and (before is None or health.disk.at_us != before.at_us):
            self.times_s.append(health.disk.at_us / 1e6)
            self.p50_ms.append(health.disk.commit_p50_us / 1e3)
            self.p99_ms.append(health.disk.commit_p99_us / 1e3)
        self.changed.emit()

    async def go_on(self) -> None:
        """Somebody has seen what went wrong: publishers go on."""
        await self._workspace.client.resume_publishing()
        self._notices.tell(
            tr("Publishers go on. What they had not yet got confirmed, they have to send again.")
        )
        self.look_again()
