"""The composer: a message in the making, where it would go, and what is wrong with it."""

import json
from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mqstudio.model.message import Header, Properties
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import exchange_title, plain
from mqstudio.viewmodel.workspace import Workspace

SHORT_STRING_BYTES = 255
"""Names and property strings in AMQP 0-9-1 have one byte for their length (§4.2.5.3)."""


class HeaderDraft(Struct, frozen=True):
    """A header as typed: its value is still text."""

    name: str = ""
    kind: str = "string"
    text: str = ""


class Draft(Struct, frozen=True):
    """A message in the making. Property values are text as typed; "" means not set."""

    exchange: str = ""
    routing_key: str = ""
    properties: dict[str, str] = {}
    headers: list[HeaderDraft] = []
    body: str = ""
    vhost: str = DEFAULT_VHOST


class Problem(Struct, frozen=True):
    """What is wrong with which field, in a sentence."""

    field: str
    says: str


PROPERTY_FIELDS: dict[str, str] = {
    "content_type": "Content type",
    "delivery_mode": "Delivery mode",
    "priority": "Priority",
    "correlation_id": "Correlation id",
    "reply_to": "Reply to",
    "expiration": "Expiration (ms)",
    "message_id": "Message id",
    "type": "Type",
    "app_id": "App id",
}

_WHOLE_NUMBERS = {"delivery_mode": (1, 2), "priority": (0, 255), "expiration": (0, 2**32 - 1)}


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = int(text)
        if not low <= number <= high:
            raise ValueError
        return number

    return read


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text.strip().casefold()]


_Reader = Callable[[str], Any]  # Any: whatever a Header of that kind holds

HEADER_KINDS: dict[str, tuple[str, _Reader]] = {
    "string": ("any text", str),
    "int64": ("a whole number", _whole(-(2**63), 2**63 - 1)),
    "double": ("a number", float),
    "bool": ("true or false", _boolean),
    "timestamp": ("seconds since 1970", _whole(0, 2**63 - 1)),
    "bytes": ("pairs of hex digits", bytes.fromhex),
    "null": ("nothing", lambda text: None),
}
"""Header kinds offered: what their text has to be, and how it is read."""


class Composer:
    """The draft and what is known about it. `changed()` after every edit or answer."""

    def __init__(self, workspace: Workspace, notices: Notices) -> None:
        self.changed = Signal()
        self.draft = Draft()
        self.route = ""
        self.is_route_good = True
        self._workspace = workspace
        self._notices = notices

    def edit(self, **fields: Any) -> None:  # Any: a field of Draft
        """Change fields of the draft."""
        draft = replace(self.draft, **fields)
        if draft != self.draft:
            self.draft = draft
            self.changed.emit()

    def aim_at(self, vhost: str, queue: str) -> None:
        """Send to a queue, by the default exchange."""
        self.edit(vhost=vhost, exchange="", routing_key=queue)

    def exchanges(self) -> list[str]:
        """Exchanges to choose from, the default one first."""
        names = {x.name for x in self._workspace.exchanges.values() if x.vhost == self.draft.vhost}
        return sorted(names | {""})

    def routing_keys(self) -> list[str]:
        """Keys worth offering: with the default exchange they are the queues' names."""
        return sorted(q.name for q in self._workspace.queues.values() if q.vhost == self.draft.vhost)

    def problems(self) -> list[Problem]:
        """What keeps the draft from being sent, "" in no field."""
        draft = self.draft
        found = [
            Problem(field, f"{title} has more than {SHORT_STRING_BYTES} bytes.")
            for field, title, text in [
                ("exchange", "The exchange", draft.exchange),
                ("routing_key", "The routing key", draft.routing_key),
                *((name, PROPERTY_FIELDS[name], text) for name, text in draft.properties.items()),
            ]
            if len(text.encode(errors="surrogatepass")) > SHORT_STRING_BYTES
        ]
        found += [p for p in map(self._number_problem, draft.properties.items()) if p]
        found += [p for p in (_header_problem(i, h) for i, h in enumerate(draft.headers)) if p]
        if draft.properties.get("content_type", "").startswith("application/json"):
            found += _json_problem(draft.body)
        return found

    @staticmethod
    def _number_problem(item: tuple[str, str]) -> Problem | None:
        name, text = item
        if name not in _WHOLE_NUMBERS or not text:
            return None
        low, high = _WHOLE_NUMBERS[name]
        if text.isascii() and text.isdigit() and low <= int(text[:20]) <= high:
            return None
        return Problem(name, f"{PROPERTY_FIELDS[name]} is a whole number from {low} to {high}.")

    async def preview(self) -> None:
        """Ask where the draft would go now."""
        draft = self.draft
        headers = _headers(draft) if not self.problems() else []
        preview = await self._workspace.client.preview_route(
            draft.exchange, draft.routing_key, headers=headers, vhost=draft.vhost
        )
        if draft.exchange != self.draft.exchange or draft.routing_key != self.draft.routing_key:
            return  # typed on meanwhile; the next answer counts
        self.is_route_good = bool(preview.queues)
        if preview.queues:
            self.route = "Will reach " + ", ".join(plain(name, 60) for name in preview.queues)
        else:
            self.route = plain(preview.problem) or self._nowhere(draft)
        self.changed.emit()

    @staticmethod
    def _nowhere(draft: Draft) -> str:
        if not draft.exchange and not draft.routing_key:
            return "Choose an exchange, or type a queue's name as the routing key."
        key = plain(draft.routing_key, 60)
        if not draft.exchange:
            return f"There is no queue “{key}”: the message would be dropped."
        return f"No binding of {exchange_title(draft.exchange)} matches “{key}”: it would be dropped."

    async def send(self) -> bool:
        """Publish the draft; returns whether it left. The draft stays for the next one."""
        problems = self.problems()
        if problems:
            self._notices.problem(f"Not sent: {problems[0].says}")
            return False
        draft = self.draft
        reply = await self._workspace.client.send(
            draft.exchange, draft.routing_key, draft.body.encode(), _properties(draft), vhost=draft.vhost
        )
        to = plain(draft.routing_key, 60) or exchange_title(draft.exchange)
        if reply.was_refused:
            self._notices.problem(
                f"Refused: a queue that {to} leads to is full, and its rule is to refuse what is new. "
                "Consume or purge some first."
            )
        elif reply.was_routed:
            self._notices.tell(f"Sent to {to}.")
        elif self._is_delayed(draft):
            self._notices.tell(f"Sent to {exchange_title(draft.exchange)}, which holds it for its x-delay.")
        else:
            self._notices.problem(f"Sent, but dropped by the broker: {self._nowhere(draft)}")
        return True

    def _is_delayed(self, draft: Draft) -> bool:
        exchange = self._workspace.exchanges.get((draft.vhost, draft.exchange))
        has_delay = any(header.name == "x-delay" for header in draft.headers)
        return has_delay and exchange is not None and exchange.kind == "x-delayed-message"


def _headers(draft: Draft) -> list[Header]:
    named = [h for h in draft.headers if h.name or h.text]
    return [Header(h.name, h.kind, HEADER_KINDS[h.kind][1](h.text)) for h in named]


def _properties(draft: Draft) -> Properties:
    values: dict[str, Any] = {name: text for name, text in draft.properties.items() if text}  # Any: as typed
    for name in ("delivery_mode", "priority"):
        if name in values:
            values[name] = int(values[name])
    return Properties(**values, headers=_headers(draft) or None)


def _header_problem(place: int, header: HeaderDraft) -> Problem | None:
    field = f"headers.{place}"
    if not header.name:
        return Problem(field, f"Header {place + 1} has a value but no name.") if header.text else None
    if len(header.name.encode(errors="surrogatepass")) > SHORT_STRING_BYTES:
        return Problem(field, f"The name of header {place + 1} has more than {SHORT_STRING_BYTES} bytes.")
    wants, read = HEADER_KINDS[header.kind]
    try:
        read(header.text)
    except (ValueError, KeyError, OverflowError):
        return Problem(field, f"Header {plain(header.name, 40)} is {wants}.")
    return None


def _json_problem(body: str) -> list[Problem]:
    try:
        json.loads(body)
    except RecursionError:
        return []
    except ValueError as error:
        return [Problem("body", f"The body is not the JSON its content type says: {error}.")]
    return []
