"""What rules say of a queue's limits and times to live."""

from mqstudio.model.rows import QueueRow
from mqstudio.model.rules import QueueRules
from mqstudio.why.base import Text, text
from mqstudio.why.words import counted, duration


def limit_of(row: QueueRow) -> Text:
    """How much a queue may hold, and where that is said."""
    bounds = bounds_of(row.rules)
    if not bounds:
        return text("It has no limit any more.")
    return text("It may hold {bounds}, by {whence}.", bounds=bounds, whence=whence(row))


def bounds_of(rules: QueueRules) -> str:
    """The most messages and bytes."""
    bounds = []
    if rules.max_messages is not None:
        bounds.append(counted(rules.max_messages, "message"))
    if rules.max_bytes is not None:
        bounds.append(counted(rules.max_bytes, "byte"))
    return " or ".join(bounds)


def whence(row: QueueRow) -> str:
    """Where a queue has its rules from."""
    names = [name for name in (row.policy, row.operator_policy) if name]
    return f"policy '{names[0]}' or its arguments" if names else "its arguments"


def ttl_of(row: QueueRow | None) -> str:
    """How long a queue keeps its messages; "" if it does not say."""
    if row is None or row.rules.ttl_us is None:
        return ""
    return duration(row.rules.ttl_us)
