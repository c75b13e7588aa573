"""What is wrong with an argument, in RabbitMQ's terms: clients show them, their tests match on them."""

from collections.abc import Callable, Mapping
from typing import Any

from mqstudio.model.arguments import ArgumentError, Problem, ValueKind
from mqstudio.model.errors import RemoteError
from mqstudio.model.topology import Arguments

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
    if error.argument.value_kind in (ValueKind.FLAG, ValueKind.TEXT, ValueKind.CHOICE, ValueKind.AGE):
        return f"{{unacceptable_type,{type_name(error.value)}}}"
    return f'"expected integer, got {type_name(error.value)}"'


_TEXTS: Mapping[Problem, Callable[[ArgumentError], str]] = {
    Problem.WRONG_TYPE: _wrong_type,
    Problem.NEGATIVE: lambda error: f"{{value_negative,{error.value}}}",
    Problem.ZERO: lambda error: "{value_zero,0}",
    Problem.TOO_LARGE: lambda error: f"{{value_too_large,{error.value}}}",
    Problem.NOT_A_CHOICE: lambda error: f"{{invalid_value,{_shown(error.value)}}}",
    Problem.NOT_FOR_KIND: lambda error: "unsupported by this type of queue",
    Problem.KEY_WITHOUT_EXCHANGE: lambda error: "routing_key_but_no_dlx_defined",
}


def _shown(value: Any) -> str:  # Any: whatever a peer sent
    return f'<<"{value}">>'


def consumer_priority(arguments: Arguments, queue: str, vhost: str) -> int:
    """The priority that a consumer asks for. Raises: RemoteError: 406 for what is no integer."""
    value = arguments.get("x-priority", 0)
    if isinstance(value, bool) or not isinstance(value, int):
        problem = f'"expected integer, got {type_name(value)}"'
        raise RemoteError(f"invalid arg 'x-priority' for queue '{queue}' in vhost '{vhost}': {problem}", 406)
    return value


def problem_text(error: ArgumentError) -> str:
    """The term that RabbitMQ prints."""
    return _TEXTS[error.problem](error)


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
