"""Queue arguments: which we act on, which we refuse rather than pretend, what quorum queues demand.

Unknown arguments are kept and ignored, as RabbitMQ does.
"""

from mqstudio.model.commands import DeclareQueue
from mqstudio.model.errors import RemoteError

UNSUPPORTED = (
    "x-message-ttl",
    "x-expires",
    "x-max-length",
    "x-max-length-bytes",
    "x-overflow",
    "x-dead-letter-exchange",
    "x-dead-letter-routing-key",
    "x-max-priority",
    "x-single-active-consumer",
)
"""A queue that silently lacked these would lose or keep messages against its owner's word."""

QUEUE_TYPES = ("classic", "quorum")


def check_queue_arguments(command: DeclareQueue, vhost: str) -> None:
    """Refuse what a queue would not do. Raises: RemoteError: 540 not implemented, 406 contradictory."""
    for argument in UNSUPPORTED:
        if argument in command.arguments:
            raise RemoteError(f"queue argument '{argument}' is not implemented", 540)
    kind = command.arguments.get("x-queue-type", "classic")
    where = f"for queue '{command.name}' in vhost '{vhost}'"
    if kind == "stream":
        raise RemoteError("queue argument 'x-queue-type' = 'stream' is not implemented", 540)
    if kind not in QUEUE_TYPES:
        raise RemoteError(f"invalid arg 'x-queue-type' {where}: unknown queue type '{kind}'", 406)
    if kind == "quorum":
        for is_set, name in (
            (not command.is_durable, "non-durable"),
            (command.is_exclusive, "exclusive-owner"),
            (command.is_auto_delete, "auto-delete"),
        ):
            if is_set:
                raise RemoteError(f"invalid property '{name}' {where}", 406)
