"""Reading a message's properties, whatever protocol it came by."""

from collections.abc import Mapping

from mqstudio.model.message import HUB_FORMAT, Message, Properties, decode_properties
from mqstudio.protocols.base import WireProtocol


def properties_of(message: Message, protocols: Mapping[str, WireProtocol]) -> tuple[Properties, str]:
    """A message's properties, and why they cannot be read ("" if they can)."""
    try:
        if message.format == HUB_FORMAT:
            return decode_properties(message.properties), ""
        return protocols[message.format].read_properties(message), ""
    except (ValueError, KeyError) as error:
        return Properties(), f"These properties cannot be read as {message.format}: {error}"
