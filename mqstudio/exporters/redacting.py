"""Takes out of records what a redaction profile says must not leave, and counts it.

A record that has nothing of the kind is told in a few microseconds, by what must be in it if it had. Bodies
of JSON stay as they are but for the values that go; others are searched as text, whatever they are: bytes
that are no text are taken for Latin-1, so that all else comes through. Zipped ones are unzipped.
"""

import gzip
import zlib
from collections.abc import Iterable
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from mqstudio.exporters.base import Record
from mqstudio.exporters.redacting_json import JsonRedactor
from mqstudio.exporters.redaction import (
    MASK,
    Redaction,
    compiled,
    cores,
    is_card,
    masked,
    name_pattern,
    plain_name,
    steps_of,
)
from mqstudio.model.export_limits import (
    REDACTION_EXAMPLES_MAX,
    REDACTION_INNOCENT_BYTES,
    REDACTION_INNOCENT_MAX,
    REDACTION_NAMES_MAX,
    UNZIPPED_BYTES,
)
from mqstudio.model.message import Header, Past, Properties

_SQUEEZED: Final = bytes(range(256)).lower()
_DROPPED: Final = b"-_ "
_FIGURES: Final = bytes(0x30 if 0x30 <= each <= 0x39 else 0x2E for each in range(256))
_CARD: Final = b"0" * 13
_ZIPPED: Final = b"\x1f\x8b"
_ESCAPED: Final = b"\\u"
_TEXTS: Final = (
    "content_type", "content_encoding", "correlation_id", "reply_to", "expiration", "message_id", "type",
    "user_id", "app_id", "cluster_id",
)  # fmt: skip


class Hit(Struct, frozen=True):
    """One thing that was taken out: what it was found by, where, and what it looked like."""

    rule: str
    where: str
    sample: str


class Hits(Struct):
    """What was taken out so far. messages: how many had anything. examples: one of each kind."""

    messages: int = 0
    counts: dict[str, int] = {}
    examples: list[Hit] = []

    @property
    def total(self) -> int:
        """How many things were taken out."""
        return sum(self.counts.values())

    def add(self, rule: str, where: str, value: Any) -> None:  # Any: a header's or a field's value
        """Count one more."""
        if rule not in self.counts and len(self.counts) >= REDACTION_NAMES_MAX:
            rule = "other names"
        self.counts[rule] = self.counts.get(rule, 0) + 1
        is_new = not any(each.where == where and each.rule == rule for each in self.examples)
        if is_new and len(self.examples) < REDACTION_EXAMPLES_MAX:
            self.examples.append(Hit(rule, where, masked(value)))

    def join(self, more: "Hits") -> None:
        """Count what somebody else has counted."""
        self.messages += more.messages
        for rule, count in more.counts.items():
            self.counts[rule] = self.counts.get(rule, 0) + count
        known = {(each.rule, each.where) for each in self.examples}
        new = [each for each in more.examples if (each.rule, each.where) not in known]
        self.examples += new[: REDACTION_EXAMPLES_MAX - len(self.examples)]


class Redactor:
    """Takes secrets out of one record after another. Raises when made: NotRedactionError."""

    def __init__(self, profile: Redaction) -> None:
        self.hits = Hits()
        self._names = name_pattern(profile.names)
        self._paths = tuple((path, steps_of(path)) for path in profile.paths)
        self._expressions = tuple((each, compiled(each)) for each in profile.expressions)
        hints = [hint for each in profile.expressions for hint in each.hints]
        self._cores = cores((*profile.names, *hints))
        self._has_cards = any(each.is_card for each in profile.expressions)
        self._is_everything_looked_at = (
            b"" in self._cores or any(b'"' in each for each in self._cores) or bool(profile.paths)
            or any(not (each.hints or each.is_card) for each in profile.expressions)
        )  # fmt: skip
        self._innocent: set[bytes] = set()
        self._is_idle = not (profile.names or profile.paths or profile.expressions)
        self._json = JsonRedactor(self.is_secret, self._paths, self.in_text, self._count)

    def _count(self, rule: str, where: str, value: Any) -> None:  # Any: a field's value
        self.hits.add(rule, where, value)

    def is_suspicious(self, data: bytes) -> bool:
        """Whether bytes may have something in them that must not leave. Hot: asked for each message.

        Nothing that is looked for has a quotation mark in it, so that what is between two of them is looked
        at alone; most of that, the names of fields above all, was there in messages before.
        """
        if self._is_everything_looked_at or data.startswith(_ZIPPED):
            return True
        pieces = set(data.split(b'"'))
        pieces -= self._innocent
        if not pieces:
            return False
        if self._has_secret(b'"'.join(pieces)):
            return True
        if len(self._innocent) < REDACTION_INNOCENT_MAX:
            self._innocent.update(each for each in pieces if len(each) <= REDACTION_INNOCENT_BYTES)
        return False

    def _has_secret(self, data: bytes) -> bool:
        squeezed = data.translate(_SQUEEZED, _DROPPED)
        for core in self._cores:
            if core in squeezed:
                return True
        if self._has_cards and _CARD in data.translate(_FIGURES, b" -"):
            return True
        return _ESCAPED in data

    def record(self, record: Record, raw_properties: bytes | None = None) -> Record:
        """A record without its secrets. raw_properties: as they were sent, where that is known."""
        if self._is_idle:
            return record
        is_suspect = raw_properties is None or self.is_suspicious(record.body + b'"' + raw_properties)
        has_original = record.past is not None and record.past.moved is not None
        if not (is_suspect or has_original):
            return record
        before = self.hits.total
        body = self.body(record.body) if is_suspect else record.body
        properties = self.properties(record.properties) if is_suspect else record.properties
        past = _without_original(record.past)
        if self.hits.total == before:
            return record if past is record.past else replace(record, past=past)
        self.hits.messages += 1
        is_whole = len(record.body) == record.row.size_bytes
        size = len(body) if is_whole else record.row.size_bytes
        row = replace(record.row, preview="", size_bytes=size)
        return replace(record, row=row, body=body, properties=properties, past=past)

    # ---- bodies

    def body(self, body: bytes) -> bytes:
        """A body without its secrets."""
        if body.startswith(_ZIPPED):
            return self._zipped(body)
        text, charset = _text(body)
        redacted = self._json.redact(text)
        if redacted is None:
            redacted = self.in_text(text, "body")
        return body if redacted == text else redacted.encode(charset)

    def _zipped(self, body: bytes) -> bytes:
        """What cannot be unzipped is looked at as it is; what gets too large is not let through unseen."""
        unzipping = zlib.decompressobj(31)
        try:
            inner = unzipping.decompress(body, UNZIPPED_BYTES)
        except zlib.error:
            text, charset = _text(body)
            return self.in_text(text, "body").encode(charset)
        if unzipping.unconsumed_tail:
            self.hits.add("zipped, too large to search", "body", "")
            return MASK.encode()
        if inner.startswith(_ZIPPED):
            self.hits.add("zipped twice", "body", "")
            return MASK.encode()
        redacted = self.body(inner)
        return body if redacted == inner else gzip.compress(redacted, mtime=0)

    def in_text(self, text: str, where: str) -> str:
        """A text without what expressions find in it."""
        for expression, pattern in self._expressions:
            pieces: list[str] = []
            at = 0
            for match in pattern.finditer(text):
                secret = "secret" if "secret" in pattern.groupindex else 0
                found = match[secret]
                if not found or found.startswith(MASK) or (expression.is_card and not is_card(found)):
                    continue
                self.hits.add(expression.name, where, found)
                pieces += [text[at : match.start(secret)], MASK]
                at = match.end(secret)
            if pieces:
                text = "".join([*pieces, text[at:]])
        return text

    # ---- what a message says of itself

    def is_secret(self, name: str) -> bool:
        """Whether what has this name must not leave."""
        return self._names is not None and self._names.fullmatch(plain_name(name)) is not None

    def properties(self, properties: Properties) -> Properties:
        """Properties without their secrets."""
        changed: dict[str, Any] = {}  # Any: fields of Properties
        for field in _TEXTS:
            value = getattr(properties, field)
            if value is not None and (redacted := self.in_text(value, field)) != value:
                changed[field] = redacted
        if properties.headers:
            headers = list(self._headers(properties.headers, "header"))
            if headers != properties.headers:
                changed["headers"] = headers
        return replace(properties, **changed) if changed else properties

    def _headers(self, headers: Iterable[Header], where: str) -> Iterable[Header]:
        for header in headers:
            here = f"{where} {header.name}".rstrip()
            is_there = header.value not in (None, "", b"", [], True, False)
            if self.is_secret(header.name) and is_there:
                self.hits.add(header.name[:60], here, _shown(header))
                yield Header(header.name, "string", MASK)
            elif header.kind in ("table", "list"):
                yield Header(header.name, header.kind, list(self._headers(header.value or (), here)))
            elif isinstance(header.value, str):
                yield Header(header.name, header.kind, self.in_text(header.value, here))
            elif isinstance(header.value, bytes):
                text = header.value.decode("latin-1")
                redacted = self.in_text(text, here).encode("latin-1")
                yield Header(header.name, header.kind, redacted)
            else:
                yield header


def _shown(header: Header) -> str:
    return f"{len(header.value or ())} values" if header.kind in ("table", "list") else str(header.value)


def _text(body: bytes) -> tuple[str, str]:
    """Bytes as text from which they can be had again: UTF-8, or Latin-1, in which anything is something."""
    try:
        return body.decode(), "utf-8"
    except UnicodeDecodeError:
        return body.decode("latin-1"), "latin-1"


def _without_original(past: Past | None) -> Past | None:
    """What a message said before a person changed it is a second body: it does not leave unseen."""
    if past is None or past.moved is None:
        return past
    moved = replace(past.moved, original=None, before=_without_original(past.moved.before))
    return past if moved == past.moved else replace(past, moved=moved)
