"""Native calls as the broker's requests, checked so that every other protocol can carry the result."""

import re
from typing import Any

import msgspec

from mqstudio.model import commands
from mqstudio.model.access import AccessVerb
from mqstudio.model.disk import DiskRequest
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import FRAME_MAX_BYTES, MESSAGE_MAX_BYTES, SHORT_TEXT_BYTES, TABLE_DEPTH
from mqstudio.model.message import HUB_FORMAT, Header, Properties, decode_properties, encode_properties
from mqstudio.model.policies import Policy
from mqstudio.model.queries import PreviewRoute, Query, Watch
from mqstudio.model.topology import VhostSpec
from mqstudio.model.verbs import ByHand, Changed
from mqstudio.protocols.native import codec, hand, messages
from mqstudio.protocols.native.asking import read_traits

BrokerRequest = commands.Command | commands.UndoPurge | ByHand | Query | AccessVerb | DiskRequest

_requests = codec.decoder(messages.Request)
_watches = codec.decoder(Watch)

_COMMANDS: dict[type[msgspec.Struct], Any] = {  # Any: constructors of different commands
    messages.DeclareQueue: commands.DeclareQueue,
    messages.DeleteQueue: commands.DeleteQueue,
    messages.PurgeQueue: commands.PurgeQueue,
    messages.DeclareExchange: commands.DeclareExchange,
    messages.DeleteExchange: commands.DeleteExchange,
    messages.Bind: commands.Bind,
    messages.Unbind: commands.Unbind,
    messages.UndoPurge: commands.UndoPurge,
}
"""Verbs whose fields, with `channel_id` for `vhost`, are those of the command."""

_PUBLISHES = (messages.Publish, messages.PublishByHand)
_ON_A_CHANNEL: tuple[type[Any], ...] = (*_PUBLISHES, *_COMMANDS, *hand.CALLS)  # Any: each has a vhost
_SHORT_FIELDS = ("name", "vhost", "queue", "destination", "exchange", "routing_key", "kind")
_SHORT_PROPERTIES = tuple(
    name
    for name in Properties.__struct_fields__
    if name not in ("headers", "delivery_mode", "priority", "timestamp_s")
)
_UNSIGNED_64 = (0, 2**64 - 1)
_INTEGERS = {
    "int8": (-(2**7), 2**7 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint8": (0, 2**8 - 1),
    "uint16": (0, 2**16 - 1),
    "uint32": (0, 2**32 - 1),
    "timestamp": _UNSIGNED_64,
}
_OTHER_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "bool": (bool,),
    "float": (float, int),
    "double": (float, int),
    "decimal": (str,),
    "bytes": (bytes,),
    "null": (type(None),),
}
_DECIMAL = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)


def read_request(raw: msgspec.Raw) -> messages.Request:
    """Read what a Call carries. Raises: RefusedError."""
    request: messages.Request = _decode(_requests, raw)
    _check_shared(request)
    return request


def vhost_of(request: messages.Request) -> str | None:
    """The virtual host in whose channel a request is done; None: it needs no channel."""
    return request.vhost if isinstance(request, _ON_A_CHANNEL) else None


def to_command(request: messages.Request, channel_id: int) -> BrokerRequest:
    """Turn a request into what the broker does for it. Raises: RefusedError."""
    if isinstance(request, hand.HandCall):
        return hand.to_command(_with_checked_changes(request), channel_id)
    match request:
        case messages.Publish():
            return _publish(request, channel_id)
        case messages.PublishByHand():
            return commands.PublishByHand(channel_id, _publish(request, channel_id, is_mandatory=False))
        case messages.KickConnection(connection_id, reason):
            return commands.KickConnection(connection_id, reason)
        case messages.PutVhost():
            return commands.PutVhost(VhostSpec(**msgspec.structs.asdict(request)))
        case messages.DeleteVhost(name):
            return commands.DeleteVhost(name)
        case messages.PutPolicy():
            return commands.PutPolicy(Policy(**msgspec.structs.asdict(request)))
        case messages.DeletePolicy():
            return commands.DeletePolicy(request.vhost, request.name, request.is_operator)
        case PreviewRoute():
            return msgspec.structs.replace(request, headers=_headers(request.headers))
    make = _COMMANDS.get(type(request))
    if make is None:
        as_it_is: Query | AccessVerb | DiskRequest = request  # type: ignore[assignment]  # what is left
        return as_it_is
    fields = {name: getattr(request, name) for name in request.__struct_fields__ if name != "vhost"}
    command: commands.Command = make(channel_id=channel_id, **fields)
    return command


def _with_checked_changes(call: hand.HandCall) -> hand.HandCall:
    """A verb by hand, whose changed messages say only what every protocol can carry."""
    if not isinstance(call, hand.MoveMessages | hand.RedriveMessages) or not call.changed:
        return call
    return msgspec.structs.replace(call, changed=tuple(map(_with_traits, call.changed)))


def _with_traits(changed: Changed) -> Changed:
    asked, properties = read_traits(_checked(changed.properties))
    return msgspec.structs.replace(changed, properties=properties, traits=asked)


def read_watch(raw: msgspec.Raw) -> Watch:
    """Read what a Watching carries. Raises RefusedError."""
    watch: Watch = _decode(_watches, raw)
    _check_shared(watch)
    return watch


def _decode(decoder: "msgspec.msgpack.Decoder[Any]", raw: msgspec.Raw) -> Any:  # Any: see codec.decoder
    try:
        return decoder.decode(raw)
    except codec.INVALID as error:
        raise _invalid(f"This call cannot be understood: {error}.") from error


def _check_shared(request: msgspec.Struct) -> None:
    """Check what many requests have: names, arguments."""
    for name in _SHORT_FIELDS:
        _check_short(name, getattr(request, name, None))
    _check_depth(getattr(request, "arguments", {}))
    _check_depth(getattr(request, "definition", {}))


def _publish(
    request: messages.Publish | messages.PublishByHand, channel_id: int, *, is_mandatory: bool = True
) -> commands.PublishMessage:
    """is_mandatory: that is how we learn whether any queue took it, where it is not told otherwise."""
    if len(request.body) > MESSAGE_MAX_BYTES:
        raise RefusedError(
            Refusal.TOO_LARGE,
            f"This body has {len(request.body)} bytes; a message can have up to {MESSAGE_MAX_BYTES}.",
        )
    properties = _checked(request.properties)
    traits, properties = read_traits(properties)
    return commands.PublishMessage(
        channel_id,
        request.exchange,
        request.routing_key,
        _encoded(properties),
        request.body,
        is_mandatory=is_mandatory,
        format=HUB_FORMAT,
        traits=traits,
    )


def _checked(properties: Properties) -> Properties:
    """Properties whose values every protocol can carry."""
    for name in _SHORT_PROPERTIES:
        _check_short(name, getattr(properties, name))
    for name, bounds in (("delivery_mode", (1, 2)), ("priority", (0, 255)), ("timestamp_s", _UNSIGNED_64)):
        value = getattr(properties, name)
        if value is not None and not bounds[0] <= value <= bounds[1]:
            raise _invalid(f"{name} is {value}; it can be {bounds[0]} to {bounds[1]}.")
    if properties.headers is not None:
        properties = msgspec.structs.replace(properties, headers=_headers(properties.headers))
    return properties


def _encoded(properties: Properties) -> bytes:
    """Write properties in the hub's format."""
    data = encode_properties(properties)
    # An AMQP 0-9-1 consumer gets all properties in one frame; ours are never shorter than its.
    if len(data) > FRAME_MAX_BYTES // 2:
        raise RefusedError(
            Refusal.TOO_LARGE,
            f"These properties have {len(data)} bytes; up to {FRAME_MAX_BYTES // 2} fit one AMQP frame.",
        )
    return data


def _headers(headers: list[Header]) -> list[Header]:
    """Rebuild nested headers, which arrive as plain maps, and check all of them."""
    try:
        rebuilt = decode_properties(encode_properties(Properties(headers=headers))).headers or []
    except codec.INVALID as error:
        raise _invalid(f"These headers cannot be understood: {error}.") from error
    for header in rebuilt:
        _check_header(header, TABLE_DEPTH)
    return rebuilt


def _check_header(header: Header, levels_left: int) -> None:
    kind, value = header.kind, header.value
    _check_short("header name", header.name)
    if kind in ("table", "list"):
        if not levels_left:
            raise _invalid(f"Headers are nested deeper than {TABLE_DEPTH} levels.")
        for nested in value or []:
            _check_header(nested, levels_left - 1)
    elif not _is_of_kind(kind, value):
        raise _invalid(f"Header {header.name!r}: {value!r:.60} is not a value of kind {kind!r:.30}.")


def _is_of_kind(kind: str, value: object) -> bool:
    if kind in _INTEGERS:
        low, high = _INTEGERS[kind]
        return type(value) is int and low <= value <= high
    if type(value) not in _OTHER_KINDS.get(kind, ()):
        return False
    return kind != "decimal" or _fits_decimal(str(value))


def _fits_decimal(text: str) -> bool:
    """AMQP's decimal is a 32-bit integer and a scale."""
    return _DECIMAL.fullmatch(text) is not None and abs(int(text.replace(".", ""))) < 2**31


def _invalid(says: str) -> RefusedError:
    return RefusedError(Refusal.INVALID_ARGUMENT, says)


def _check_short(name: str, value: object) -> None:
    if isinstance(value, str) and len(value.encode()) > SHORT_TEXT_BYTES:
        raise _invalid(
            f"{name} has {len(value.encode())} bytes; {SHORT_TEXT_BYTES} is the most (AMQP short string)."
        )


def _check_depth(value: object, levels_left: int = TABLE_DEPTH) -> None:
    if isinstance(value, dict | list):
        if not levels_left:
            raise _invalid(f"arguments are nested deeper than {TABLE_DEPTH} levels.")
        for nested in value.values() if isinstance(value, dict) else value:
            _check_depth(nested, levels_left - 1)
