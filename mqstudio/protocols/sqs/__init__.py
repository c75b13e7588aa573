"""Amazon SQS: HTTP, JSON and the older Query protocol; messages are lent until a time.

session                    a connection: requests in, answers out, in order
wire, query                HTTP without I/O; forms as members, answers as XML
operations                 the table: operation → handler
queues, sending, receiving the handlers
attributes                 the table of queue attributes
message_attributes, stored, digests, receipts, names, batches, errors    what they share
"""

from mqstudio.model.message import Message, Properties, decode_properties
from mqstudio.protocols.base import Host, Session


class SqsProtocol:
    """Implements protocols.base.WireProtocol."""

    name = "sqs"
    title = "Amazon SQS"

    def new_session(self, host: Host, now_us: int) -> Session:
        """Begin a session for a peer that has just connected."""
        from mqstudio.protocols.sqs.session import SqsSession  # noqa: PLC0415  # most brokers see no such client

        return SqsSession(host, now_us)

    def read_properties(self, message: Message) -> Properties:
        """Messages are kept in the format that all protocols read. Raises ValueError."""
        return decode_properties(message.properties)


PROTOCOL = SqsProtocol()
