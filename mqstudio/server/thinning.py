"""Of how many transient messages the ledger has one, among those that somebody looks at.

When the disk does not keep up the ledger passes over some of them, and tells so in the file: who reads what
is left must know that it is not all.
"""

from collections.abc import Sequence

Change = tuple[int, int]
"""From a message on, of transient ones one in so many is recorded."""


def recorded_one_in(changes: Sequence[Change], first_id: int, last_id: int | None) -> int:
    """The least that was recorded of messages from `first_id` to `last_id` (None: and so on), as one in n.

    changes: in order; before the first of them everything is recorded.
    """
    least = now = 1
    for changed_id, one_in in changes:
        if last_id is not None and changed_id > last_id:
            break
        now = one_in
        least = now if changed_id <= first_id else max(least, now)
    return least
