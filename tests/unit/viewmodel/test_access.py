"""Users and permissions as tables."""

from mqstudio.model.access import Permission, User
from mqstudio.viewmodel.access import PERMISSION_COLUMNS, USER_COLUMNS, Access
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import ListBroker, run_now


def test_users_and_the_permissions_of_the_selected_one(workspace: Workspace, broker: ListBroker) -> None:
    """Patterns read as words where they have one."""
    broker.users = {"ada": User("ada", ("administrator",), "hash"), "bot": User("bot")}
    broker.permissions = {
        ("ada", "/"): Permission("ada", "/", ".*", ".*", ".*"),
        ("bot", "/"): Permission("bot", "/", "", "^bot", ".*"),
    }
    access = Access(workspace)
    run_now(access.refresh())
    texts = [[column.text(row, 0) for column in USER_COLUMNS] for row in access.users.rows]
    assert texts == [["ada", "administrator", "set"], ["bot", "", "none: no login"]]
    access.select("bot")
    texts = [[column.text(row, 0) for column in PERMISSION_COLUMNS] for row in access.permissions.rows]
    assert texts == [["/", "nothing", "^bot", "everything"]]


def test_nothing_is_read_that_nobody_sees(workspace: Workspace, broker: ListBroker) -> None:
    """Our own changes are looked at when the panel is next seen."""
    access = Access(workspace)
    asked = []

    def on_wanted() -> None:
        asked.append(True)

    access.wants_refresh.connect(on_wanted)
    broker.feed(workspace)
    access.look_again()
    assert asked == []
    access.set_visible(True)
    assert asked == [True]
