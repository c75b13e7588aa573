"""Users and rights as definitions: what has changed between two states of the table."""

from mqstudio.model.access import (
    AccessTable,
    HashKind,
    Permission,
    TopicPermission,
    User,
    UserLimits,
    VhostLimits,
)
from mqstudio.server.access_rows import AccessRows
from mqstudio.store.opened import read_access

ADA = User("ada", ("administrator",), "salt", HashKind.SHA256)
RIGHTS = Permission("ada", "/", ".*", "", "")
TOPICS = [TopicPermission("ada", "/", exchange, "", "") for exchange in ("a", "b")]
FULL = AccessTable([ADA], [RIGHTS], TOPICS, [UserLimits("ada", 5)], [VhostLimits("/", 9)])
EMPTY = AccessTable([], [], [], [], [])


def test_each_row_has_a_name_of_its_own_and_reads_as_it_was() -> None:
    changed = AccessRows().changed(FULL)
    assert len({key for key, _ in changed}) == 6
    read = [read_access(kind, text) for (kind, _, _), text in changed if text is not None]
    assert read == [ADA, RIGHTS, *TOPICS, UserLimits("ada", 5), VhostLimits("/", 9)]


def test_only_what_is_different_is_told() -> None:
    rows = AccessRows()
    rows.changed(FULL)
    assert rows.changed(FULL) == []
    other = AccessTable([ADA], [Permission("ada", "/", "", "", "")], TOPICS[:1], [], [VhostLimits("/", 9)])
    changed = rows.changed(other)
    assert {key[:2] for key, text in changed if text is None} == {
        ("topic_permission", "/"),
        ("user_limits", ""),
    }
    assert [key for key, text in changed if text is not None] == [("permission", "/", "ada")]
    assert all(text is None for _, text in rows.changed(EMPTY))


def test_what_a_profile_has_is_not_written_again() -> None:
    found = [(kind, text) for (kind, _, _), text in AccessRows().changed(FULL) if text is not None]
    rows = AccessRows()
    rows.recall(found)
    assert rows.changed(FULL) == []
    assert len(rows.changed(EMPTY)) == 6
