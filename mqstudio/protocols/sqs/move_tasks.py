"""Message move tasks: dead letters go back where they came from, or to another queue, at a rate."""

import base64
import binascii
from collections.abc import Generator
from typing import Any, Final

import msgspec

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.lending import CarryTask, StartCarrying, StopCarrying, TaskState
from mqstudio.model.queries import ListCarrying
from mqstudio.protocols.base import Request
from mqstudio.protocols.sqs import names
from mqstudio.protocols.sqs.attributes import settings_of
from mqstudio.protocols.sqs.errors import SqsError, invalid
from mqstudio.protocols.sqs.visit import Found, Output, Steps, Visit

RATE_MAX: Final = 500
LISTED_MAX: Final = 10
_STATES: Final = {
    TaskState.RUNNING: "RUNNING",
    TaskState.COMPLETED: "COMPLETED",
    TaskState.CANCELLED: "CANCELLED",
    TaskState.FAILED: "FAILED",
}


def start_message_move_task(visit: Visit) -> Steps:
    """StartMessageMoveTask: of a queue that is the dead-letter queue of another."""
    arn = visit.text("SourceArn")
    found = yield from _of_arn(visit, arn)
    if not (yield from _is_dead_letter_queue(visit, found, arn)):
        raise invalid("Source queue must be configured as a Dead Letter Queue.")
    to = None
    if visit.given.get("DestinationArn"):
        to = (yield from _of_arn(visit, visit.text("DestinationArn"))).name
    rate = visit.number("MaxNumberOfMessagesPerSecond", 1, RATE_MAX, RATE_MAX)
    assert rate is not None
    channel_id = yield from visit.channel(found.scope.vhost)
    try:
        task: CarryTask = yield from visit.ask(StartCarrying(channel_id, found.name, to, rate))
    except RefusedError as refused:
        if refused.why is not Refusal.TOO_MANY:
            raise
        says = "There is already a task running. Only one active task is allowed for a source queue arn at a "
        says += "given time."
        raise invalid(says) from None
    return {"TaskHandle": _handle(arn, task)}


def list_message_move_tasks(visit: Visit) -> Steps:
    """ListMessageMoveTasks: the newest first; a handle only of one that runs."""
    arn = visit.text("SourceArn")
    most = visit.number("MaxResults", 1, LISTED_MAX, 1)
    found = yield from _of_arn(visit, arn)
    tasks: tuple[CarryTask, ...] = yield from visit.ask(ListCarrying(found.scope.vhost, found.name))
    return {"Results": [_listed(found, arn, each) for each in tasks[:most]]}


def cancel_message_move_task(visit: Visit) -> Steps:
    """CancelMessageMoveTask: what was moved stays so."""
    handle = visit.text("TaskHandle")
    try:
        told = msgspec.json.decode(base64.urlsafe_b64decode(handle))
        task_id = int(told["id"])
    except (binascii.Error, ValueError, msgspec.DecodeError, KeyError, TypeError):
        raise SqsError("ResourceNotFoundException", "Value for parameter TaskHandle is invalid.") from None
    task: CarryTask | None = yield from visit.ask(StopCarrying(task_id))
    if task is None:
        raise SqsError("ResourceNotFoundException", "Task does not exist, or does not run any more.")
    return {"ApproximateNumberOfMessagesMoved": task.moved}


def _of_arn(visit: Visit, arn: str) -> Generator[Request, None, Found]:
    read = names.read_arn(arn)
    if read is None:
        raise SqsError(
            "ResourceNotFoundException",
            "The resource that you specified for the SourceArn parameter doesn't exist.",
        )
    try:
        return (yield from visit.find(*read))
    except SqsError:
        says = "The resource that you specified for the SourceArn parameter doesn't exist."
        raise SqsError("ResourceNotFoundException", says) from None


def _is_dead_letter_queue(visit: Visit, found: Found, arn: str) -> Generator[Request, None, bool]:
    for state in (yield from visit.states(found.scope)):
        redrive = settings_of(state.name, state.arguments).redrive
        if redrive is not None and redrive.target_arn == arn:
            return True
    return False


def _handle(arn: str, task: CarryTask) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode({"id": task.id, "source": arn})).decode()


def _listed(found: Found, arn: str, task: CarryTask) -> Output:
    told: dict[str, Any] = {
        "Status": _STATES[task.state],
        "SourceArn": arn,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.to_move,
        "StartedTimestamp": task.started_at_us // 1000,
        "MaxNumberOfMessagesPerSecond": task.per_second,
    }
    if task.to is not None:
        told["DestinationArn"] = found.scope.arn(task.to)
    if task.state is TaskState.RUNNING:
        told["TaskHandle"] = _handle(arn, task)
    if task.why:
        told["FailureReason"] = task.why
    return told
