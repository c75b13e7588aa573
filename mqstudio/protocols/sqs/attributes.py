"""Attributes of queues: one table of all, their checks, and what they come to as arguments of a queue.

The attributes as given are kept with the queue, in its argument `sqs`; the arguments beside it are what the
broker goes by. A queue that another protocol declared has all attributes as usual.

Source: AWS's SetQueueAttributes; `docs/protocols/sqs.md`, section 3.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from mqstudio.model.topology import Arguments
from mqstudio.protocols.sqs import names
from mqstudio.protocols.sqs.errors import SqsError, invalid_value
from mqstudio.protocols.sqs.names import FIFO_SUFFIX

OURS: Final = "sqs"
"""The argument of a queue that has what only SQS knows."""

ONCE_MS: Final = 300_000
MESSAGE_MAX_BYTES: Final = 1024 * 1024


class QueueAttribute(Struct, frozen=True):
    """An attribute that can be set: a whole number from `least` to `most`, or one of `choices`, or any text.

    default: "" if it is absent until it is given.
    """

    name: str
    default: str = ""
    least: int | None = None
    most: int | None = None
    choices: tuple[str, ...] = ()
    is_fifo: bool = False


_BOOLEAN: Final = ("true", "false")

TABLE: Final[Mapping[str, QueueAttribute]] = {
    each.name: each
    for each in (
        QueueAttribute("DelaySeconds", "0", 0, 900),
        QueueAttribute("MaximumMessageSize", str(MESSAGE_MAX_BYTES), 1024, MESSAGE_MAX_BYTES),
        QueueAttribute("MessageRetentionPeriod", "345600", 60, 1_209_600),
        QueueAttribute("ReceiveMessageWaitTimeSeconds", "0", 0, 20),
        QueueAttribute("VisibilityTimeout", "30", 0, 43_200),
        QueueAttribute("Policy"),
        QueueAttribute("RedrivePolicy"),
        QueueAttribute("RedriveAllowPolicy"),
        QueueAttribute("KmsMasterKeyId"),
        QueueAttribute("KmsDataKeyReusePeriodSeconds", "", 60, 86_400),
        QueueAttribute("SqsManagedSseEnabled", "true", choices=_BOOLEAN),
        QueueAttribute("FifoQueue", "", choices=_BOOLEAN, is_fifo=True),
        QueueAttribute("ContentBasedDeduplication", "false", choices=_BOOLEAN, is_fifo=True),
        QueueAttribute("DeduplicationScope", "queue", choices=("queue", "messageGroup"), is_fifo=True),
        QueueAttribute(
            "FifoThroughputLimit", "perQueue", choices=("perQueue", "perMessageGroupId"), is_fifo=True
        ),
    )
}

COUNTED: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
MADE: Final = ("QueueArn", "CreatedTimestamp", "LastModifiedTimestamp")
READABLE: Final = frozenset({*TABLE, *COUNTED, *MADE})

_REMOVABLE: Final = frozenset({"Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"})


class Redrive(Struct, frozen=True):
    """A redrive policy: where messages go that were received too often."""

    target_arn: str
    most_receives: int

    @property
    def target(self) -> str:
        """The name of the queue that they go to."""
        return self.target_arn.rpartition(":")[2]


class Settings(Struct, frozen=True):
    """What a queue is set to: attributes as given, with what was not given as usual; and its tags."""

    given: Mapping[str, str]
    tags: Mapping[str, str]
    is_fifo: bool

    def text(self, name: str) -> str:
        """An attribute's value."""
        return self.given.get(name, TABLE[name].default)

    def number(self, name: str) -> int:
        """An attribute's value, if it is a number."""
        return int(self.text(name))

    def flag(self, name: str) -> bool:
        """Whether an attribute is "true"."""
        return self.text(name) == "true"

    @property
    def redrive(self) -> Redrive | None:
        """The redrive policy, if there is one."""
        policy = self.given.get("RedrivePolicy")
        return _redrive(policy) if policy else None

    def listed(self) -> dict[str, str]:
        """All attributes that a client can set, as it would read them."""
        found = {
            name: self.text(name)
            for name, each in TABLE.items()
            if self.text(name) and (self.is_fifo or not each.is_fifo)
        }
        if self.given.get("KmsMasterKeyId"):
            found["SqsManagedSseEnabled"] = "false"
            found.setdefault("KmsDataKeyReusePeriodSeconds", "300")
        return {**found, "FifoQueue": "true"} if self.is_fifo else found


def settings_of(name: str, arguments: Arguments) -> Settings:
    """What a queue is set to, by its arguments."""
    ours: dict[str, Any] = arguments.get(OURS) or {}
    is_fifo = bool(arguments.get("mq-ordering-keys")) or name.endswith(FIFO_SUFFIX)
    given = {key: str(value) for key, value in ours.items() if isinstance(value, str)}
    return Settings(given, dict(ours.get("tags") or {}), is_fifo)


def to_arguments(settings: Settings) -> Arguments:
    """What a queue is to be declared with."""
    arguments: Arguments = {
        OURS: {**settings.given, "tags": dict(settings.tags)},
        "x-message-ttl": settings.number("MessageRetentionPeriod") * 1000,
        "mq-dead-letter-expired": False,
    }
    if settings.number("DelaySeconds"):
        arguments["mq-delay"] = settings.number("DelaySeconds") * 1000
    redrive = settings.redrive
    if redrive is not None:
        arguments["x-dead-letter-exchange"] = ""
        arguments["x-dead-letter-routing-key"] = redrive.target
        arguments["mq-take-limit"] = redrive.most_receives
    if settings.is_fifo:
        arguments["mq-ordering-keys"] = True
        arguments["mq-once"] = ONCE_MS
    return arguments


def check(given: object, *, is_fifo: bool, is_new: bool) -> dict[str, str]:
    """Check attributes that a client sets; "" takes some of them away. Raises: SqsError."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise SqsError("InvalidAttributeValue", "Attributes must be a map.")
    for name, value in given.items():
        attribute = TABLE.get(name)
        if attribute is None:
            raise SqsError("InvalidAttributeName", f"Unknown Attribute {name:.80}.")
        if not isinstance(value, str):
            raise _bad(name)
        if value == "" and name in _REMOVABLE:
            continue
        _check_fifo(attribute, value, is_fifo=is_fifo, is_new=is_new)
        _check_value(attribute, value)
    if given.get("KmsMasterKeyId") and given.get("SqsManagedSseEnabled") == "true":
        says = (
            "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE "
        )
        says += "or SQS SSE."
        raise SqsError("InvalidAttributeValue", says)
    if given.get("FifoThroughputLimit") == "perMessageGroupId" and given.get("DeduplicationScope") == "queue":
        says = "The perMessageGroupId value is allowed only when DeduplicationScope is messageGroup"
        raise SqsError("InvalidAttributeValue", says)
    return dict(given)


def _check_fifo(attribute: QueueAttribute, value: str, *, is_fifo: bool, is_new: bool) -> None:
    if not attribute.is_fifo:
        return
    if attribute.name == "FifoQueue":
        if not is_new and (value == "true") is not is_fifo:
            raise SqsError(
                "InvalidAttributeValue",
                "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
            )
        if is_new and value != "true":
            raise SqsError("InvalidAttributeName", "Unknown Attribute FifoQueue.")
        return
    if not is_fifo:
        if attribute.name == "ContentBasedDeduplication":
            raise SqsError("InvalidAttributeName", "Unknown Attribute ContentBasedDeduplication.")
        says = f"You can specify the {attribute.name} only when FifoQueue is set to true."
        raise SqsError("InvalidAttributeName", says)


def _check_value(attribute: QueueAttribute, value: str) -> None:
    name = attribute.name
    if attribute.choices and value not in attribute.choices:
        raise _bad(name)
    if attribute.least is not None and attribute.most is not None:
        if not (value.isascii() and value.isdigit() and len(value) < 12):
            raise _bad(name)
        if not attribute.least <= int(value) <= attribute.most:
            raise _bad(name)
    if name == "RedrivePolicy":
        _redrive(value)
    if name in ("Policy", "RedriveAllowPolicy"):
        _json_map(value, name)


def _bad(name: str) -> SqsError:
    return SqsError("InvalidAttributeValue", f"Invalid value for the parameter {name:.80}.")


def _json_map(value: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        what = "Redrive policy" if name == "RedrivePolicy" else name
        raise invalid_value(value[:500], name, f"{what} is not a valid JSON map.")
    return found


def _redrive(value: str) -> Redrive:
    policy = _json_map(value, "RedrivePolicy")
    for needed in ("maxReceiveCount", "deadLetterTargetArn"):
        if needed not in policy:
            says = f"Redrive policy does not contain mandatory attribute: {needed}."
            raise invalid_value(value[:500], "RedrivePolicy", says)
    try:
        most = int(policy["maxReceiveCount"])
    except (TypeError, ValueError):
        most = 0
    if not 1 <= most <= 1000:
        given = policy["maxReceiveCount"]
        says = f"Invalid value for maxReceiveCount: {given}, valid values are from 1 to 1000 both inclusive."
        raise invalid_value(value[:500], "RedrivePolicy", says)
    arn = policy["deadLetterTargetArn"]
    if not isinstance(arn, str) or names.read_arn(arn) is None:
        raise invalid_value(value[:500], "RedrivePolicy", "Dead letter target does not exist.")
    return Redrive(arn, most)
