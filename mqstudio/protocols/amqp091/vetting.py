"""What a publish's property bytes ask of the broker, and whether they may pass.

Shape is checked as far as consumers depend on it, `expiration` and `user_id` as RabbitMQ does. The bytes
themselves go on untouched, but for what RabbitMQ changes as well: BCC is taken out.
"""

import re
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from mqstudio.model import limits
from mqstudio.model.arguments import TIME_MAX_MS
from mqstudio.model.errors import RemoteError
from mqstudio.model.message import PLAIN, Header, Traits, traits
from mqstudio.protocols.amqp091 import codec
from mqstudio.protocols.amqp091.arguments import kind_name
from mqstudio.protocols.amqp091.convert import WIDTHS, present, read_properties, write_properties

REPLY_TO = "amq.rabbitmq.reply-to"
"""A queue that is none: where to consume, and what to put into reply_to, for direct replies."""

TRANSIENT, PERSISTENT = 1, 2
"""The delivery_mode of messages that a restart loses, and of those that outlive it; no other is taken."""


class Vetted(Struct, frozen=True, gc=False):
    """Property bytes that may pass, and what they ask for. `wants_reply`: reply_to is to be filled in."""

    properties: bytes
    traits: Traits = PLAIN
    wants_reply: bool = False


_SHORT, _TABLE, _EXPIRATION, _USER_ID, _REPLY_TO, _MODE, _PRIORITY = 0, -1, -2, -3, -4, -5, -6
_SHAPES = {
    "expiration": _EXPIRATION,
    "user_id": _USER_ID,
    "reply_to": _REPLY_TO,
    "delivery_mode": _MODE,
    "priority": _PRIORITY,
}


@lru_cache(maxsize=1024)
def _shapes(flags: int) -> tuple[int, ...]:
    """How `vet` passes each field that flags announce: a width, or one of the names above."""
    kinds = {"shortstr": _SHORT, "table": _TABLE, **WIDTHS}
    return tuple(_SHAPES.get(name, kinds[kind]) for name, kind in present(flags))


def vet(data: bytes, user: str | None) -> Vetted:
    """Check property bytes as far as others depend on it, and read what they ask for.

    Args:   user: what user_id must say; None for one who may write in anybody's name.

    Raises: RemoteError: 502 when they cannot be read, 406 when RabbitMQ refuses what they say.
    """
    pos, limit = 2, len(data)
    priority, ttl_us, is_persistent, wants_reply, is_demanding = 0, None, False, False, False
    try:
        for shape in _shapes(data[0] << 8 | data[1]):
            if shape == _SHORT:
                pos += 1 + data[pos]
            elif shape > 0:
                pos += shape
            elif shape == _MODE:
                is_persistent = data[pos] == PERSISTENT
                if not is_persistent and data[pos] != TRANSIENT:
                    raise RemoteError(f"invalid message: {{delivery_mode_unknown,{data[pos]}}}", 406)
                pos += 1
            elif shape == _PRIORITY:
                priority = data[pos]
                pos += 1
            elif shape == _TABLE:
                start = pos
                pos = codec.skip_table(data, pos, limit)
                table = data[start:pos]
                # How the names of headers that concern the broker stand in a table; found in one that has
                # none, they cost a closer look and nothing else.
                is_demanding = (
                    b"CC" in table and (b"\x02CC" in table or b"\x03BCC" in table)
                ) or b"\x07x-delay" in table
            else:
                start = pos + 1
                pos = start + data[pos]
                text = data[start:pos].decode("utf-8", "replace")
                if shape == _EXPIRATION:
                    ttl_us = _read_expiration(text)
                elif shape == _REPLY_TO:
                    wants_reply = text == REPLY_TO
                elif user is not None and text != user:
                    says = f"user_id property set to '{text}' but authenticated user was '{user}'"
                    raise RemoteError(says, 406)
        if pos != limit:
            raise ValueError("they end too early" if pos > limit else "bytes are left over")
    except ValueError as problem:
        raise RemoteError(f"cannot decode message properties: {problem}", 502) from None
    except IndexError:
        raise RemoteError("cannot decode message properties: they end too early", 502) from None
    if is_demanding:
        return _look_closer(data, traits(is_persistent, priority, ttl_us), wants_reply=wants_reply)
    if priority or is_persistent or ttl_us is not None:
        return Vetted(data, _shared(is_persistent, priority, ttl_us), wants_reply)
    return Vetted(data, PLAIN, wants_reply)


@lru_cache(maxsize=1024)
def _shared(is_persistent: bool, priority: int, ttl_us: int | None) -> Traits:
    """Equal traits of many messages are one object."""
    return traits(is_persistent, priority, ttl_us)


def _look_closer(data: bytes, plain: Traits, *, wants_reply: bool) -> Vetted:
    """Read the headers that concern the broker; BCC is for nobody else's eyes."""
    properties = read_properties(data)
    headers = properties.headers or []
    by_name = {header.name: header for header in headers}
    wishes = traits(
        plain.is_persistent,
        plain.priority,
        plain.ttl_us,
        _read_delay(by_name.get("x-delay")),
        _read_keys(by_name.get("CC")),
        _read_keys(by_name.get("BCC")),
    )
    if "BCC" in by_name:
        kept = [header for header in headers if header.name != "BCC"]
        data = write_properties(replace(properties, headers=kept))
    return Vetted(data, wishes, wants_reply)


def _read_keys(header: Header | None) -> tuple[str, ...]:
    """Further routing keys: the strings of an array. Raises: RemoteError for anything else than an array."""
    if header is None:
        return ()
    if header.kind != "list":
        problem = f'{{unacceptable_type_in_header,"{header.name}",{kind_name(header.kind)}}}'
        raise RemoteError(f"invalid message: {problem}", 406)
    keys = tuple(item.value for item in header.value or () if item.kind == "string")
    if len(keys) > limits.EXTRA_KEYS_MAX:
        says = f"{len(keys)} routing keys in header '{header.name}', at most {limits.EXTRA_KEYS_MAX}"
        raise RemoteError(f"invalid message: {says}", 406)
    return keys


DELAY_MAX_MS = 2**32 - 1
"""The longest delay that RabbitMQ's plug-in takes; longer ones, and what is no number, do not delay."""


def _read_delay(header: Header | None) -> int | None:
    """The delay in µs; None: none."""
    value = header.value if header is not None else 0
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:20])
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= DELAY_MAX_MS:
        return None
    return value * 1000


_INTEGER = re.compile(r"[+-]?[0-9]+")


def _read_expiration(text: str) -> int:
    """The time to live in µs. Raises: RemoteError: 406 for what is no number of milliseconds."""
    match = _INTEGER.match(text)
    if match is None:
        problem = "no_integer"
    elif match.end() < len(text):
        problem = f'{{leftover_string,"{text[match.end() :]}"}}'
    elif int(text) < 0:
        problem = f"{{value_negative,{int(text)}}}"
    elif int(text) > TIME_MAX_MS:
        problem = f"{{value_too_large,{int(text)}}}"
    else:
        return int(text) * 1000
    raise RemoteError(f"invalid expiration '{text}': {problem}", 406)


def fill_in_reply(vetted: Vetted, queue: str | None) -> bytes:
    """Property bytes with reply_to naming the queue behind a channel's direct replies.

    Raises: RemoteError: 406 if the channel has none.
    """
    if not vetted.wants_reply:
        return vetted.properties
    if queue is None:
        raise RemoteError("fast reply consumer does not exist", 406)
    return write_properties(replace(read_properties(vetted.properties), reply_to=queue))
