"""What is wrong with an argument, in RabbitMQ's terms: clients show them, their tests match on them."""

from collections.abc import Callable, Mapping

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
    name = type_name(error.value)
    if error.argument.value_kind in (ValueKind.FLAG, ValueKind.TEXT, ValueKind.CHOICE, ValueKind.AGE):
        return f": {{unacceptable_type,{name}}}"
    return f': "expected integer, got {name}"'


def _too_large(error: ArgumentError) -> str:
    term = "max_value_exceeded" if error.argument.value_kind is ValueKind.PRIORITY else "value_too_large"
    return f": {{{term},{error.value}}}"


_CHOICES = {"x-queue-type": "type", "x-queue-mode": "mode", "x-queue-version": "version"}


def _not_a_choice(error: ArgumentError) -> str:
    name = error.argument.name
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
    if error.problem is Problem.WRONG_TYPE and argument.name.startswith("x-dead-letter-"):
        return f"invalid type '{type_name(error.value)}' for arg '{argument.name}' in queue " + _WHERE
    problem = _TEXTS[error.problem](error).replace("{queue_type}", str(queue_type))
    return f"invalid arg '{argument.name}' for queue {_WHERE}" + problem.replace("{", "{{").replace("}", "}}")


_WHERE = "'{name}' in vhost '{vhost}'"


def consumer_priority(arguments: Arguments, queue: str, vhost: str) -> int:
    """The priority that a consumer asks for. Raises: RemoteError: 406 for what is no integer."""
    value = arguments.get("x-priority", 0)
    if isinstance(value, bool) or not isinstance(value, int):
        problem = f'"expected integer, got {type_name(value)}"'
        raise RemoteError(f"invalid arg 'x-priority' for queue '{queue}' in vhost '{vhost}': {problem}", 406)
    return value


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
