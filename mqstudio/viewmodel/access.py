"""Users and what they may do: the tables of the Users panel."""

from mqstudio.model.access import AccessTable, GetAccess, Permission, TopicPermission, User
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.rowset import RowSet
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import plain
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

EVERYTHING = ".*"
REFRESH_INTERVAL_US = 5_000_000
"""Users change seldom: while the panel is seen they are looked at this often, and after our own changes."""


def pattern_words(pattern: str) -> str:
    """A pattern of a permission for people."""
    return {"": tr("nothing"), EVERYTHING: tr("everything")}.get(pattern, plain(pattern))


USER_COLUMNS: list[Column[User]] = [
    Column("name", "User", 140, lambda row, _: plain(row.name)),
    Column("tags", "Tags", 140, lambda row, _: plain(", ".join(row.tags))),
    Column("password", "Password", 90, lambda row, _: "set" if row.has_password else tr("none: no login")),
]

PERMISSION_COLUMNS: list[Column[Permission]] = [
    Column("vhost", "Virtual host", 120, lambda row, _: plain(row.vhost)),
    Column("configure", "Configure", 130, lambda row, _: pattern_words(row.configure), is_mono=True),
    Column("write", "Write", 130, lambda row, _: pattern_words(row.write), is_mono=True),
    Column("read", "Read", 130, lambda row, _: pattern_words(row.read), is_mono=True),
]


TOPIC_COLUMNS: list[Column[TopicPermission]] = [
    Column("vhost", "Virtual host", 120, lambda row, _: plain(row.vhost)),
    Column("exchange", "Topic exchange", 130, lambda row, _: plain(row.exchange)),
    Column("write", "May publish with", 130, lambda row, _: pattern_words(row.write), is_mono=True),
    Column("read", "May bind with", 130, lambda row, _: pattern_words(row.read), is_mono=True),
]


class Access:
    """All users, and the permissions of the selected one.

    changed(): anything did. wants_refresh(): somebody should run `refresh()`.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.users: RowSet[User] = RowSet(lambda row: row.name)
        self.permissions: RowSet[Permission] = RowSet(lambda row: row.vhost)
        self.topics: RowSet[TopicPermission] = RowSet(lambda row: (row.vhost, row.exchange))
        self.changed = Signal()
        self.wants_refresh = Signal()
        self.table = AccessTable([], [], [], [], [])
        self.selected = ""
        self._workspace = workspace
        self._is_visible = False
        self._refreshed_at_us = 0
        workspace.sampled.connect(self._poke)

    def set_visible(self, is_visible: bool) -> None:
        """A panel that nobody sees reads nothing."""
        self._is_visible = is_visible
        self.look_again()

    def look_again(self) -> None:
        """Something is known to have changed."""
        self._refreshed_at_us = 0
        self._poke()

    def _poke(self) -> None:
        is_due = self._workspace.now_us() - self._refreshed_at_us >= REFRESH_INTERVAL_US
        if self._is_visible and is_due and self._workspace.is_live:
            self._refreshed_at_us = self._workspace.now_us()
            self.wants_refresh.emit()

    async def refresh(self) -> None:
        """Ask the broker who may do what."""
        try:
            self.table = await self._workspace.client.call(GetAccess(), AccessTable)
        except ConnectionError:
            return  # the workspace tells that the broker has gone; nobody asked for this look
        self.users.update(self.table.users)
        self._show_permissions()

    def select(self, user: str) -> None:
        """Look at one user."""
        self.selected = user
        self._show_permissions()

    def _show_permissions(self) -> None:
        self.permissions.update([row for row in self.table.permissions if row.user == self.selected])
        self.topics.update([row for row in self.table.topic_permissions if row.user == self.selected])
        self.changed.emit()

    def user(self, name: str) -> User | None:
        """A user by name, None if there is none."""
        return next((row for row in self.table.users if row.name == name), None)

    def permission(self, user: str, vhost: str) -> Permission | None:
        """What a user may do in a virtual host, None if nothing."""
        rows = (row for row in self.table.permissions if (row.user, row.vhost) == (user, vhost))
        return next(rows, None)

    def permissions_of(self, user: str) -> list[Permission]:
        """What a user may do, everywhere."""
        return [row for row in self.table.permissions if row.user == user]
