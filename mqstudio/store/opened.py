"""What a broker finds in its profile when it starts."""

from typing import Any, Final

import msgspec
from msgspec import Struct

from mqstudio.model.access import Permission, TopicPermission, User, UserLimits, VhostLimits
from mqstudio.model.places import PageEntry
from mqstudio.model.restored import RestoredState
from mqstudio.model.topology import QueueSpec
from mqstudio.store.spec_text import from_text

ACCESS: Final[dict[str, type]] = {
    "user": User,
    "permission": Permission,
    "topic_permission": TopicPermission,
    "user_limits": UserLimits,
    "vhost_limits": VhostLimits,
}
"""Definitions that are not the engine's."""


class QueueDefinition(Struct, frozen=True):
    """A queue as `definition` has it."""

    id: int
    spec: QueueSpec


class Opened(Struct, frozen=True):
    """What was found in a profile. `access`: kind (of ACCESS) and text of each, None in a new one.

    was_clean: the broker before ended as it should. next_id: of connections and channels.
    """

    state: RestoredState
    access: tuple[tuple[str, str], ...] | None
    was_clean: bool
    last_commit: int
    next_id: int


class StoredPage(Struct, frozen=True):
    """A page of what waits in a queue. is_last: there is nothing behind it."""

    entries: list[PageEntry]
    is_last: bool


def read_access(kind: str, text: str) -> Any:
    """A row of ACCESS. Any: of the type that ACCESS names."""
    return from_text(text, ACCESS[kind])


def unpack(data: bytes) -> Opened:
    """What `restore.read` packed."""
    return msgspec.msgpack.decode(data, type=Opened)
