"""Reply codes of AMQP 0-9-1: what each is called, what it closes, and which refusal means it.

Texts are RabbitMQ's, since clients show them and their tests match on them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from mqstudio.model import attempts, limits
from mqstudio.model.errors import Refusal, RefusedError, RemoteError
from mqstudio.protocols.amqp091 import arguments, codec
from mqstudio.protocols.base import Piece

CODES: Mapping[int, tuple[str, bool]] = {
    311: ("CONTENT_TOO_LARGE", False),
    320: ("CONNECTION_FORCED", True),
    403: ("ACCESS_REFUSED", False),
    404: ("NOT_FOUND", False),
    405: ("RESOURCE_LOCKED", False),
    406: ("PRECONDITION_FAILED", False),
    501: ("FRAME_ERROR", True),
    502: ("SYNTAX_ERROR", True),
    503: ("COMMAND_INVALID", True),
    504: ("CHANNEL_ERROR", True),
    505: ("UNEXPECTED_FRAME", True),
    506: ("RESOURCE_ERROR", True),
    530: ("NOT_ALLOWED", True),
    540: ("NOT_IMPLEMENTED", True),
    541: ("INTERNAL_ERROR", True),
}
"""Name of each code, and whether it ends the connection rather than one channel."""

_LOCKED = (
    "cannot obtain exclusive access to locked queue '{name}' in vhost '{vhost}'. It could be originally "
    "declared on another connection or the exclusive property value does not match that of the original "
    "declaration."
)
_DIFFERENT = (
    "inequivalent arg '{attribute}' for {kind} '{name}' in vhost '{vhost}': "
    "received {received} but current is {current}"
)

REFUSALS: Mapping[Refusal, tuple[int, str]] = {
    Refusal.NO_SUCH_QUEUE: (404, "no queue '{name}' in vhost '{vhost}'"),
    Refusal.NO_SUCH_EXCHANGE: (404, "no exchange '{name}' in vhost '{vhost}'"),
    Refusal.NO_SUCH_VHOST: (530, "vhost {name} not found"),
    Refusal.NO_SUCH_CONNECTION: (541, "{says}"),
    Refusal.NO_SUCH_CHANNEL: (504, "{says}"),
    Refusal.NO_SUCH_DELIVERY: (406, "unknown delivery tag {delivery_tag}"),
    Refusal.NO_SUCH_BIN: (404, "{says}"),
    Refusal.NO_SUCH_SUBSCRIPTION: (404, "{says}"),
    Refusal.NO_SUCH_MESSAGE: (404, "{says}"),
    Refusal.NO_SUCH_USER: (404, "{says}"),
    Refusal.LOGIN_REFUSED: (403, "{says}"),
    Refusal.VHOST_REFUSED: (530, "access to vhost '{vhost}' refused for user '{user}'"),
    Refusal.ACCESS_REFUSED: (
        403,
        "access to {kind} '{name}' in vhost '{vhost}' refused for user '{user}'",
    ),
    Refusal.TOPIC_REFUSED: (
        403,
        "access to topic '{key}' in exchange '{name}' in vhost '{vhost}' refused for user '{user}'",
    ),
    Refusal.TOO_MANY_CONNECTIONS_OF_USER: (
        530,
        "connection refused for user '{user}': user connection limit ({limit}) is reached",
    ),
    Refusal.TOO_MANY_CHANNELS_OF_USER: (
        530,
        "number of channels opened for user '{user}' has reached the maximum allowed user limit of ({limit})",
    ),
    Refusal.TOO_MANY_CONNECTIONS_OF_VHOST: (
        530,
        "access to vhost '{vhost}' refused for user '{user}': connection limit ({limit}) is reached",
    ),
    Refusal.TOO_MANY_QUEUES_OF_VHOST: (
        406,
        "cannot declare queue '{name}': queue limit in vhost '{vhost}' ({limit}) is reached",
    ),
    Refusal.NO_SUCH_POLICY: (404, "{says}"),
    Refusal.NO_TRANSACTION: (406, "channel is not transactional"),
    Refusal.DECLARED_DIFFERENTLY: (406, _DIFFERENT),
    Refusal.LOCKED_BY_OTHER_CONNECTION: (405, _LOCKED),
    Refusal.EXCLUSIVE_SUBSCRIPTION: (403, "queue '{name}' in vhost '{vhost}' in exclusive use"),
    Refusal.DUPLICATE_SUBSCRIPTION: (530, "attempt to reuse consumer tag '{tag}'"),
    Refusal.QUEUE_IN_USE: (406, "queue '{name}' in vhost '{vhost}' in use"),
    Refusal.QUEUE_NOT_EMPTY: (406, "queue '{name}' in vhost '{vhost}' not empty"),
    Refusal.EXCHANGE_IN_USE: (406, "exchange '{name}' in vhost '{vhost}' in use"),
    # 503 and the connection until RabbitMQ 3.11; clients' suites follow the later versions.
    Refusal.UNKNOWN_EXCHANGE_KIND: (406, "unknown exchange type '{name}'"),
    Refusal.INVALID_ARGUMENT: (406, "{says}"),
    Refusal.DEFAULT_EXCHANGE: (403, "operation not permitted on the default exchange"),
    Refusal.SYSTEM_EXCHANGE: (403, "deletion of system exchange '{name}' in vhost '{vhost}' not allowed"),
    Refusal.INTERNAL_EXCHANGE: (403, "cannot publish to internal exchange '{name}' in vhost '{vhost}'"),
    Refusal.TOO_LARGE: (406, "{says}"),
    Refusal.TOO_MANY: (506, "{says}"),
    Refusal.OUT_OF_MEMORY: (506, "{says}"),
    Refusal.NOT_STORED: (541, "{says}"),
    Refusal.READ_ONLY: (403, "{says}"),
    Refusal.NOT_SUPPORTED: (540, "{says}"),
}
"""Code and text of every refusal; the texts are filled in from its facts."""

_ON_QUEUE = "{kind} '{name}' in vhost '{vhost}'"
_ATTEMPTS: Mapping[str, tuple[int, str]] = {
    "take": (540, f"basic.get not supported by stream queues {_ON_QUEUE}"),
    "purge": (540, f"queue.purge not supported by stream queues {_ON_QUEUE}"),
    "auto_settle": (540, f"automatic acknowledgement not supported by stream queues {_ON_QUEUE}"),
    "restore": (540, "{says}"),
    "give_back": (540, f"basic.nack and basic.reject not supported by stream queues {_ON_QUEUE}"),
    "share_credit": (540, f"{_ON_QUEUE} does not support global qos"),
    "delete_if_unused": (
        540,
        f"cannot delete {_ON_QUEUE}. queue.delete operations with if-unused flag set are not supported by "
        "quorum queues",
    ),
    "delete_if_empty": (
        540,
        f"cannot delete {_ON_QUEUE}. queue.delete operations with if-empty flag set are not supported by "
        "quorum queues",
    ),
    "take_beside_active": (
        405,
        "cannot obtain access to locked {kind} '{name}' in vhost '{vhost}'. basic.get operations are not "
        "supported by quorum queues with single active consumer",
    ),
}
"""What some kinds of queue do not do, by the fact `attempted` (measured on RabbitMQ 3.10.8)."""
_NO_CREDIT = f"consumer prefetch count is not set for '{_ON_QUEUE}'"
_BAD_START = f"invalid arg 'x-stream-offset' for {_ON_QUEUE}: {{start}}"


class _Facts(dict[str, Any]):  # Any: facts are names, numbers, argument values
    """A refusal without a fact still gets its text."""

    def __missing__(self, key: str) -> str:
        return "?"


def translate(refused: RefusedError) -> RemoteError:
    """Say a refusal of the engine in this protocol's words."""
    code, text = REFUSALS[refused.why]
    facts = _Facts(refused.facts, says=refused.says)
    if refused.why is Refusal.DECLARED_DIFFERENTLY:
        received, current = facts["received"], facts["current"]
        one_is_absent = received is None or current is None
        facts["received"], facts["current"] = (
            _value_text(value, with_type=one_is_absent) for value in (received, current)
        )
    if "attempted" in facts:
        code, text = _ATTEMPTS[facts["attempted"]]
    elif "missing" in facts:
        text = _NO_CREDIT
    elif "start" in facts:
        text = _BAD_START
    elif "unsuited" in facts:
        text = f"invalid arg 'x-stream-offset' for {_ON_QUEUE} of queue type rabbit_{{unsuited}}_queue"
    elif "property" in facts:
        text = "invalid property '{property}' for {kind} '{name}' in vhost '{vhost}'"
    elif "error" in facts:
        text = arguments.refusal_text(facts["error"], facts["queue_type"])
    elif facts["attribute"] in _BINDING_PROBLEMS:
        facts["problem"] = _BINDING_PROBLEMS[facts["attribute"]](facts["received"])
        text = "{problem}"
    return RemoteError(text.format_map(facts), code)


def _mode_problem(value: object) -> str:
    if isinstance(value, str):
        return f"Invalid x-match field value {_binary(value)}; expected all, any, all-with-x, or any-with-x"
    shown = str(value).lower() if isinstance(value, bool) else value
    shown = _binary(value.decode("utf-8", "replace")) if isinstance(value, bytes) else shown
    return f"Invalid x-match field type {arguments.type_name(value)} (value {shown}); expected longstr"


def _weight_problem(value: object) -> str:
    is_number = str(value).lstrip("+-").isdecimal()
    problem = "greater than 0" if is_number else f"an integer: {_binary(str(value))}"
    return f"The binding key must be {problem}"


_BINDING_PROBLEMS: Mapping[str, Callable[[object], str]] = {
    "x-match": _mode_problem,
    "weight": _weight_problem,
}


def _binary(text: str) -> str:
    """A text as Erlang prints one."""
    return f'<<"{text}">>' if text else "<<>>"


def reply_text(code: int, says: str) -> str:
    """RabbitMQ's reply texts begin with the code's name, and end in dots where they do not fit."""
    text = f"{CODES[code][0]} - {says}"
    raw = text.encode("utf-8", "replace")
    if len(raw) <= limits.SHORT_TEXT_BYTES:
        return text
    return raw[: limits.SHORT_TEXT_BYTES - len(_CUT)].decode("utf-8", "ignore") + _CUT


_CUT = "..."


def closes_connection(code: int) -> bool:
    """Whether an error ends the connection rather than one channel."""
    return CODES[code][1]


def _value_text(value: object, *, with_type: bool) -> str:
    """A declaration's value as RabbitMQ prints it: the type only where there is nothing to compare with."""
    if value is None:
        return "none"
    shown = f"'{str(value).lower() if isinstance(value, bool) else value}'"
    return f"the value {shown} of type '{arguments.type_name(value)}'" if with_type else shown


def frame_problem(size: int, frame_max: int, end: bytes) -> str:
    """What is wrong with the frame around a payload, in RabbitMQ's terms; "" if nothing is.

    RabbitMQ lets a payload be as large as a frame may be, since clients count differently.
    """
    if size > frame_max:
        return f"{{{attempts.FRAME_TOO_LARGE},{size},{frame_max - codec.FRAME_OVERHEAD}}}"
    return "" if end == bytes([codec.FRAME_END]) else f"{{invalid_frame_end_marker,{end[0]}}}"


def frame_says(kind: int, payload: Piece, problem: str = "") -> str:
    """What RabbitMQ says of a frame it cannot use: its type and its first bytes."""
    share = "all" if len(payload) <= 16 else "first 16"
    snippet = bytes(payload[:16])
    if snippet and all(32 <= byte < 127 for byte in snippet):
        shown = f'"{snippet.decode("ascii")}"'
    else:
        shown = ",".join(map(str, snippet))
    return f"type {kind}, {share} octets = <<{shown}>>" + (f": {problem}" if problem else "")
