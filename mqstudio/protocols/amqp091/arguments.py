"""What is wrong with an argument, in RabbitMQ's terms: clients show them, their tests match on them."""

import re
from collections.abc import Callable, Mapping

from mqstudio.model.arguments import QUEUE_ARGUMENTS, ArgumentError, Problem, ValueKind
from mqstudio.model.commands import LogStart
from mqstudio.model.errors import RemoteError
from mqstudio.model.message import Header

_TYPE_NAMES = {
    bool: "bool",
    int: "signedint",
    float: "double",
    str: "longstr",
    bytes: "binary",
    dict: "table",
    list: "array",
    type(None): "void",
}


def type_name(value: object) -> str:
    """What RabbitMQ calls a value's type."""
    return _TYPE_NAMES.get(type(value), "unknown")


def _wrong_type(error: ArgumentError) -> str:
    name = type_name(error.value)
    if error.argument.value_kind in (ValueKind.FLAG, ValueKind.TEXT, ValueKind.CHOICE, ValueKind.AGE):
        return f": {{unacceptable_type,{name}}}"
    return f': "expected integer, got {name}"'


def _too_large(error: ArgumentError) -> str:
    term = "max_value_exceeded" if error.argument.value_kind is ValueKind.PRIORITY else "value_too_large"
    return f": {{{term},{error.value}}}"


_CHOICES = {"x-queue-type": "type", "x-queue-mode": "mode", "x-queue-version": "version"}
_INVALID = {
    "x-dead-letter-strategy": "invalid_dlx_strategy",
    "x-queue-leader-locator": "invalid_queue_locator_arg",
}


def _not_a_choice(error: ArgumentError) -> str:
    name = error.argument.name
    if name in _INVALID:
        return f": {_INVALID[name]}"
    if name in _CHOICES:
        return f": \"unsupported queue {_CHOICES[name]} '{error.value}'\""
    return f": invalid_{name.removeprefix('x-').replace('-', '_')}"


_TEXTS: Mapping[Problem, Callable[[ArgumentError], str]] = {
    Problem.WRONG_TYPE: _wrong_type,
    Problem.NEGATIVE: lambda error: f": {{value_negative,{error.value}}}",
    Problem.ZERO: lambda error: ": {value_zero,0}",
    Problem.TOO_LARGE: _too_large,
    Problem.NOT_A_CHOICE: _not_a_choice,
    Problem.NOT_FOR_KIND: lambda error: " of queue type rabbit_{queue_type}_queue",
    Problem.KEY_WITHOUT_EXCHANGE: lambda error: ": routing_key_but_no_dlx_defined",
}


def refusal_text(error: ArgumentError, queue_type: object) -> str:
    """What RabbitMQ says of an argument; `{name}` and `{vhost}` are to be filled in."""
    argument = error.argument
    if error.problem is Problem.WRONG_TYPE and argument.name.endswith("-exchange"):
        return f"invalid type '{type_name(error.value)}' for arg '{argument.name}' in {{kind}} {_WHERE}"
    problem = _TEXTS[error.problem](error).replace("{queue_type}", str(queue_type))
    return f"invalid arg '{argument.name}' for queue {_WHERE}" + problem.replace("{", "{{").replace("}", "}}")


_WHERE = "'{name}' in vhost '{vhost}'"


_INTEGERS = frozenset({"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"})


def consumer_priority(table: list[Header], queue: str, vhost: str) -> int:
    """The priority that a consumer asks for. Raises: RemoteError: 406 for what is no integer."""
    header = next((each for each in table if each.name == "x-priority"), None)
    if header is None:
        return 0
    if header.kind not in _INTEGERS:
        problem = f'"expected integer, got {kind_name(header.kind)}"'
        raise RemoteError(f"invalid arg 'x-priority' for queue '{queue}' in vhost '{vhost}': {problem}", 406)
    return int(header.value)


def check_consumer(table: list[Header], queue: str, vhost: str) -> None:
    """Check what a consumer says of clusters, though it has no effect. Raises: RemoteError: 406."""
    for header in table:
        if header.name == "x-cancel-on-ha-failover" and header.kind != "bool":
            problem = f"{{unacceptable_type,{kind_name(header.kind)}}}"
            says = f"invalid arg '{header.name}' for queue '{queue}' in vhost '{vhost}': {problem}"
            raise RemoteError(says, 406)


def refuse_false_integers(table: list[Header], queue: str, vhost: str) -> None:
    """Refuse timestamps and decimals where a number is meant: as plain values they would be taken for one.

    Raises: RemoteError: 406.
    """
    for header in table:
        argument = QUEUE_ARGUMENTS.get(header.name)
        if header.kind in ("timestamp", "decimal") and argument is not None and argument.is_number:
            problem = f'"expected integer, got {header.kind}"'
            says = f"invalid arg '{header.name}' for queue '{queue}' in vhost '{vhost}': {problem}"
            raise RemoteError(says, 406)


_START_KEY = "x-stream-offset"
_SPAN = re.compile(r"([0-9]{1,9})([YMDhms])")
_SPAN_UNITS_S = {"Y": 365 * 86_400, "M": 30 * 86_400, "D": 86_400, "h": 3_600, "m": 60, "s": 1}


def log_start(table: list[Header], now_us: int) -> LogStart | None:
    """Where a consumer of a stream is to begin; None where it does not say."""
    header = next((each for each in table if each.name == _START_KEY), None)
    if header is None:
        return None
    value = header.value
    if header.kind in _INTEGERS:
        return LogStart(offset=max(int(value), 0))
    if header.kind == "timestamp":
        return LogStart(at_us=int(value) * 1_000_000)
    if header.kind == "string":
        span = _SPAN.fullmatch(value)
        if span is not None and int(span[1]):
            return LogStart(at_us=now_us - int(span[1]) * _SPAN_UNITS_S[span[2]] * 1_000_000)
        if value in _STARTS:
            return _STARTS[value]
    shown = f'<<"{value}">>' if isinstance(value, str) else str(value)
    return LogStart(problem=f"{{invalid_stream_offset_arg,{{{kind_name(header.kind)},{shown:.100}}}}}")


_STARTS = {"first": LogStart(offset=0), "last": LogStart(is_last=True), "next": LogStart()}


_KIND_NAMES = {
    "string": "longstr",
    "int8": "byte",
    "int16": "short",
    "int32": "signedint",
    "int64": "long",
    "uint8": "unsignedbyte",
    "uint16": "unsignedshort",
    "uint32": "unsignedint",
    "bytes": "binary",
    "list": "array",
    "null": "void",
}


def kind_name(kind: str) -> str:
    """What RabbitMQ calls a header's type (see `model.message.Header.kind`)."""
    return _KIND_NAMES.get(kind, kind)
