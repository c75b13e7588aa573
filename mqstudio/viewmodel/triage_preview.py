"""What a patch would make of a message: its body and its headers, before and after."""

import json
from typing import Any, Final

from msgspec import Struct

from mqstudio.model.message import Properties, plain_headers
from mqstudio.model.patching.applying import apply_patch
from mqstudio.model.patching.tree import Patch, PatchError
from mqstudio.model.rows import MessageDetail
from mqstudio.viewmodel.wording import plain, plain_text
from mqstudio.viewmodel.words import tr

PREVIEW_CHARACTERS: Final = 400


class Before(Struct, frozen=True):
    """A message before and after a patch; or why it does not fit."""

    message_id: int
    before: str
    after: str
    problem: str = ""


def before_and_after(detail: MessageDetail, patch: Patch) -> Before:
    """What a message says, and what it would say."""
    before = _said(detail.body, detail.properties, None)
    try:
        body, properties = apply_patch(patch, detail.body, detail.properties)
    except PatchError as error:
        return Before(detail.row.message_id, before, "", error.says)
    return Before(detail.row.message_id, before, _said(body, properties, detail.properties))


def _said(body: bytes, properties: Properties, was: Properties | None) -> str:
    """A body as text, then the headers that are not what they were."""
    text = plain_text(body[: PREVIEW_CHARACTERS * 4].decode(errors="replace"))
    shown = text[:PREVIEW_CHARACTERS] + ("…" if len(text) > PREVIEW_CHARACTERS else "")
    if was is None or properties.headers == was.headers:
        return shown
    old, new = plain_headers(was.headers), plain_headers(properties.headers)
    changed = {name: value for name, value in new.items() if name not in old or old[name] != value}
    said = [
        tr("header {name} = {value}", name=plain(name, 60), value=_written(value))
        for name, value in changed.items()
    ]
    said += [tr("header {name} is gone", name=plain(name, 60)) for name in old if name not in new]
    return "  ·  ".join([shown, *said])


def _written(value: Any) -> str:  # Any: what headers hold
    if isinstance(value, bytes):
        return tr("{value} bytes", value=len(value))
    return plain(json.dumps(value, ensure_ascii=False), 60)
