"""The methods of AMQP 0-9-1 with RabbitMQ's extensions: one table, and the codec made from it.

Methods are known by their code, class and method number in one integer, as they stand in a frame.
Arguments are tuples in the table's order; bits are bools, tables are lists of `Header`.

Source: amqp0-9-1.extended.xml; connection.update-secret: RabbitMQ's amqp-rabbitmq-0.9.1.json.
"""

from collections.abc import Callable
from struct import Struct, error
from typing import Any, NamedTuple

from mqstudio.protocols.amqp091 import codec

Args = tuple[Any, ...]  # Any: the table says what each method's arguments are

_TABLE = """
connection.start            10 10  octet:major octet:minor table:properties longstr:mechanisms longstr:locales
connection.start-ok         10 11  table:properties shortstr:mechanism longstr:response shortstr:locale
connection.secure           10 20  longstr:challenge
connection.secure-ok        10 21  longstr:response
connection.tune             10 30  short:channel_max long:frame_max short:heartbeat
connection.tune-ok          10 31  short:channel_max long:frame_max short:heartbeat
connection.open             10 40  shortstr:vhost shortstr:reserved bit:reserved
connection.open-ok          10 41  shortstr:reserved
connection.close            10 50  short:code shortstr:text short:class short:method
connection.close-ok         10 51
connection.blocked          10 60  shortstr:reason
connection.unblocked        10 61
connection.update-secret    10 70  longstr:secret shortstr:reason
connection.update-secret-ok 10 71
channel.open                20 10  shortstr:reserved
channel.open-ok             20 11  longstr:reserved
channel.flow                20 20  bit:active
channel.flow-ok             20 21  bit:active
channel.close               20 40  short:code shortstr:text short:class short:method
channel.close-ok            20 41
exchange.declare            40 10  short:reserved shortstr:exchange shortstr:type bit:passive bit:durable \
bit:auto_delete bit:internal bit:nowait table:arguments
exchange.declare-ok         40 11
exchange.delete             40 20  short:reserved shortstr:exchange bit:if_unused bit:nowait
exchange.delete-ok          40 21
exchange.bind               40 30  short:reserved shortstr:destination shortstr:source shortstr:key \
bit:nowait table:arguments
exchange.bind-ok            40 31
exchange.unbind             40 40  short:reserved shortstr:destination shortstr:source shortstr:key \
bit:nowait table:arguments
exchange.unbind-ok          40 51
queue.declare               50 10  short:reserved shortstr:queue bit:passive bit:durable bit:exclusive \
bit:auto_delete bit:nowait table:arguments
queue.declare-ok            50 11  shortstr:queue long:messages long:consumers
queue.bind                  50 20  short:reserved shortstr:queue shortstr:exchange shortstr:key \
bit:nowait table:arguments
queue.bind-ok               50 21
queue.purge                 50 30  short:reserved shortstr:queue bit:nowait
queue.purge-ok              50 31  long:messages
queue.delete                50 40  short:reserved shortstr:queue bit:if_unused bit:if_empty bit:nowait
queue.delete-ok             50 41  long:messages
queue.unbind                50 50  short:reserved shortstr:queue shortstr:exchange shortstr:key \
table:arguments
queue.unbind-ok             50 51
basic.qos                   60 10  long:size short:count bit:global
basic.qos-ok                60 11
basic.consume               60 20  short:reserved shortstr:queue shortstr:tag bit:no_local bit:no_ack \
bit:exclusive bit:nowait table:arguments
basic.consume-ok            60 21  shortstr:tag
basic.cancel                60 30  shortstr:tag bit:nowait
basic.cancel-ok             60 31  shortstr:tag
basic.publish               60 40  short:reserved shortstr:exchange shortstr:key bit:mandatory bit:immediate
basic.return                60 50  short:code shortstr:text shortstr:exchange shortstr:key
basic.deliver               60 60  shortstr:tag longlong:delivery bit:redelivered shortstr:exchange \
shortstr:key
basic.get                   60 70  short:reserved shortstr:queue bit:no_ack
basic.get-ok                60 71  longlong:delivery bit:redelivered shortstr:exchange shortstr:key \
long:messages
basic.get-empty             60 72  shortstr:reserved
basic.ack                   60 80  longlong:delivery bit:multiple
basic.reject                60 90  longlong:delivery bit:requeue
basic.recover-async         60 100 bit:requeue
basic.recover               60 110 bit:requeue
basic.recover-ok            60 111
basic.nack                  60 120 longlong:delivery bit:multiple bit:requeue
confirm.select              85 10  bit:nowait
confirm.select-ok           85 11
tx.select                   90 10
tx.select-ok                90 11
tx.commit                   90 20
tx.commit-ok                90 21
tx.rollback                 90 30
tx.rollback-ok              90 31
"""


class Method(NamedTuple):
    """A line of the table: `code` is class and method number, `types` and `fields` its arguments."""

    name: str
    code: int
    types: tuple[str, ...]
    fields: tuple[str, ...]


def _parse(table: str) -> list[Method]:
    methods = []
    for line in table.strip().splitlines():
        name, class_id, method_id, *arguments = line.split()
        pairs = [argument.split(":") for argument in arguments]
        code = int(class_id) << 16 | int(method_id)
        methods.append(Method(name, code, tuple(p[0] for p in pairs), tuple(p[1] for p in pairs)))
    return methods


METHODS = {method.code: method for method in _parse(_TABLE)}
CODES = {method.name: method.code for method in METHODS.values()}

_CODE = Struct(">I")
_INTEGERS = {"octet": Struct(">B"), "short": Struct(">H"), "long": Struct(">I"), "longlong": Struct(">Q")}

_Reader = Callable[[bytes, int, int], tuple[Any, int]]  # Any: by field type
_READERS: dict[str, _Reader] = {
    "shortstr": codec.read_short_string,
    "longstr": codec.read_long_string,
    "table": codec.read_table,
}
_WRITERS: dict[str, Callable[[Any], bytes]] = {
    "shortstr": codec.write_short_string,
    "longstr": codec.write_long_string,
    "table": codec.write_table,
    **{name: layout.pack for name, layout in _INTEGERS.items()},
}


def decode(code: int, payload: bytes) -> Args:
    """Read the arguments behind a method's code in the payload of its frame.

    Raises: ValueError saying what is wrong; UnicodeDecodeError for a short string that is no text.
    """
    values: list[Any] = []
    pos, limit, bit = 4, len(payload), 0
    for kind in METHODS[code].types:
        if kind == "bit":  # up to eight neighbours share an octet (AMQP 0-9-1 §4.2.5.2)
            pos += bit == 0
            if pos > limit:
                raise ValueError("its bits are cut off")
            values.append(bool(payload[pos - 1] >> bit & 1))
            bit = (bit + 1) % 8
            continue
        bit = 0
        layout = _INTEGERS.get(kind)
        if layout is None:
            value, pos = _READERS[kind](payload, pos, limit)
        else:
            try:
                (value,) = layout.unpack_from(payload, pos)
            except error:
                raise ValueError("a number is cut off") from None
            pos += layout.size
        values.append(value)
    if pos != limit:
        raise ValueError(f"{limit - pos} bytes are left over")
    return tuple(values)


def encode(channel: int, code: int, *arguments: Any) -> bytes:  # Any: see Args
    """Write a method in its frame."""
    parts = [_CODE.pack(code)]
    bits = used = 0
    for kind, value in zip(METHODS[code].types, arguments, strict=True):
        if kind == "bit":
            bits |= bool(value) << used
            used += 1
            continue
        if used:
            parts.append(bytes([bits]))
            bits = used = 0
        parts.append(_WRITERS[kind](value))
    if used:
        parts.append(bytes([bits]))
    return codec.frame(codec.METHOD, channel, b"".join(parts))
