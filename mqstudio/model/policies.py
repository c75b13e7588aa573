"""Policies: rules that apply to every queue or exchange whose name matches a pattern."""

from enum import StrEnum

from msgspec import Struct

from mqstudio.model.topology import Arguments


class AppliesTo(StrEnum):
    """What a policy is for."""

    ALL = "all"
    QUEUES = "queues"
    EXCHANGES = "exchanges"
    CLASSIC_QUEUES = "classic_queues"
    QUORUM_QUEUES = "quorum_queues"
    STREAMS = "streams"


class Policy(Struct, frozen=True):
    """A policy of a virtual host. Of those that match a name the one with the highest priority counts.

    `pattern` is a regular expression found anywhere in the name. An operator policy (`is_operator`) is
    one that users cannot get around: of numbers the lower one counts.
    """

    vhost: str
    name: str
    pattern: str
    definition: Arguments
    priority: int = 0
    applies_to: AppliesTo = AppliesTo.ALL
    is_operator: bool = False
