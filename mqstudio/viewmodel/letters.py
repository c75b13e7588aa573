"""What dead letters have in common: why they died, where, with which exception; and groups of it."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from mqstudio.model.filters.paths import MISSING, Steps, follow
from mqstudio.model.message import plain_headers
from mqstudio.model.patching import splicing
from mqstudio.model.patching.tree import PatchError
from mqstudio.model.rows import MessageDetail, MessageRow
from mqstudio.viewmodel.wording import plain
from mqstudio.viewmodel.words import tr


class By(StrEnum):
    """What letters are grouped by."""

    REASON = "Reason"
    SOURCE = "Source queue"
    EXCEPTION = "Exception"
    KEY = "Routing key"
    HEADER = "Header…"
    PATH = "JSON path…"
    FIRST_SEEN = "First seen"


READS: Final = frozenset({By.REASON, By.EXCEPTION, By.HEADER, By.PATH})
"""What a row does not tell: each message is read for it."""

REASONS: Final = {
    "": "never died",
    "rejected": "rejected",
    "expired": "expired",
    "maxlen": "did not fit",
    "delivery_limit": "came back too often",
}

EXCEPTION_HEADERS: Final = (
    ("x-exception-type", "x-exception-message"),
    ("x-exception-class", "x-exception-message"),
    ("MT-Fault-ExceptionType", "MT-Fault-Message"),
    ("NServiceBus.ExceptionInfo.ExceptionType", "NServiceBus.ExceptionInfo.Message"),
    ("rbs2-error-details",),
    ("x-exception",),
    ("exception", "exception-message"),
    ("x-error",),
    ("error",),
    ("x-death-reason",),
    ("x-exception-stacktrace",),
)
"""Headers in which programs that publish dead letters themselves say why; the first that are there count."""

EXCEPTION_CHARACTERS: Final = 160
VALUE_CHARACTERS: Final = 120
NO_VALUE: Final = "(none)"

_CHANGING: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # a UUID
    r"|\b(?=[0-9a-f]*[0-9])[0-9a-f]{8,}\b"  # some other id
    r"|\d{3,}",
    re.IGNORECASE,
)
"""What differs between two exceptions that are the same: numbers and ids."""


class Group(Struct, frozen=True):
    """Letters that have something in common; `first_us` is the oldest of them, `last_us` the newest."""

    key: str
    title: str
    count: int
    first_us: int
    last_us: int


def exception_of(detail: MessageDetail) -> str:
    """Which exception a letter tells of, without what differs each time; "" if none."""
    headers = plain_headers(detail.properties.headers)
    for names in EXCEPTION_HEADERS:
        said = [_line(headers[name]) for name in names if headers.get(name) not in (None, "")]
        if said:
            return _CHANGING.sub("…", ": ".join(said))[:EXCEPTION_CHARACTERS]
    return ""


def _line(value: Any) -> str:  # Any: what headers hold
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return text.strip().partition("\n")[0].strip()


def header_of(name: str) -> Callable[[MessageDetail], str]:
    """Reads a header as a group's key."""
    return lambda detail: _shown(plain_headers(detail.properties.headers).get(name, MISSING))


def path_of(steps: Steps) -> Callable[[MessageDetail], str]:
    """Reads what is at a path of a body of JSON as a group's key."""

    def read(detail: MessageDetail) -> str:
        try:
            return _shown(follow(splicing.decode(detail.body.decode()), steps))
        except (PatchError, UnicodeDecodeError):
            return tr("(no JSON)")

    return read


def _shown(value: Any) -> str:  # Any: JSON, or what headers hold
    if value is MISSING:
        return NO_VALUE
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return (value if isinstance(value, str) else str(value))[:VALUE_CHARACTERS]


def key_of(by: By, row: MessageRow, read: Mapping[int, str]) -> str:
    """The group that a letter is in. `read`: what was read of the messages, by id."""
    if by is By.REASON:
        reason, why = REASONS.get(row.died_of, row.died_of), read.get(row.message_id, "")
        return f"{reason}: {why}" if why else reason
    if by is By.SOURCE:
        return row.died_in or tr("(published here)")
    if by is By.KEY:
        return row.routing_key or "(empty)"
    if by is By.FIRST_SEEN:
        at = datetime.fromtimestamp(first_seen(row) / 1_000_000)
        return f"{at:%Y-%m-%d %H:%M}"
    return read.get(row.message_id, "(not read yet)") or NO_VALUE


def first_seen(row: MessageRow) -> int:
    """When a letter died for the first time; of one that never did, when it came."""
    return row.died_first_us if row.died_first_us is not None else row.published_at_us


def groups_of(by: By, rows: Iterable[MessageRow], read: Mapping[int, str]) -> dict[str, list[MessageRow]]:
    """The letters of each group; the largest first, of equal ones by name (times: the newest first)."""
    found: dict[str, list[MessageRow]] = {}
    for row in rows:
        found.setdefault(key_of(by, row, read), []).append(row)
    if by is By.FIRST_SEEN:
        return dict(sorted(found.items(), reverse=True))
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def group_row(key: str, rows: list[MessageRow]) -> Group:
    """A group as its table shows it."""
    times = [first_seen(row) for row in rows]
    return Group(key, plain(key), len(rows), min(times), max(times))
