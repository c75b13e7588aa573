"""ReceiveMessage, and what is done with what was received: deleted, or its visibility changed."""

from collections.abc import Generator
from typing import Any, Final

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.lending import BorrowMessages, ExtendLoan, Loan, LoansReply, ReturnLoan
from mqstudio.protocols.base import Request
from mqstudio.protocols.sqs import batches, digests, message_attributes, receipts, stored
from mqstudio.protocols.sqs.errors import SqsError, invalid_value, missing
from mqstudio.protocols.sqs.stored import Sent
from mqstudio.protocols.sqs.visit import Found, Output, Steps, Visit, Waiting

VISIBILITY_MAX_S: Final = 43_200
IN_FLIGHT_MAX: Final = 120_000
IN_FLIGHT_MAX_FIFO: Final = 20_000

SYSTEM_NAMES: Final = (
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
)


def receive_message(visit: Visit) -> Steps:
    """ReceiveMessage: at once, or when something comes."""
    most = visit.number("MaxNumberOfMessages", 1, 10, 1)
    wait_s = visit.number("WaitTimeSeconds", 0, 20)
    lease_s = visit.number("VisibilityTimeout", 0, VISIBILITY_MAX_S)
    system = _system_names(visit.given)
    found = yield from visit.find_queue()
    settings = found.settings
    wait_s = settings.number("ReceiveMessageWaitTimeSeconds") if wait_s is None else wait_s
    lease_s = settings.number("VisibilityTimeout") if lease_s is None else lease_s
    channel_id = yield from visit.channel(found.scope.vhost)
    tag = str(visit.host.new_id()) if wait_s else ""
    assert most is not None
    command = BorrowMessages(
        channel_id,
        found.name,
        most,
        lease_s * 1_000_000,
        wait_s * 1_000_000,
        tag or "now",
        IN_FLIGHT_MAX_FIFO if settings.is_fifo else IN_FLIGHT_MAX,
    )

    def finish(loans: tuple[Loan, ...]) -> Output:
        return _output(visit, found, loans, system)

    try:
        reply: LoansReply | None = yield from visit.ask(command)
    except RefusedError as refused:
        if refused.why is Refusal.TOO_MANY and settings.is_fifo:
            return {}
        raise
    return finish(reply.loans) if reply is not None else Waiting(command.tag, finish)


def _system_names(given: dict[str, Any]) -> frozenset[str]:
    """The system attributes that are asked for, by either of two members. Raises: SqsError."""
    wanted = [*(given.get("AttributeNames") or ()), *(given.get("MessageSystemAttributeNames") or ())]
    for name in wanted:
        if name != "All" and name not in SYSTEM_NAMES:
            raise SqsError("InvalidAttributeName", f"Unknown Attribute {name!s:.80}.")
    return frozenset(SYSTEM_NAMES if "All" in wanted else wanted)


def _output(visit: Visit, found: Found, loans: tuple[Loan, ...], system: frozenset[str]) -> Output:
    messages = [_message(visit, found, loan, system) for loan in loans]
    return {"Messages": messages} if messages else {}


def _message(visit: Visit, found: Found, loan: Loan, system: frozenset[str]) -> Output:
    message = loan.message
    sent = stored.read(message, visit.host.read_properties(message))
    body = stored.body_text(message.body)
    output: Output = {
        "MessageId": sent.message_id,
        "ReceiptHandle": receipts.write(loan),
        "MD5OfBody": digests.of_body(body.encode()),
        "Body": body,
    }
    told = {name: value for name, value in _system(found, loan, sent).items() if name in system}
    if told:
        output["Attributes"] = told
    selected = message_attributes.select(sent.attributes, visit.given.get("MessageAttributeNames"))
    if selected:
        output["MD5OfMessageAttributes"] = digests.of_attributes(selected)
        output["MessageAttributes"] = {name: each.as_json() for name, each in selected.items()}
    return output


def _system(found: Found, loan: Loan, sent: Sent) -> dict[str, str]:
    told = {
        "SenderId": sent.sender or found.scope.account,
        "SentTimestamp": str(sent.sent_at_ms),
        "ApproximateReceiveCount": str(loan.count),
        "ApproximateFirstReceiveTimestamp": str(loan.first_at_us // 1000),
    }
    past = loan.message.past
    if found.settings.is_fifo:
        parent = past.parent_id if past is not None and past.delay_us is not None else loan.message.id
        told["SequenceNumber"] = f"{parent:020}"
    if sent.group is not None:
        told["MessageGroupId"] = sent.group
    if sent.once_id is not None:
        told["MessageDeduplicationId"] = sent.once_id
    trace = sent.system.get("AWSTraceHeader")
    if trace is not None and isinstance(trace.value, str):
        told["AWSTraceHeader"] = trace.value
    if past is not None and past.deaths:
        told["DeadLetterQueueSourceArn"] = found.scope.arn(past.deaths[0].queue)
    return told


# ---- afterwards


def delete_message(visit: Visit) -> Steps:
    """DeleteMessage: by the handle of any of its receives, on FIFO queues by that of the latest."""
    found = yield from visit.find_queue()
    yield from _delete(visit, found, visit.given)
    return {}


def delete_message_batch(visit: Visit) -> Steps:
    """DeleteMessageBatch."""
    found = yield from visit.find_queue()
    given = batches.entries(visit.given.get("Entries"))

    def delete(entry: dict[str, Any]) -> Generator[Request, None, Output]:
        yield from _delete(visit, found, entry)
        return {}

    return (yield from batches.run(given, delete))


def _delete(visit: Visit, found: Found, given: dict[str, Any]) -> Generator[Request, None, None]:
    handle = given.get("ReceiptHandle")
    if not handle:
        raise missing("ReceiptHandle")
    receipt = receipts.read(handle)
    if receipt.queue_id != found.state.id:
        return  # of a queue that had this name before: what it was of is gone
    channel_id = yield from visit.channel(found.scope.vhost)
    is_strict = found.settings.is_fifo
    command = ReturnLoan(channel_id, found.name, receipt.message_id, receipt.count, is_strict)
    try:
        yield from visit.ask(command)
    except RefusedError as refused:
        if refused.why is not Refusal.NO_SUCH_DELIVERY:
            raise
        raise invalid_value(handle, "ReceiptHandle", "The receipt handle has expired.") from None


def change_message_visibility(visit: Visit) -> Steps:
    """ChangeMessageVisibility: sets when the message is seen again, from now."""
    found = yield from visit.find_queue()
    yield from _change(visit, found, visit.given)
    return {}


def change_message_visibility_batch(visit: Visit) -> Steps:
    """ChangeMessageVisibilityBatch."""
    found = yield from visit.find_queue()
    given = batches.entries(visit.given.get("Entries"))

    def change(entry: dict[str, Any]) -> Generator[Request, None, Output]:
        yield from _change(visit, found, entry)
        return {}

    return (yield from batches.run(given, change))


def _change(visit: Visit, found: Found, given: dict[str, Any]) -> Generator[Request, None, None]:
    handle, lease_s = given.get("ReceiptHandle"), given.get("VisibilityTimeout")
    if not handle:
        raise missing("ReceiptHandle")
    receipt = receipts.read(handle)
    if lease_s is None:
        raise missing("VisibilityTimeout")
    if isinstance(lease_s, bool) or not isinstance(lease_s, int) or not 0 <= lease_s <= VISIBILITY_MAX_S:
        says = f"Must be >= 0 and <= {VISIBILITY_MAX_S}, if provided."
        raise invalid_value(lease_s, "VisibilityTimeout", says)
    channel_id = yield from visit.channel(found.scope.vhost)
    most_us = VISIBILITY_MAX_S * 1_000_000
    command = ExtendLoan(
        channel_id, found.name, receipt.message_id, receipt.count, lease_s * 1_000_000, most_us
    )
    try:
        yield from visit.ask(command)
    except RefusedError as refused:
        if refused.why is Refusal.NO_SUCH_DELIVERY and not refused.facts.get("is_there", True):
            says = "Message does not exist or is not available for visibility timeout change."
            raise invalid_value(handle, "ReceiptHandle", says) from None
        if refused.why is Refusal.INVALID_ARGUMENT:
            says = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]"
            raise invalid_value(lease_s, "VisibilityTimeout", says) from None
        raise
