"""Where a consumer of a stream begins: its argument `x-stream-offset`.

`first`, `last`, `next` (as without the argument), an offset, a timestamp, or an age such as `1h`.
"""

import re

from mqstudio.model.commands import LogStart
from mqstudio.model.message import Header
from mqstudio.protocols.amqp091.arguments import type_name

ARGUMENT = "x-stream-offset"

_AGE = re.compile(r"([0-9]{1,9})([YMDhms])")
_UNITS_S = {"Y": 365 * 86_400, "M": 30 * 86_400, "D": 86_400, "h": 3_600, "m": 60, "s": 1}
_WORDS = {"first": LogStart(offset=0), "last": LogStart(is_last=True), "next": LogStart()}
_WHOLE = frozenset({"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"})


def log_start(arguments: list[Header], now_us: int) -> LogStart | None:
    """The start that a consumer's arguments ask for; None if they do not.

    What cannot be understood is told in `LogStart.problem`: only a stream minds.
    """
    header = next((each for each in reversed(arguments) if each.name == ARGUMENT), None)
    return None if header is None else _start(header, now_us)


def _start(header: Header, now_us: int) -> LogStart:
    value = header.value
    if header.kind in _WHOLE:
        return LogStart(offset=max(0, value))
    if header.kind == "timestamp":
        return LogStart(at_us=value * 1_000_000)
    if header.kind == "string" and value in _WORDS:
        return _WORDS[value]
    age = _AGE.fullmatch(value) if header.kind == "string" else None
    if age is not None and int(age[1]):
        return LogStart(at_us=now_us - int(age[1]) * _UNITS_S[age[2]] * 1_000_000)
    shown = f'<<"{value}">>' if isinstance(value, str) else str(value)
    return LogStart(problem=f"{{invalid_stream_offset_arg,{{{type_name(value)},{shown:.80}}}}}")
