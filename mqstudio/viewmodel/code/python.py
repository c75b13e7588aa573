"""A message as a Python program, with pika."""

import decimal
import math
from collections.abc import Iterator

from mqstudio.model.message import Header
from mqstudio.viewmodel.code.letter import Letter, comment, properties_of

_DIGITS_MAX, _PLACES_MAX = 2**31 - 1, 255
_NAMES = {"timestamp_s": "timestamp"}


def write(letter: Letter) -> str:
    """The program."""
    headers = letter.properties.headers
    said = [f"{_NAMES.get(name, name)}={value!r}" for name, value in properties_of(letter)]
    if headers is not None:
        said.append(f"headers={_table(headers)}")
    lines = [
        *_notes(headers or []),
        *_imports(headers or []),
        "",
        f"connection = pika.BlockingConnection(pika.URLParameters({letter.url!r}))",
        "channel = connection.channel()",
        "channel.basic_publish(",
        f"    exchange={letter.exchange!r},",
        f"    routing_key={letter.routing_key!r},",
        f"    body={letter.body!r},",
        f"    properties=pika.BasicProperties({', '.join(said)}),",
        ")",
        "connection.close()",
    ]
    return "\n".join(lines) + "\n"


def _imports(headers: list[Header]) -> list[str]:
    every = list(_all(headers))
    has_time = any(each.kind == "timestamp" for each in every)
    has_decimal = any(
        each.kind == "decimal" or (each.kind in ("float", "double") and _fits(each)) for each in every
    )
    wanted = [*(["import datetime"] if has_time else []), *(["import decimal"] if has_decimal else [])]
    return [*wanted, *([""] if wanted else []), "import pika"]


def _table(headers: list[Header]) -> str:
    return "{" + ", ".join(f"{header.name!r}: {header_value(header)}" for header in headers) + "}"


def header_value(header: Header) -> str:
    """A header's value as Python writes it."""
    match header.kind:
        case "timestamp":
            return f"datetime.datetime.fromtimestamp({header.value!r}, datetime.timezone.utc)"
        case "decimal":
            return f"decimal.Decimal({str(header.value)!r})"
        case "table":
            return _table(header.value)
        case "list":
            return "[" + ", ".join(header_value(each) for each in header.value) + "]"
        case "float" | "double":
            return f"decimal.Decimal({str(header.value)!r})" if _fits(header) else repr(str(header.value))
    return repr(header.value)


def _fits(header: Header) -> bool:
    """Whether a number goes as a decimal of AMQP: 32 bits of digits, and at most 255 places."""
    if not math.isfinite(header.value):
        return False
    _, digits, exponent = decimal.Decimal(str(header.value)).as_tuple()
    assert isinstance(exponent, int)  # it is finite
    number = int("".join(map(str, digits)))
    return -_PLACES_MAX <= exponent <= 0 and number <= _DIGITS_MAX


def _notes(headers: list[Header]) -> list[str]:
    """What a reader should know: pika refuses floating-point numbers."""
    odd = [header for header in _all(headers) if header.kind in ("float", "double")]
    return [
        f"# Header {comment(each.name)} is a {each.kind}: pika has none, it goes as "
        f"{'a decimal' if _fits(each) else 'text'}."
        for each in odd
    ]


def _all(headers: list[Header]) -> Iterator[Header]:
    for header in headers:
        yield header
        if header.kind in ("table", "list"):
            yield from _all(header.value)
