"""AMQP 0-9-1 as RabbitMQ speaks it, without I/O. `PROTOCOL` is the package's one public object.

methods → codec            what stands on the wire
session                    frames ↔ requests and mail; the only stateful part
  connection, handshake    channel 0
  channel, handlers        the other channels; content puts publishes together
  deliveries, outbox       messages on their way out, and the order of a turn's output
convert, errors, arguments the only places that know both our words and AMQP's
"""

from typing import Any

from mqstudio.model.message import Message, Properties
from mqstudio.protocols.amqp091 import firehose
from mqstudio.protocols.amqp091.convert import read_properties
from mqstudio.protocols.amqp091.deliveries import NAME
from mqstudio.protocols.amqp091.glancing import glance
from mqstudio.protocols.amqp091.handlers import PREDECLARED_EXCHANGES
from mqstudio.protocols.amqp091.session import AmqpSession
from mqstudio.protocols.base import Host, WireProtocol


class Amqp091:
    """The protocol as the server sees it."""

    name = NAME
    title = "RabbitMQ (AMQP 0-9-1)"
    predeclared_exchanges = PREDECLARED_EXCHANGES
    trace_copies = staticmethod(firehose.copies)

    def new_session(self, host: Host, now_us: int) -> AmqpSession:
        """Begin a session for a peer that has just connected."""
        return AmqpSession(host, now_us)

    def read_properties(self, message: Message) -> Properties:
        """Decode property bytes. Raises ValueError saying what is wrong."""
        return read_properties(message.properties)

    def find_header(self, message: Message, name: bytes) -> Any:  # Any: see Header
        """One header's plain value, MISSING if there is none. Raises ValueError likewise."""
        return glance(message.properties, name)


PROTOCOL: WireProtocol = Amqp091()
