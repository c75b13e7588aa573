"""A draft as it is kept for the next window, and as what a body that was not typed is shown."""

import re
from pathlib import Path

import msgspec

from mqstudio.model.limits import COMPOSED_BYTES
from mqstudio.viewmodel.publish_draft import BodyKind, Draft

DRAFT_FILE = "draft.json"

HEX_BYTES = 64 * 1024
"""Bytes that are no text are shown as hex up to here; what is longer is kept as it is."""

_ALTERED_BY_EDITORS = re.compile("[\r\x00\u2029\ufdd0\ufdd1]")
"""Characters that a text field would not give back as they are."""


def read_draft(folder: Path) -> Draft | None:
    """The draft that was kept in a folder; None if there is none that can be read."""
    try:
        return msgspec.json.decode((folder / DRAFT_FILE).read_bytes(), type=Draft)
    except (OSError, msgspec.MsgspecError, UnicodeError):
        return None


def write_draft(folder: Path, draft: Draft) -> None:
    """Keep a draft in a folder, whole or not at all."""
    try:
        data = msgspec.json.encode(draft)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = folder / f"{DRAFT_FILE}.part"
        beside.touch(mode=0o600)
        beside.write_bytes(data)
        beside.replace(folder / DRAFT_FILE)
    except (OSError, UnicodeEncodeError):
        return  # a draft is worth no complaint while somebody leaves


def typed_as(body: bytes) -> tuple[BodyKind, str]:
    """How a body is shown so that it stays the same to the byte."""
    if len(body) <= COMPOSED_BYTES:
        try:
            text = body.decode()
        except UnicodeDecodeError:
            text = "\r"
        if not _ALTERED_BY_EDITORS.search(text):
            return BodyKind.TEXT, text
    return (BodyKind.HEX, body.hex(" ")) if len(body) <= HEX_BYTES else (BodyKind.KEPT, "")


def still_empty(draft: Draft) -> tuple[str, ...]:
    """Properties that are set and empty still: those nobody typed into since."""
    return tuple(
        name for name in draft.empties
        if not (draft.headers if name == "headers" else draft.properties.get(name))
    )  # fmt: skip
