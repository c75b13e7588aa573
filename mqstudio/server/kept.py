"""Whether a broker keeps a profile: what that takes is loaded only where there is one.

A broker that keeps everything in memory starts for a single test, and has no time for it.
"""

from typing import TYPE_CHECKING, cast

from mqstudio.store.base import Store

if TYPE_CHECKING:
    from mqstudio.server.journal import Journal


def journal_of(store: Store) -> "Journal | None":
    """The store, if it writes to a profile; None if it keeps nothing, or only reads."""
    return cast("Journal", store) if store.is_lasting else None
