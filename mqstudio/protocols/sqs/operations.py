"""The table of operations: what a client can ask for, and who answers.

Source: AWS's service model of SQS, version 2012-11-05: 23 operations.
"""

from collections.abc import Callable, Mapping
from typing import Final

from mqstudio.protocols.sqs import move_tasks, queues, receiving, sending
from mqstudio.protocols.sqs.visit import Steps, Visit

Handler = Callable[[Visit], Steps]


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
    "StartMessageMoveTask": move_tasks.start_message_move_task,
    "ListMessageMoveTasks": move_tasks.list_message_move_tasks,
    "CancelMessageMoveTask": move_tasks.cancel_message_move_task,
}

READS: Final = frozenset(
    {
        "GetQueueUrl",
        "ListQueues",
        "GetQueueAttributes",
        "ListQueueTags",
        "ListDeadLetterSourceQueues",
        "ListMessageMoveTasks",
    }
)
"""What changes nothing: its answer waits for no disk."""
