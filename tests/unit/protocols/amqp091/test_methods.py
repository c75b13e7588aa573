"""The method table against an implementation that is not ours, and against bytes written by hand."""

import pytest
from pamqp import commands

from mqstudio.model.message import Header
from mqstudio.protocols.amqp091 import methods

SAMPLES = {
    "bit": True,
    "octet": 9,
    "short": 513,
    "long": 70_000,
    "longlong": 2**40 + 1,
    "shortstr": "text",
    "longstr": b"text",
    "table": [Header("key", "string", "value")],
}
PAMQP_SAMPLES = SAMPLES | {"longstr": "text", "table": {"key": "value"}}
RESERVED = {"short": 0, "shortstr": "", "longstr": "", "bit": False}
"""What the other codec insists on in fields without a meaning."""


@pytest.mark.parametrize("method", methods.METHODS.values(), ids=lambda m: m.name)
def test_method_is_as_another_codec_writes_it(method: methods.Method) -> None:
    """Code and arguments of every method agree with pamqp, and are read back."""
    reserved = dict.fromkeys(RESERVED, "0") if method.name.startswith("channel.open") else RESERVED
    ours, theirs = [], []
    for kind, field in zip(method.types, method.fields, strict=True):
        is_reserved = field == "reserved"
        value = reserved[kind] if is_reserved else SAMPLES[kind]
        ours.append(value.encode() if is_reserved and kind == "longstr" else value)
        theirs.append(value if is_reserved else PAMQP_SAMPLES[kind])
    command = commands.INDEX_MAPPING[method.code]
    slots = [name for name in command.__slots__ if command.amqp_type(name)]
    written = methods.encode(3, method.code, *ours)
    instance = command.__new__(command)
    for name, value in zip(slots, theirs, strict=True):
        setattr(instance, name, value)
    payload = method.code.to_bytes(4) + instance.marshal()
    assert written == b"\x01\x00\x03" + len(payload).to_bytes(4) + payload + b"\xce"
    assert methods.decode(method.code, payload) == tuple(ours)


def test_the_table_is_complete() -> None:
    """Every method of the other codec is in the table."""
    assert set(methods.METHODS) == set(commands.INDEX_MAPPING)


@pytest.mark.parametrize(
    ("name", "arguments", "raw"),
    [
        ("basic.ack", (5, True), "01 0001 0000000d 003c0050 0000000000000005 01 ce"),
        ("connection.close-ok", (), "01 0001 00000004 000a0033 ce"),
        ("queue.declare-ok", ("q", 2, 3), "01 0001 0000000e 0032000b 0171 00000002 00000003 ce"),
        (
            "queue.declare",
            (0, "q", False, True, False, True, False, [Header("x", "bool", True)]),
            "01 0001 00000011 0032000a 0000 0171 0a 00000004 01787401 ce",
        ),
    ],
)
def test_golden_bytes(name: str, arguments: tuple[object, ...], raw: str) -> None:
    """Frames as the specification draws them."""
    assert methods.encode(1, methods.CODES[name], *arguments) == bytes.fromhex(raw)


@pytest.mark.parametrize(
    ("name", "payload", "says"),
    [
        ("basic.ack", "003c0050 00000000000000", "number is cut off"),
        ("basic.ack", "003c0050 0000000000000005", "bits are cut off"),
        ("basic.ack", "003c0050 0000000000000005 00 00", "1 bytes are left over"),
        ("basic.cancel", "003c001e 05 61", "short string"),
        ("basic.cancel", "003c001e", "short string"),
        ("connection.secure-ok", "000a0015 0000", "length is cut off"),
        ("connection.secure-ok", "000a0015 00000009 61", "past its end"),
    ],
)
def test_broken_arguments(name: str, payload: str, says: str) -> None:
    """Arguments that do not fill their frame exactly are an error that says what is wrong."""
    with pytest.raises(ValueError, match=says):
        methods.decode(methods.CODES[name], bytes.fromhex(payload))
