"""SendMessage and SendMessageBatch."""

import base64
import hashlib
import re
import uuid
from collections.abc import Generator
from typing import Any, Final

from msgspec import Struct

from mqstudio.model.lending import SendMessage, SendReply
from mqstudio.model.message import HUB_FORMAT, Traits, decode_properties
from mqstudio.protocols.base import Request
from mqstudio.protocols.sqs import batches, digests, message_attributes, stored
from mqstudio.protocols.sqs.attributes import MESSAGE_MAX_BYTES
from mqstudio.protocols.sqs.errors import SqsError, invalid, invalid_value, missing
from mqstudio.protocols.sqs.stored import Sent
from mqstudio.protocols.sqs.visit import Found, Output, Steps, Visit

_ID: Final = re.compile(r"[!-~]{1,128}")
"""Alphanumeric and punctuation characters: all of ASCII that is seen."""

DELAY_MAX_S: Final = 900

_CHARACTERS: Final = (
    "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to "
    "#xFFFD | #x10000 to #x10FFFF"
)


class Letter(Struct, frozen=True):
    """A message that was checked and is to be sent."""

    body: bytes
    sent: Sent
    traits: Traits
    delay_us: int | None


def send_message(visit: Visit) -> Steps:
    """SendMessage."""
    found = yield from visit.find_queue()
    letter = _check(visit, found, visit.given)
    return (yield from _send(visit, found, letter))


def send_message_batch(visit: Visit) -> Steps:
    """SendMessageBatch: each entry for itself."""
    found = yield from visit.find_queue()
    entries = batches.entries(visit.given.get("Entries"))
    total = sum(_size(each) for each in entries)
    if total > MESSAGE_MAX_BYTES:
        says = f"Batch requests cannot be longer than {MESSAGE_MAX_BYTES} bytes. You have sent {total} bytes."
        raise SqsError("BatchRequestTooLong", says)

    def send(entry: dict[str, Any]) -> Generator[Request, None, Output]:
        return (yield from _send(visit, found, _check(visit, found, entry)))

    return (yield from batches.run(entries, send))


def _size(given: dict[str, Any]) -> int:
    """What a message counts for, as far as that can be said before it is checked."""
    body = given.get("MessageBody")
    try:
        attributes = message_attributes.read(given.get("MessageAttributes"))
    except SqsError:
        attributes = {}
    size = len(body.encode("utf-8", "surrogatepass")) if isinstance(body, str) else 0
    return size + sum(len(name.encode()) + each.size for name, each in attributes.items())


def _check(visit: Visit, found: Found, given: dict[str, Any]) -> Letter:
    """Check a message against the rules of SQS and of its queue. Raises: SqsError."""
    body = given.get("MessageBody")
    if body is None:
        raise missing("MessageBody")
    if not isinstance(body, str) or not body:
        raise invalid("One or more parameters are invalid. Reason: Message body must not be empty.")
    if not message_attributes.is_text(body):
        raise SqsError(
            "InvalidMessageContents",
            _CHARACTERS,
        )
    attributes = message_attributes.read(given.get("MessageAttributes"))
    system = message_attributes.read(given.get("MessageSystemAttributes"), "system")
    if system.keys() - {"AWSTraceHeader"}:
        raise invalid("Message system attribute names can only be AWSTraceHeader.")
    most = found.settings.number("MaximumMessageSize")
    if _size(given) > most:
        says = f"One or more parameters are invalid. Reason: Message must be shorter than {most} bytes."
        raise invalid(says)
    data = body.encode()
    group, once_id = _fifo_keys(found, given, data)
    sent = Sent(
        str(uuid.UUID(bytes=base64.urlsafe_b64decode(visit.host.random_name() + "=="), version=4)),
        visit.now_us // 1000,
        attributes,
        system,
        visit.access_key,
        group,
        once_id,
    )
    once_key = once_id
    if once_id is not None and found.settings.text("DeduplicationScope") == "messageGroup":
        once_key = f"{group}\n{once_id}"
    is_fifo = found.settings.is_fifo
    traits = Traits(is_persistent=True, ordering_key=group if is_fifo else None, once_key=once_key)
    return Letter(data, sent, traits, _delay(found, given))


def _fifo_keys(found: Found, given: dict[str, Any], body: bytes) -> tuple[str | None, str | None]:
    """Message group and deduplication id. Raises: SqsError."""
    group, once_id = given.get("MessageGroupId"), given.get("MessageDeduplicationId")
    for name, value in (("MessageGroupId", group), ("MessageDeduplicationId", once_id)):
        if value is not None and not (isinstance(value, str) and _ID.fullmatch(value)):
            says = f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in length."
            raise invalid_value(value, name, says)
    if not found.settings.is_fifo:
        if once_id is not None:
            says = "The request includes a parameter that is not valid for this queue type."
            raise invalid_value(once_id, "MessageDeduplicationId", says)
        return group, None
    if group is None:
        raise missing("MessageGroupId")
    if once_id is None:
        if not found.settings.flag("ContentBasedDeduplication"):
            says = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
            says += "provided explicitly"
            raise invalid(says)
        once_id = hashlib.sha256(body).hexdigest()
    return group, once_id


def _delay(found: Found, given: dict[str, Any]) -> int | None:
    """For how long the message is held back, µs; None: as the queue says. Raises: SqsError."""
    delay = given.get("DelaySeconds")
    if delay is None:
        return None
    if isinstance(delay, bool) or not isinstance(delay, int) or not 0 <= delay <= DELAY_MAX_S:
        says = f"DelaySeconds must be >= 0 and <= {DELAY_MAX_S}."
        raise invalid_value(delay, "DelaySeconds", says)
    if found.settings.is_fifo:
        if delay:
            says = "The request include parameter that is not valid for this queue type."
            raise invalid_value(delay, "DelaySeconds", says)
        return None
    return delay * 1_000_000


def _send(visit: Visit, found: Found, letter: Letter) -> Generator[Request, None, Output]:
    channel_id = yield from visit.channel(found.scope.vhost)
    command = SendMessage(
        channel_id,
        found.name,
        stored.write(letter.sent),
        letter.body,
        HUB_FORMAT,
        letter.traits,
        letter.delay_us,
    )
    reply: SendReply = yield from visit.ask(command)
    if reply.is_refused:
        raise SqsError("OverLimit", f"Queue {found.name} is full, and takes no more.", status=403)
    message_id = letter.sent.message_id
    if reply.is_repeat:
        message_id = decode_properties(reply.properties).message_id or message_id
    output: Output = {"MessageId": message_id, "MD5OfMessageBody": digests.of_body(letter.body)}
    if letter.sent.attributes:
        output["MD5OfMessageAttributes"] = digests.of_attributes(letter.sent.attributes)
    if letter.sent.system:
        output["MD5OfMessageSystemAttributes"] = digests.of_attributes(letter.sent.system)
    if found.settings.is_fifo:
        output["SequenceNumber"] = f"{reply.message_id:020}"
    return output
