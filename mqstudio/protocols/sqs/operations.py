"""The table of operations: what a client can ask for, and who answers.

Source: AWS's service model of SQS, version 2012-11-05: 23 operations.
"""

from collections.abc import Callable, Mapping
from typing import Final

from mqstudio.protocols.sqs import queues, receiving, sending
from mqstudio.protocols.sqs.errors import SqsError
from mqstudio.protocols.sqs.visit import Steps, Visit

Handler = Callable[[Visit], Steps]


def _not_yet(visit: Visit) -> Steps:
    """Message move tasks: redrive from the window or `mqstudio redrive` instead."""
    raise SqsError(
        "UnsupportedOperation", "Message move tasks are not supported. Use `mqstudio redrive QUEUE`."
    )
    yield  # a handler is a generator


TABLE: Final[Mapping[str, Handler]] = {
    "CreateQueue": queues.create_queue,
    "GetQueueUrl": queues.get_queue_url,
    "ListQueues": queues.list_queues,
    "DeleteQueue": queues.delete_queue,
    "GetQueueAttributes": queues.get_queue_attributes,
    "SetQueueAttributes": queues.set_queue_attributes,
    "PurgeQueue": queues.purge_queue,
    "TagQueue": queues.tag_queue,
    "UntagQueue": queues.untag_queue,
    "ListQueueTags": queues.list_queue_tags,
    "AddPermission": queues.add_permission,
    "RemovePermission": queues.remove_permission,
    "ListDeadLetterSourceQueues": queues.list_dead_letter_source_queues,
    "SendMessage": sending.send_message,
    "SendMessageBatch": sending.send_message_batch,
    "ReceiveMessage": receiving.receive_message,
    "DeleteMessage": receiving.delete_message,
    "DeleteMessageBatch": receiving.delete_message_batch,
    "ChangeMessageVisibility": receiving.change_message_visibility,
    "ChangeMessageVisibilityBatch": receiving.change_message_visibility_batch,
    "StartMessageMoveTask": _not_yet,
    "ListMessageMoveTasks": _not_yet,
    "CancelMessageMoveTask": _not_yet,
}

READS: Final = frozenset(
    {
        "GetQueueUrl",
        "ListQueues",
        "GetQueueAttributes",
        "ListQueueTags",
        "ListDeadLetterSourceQueues",
    }
)
"""What changes nothing: its answer waits for no disk."""
