"""The table of users and rights as definitions of a profile: what of it has changed."""

from collections.abc import Iterable
from typing import Any

import msgspec

from mqstudio.model.access import AccessTable
from mqstudio.store import opened, spec_text

Key = tuple[str, str, str]
"""Kind, virtual host and name of a definition."""


class AccessRows:
    """Knows what the profile has of the table."""

    def __init__(self) -> None:
        self._texts: dict[Key, str] = {}

    def recall(self, found: Iterable[tuple[str, str]]) -> None:
        """The profile has these: kind and text of each."""
        self._texts = {_key(kind, opened.read_access(kind, text)): text for kind, text in found}

    def changed(self, table: AccessTable) -> list[tuple[Key, str | None]]:
        """What is to be written so that the profile has this table; None is to be deleted."""
        now: dict[Key, str] = {}
        for kind, rows in zip(opened.ACCESS, msgspec.structs.astuple(table), strict=True):
            for row in rows:
                now[_key(kind, row)] = spec_text.to_text(row)
        before, self._texts = self._texts, now
        gone: list[tuple[Key, str | None]] = [(key, None) for key in before if key not in now]
        return gone + [(key, text) for key, text in now.items() if before.get(key) != text]


def _key(kind: str, row: Any) -> Key:  # Any: one of opened.ACCESS
    """What a row is called among definitions."""
    if kind == "topic_permission":
        return kind, row.vhost, spec_text.to_text([row.user, row.exchange])
    name = getattr(row, "name", "") or getattr(row, "user", "")
    return kind, getattr(row, "vhost", ""), name
