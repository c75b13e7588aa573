"""Field tables: RabbitMQ's types, byte for byte, and lengths that are not to be trusted."""

from struct import pack

import pytest

from mqstudio.model import limits
from mqstudio.model.message import Header
from mqstudio.protocols.amqp091 import codec

FIELDS = [
    (Header("k", "bool", True), b"\x01kt\x01"),
    (Header("k", "int8", -2), b"\x01kb\xfe"),
    (Header("k", "uint8", 200), b"\x01kB\xc8"),
    (Header("k", "int16", -2), b"\x01ks\xff\xfe"),
    (Header("k", "uint16", 65535), b"\x01ku\xff\xff"),
    (Header("k", "int32", -2), b"\x01kI\xff\xff\xff\xfe"),
    (Header("k", "uint32", 2**32 - 1), b"\x01ki\xff\xff\xff\xff"),
    (Header("k", "int64", -2), b"\x01kl" + b"\xff" * 7 + b"\xfe"),
    (Header("k", "float", 0.5), b"\x01kf\x3f\x00\x00\x00"),
    (Header("k", "double", 0.5), b"\x01kd\x3f\xe0" + b"\0" * 6),
    (Header("k", "decimal", "12.50"), b"\x01kD\x02\x00\x00\x04\xe2"),
    (Header("k", "decimal", "-1"), b"\x01kD\x00\xff\xff\xff\xff"),
    (Header("k", "timestamp", 1), b"\x01kT" + b"\0" * 7 + b"\x01"),
    (Header("k", "string", "hé"), b"\x01kS\x00\x00\x00\x03h\xc3\xa9"),
    (Header("k", "bytes", b"\xff"), b"\x01kx\x00\x00\x00\x01\xff"),
    (Header("k", "null"), b"\x01kV"),
    (Header("k", "list", [Header("", "bool", False)]), b"\x01kA\x00\x00\x00\x02t\x00"),
    (Header("k", "table", [Header("a", "null")]), b"\x01kF\x00\x00\x00\x03\x01aV"),
]


@pytest.mark.parametrize(("field", "raw"), FIELDS, ids=lambda value: getattr(value, "kind", None))
def test_each_type_has_its_letter(field: Header, raw: bytes) -> None:
    """Every type is read and written as RabbitMQ reads and writes it."""
    table = pack(">I", len(raw)) + raw
    assert codec.read_table(table, 0, len(table)) == ([field], len(table))
    assert codec.write_table([field]) == table
    assert codec.skip_table(table, 0, len(table)) == len(table)


def test_l_in_both_cases_is_a_signed_64_bit_integer() -> None:
    """RabbitMQ's errata: `L` is what `l` is."""
    table = pack(">I", 11) + b"\x01kL" + b"\xff" * 8
    assert codec.read_table(table, 0, len(table))[0] == [Header("k", "int64", -1)]


def test_order_and_doubles_are_kept() -> None:
    """A table is read in its order, with everything in it."""
    headers = [Header("b", "null"), Header("a", "null"), Header("b", "bool", True)]
    table = codec.write_table(headers)
    assert codec.read_table(table, 0, len(table))[0] == headers
    assert codec.to_arguments(headers) == {"b": True, "a": None}


def test_a_string_that_is_no_text_is_bytes() -> None:
    """Long strings carry any bytes."""
    table = pack(">I", 8) + b"\x01kS\x00\x00\x00\x01\xff"
    assert codec.read_table(table, 0, len(table))[0] == [Header("k", "bytes", b"\xff")]


HOSTILE = {
    "table longer than the frame": b"\x7f\xff\xff\xff",
    "name longer than the table": b"\x00\x00\x00\x02\xffk",
    "no type": b"\x00\x00\x00\x02\x01k",
    "unknown type": b"\x00\x00\x00\x03\x01k?",
    "number cut off": b"\x00\x00\x00\x04\x01kI\x00",
    "string length cut off": b"\x00\x00\x00\x05\x01kS\x00\x00",
    "string longer than the table": b"\x00\x00\x00\x08\x01kS\x00\x00\x00\x09x",
    "string reaching behind the table": b"\x00\x00\x00\x07\x01kS\x00\x00\x00\x02xx",
    "array longer than the table": b"\x00\x00\x00\x07\x01kA\xff\xff\xff\xff",
    "length cut off": b"\x00\x00",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_lengths_are_checked(data: bytes) -> None:
    """A length that does not fit what encloses it is an error, in reading and in skipping."""
    with pytest.raises(ValueError, match=r"."):
        codec.read_table(data, 0, len(data))
    with pytest.raises(ValueError, match=r"."):
        codec.skip_table(data, 0, len(data))


def nested(depth: int, *, in_list: bool) -> bytes:
    """A table around tables or arrays; the innermost is empty."""
    inner = b"\0\0\0\0"
    for level in range(depth):
        field = (b"A" if in_list and level < depth - 1 else b"F") + inner
        if not in_list or level == depth - 1:
            field = b"\x01k" + field
        inner = pack(">I", len(field)) + field
    return inner


@pytest.mark.parametrize("in_list", [False, True])
def test_nesting_is_bounded(in_list: bool) -> None:
    """As deep as the limit is read; a frame full of nested tables is refused, not recursed into."""
    fine = nested(limits.TABLE_DEPTH, in_list=False)
    assert codec.skip_table(fine, 0, len(fine)) == len(fine)
    assert codec.read_table(fine, 0, len(fine))[1] == len(fine)
    deep = nested(5_000, in_list=False)
    with pytest.raises(ValueError, match="nested deeper"):
        codec.read_table(deep, 0, len(deep))
    with pytest.raises(ValueError, match="nested deeper"):
        codec.skip_table(deep, 0, len(deep))


def test_nested_arrays_are_bounded_too() -> None:
    """An array in an array counts as a level."""
    inner = b"\0\0\0\0"
    for _ in range(1_000):
        inner = pack(">I", len(inner) + 1) + b"A" + inner
    table = pack(">I", len(inner) + 3) + b"\x01kA" + inner
    with pytest.raises(ValueError, match="nested deeper"):
        codec.read_table(table, 0, len(table))
    with pytest.raises(ValueError, match="nested deeper"):
        codec.skip_table(table, 0, len(table))


def test_plain_values_keep_their_types() -> None:
    """Values of arguments come back as they were."""
    arguments = {
        "s": "x", "b": True, "i": 5, "l": 2**40, "f": 0.5, "x": b"\0", "t": {"n": None}, "a": [1, "two"],
    }  # fmt: skip
    table = codec.write_table(codec.from_arguments(arguments))
    assert codec.to_arguments(codec.read_table(table, 0, len(table))[0]) == arguments


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (Header("k", "int8", 1000), "1000"),
        (Header("k", "decimal", "1e999999999"), "1e999999999"),
        (Header("k", "decimal", "many"), "many"),
        (Header("k", "no such kind", 5), "5"),
    ],
)
def test_a_value_its_type_cannot_hold_becomes_text(header: Header, text: str) -> None:
    """Headers from other protocols may not fit: nobody is there to be told, so the value goes as text."""
    table = codec.write_table([header])
    assert codec.read_table(table, 0, len(table))[0] == [Header("k", "string", text)]


def test_a_short_string_is_cut_between_characters() -> None:
    """What is over 255 bytes goes, whole characters at a time."""
    assert codec.write_short_string("x" * 255) == b"\xff" + b"x" * 255
    assert codec.write_short_string("é" * 200) == bytes([254]) + "é".encode() * 127


def test_the_smallest_decimal_is_one() -> None:
    """32 bits hold one more number below zero than above."""
    table = b"\0\0\0\x08\x01kD\x02\x80\0\0\0"
    headers, _ = codec.read_table(table, 0, len(table))
    assert headers == [Header("k", "decimal", "-21474836.48")]
    assert codec.write_table(headers) == table


def test_a_decimal_of_hundreds_of_places_is_not_written_out() -> None:
    """Six bytes must not become hundreds; they come back all the same."""
    table = b"\0\0\0\x08\x01kD\xff\0\0\0\x01"
    headers, _ = codec.read_table(table, 0, len(table))
    assert headers == [Header("k", "decimal", "1E-255")]
    assert codec.write_table(headers) == table


@pytest.mark.parametrize("item", [b"V", b"t\1", b"A\0\0\0\0", b"S\0\0\0\0"])
@pytest.mark.parametrize("depth", [0, 5])
def test_values_are_counted_over_all_levels(item: bytes, depth: int) -> None:
    """As many as the limit are read; one more is refused before anything is made of them."""
    for count in (limits.TABLE_FIELDS_MAX, limits.TABLE_FIELDS_MAX + 1):
        around = depth + 1
        inside = item * (count - around)
        for _ in range(around):
            inside = b"A" + pack(">I", len(inside)) + inside
        table = pack(">I", len(inside) + 1) + b"\0" + inside
        if count == limits.TABLE_FIELDS_MAX:
            assert codec.read_table(table, 0, len(table))[1] == len(table)
            continue
        with pytest.raises(ValueError, match="more than 10000 values"):
            codec.read_table(table, 0, len(table))
        with pytest.raises(ValueError, match="more than 10000 values"):
            codec.skip_table(table, 0, len(table))
