"""The native protocol: the way in for the window, the command line and scripts; MessagePack on loopback."""

from mqstudio.model.message import HUB_FORMAT, Message, Properties, decode_properties
from mqstudio.protocols.base import Host, Session
from mqstudio.protocols.native import codec
from mqstudio.protocols.native.session import PROTOCOL_NAME, NativeSession


class NativeProtocol:
    """Implements protocols.base.WireProtocol."""

    name = PROTOCOL_NAME
    title = "MQ Studio"

    def new_session(self, host: Host, now_us: int) -> Session:
        """Begin a session for a peer that has just connected."""
        return NativeSession(host, now_us)

    def read_properties(self, message: Message) -> Properties:
        """Decode what our own publishers sent. Raises ValueError."""
        try:
            return decode_properties(message.properties)
        except codec.INVALID as error:
            raise ValueError(f"These are not properties in the format {HUB_FORMAT!r}: {error}") from error


PROTOCOL = NativeProtocol()
