"""Policies: rules that apply to every queue or exchange whose name matches a pattern."""

from collections.abc import Collection, Iterable
from enum import StrEnum

from msgspec import Struct

from mqstudio.model.patterns import compile_pattern
from mqstudio.model.rules import QueueKind
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


FOR_EXCHANGES = frozenset({AppliesTo.ALL, AppliesTo.EXCHANGES})
FOR_QUEUES = {
    kind: frozenset({AppliesTo.ALL, AppliesTo.QUEUES, its_own})
    for kind, its_own in (
        (QueueKind.CLASSIC, AppliesTo.CLASSIC_QUEUES),
        (QueueKind.QUORUM, AppliesTo.QUORUM_QUEUES),
        (QueueKind.LOG, AppliesTo.STREAMS),
    )
}
"""What a policy must apply to, to count for an exchange, or for a queue of a kind."""


def best_policy(
    policies: Iterable[Policy], name: str, kinds: Collection[AppliesTo], *, is_operator: bool
) -> Policy | None:
    """The policy that counts for a name: of those that match the one with the highest priority."""
    matching = [
        policy
        for policy in policies
        if policy.is_operator is is_operator
        and policy.applies_to in kinds
        and compile_pattern(policy.pattern).search(name)
    ]
    return max(matching, key=lambda policy: policy.priority, default=None)
