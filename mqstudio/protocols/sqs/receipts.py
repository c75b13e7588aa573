"""Receipt handles: which hand-over of which message in which queue.

They are told by nobody but us, and survive a restart. Nothing secret is in them.
"""

import base64
import binascii
from struct import Struct as Layout
from struct import error as LayoutError  # noqa: N812  # an exception's name
from typing import Final

from msgspec import Struct

from mqstudio.model.lending import Loan
from mqstudio.protocols.sqs.errors import SqsError

_LAYOUT: Final = Layout(">4sQQI")
_MARK: Final = b"MQS1"


class Receipt(Struct, frozen=True):
    """A hand-over: the `count`-th of a message of a queue."""

    queue_id: int
    message_id: int
    count: int


def write(loan: Loan) -> str:
    """The handle of a loan."""
    return base64.urlsafe_b64encode(_LAYOUT.pack(_MARK, loan.queue.id, loan.message.id, loan.count)).decode()


def read(handle: object) -> Receipt:
    """What a handle is of. Raises: SqsError: ReceiptHandleIsInvalid."""
    try:
        if not isinstance(handle, str):
            raise ValueError
        mark, queue_id, message_id, count = _LAYOUT.unpack(base64.urlsafe_b64decode(handle.encode("ascii")))
        if mark != _MARK:
            raise ValueError
    except (ValueError, LayoutError, binascii.Error):
        raise SqsError(
            "ReceiptHandleIsInvalid",
            f'The input receipt handle "{handle!s:.200}" is not a valid receipt handle.',
        ) from None
    return Receipt(queue_id, message_id, count)
