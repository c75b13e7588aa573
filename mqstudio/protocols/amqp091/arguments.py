"""What is wrong with an argument, in RabbitMQ's terms: clients show them, their tests match on them."""

from collections.abc import Callable, Mapping
from typing import Any

from mqstudio.model.arguments import ArgumentError, Problem, ValueKind

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


def problem_text(error: ArgumentError) -> str:
    """The term that RabbitMQ prints."""
    return _TEXTS[error.problem](error)
