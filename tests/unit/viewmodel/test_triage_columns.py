"""What the triage's tables show."""

from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.viewmodel.letters import Group
from mqstudio.viewmodel.triage_columns import GROUP_COLUMNS, LETTER_COLUMNS
from tests.support.list_broker import START_US


def test_a_group_reads_as_its_name_and_how_many() -> None:
    group = Group("k", "rejected: boom", 1_204, START_US, START_US)
    assert [column.text(group, START_US) for column in GROUP_COLUMNS] == ["1,204", "rejected: boom"]


def test_a_letter_reads_as_where_why_and_how_often_it_died() -> None:
    row = MessageRow(
        7, "dlq", MessageState.READY, "", "new\x00", 5, "{}", START_US,
        died_of="expired", died_in="orders", deaths=3, died_first_us=START_US,
    )  # fmt: skip
    said = {column.key: column.text(row, START_US) for column in LETTER_COLUMNS}
    assert (said["id"], said["reason"], said["from"], said["deaths"]) == ("7", "expired", "orders", "3×")
    assert (said["key"], said["size"], said["body"]) == ("new\\x00", "5 B", "{}")
