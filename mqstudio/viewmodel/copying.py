"""Messages as text for the clipboard: bodies, headers, JSON lines, programs."""

from collections.abc import Sequence

from mqstudio.exporters.base import Options, Record
from mqstudio.exporters.shape import json_line, shape_of
from mqstudio.model.message import Header, Properties
from mqstudio.model.rows import MessageDetail, MessageRow
from mqstudio.viewmodel.code.languages import LANGUAGES
from mqstudio.viewmodel.code.letter import Letter
from mqstudio.viewmodel.code.python import header_value
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.whole import whole_message
from mqstudio.viewmodel.wording import counted
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

COPIED_MAX = 1_000
"""Messages on a clipboard; more belong into a file."""

COPIED_MAX_BYTES = 16 * 1024 * 1024
"""A clipboard is handed round between programs: more of it makes them slow."""

KINDS = ("body", "headers", "json", *(language.name for language in LANGUAGES))


class Copying:
    """Reads messages and writes them as text; tells what is on the clipboard then."""

    def __init__(self, workspace: Workspace, notices: Notices) -> None:
        self._workspace, self._notices = workspace, notices

    async def text(self, vhost: str, queue: str, rows: Sequence[MessageRow], kind: str) -> str | None:
        """The messages, oldest first, as text of a kind; None, and told why, if they are too much."""
        size = sum(row.size_bytes for row in rows)
        if len(rows) > COPIED_MAX or size > COPIED_MAX_BYTES:
            self._notices.problem(
                tr("Not copied: {what} are too much for a clipboard. Export them (Ctrl+E).",
                   what=counted(len(rows), tr("message"), tr("messages")))
            )  # fmt: skip
            return None
        parts = []
        for row in sorted(rows, key=lambda each: each.message_id):
            detail = await whole_message(self._workspace.client, vhost, queue, row.message_id)
            parts.append(self._part(vhost, detail, kind))
        what = counted(len(rows), tr("message"), tr("messages"))
        self._notices.tell(tr("Copied {what}.", what=what))
        return "\n".join(part.rstrip("\n") for part in parts) + ("\n" if len(parts) > 1 else "")

    def _part(self, vhost: str, detail: MessageDetail, kind: str) -> str:
        if kind == "body":
            return detail.body.decode(errors="replace")
        if kind == "headers":
            return headers_text(detail.properties)
        if kind == "json":
            record = Record(vhost, detail.row, detail.properties, detail.body, detail.format)
            return json_line(shape_of(record, Options())).decode()
        language = next(each for each in LANGUAGES if each.name == kind)
        return language.write(
            Letter(
                detail.row.exchange,
                detail.row.routing_key,
                detail.body,
                detail.properties,
                port=self._workspace.port() or 5672,
                vhost=vhost,
            )
        )


def headers_text(properties: Properties) -> str:
    """Properties and headers, one a line."""
    names = [name for name in Properties.__struct_fields__ if name != "headers"]
    said = [(name, getattr(properties, name)) for name in names]
    lines = [f"{name}: {value}" for name, value in said if value is not None]
    return "\n".join([*lines, *(_header_text(header) for header in properties.headers or ())])


def _header_text(header: Header) -> str:
    value = header.value if header.kind == "string" else header_value(header)
    return f"{header.name}: {value}"
