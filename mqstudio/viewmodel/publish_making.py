"""Makes messages of a draft: its holes filled, its texts read, its body in bytes; and says what is wrong."""

import base64
import binascii
import gzip
import json
import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from mqstudio.client.sending import Parcel
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import (
    COMPOSED_BYTES,
    MESSAGE_MAX_BYTES,
    SEND_COUNT_MAX,
    SEND_KEYS_MAX,
    SEND_RATE_MAX,
    SHORT_TEXT_BYTES,
)
from mqstudio.model.message import Properties
from mqstudio.model.templates import Fakes, Template, Turn
from mqstudio.viewmodel.publish_draft import PROPERTY_FIELDS, TYPED, BodyKind, Draft, HeaderDraft, Problem
from mqstudio.viewmodel.publish_headers import (
    header_field,
    header_problems,
    named,
    read_header,
    read_timestamp,
    walk,
    whole,
    with_header,
)
from mqstudio.viewmodel.wording import size
from mqstudio.viewmodel.words import tr

_WHOLE_NUMBERS = {"delivery_mode": (0, 255), "priority": (0, 255), "expiration": (0, 2**32 - 1)}
_NUMBERS = ("delivery_mode", "priority")
_BLANK = re.compile(r"\s+")


class Making:
    """A draft ready to become messages. `problems`: what keeps it from that, "" in no field.

    body: its bytes, where they are not typed (a file's, a kept message's); None if they are not read yet.
    """

    def __init__(self, draft: Draft, fakes: Fakes | None, body: bytes | None = None) -> None:
        self.draft = draft
        self._outside = body
        self._templates = dict(_templates(draft, fakes)) if draft.is_template else {}
        self.count, self.per_s, self.keys, self.seed, problems = _numbers(draft)
        problems += [
            Problem(field, error.says, error.position, error.length)
            for field, template in self._templates.items()
            for error in template.errors
        ]
        self._is_sound = not problems
        self._same: Parcel | None = None
        self.problems = problems or self._problems_of(Turn(1, self.count, 0, self.seed, self._key(1)))

    def turn(self, number: int, start_us: int, seed: int) -> Turn:
        """Which message: its time is that at which it is due."""
        due_us = start_us + (int((number - 1) / self.per_s * 1_000_000) if self.per_s else 0)
        return Turn(number, self.count, due_us, seed, self._key(number))

    def _key(self, number: int) -> str:
        return self.keys[(number - 1) % len(self.keys)] if self.keys else self.draft.routing_key

    def filled(self, turn: Turn) -> Draft:
        """The draft of one message: without holes."""
        draft = self.draft
        fields = {name: template.fill(turn) for name, template in self._templates.items()}
        key = fields.get("routing_key", draft.routing_key)
        if self.keys and "{{key" not in draft.routing_key.replace(" ", ""):
            key = turn.key
        if not fields:
            return draft if key == draft.routing_key else replace(draft, routing_key=key)
        headers: list[HeaderDraft] = draft.headers
        for path, each in walk(draft.headers):
            if (text := fields.get(header_field(path))) is not None:
                headers = with_header(headers, path, replace(each, text=text))
        properties = {name: fields.get(name, text) for name, text in draft.properties.items()}
        return replace(
            draft,
            routing_key=key,
            body=fields.get("body", draft.body),
            headers=headers,
            properties=properties,
        )

    def parcel(self, turn: Turn) -> Parcel:
        """One message. Raises: RefusedError, for what only this message has wrong."""
        if self._same is not None:
            return self._same
        filled = self.filled(turn)
        problems = _problems(filled, is_place_known=not self._templates)
        if problems:
            says = tr("Message {number}: {says}", number=turn.number, says=problems[0].says)
            raise RefusedError(Refusal.INVALID_ARGUMENT, says)
        parcel = Parcel(
            filled.exchange, filled.routing_key, self._body(filled), properties_of(filled), filled.vhost
        )
        if not self._templates and not self.keys:
            self._same = parcel
        return parcel

    def _body(self, draft: Draft) -> bytes:
        raw = read_body(draft) if draft.body_kind in TYPED else self._outside or b""
        return gzip.compress(raw, mtime=0) if draft.is_gzip else raw

    def _problems_of(self, turn: Turn) -> list[Problem]:
        filled = self.filled(turn)
        found = _problems(filled, is_place_known=not self._templates)
        if filled.body_kind not in TYPED and self._outside is not None:
            found += _too_large(len(self._outside))
        return found


def _templates(draft: Draft, fakes: Fakes | None) -> Iterator[tuple[str, Template]]:
    """The fields that may have holes. A hex text or a file has none."""
    yield "routing_key", Template(draft.routing_key, fakes, "routing_key")
    if draft.body_kind in (BodyKind.TEXT, BodyKind.JSON):
        yield "body", Template(draft.body, fakes, "body")
    for name, text in draft.properties.items():
        yield name, Template(text, fakes, name)
    for path, header in walk(draft.headers):
        yield header_field(path), Template(header.text, fakes, header_field(path))


def _numbers(draft: Draft) -> tuple[int, float, list[str], int, list[Problem]]:
    """How many, how fast, with which keys and seed; and what is wrong with those."""
    problems = []
    count, per_s, seed = 1, 0.0, 0
    try:
        count = whole(1, SEND_COUNT_MAX)(draft.count.replace(",", ""))
    except ValueError:
        says = tr("How many is a whole number from 1 to {most}.", most=f"{SEND_COUNT_MAX:,}")
        problems.append(Problem("count", says))
    try:
        per_s = float(draft.rate) if draft.rate.strip() else 0.0
        if draft.rate.strip() and not 0.001 <= per_s <= SEND_RATE_MAX:
            raise ValueError
    except ValueError:
        most = f"{SEND_RATE_MAX:,}"
        says = tr(
            "The rate is a number of messages a second, up to {most}; empty: as fast as can be.", most=most
        )
        problems.append(Problem("rate", says))
        per_s = 0.0
    try:
        seed = whole(-(2**63), 2**64)(draft.seed) if draft.seed.strip() else 0
    except ValueError:
        problems.append(Problem("seed", tr("The seed is a whole number; empty: another one each time.")))
    keys = [key for key in re.split(r"[\s,]+", draft.keys) if key]
    if len(keys) > SEND_KEYS_MAX:
        problems.append(Problem("keys", tr("There are at most {most} keys.", most=f"{SEND_KEYS_MAX:,}")))
    return count, per_s, keys[:SEND_KEYS_MAX], seed, problems


def _problems(draft: Draft, *, is_place_known: bool) -> list[Problem]:
    texts = [
        ("exchange", tr("The exchange"), draft.exchange),
        ("routing_key", tr("The routing key"), draft.routing_key),
        *((name, tr(PROPERTY_FIELDS[name]), text) for name, text in draft.properties.items()),
    ]
    found = [problem for problem in map(_text_problem, texts) if problem]
    found += [p for p in map(_number_problem, draft.properties.items()) if p]
    found += header_problems(draft.headers)
    found += _body_problems(draft, is_place_known=is_place_known)
    if draft.is_gzip and draft.properties.get("content_encoding", "") not in ("", "gzip"):
        says = tr("gzip is on, and the content encoding says otherwise. Empty it, or turn gzip off.")
        found.append(Problem("content_encoding", says))
    return found


def _text_problem(item: tuple[str, str, str]) -> Problem | None:
    field, title, text = item
    if len(text.encode(errors="surrogatepass")) > SHORT_TEXT_BYTES:
        return Problem(field, tr("{title} has more than {most} bytes.", title=title, most=SHORT_TEXT_BYTES))
    try:
        text.encode()
    except UnicodeEncodeError:
        return Problem(field, tr("{title} contains half a character. Type it anew.", title=title))
    return None


def _number_problem(item: tuple[str, str]) -> Problem | None:
    name, text = item
    if not text:
        return None
    if name == "timestamp_s":
        try:
            read_timestamp(text)
        except (ValueError, OverflowError):
            wants = tr("seconds since 1970, or a time such as 2026-11-24T18:30:00Z")
            return Problem(name, tr("Timestamp is {wants}.", wants=wants))
    elif name in _WHOLE_NUMBERS:
        low, high = _WHOLE_NUMBERS[name]
        if not (text.isascii() and text.isdigit() and low <= int(text[:20]) <= high):
            title = tr(PROPERTY_FIELDS[name])
            says = tr("{title} is a whole number from {low} to {high}.", title=title, low=low, high=high)
            return Problem(name, says)
    return None


def _body_problems(draft: Draft, *, is_place_known: bool) -> list[Problem]:
    if draft.body_kind is BodyKind.FILE and not draft.file:
        return [Problem("body", tr("Choose a file, or drag one here."))]
    if draft.body_kind not in TYPED:
        return []
    if len(draft.body) > COMPOSED_BYTES:
        most = size(COMPOSED_BYTES)
        return [Problem("body", tr("A body of more than {most} is sent from a file.", most=most))]
    is_json = draft.properties.get("content_type", "").startswith("application/json")
    if draft.body_kind is BodyKind.JSON or (draft.body_kind is BodyKind.TEXT and is_json):
        return _json_problem(draft.body, is_place_known=is_place_known)
    try:
        read_body(draft)
    except UnicodeEncodeError:
        return [Problem("body", tr("The body contains half a character. Type it anew."))]
    except (ValueError, binascii.Error):
        if draft.body_kind is BodyKind.HEX:
            bad = re.search(r"[^0-9A-Fa-f\s]", draft.body)
            place = (bad.start(), 1) if bad else (-1, 0)
            return [Problem("body", tr("The body is pairs of hex digits, such as 00 ff."), *place)]
        return [Problem("body", tr("The body is not base64: letters, digits, + and /, with = at its end."))]
    return []


def _json_problem(body: str, *, is_place_known: bool) -> list[Problem]:
    try:
        json.loads(body)
    except RecursionError:
        return []
    except json.JSONDecodeError as error:
        says = tr("The body is not the JSON its content type says: {error}.", error=str(error))
        place = (min(error.pos, max(len(body) - 1, 0)), 1) if is_place_known else (-1, 0)
        return [Problem("body", says, *place)]
    except ValueError as error:  # a number with too many digits
        says = tr("The body is not the JSON its content type says: {error}.", error=str(error))
        return [Problem("body", says)]
    return []


def _too_large(found: int) -> list[Problem]:
    if found <= MESSAGE_MAX_BYTES:
        return []
    says = tr(
        "The file has {size}; a message has at most {most}. Send it in parts.",
        size=size(found), most=size(MESSAGE_MAX_BYTES),
    )  # fmt: skip
    return [Problem("body", says)]


def read_body(draft: Draft) -> bytes:
    """The bytes of a typed body. Raises: ValueError."""
    if draft.body_kind is BodyKind.HEX:
        return bytes.fromhex(draft.body)
    if draft.body_kind is BodyKind.BASE64:
        return base64.b64decode(_BLANK.sub("", draft.body), validate=True)
    return draft.body.encode()


def properties_of(draft: Draft) -> Properties:
    """The properties as they go out. Raises: ValueError, as its readers do."""
    values: dict[str, Any] = {name: text for name, text in draft.properties.items() if text}  # Any: as typed
    values |= {name: "" for name in draft.empties if name in PROPERTY_FIELDS and name not in values}
    for name in _NUMBERS:
        if name in values:
            values[name] = int(values[name])
    if "timestamp_s" in values:
        values["timestamp_s"] = read_timestamp(values["timestamp_s"])
    if draft.is_gzip:
        values["content_encoding"] = "gzip"
    headers = [read_header(each) for each in named(draft.headers)]
    return Properties(**values, headers=headers or ([] if "headers" in draft.empties else None))
