"""The programs that are connected: who they are and what they hold."""

from mqstudio.model.samples import ConnectionSample
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.rowset import RowSet
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.welcome import PROTOCOL_TITLES
from mqstudio.viewmodel.wording import count, library, plain, ticking
from mqstudio.viewmodel.workspace import Workspace


def _library(row: ConnectionSample) -> str:
    return library(row.product, row.version) or "unknown"


CLIENT_COLUMNS: list[Column[ConnectionSample]] = [
    Column("name", "Client", 180, lambda row, _: plain(row.name), tip=lambda row: plain(row.platform)),
    Column("library", "Library", 120, lambda row, _: _library(row)),
    Column("protocol", "Protocol", 96, lambda row, _: PROTOCOL_TITLES.get(row.protocol, row.protocol)),
    Column("address", "Address", 150, lambda row, _: plain(row.address), is_mono=True),
    Column("user", "User", 70, lambda row, _: plain(row.user)),
    Column("channels", "Channels", 76, lambda row, _: count(row.channels), is_right=True),
    Column("subscriptions", "Consumers", 84, lambda row, _: count(row.subscriptions), is_right=True),
    Column("unacked", "Unacked", 76, lambda row, _: count(row.unacked), is_right=True),
    Column("published", "Published", 86, lambda row, _: count(row.published), is_right=True),
    Column("delivered", "Delivered", 86, lambda row, _: count(row.delivered), is_right=True),
    Column(
        "since",
        "Connected",
        90,
        lambda row, now: ticking(now - row.opened_at_us),
        is_right=True,
        is_live=True,
    ),
]


class Clients:
    """The table of clients; our own windows and commands are not shown. `changed()`: their number did."""

    def __init__(self, workspace: Workspace) -> None:
        self.rows: RowSet[ConnectionSample] = RowSet(lambda row: row.id)
        self.changed = Signal()
        self._workspace = workspace
        workspace.sampled.connect(self.refresh)
        workspace.state_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Look at the workspace again."""
        before = len(self.rows)
        self.rows.update(self._workspace.apps() if self._workspace.is_live else [])
        if len(self.rows) != before:
            self.changed.emit()
