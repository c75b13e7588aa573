"""What the triage's two tables show: of a group, and of a letter."""

from mqstudio.model.rows import MessageRow
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.letters import REASONS, Group, first_seen
from mqstudio.viewmodel.wording import clock, count, plain, size

GROUP_COLUMNS: list[Column[Group]] = [
    Column("count", "Letters", 62, lambda row, _: count(row.count), is_right=True),
    Column("title", "Group", 300, lambda row, _: row.title),
]

LETTER_COLUMNS: list[Column[MessageRow]] = [
    Column("id", "#", 56, lambda row, _: str(row.message_id), is_right=True),
    Column("first", "First seen", 98, lambda row, _: clock(first_seen(row))),
    Column("reason", "Reason", 88, lambda row, _: plain(REASONS.get(row.died_of, row.died_of))),
    Column("from", "From", 92, lambda row, _: plain(row.died_in)),
    Column("deaths", "Died", 48, lambda row, _: f"{row.deaths}×" if row.deaths else "", is_right=True),
    Column("key", "Routing key", 88, lambda row, _: plain(row.routing_key)),
    Column("size", "Size", 60, lambda row, _: size(row.size_bytes), is_right=True),
    Column("body", "Body", 160, lambda row, _: plain(row.preview), is_mono=True),
]
