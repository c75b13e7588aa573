"""Direct replies: consuming from `amq.rabbitmq.reply-to`, a queue that is none.

Behind it stands an auto-delete queue of the channel's own with a name nobody can guess. So a reply is an
ordinary message with a life in the ledger, and goes nowhere once its requester is gone.

Source: https://www.rabbitmq.com/docs/direct-reply-to
"""

from collections.abc import Generator

from mqstudio.model.commands import DeclareQueue
from mqstudio.model.errors import RemoteError
from mqstudio.protocols.amqp091.channel import Channel
from mqstudio.protocols.amqp091.vetting import REPLY_TO
from mqstudio.protocols.base import Request


def begin(channel: Channel, tag: str, *, is_auto_settled: bool) -> Generator[Request, None, str]:
    """Make the queue behind a channel's direct replies; the generator's value is its name.

    Raises: RemoteError: 406 when replies were to be acknowledged, or somebody consumes them already.
    """
    if not is_auto_settled:
        raise RemoteError("reply consumer cannot acknowledge", 406)
    if channel.reply_queue is not None:
        raise RemoteError("reply consumer already set", 406)
    name = f"{REPLY_TO}.{channel.session.host.random_name()}"
    yield from channel.ask(DeclareQueue(channel.id, name, is_auto_delete=True))
    channel.reply_queue, channel.reply_tag = name, tag
    return name


def end(channel: Channel, tag: str) -> None:
    """Forget the queue with its consumer: the engine has deleted it."""
    if channel.reply_queue is not None and channel.reply_tag == tag:
        channel.reply_queue = None
