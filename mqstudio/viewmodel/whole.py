"""Reads a message with all of its body, which comes in pieces where it is long."""

from msgspec.structs import replace

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import BODY_SHOWN_BYTES
from mqstudio.model.rows import MessageDetail
from mqstudio.viewmodel.broker import BrokerClient
from mqstudio.viewmodel.words import tr


async def whole_message(client: BrokerClient, vhost: str, queue: str, message_id: int) -> MessageDetail:
    """One message, whole: what is sent again or compared must not be its beginning alone.

    Raises: RefusedError, also if the ledger has kept only the beginning.
    """
    detail = await client.message(queue, message_id, vhost=vhost, body_limit=BODY_SHOWN_BYTES)
    pieces, length = [detail.body], len(detail.body)
    while length < detail.row.size_bytes:
        more = await client.message(
            queue, message_id, vhost=vhost, body_offset=length, body_limit=BODY_SHOWN_BYTES
        )
        if not more.body:
            says = tr(
                "Only the first {kept} of {size} bytes of message {id} are kept: it cannot be had whole.",
                kept=f"{length:,}", size=f"{detail.row.size_bytes:,}", id=message_id,
            )  # fmt: skip
            raise RefusedError(Refusal.NO_SUCH_MESSAGE, says)
        pieces.append(more.body)
        length += len(more.body)
    return replace(detail, body=b"".join(pieces))
