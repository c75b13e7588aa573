"""Reading a message's properties, whatever protocol it came by."""

from collections.abc import Callable, Mapping
from typing import Any

from mqstudio.model.filters.paths import MISSING
from mqstudio.model.filters.subject import FindHeader, Namer, Subject
from mqstudio.model.message import HUB_FORMAT, Message, Properties, decode_properties, plain_headers
from mqstudio.protocols.base import WireProtocol


def properties_of(message: Message, protocols: Mapping[str, WireProtocol]) -> tuple[Properties, str]:
    """A message's properties, and why they cannot be read ("" if they can)."""
    try:
        if message.format == HUB_FORMAT:
            return decode_properties(message.properties), ""
        return protocols[message.format].read_properties(message), ""
    except (ValueError, KeyError) as error:
        return Properties(), f"These properties cannot be read as {message.format}: {error}"


def header_finder(protocols: Mapping[str, WireProtocol]) -> FindHeader:
    """Finds a header of messages of any format; quickly, where a protocol has a way to."""
    finders: dict[str, Callable[[Message, bytes], Any]] = {
        name: protocol.find_header for name, protocol in protocols.items() if hasattr(protocol, "find_header")
    }

    def find(message: Message, name: bytes) -> Any:
        finder = finders.get(message.format)
        try:
            if finder is not None:
                return finder(message, name)
        except ValueError:
            return MISSING
        headers = plain_headers(properties_of(message, protocols)[0].headers)
        return headers.get(name.decode("utf-8", "surrogatepass"), MISSING)

    return find


def new_subject(protocols: Mapping[str, WireProtocol], now_us: int, name_of: Namer) -> Subject:
    """What filters are asked about, whatever protocol messages came by."""
    return Subject(
        now_us,
        lambda message: properties_of(message, protocols)[0],
        name_of,
        find_header=header_finder(protocols),
    )
