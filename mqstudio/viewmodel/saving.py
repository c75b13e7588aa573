"""Writes a body to a file, piece by piece: a long one is never all in memory."""

import asyncio
import re
from pathlib import Path
from typing import Final

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import BODY_SHOWN_BYTES
from mqstudio.viewmodel.broker import BrokerClient

_ENDINGS: Final = {"JSON": "json", "XML": "xml", "Text": "txt", "msgpack": "msgpack", "CBOR": "cbor"}


async def save_body(client: BrokerClient, vhost: str, queue: str, message_id: int, path: Path) -> int:
    """Write a message's body to a file, which is there only once it is whole; returns its size.

    Raises: RefusedError, also if the broker no longer has all of it; OSError.
    """
    beside = path.with_name(f"{path.name}.part")
    written = 0
    try:
        with beside.open("wb") as file:
            while True:
                detail = await client.message(
                    queue, message_id, vhost=vhost, body_offset=written, body_limit=BODY_SHOWN_BYTES
                )
                await asyncio.to_thread(file.write, detail.body)
                written += len(detail.body)
                if written >= detail.row.size_bytes:
                    break
                if not detail.body:
                    raise RefusedError(
                        Refusal.NO_SUCH_MESSAGE,
                        f"Only the first {written:,} of {detail.row.size_bytes:,} bytes are still kept: "
                        "nothing was saved. What is shown can be copied.",
                    )
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return written


def file_name(queue: str, message_id: int, chain: tuple[str, ...]) -> str:
    """A name for the file: letters and digits of the queue's name, and an ending that tells what it is."""
    words = re.sub(r"[^A-Za-z0-9_-]+", "-", queue).strip("-")[:60] or "message"
    ending = _ENDINGS.get(chain[0], "bin") if len(chain) == 1 else "bin"
    return f"{words}-{message_id}.{ending}"
