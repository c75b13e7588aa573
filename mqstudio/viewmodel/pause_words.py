"""What is said while a view is paused: what came since, and how much room recording still has."""

from mqstudio.model.disk import StoreHealth
from mqstudio.viewmodel.queue_page import QueuePage
from mqstudio.viewmodel.words import tr, tr_count


def buffer_share(health: StoreHealth | None) -> float | None:
    """How full the ledger is, from 0 to 1; None where it has no bound, or nobody knows.

    When it is full, the oldest goes as the newest comes: also what a paused view still shows.
    """
    disk = health.disk if health is not None else None
    if disk is None or disk.keep_bytes <= 0:
        return None
    return min(disk.file_bytes / disk.keep_bytes, 1.0)


def pause_words(page: QueuePage, share: float | None) -> str:
    """In one sentence; "" while the view is not paused."""
    if not page.is_paused:
        return ""
    new = tr_count(page.new_count, "{count} new message", "{count} new messages")
    if share is None:
        return tr("View paused: {new}. The broker and its recording go on.", new=new)
    percent = f"{share * 100:.0f}" if share >= 0.01 or share == 0 else "<1"
    return tr(
        "View paused: {new}. Recording goes on; its buffer is {percent} % full.", new=new, percent=percent
    )
