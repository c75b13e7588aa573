"""Refusals and protocol errors: the only error classes of our own."""

from enum import Enum, auto
from typing import Any


class Refusal(Enum):
    """Why the engine will not do what a command asks. Every protocol maps each to its own code."""

    NO_SUCH_QUEUE = auto()
    NO_SUCH_EXCHANGE = auto()
    NO_SUCH_VHOST = auto()
    NO_SUCH_CONNECTION = auto()
    NO_SUCH_CHANNEL = auto()
    NO_SUCH_DELIVERY = auto()
    NO_SUCH_SUBSCRIPTION = auto()
    NO_SUCH_BIN = auto()
    NO_SUCH_MESSAGE = auto()
    NO_SUCH_USER = auto()
    LOGIN_REFUSED = auto()
    VHOST_REFUSED = auto()
    ACCESS_REFUSED = auto()
    TOPIC_REFUSED = auto()
    TOO_MANY_CONNECTIONS_OF_USER = auto()
    TOO_MANY_CHANNELS_OF_USER = auto()
    TOO_MANY_CONNECTIONS_OF_VHOST = auto()
    TOO_MANY_QUEUES_OF_VHOST = auto()
    NO_SUCH_POLICY = auto()
    NO_TRANSACTION = auto()
    DECLARED_DIFFERENTLY = auto()
    LOCKED_BY_OTHER_CONNECTION = auto()
    EXCLUSIVE_SUBSCRIPTION = auto()
    DUPLICATE_SUBSCRIPTION = auto()
    QUEUE_IN_USE = auto()
    QUEUE_NOT_EMPTY = auto()
    EXCHANGE_IN_USE = auto()
    UNKNOWN_EXCHANGE_KIND = auto()
    INVALID_ARGUMENT = auto()
    DEFAULT_EXCHANGE = auto()
    SYSTEM_EXCHANGE = auto()
    INTERNAL_EXCHANGE = auto()
    TOO_LARGE = auto()
    TOO_MANY = auto()
    OUT_OF_MEMORY = auto()
    NOT_STORED = auto()
    READ_ONLY = auto()
    NOT_SUPPORTED = auto()


class RefusedError(Exception):
    """A command asked for something it cannot have; nothing was changed.

    Args: why: the kind of refusal. says: one sentence for people: what, why, and what would work.
          facts: what protocols word their own texts from (name, vhost, attribute, received, current …).
    """

    def __init__(self, why: Refusal, says: str, **facts: Any) -> None:
        super().__init__(says)
        self.why = why
        self.says = says
        self.facts = facts


class LocalError(Exception):
    """We broke, or were asked to break, the protocol: closes that connection with its own code."""


class RemoteError(Exception):
    """The peer broke the protocol: closes that connection with the protocol's own code."""

    def __init__(self, says: str, code: int = 0) -> None:
        super().__init__(says)
        self.says = says
        self.code = code
