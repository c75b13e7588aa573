"""The programs that are connected: who they are, what they hold, how fast they are; and who failed to be one.

Samples tell what a client has counted; everything else is asked for once a second, while somebody looks and
something moves.
"""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from mqstudio.model.histogram import Histogram
from mqstudio.model.rows import ClientDetail, FailedHandshake
from mqstudio.model.rows import Clients as Conversations
from mqstudio.model.samples import ConnectionSample
from mqstudio.viewmodel.client_words import language
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.rates import SHARES, latency
from mqstudio.viewmodel.rowset import RowSet
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.welcome import PROTOCOL_TITLES
from mqstudio.viewmodel.wording import clock, count, library, plain, rate, ticking
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

SECOND_US: Final = 1_000_000
CALM_US: Final = 5 * SECOND_US
FAILURES_SHOWN: Final = 5
"""Where nothing moves, details are asked for this often: for who comes and fails."""


class ClientLine(Struct, frozen=True):
    """A client with all that is known of it. took: percentiles of the time to ack, in µs."""

    sample: ConnectionSample
    detail: ClientDetail
    in_per_s: float = 0.0
    out_per_s: float = 0.0
    prefetch: str = ""
    took: tuple[int | None, ...] = (None,) * len(SHARES)

    @property
    def id(self) -> int:
        """Its connection's."""
        return self.sample.id

    @property
    def name(self) -> str:
        """What it calls itself."""
        return self.sample.name


def _process(line: ClientLine) -> str:
    return f"{plain(line.detail.program, 60)} · {line.detail.pid}" if line.detail.pid else ""


def _process_tip(line: ClientLine) -> str:
    if line.detail.pid:
        return tr(
            "{program}, process {pid} on this computer",
            program=plain(line.detail.program),
            pid=line.detail.pid,
        )
    return tr("Not known: it is on another computer, of another user, or not looked up yet")


def _took(place: int) -> Callable[[ClientLine, int], str]:
    def text(line: ClientLine, _: int) -> str:
        value = line.took[place]
        return "" if value is None else latency(value)

    return text


def _last_error(line: ClientLine, _: int) -> str:
    return plain(line.detail.last_error, 120)


def _last_error_tip(line: ClientLine) -> str:
    if not line.detail.last_error:
        return tr("Nothing was refused to it")
    return f"{clock(line.detail.last_error_at_us)}  {plain(line.detail.last_error)}"


def _column(
    key: str, title: str, width: int, number: Callable[[ConnectionSample], int]
) -> Column[ClientLine]:
    return Column(key, title, width, lambda line, _: count(number(line.sample)), is_right=True)


_TOOK_TIP: Final = "How long it took to acknowledge, in the last minute or two"

CLIENT_COLUMNS: list[Column[ClientLine]] = [
    Column(
        "name",
        "Client",
        160,
        lambda line, _: plain(line.sample.name),
        tip=lambda line: plain(line.sample.platform),
    ),
    Column(
        "library",
        "Library",
        110,
        lambda line, _: library(line.sample.product, line.sample.version) or "unknown",
    ),
    Column("language", "Language", 80, lambda line, _: language(line.sample.product, line.sample.platform)),
    Column("process", "Process", 130, lambda line, _: _process(line), tip=_process_tip),
    _column("unacked", "Unacked", 66, lambda row: row.unacked),
    Column("in", "In /s", 56, lambda line, _: rate(line.in_per_s), is_right=True),
    Column("out", "Out /s", 56, lambda line, _: rate(line.out_per_s), is_right=True),
    *(
        Column(title, f"Ack {title}", 70, _took(place), is_right=True, tip=lambda _: _TOOK_TIP)
        for place, title in enumerate(("p50", "p95", "p99"))
    ),
    Column("prefetch", "Prefetch", 70, lambda line, _: line.prefetch, is_right=True),
    _column("channels", "Channels", 70, lambda row: row.channels),
    _column("subscriptions", "Consumers", 86, lambda row: row.subscriptions),
    Column("error", "Last error", 220, _last_error, tip=_last_error_tip),
    Column(
        "protocol",
        "Protocol",
        90,
        lambda line, _: PROTOCOL_TITLES.get(line.sample.protocol, line.sample.protocol),
    ),
    Column("address", "Address", 140, lambda line, _: plain(line.sample.address), is_mono=True),
    Column("user", "User", 70, lambda line, _: plain(line.sample.user)),
    Column("vhost", "Virtual host", 90, lambda line, _: plain(line.sample.vhost)),
    _column("published", "Published", 80, lambda row: row.published),
    _column("delivered", "Delivered", 80, lambda row: row.delivered),
    Column(
        "since",
        "Connected",
        80,
        lambda line, now: ticking(now - line.sample.opened_at_us),
        is_right=True,
        is_live=True,
    ),
]


class Clients:
    """The table of clients; our own windows and commands are not shown.

    changed(): their number did, or who failed to connect. wants_refresh(): somebody should run `refresh()`.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.rows: RowSet[ClientLine] = RowSet(lambda line: line.id)
        self.failed: list[FailedHandshake] = []
        """The last handshakes that failed, newest first."""
        self.changed = Signal()
        self.wants_refresh = Signal()
        self._workspace = workspace
        self._is_visible = False
        self._is_asking = False
        self._asked_at_us = self._stirred_at_us = 0
        self._seen: object = None
        self._details: dict[int, tuple[ClientDetail, tuple[int | None, ...]]] = {}
        self._prefetch: dict[int, str] = {}
        self._counted: dict[int, tuple[int, int, int]] = {}
        """When, and what a client had published and been handed then."""
        self._per_s: dict[int, tuple[float, float]] = {}
        workspace.sampled.connect(self._on_sampled)
        workspace.state_changed.connect(self.show_all)

    def set_visible(self, is_visible: bool) -> None:
        """A table that nobody sees has what samples tell; nothing else is asked for."""
        self._is_visible = is_visible
        self._asked_at_us = 0
        self._on_sampled()

    def _on_sampled(self) -> None:
        now_us = self._workspace.now_us()
        totals = self._workspace.totals
        seen = (totals.counters, totals.in_flight, totals.connections)
        if seen != self._seen:
            self._seen, self._stirred_at_us = seen, now_us
        self._count_rates()
        self.show_all()
        wait_us = SECOND_US if now_us - self._stirred_at_us < CALM_US else CALM_US
        if not self._is_visible or self._is_asking or now_us - self._asked_at_us < wait_us:
            return
        if self._workspace.is_live:
            self._asked_at_us = now_us
            self.wants_refresh.emit()

    def _count_rates(self) -> None:
        """Differences of what was counted over at least a second."""
        at_us = self._workspace.sample_at_us
        apps = self._workspace.apps()
        for app in apps:
            before = self._counted.get(app.id)
            if before is None:
                self._counted[app.id] = (at_us, app.published, app.delivered)
            elif at_us - before[0] >= SECOND_US - SECOND_US // 10:
                seconds = (at_us - before[0]) / SECOND_US
                published, delivered = app.published - before[1], app.delivered - before[2]
                self._per_s[app.id] = published / seconds, delivered / seconds
                self._counted[app.id] = (at_us, app.published, app.delivered)
        if len(self._counted) > len(apps):
            for gone in self._counted.keys() - {app.id for app in apps}:
                del self._counted[gone]
                for kept in (self._per_s, self._details, self._prefetch):
                    kept.pop(gone, None)

    def show_all(self) -> None:
        """Look at the workspace again."""
        before = len(self.rows)
        apps = self._workspace.apps() if self._workspace.is_live else []
        self.rows.update([self._line(app) for app in apps])
        if len(self.rows) != before:
            self.changed.emit()

    def _line(self, app: ConnectionSample) -> ClientLine:
        detail, took = self._details.get(app.id, (ClientDetail(app.id), (None,) * len(SHARES)))
        return ClientLine(
            app, detail, *self._per_s.get(app.id, (0.0, 0.0)), self._prefetch.get(app.id, ""), took
        )

    async def refresh(self) -> None:
        """Ask what samples do not tell."""
        self._is_asking = True
        try:
            client = self._workspace.client
            found, conversations = await client.client_details(), await client.clients()
        except ConnectionError:
            return  # the workspace tells that the broker has gone; nobody asked for this look
        finally:
            self._is_asking = False
        self._details = {each.connection_id: (each, _percentiles(each.holds)) for each in found.details}
        self._prefetch = _prefetches(conversations)
        is_news, self.failed = self.failed != found.failed, found.failed
        self.show_all()
        if is_news:
            self.changed.emit()

    def failures(self) -> list[str]:
        """The handshakes that failed last, for people."""
        return [_failure(each) for each in self.failed[:FAILURES_SHOWN]]


def _failure(failed: FailedHandshake) -> str:
    """A handshake that failed, as a line; how often, if more than once."""
    times = f"  ×{failed.count:,}" if failed.count > 1 else ""
    return f"{clock(failed.at_us)[:8]}  {plain(failed.address)}  {plain(failed.why, 200)}{times}"


def _percentiles(packed: bytes) -> tuple[int | None, ...]:
    histogram = Histogram.of((packed,))
    return tuple(histogram.percentile(share) for share in SHARES)


def _prefetches(conversations: Conversations) -> dict[int, str]:
    """By connection: how many messages its consumers may hold, or its channels all together."""
    found: dict[int, set[int]] = {}
    shared = {row.id: row.credit for row in conversations.channels}
    for row in conversations.subscriptions:
        credit = row.credit or shared.get(row.channel_id, 0)
        found.setdefault(row.connection_id, set()).add(0 if row.is_auto_settled else credit)
    return {connection_id: _credits(credits) for connection_id, credits in found.items()}


def _credits(credits: Iterable[int]) -> str:
    words = [count(each) for each in sorted(credits) if each]
    return " / ".join([*words, *(["no limit"] if 0 in set(credits) else [])])
