"""What a queue's page says of its filter: how far it is, and that nothing was found."""

from mqstudio.viewmodel.queue_page import QueuePage, StateFilter
from mqstudio.viewmodel.wording import clock, count, counted


def filter_words(page: QueuePage) -> str:
    """For below the table; "" without a filter."""
    if not page.filter.active:
        return ""
    if page.is_searching:
        share = 100 * page.looked_at // max(page.of, 1)
        return f" · by the filter, looked at {count(page.looked_at)} of {count(page.of)} ({share} %) …"
    return f" · by the filter, of {counted(page.of, 'message')}"


def nothing_words(page: QueuePage) -> str:
    """In place of the table: `0 of 8,212; last match 14:02:31`."""
    if not page.is_loaded:
        return f"Looked at {count(page.looked_at)} of {count(page.of)} …"
    last = "" if page.last_match_us is None else f"; last match {clock(page.last_match_us)[:8]}"
    states = (
        ""
        if page.state_filter is StateFilter.ALL
        else f" Only {page.state_filter.value.lower()} ones are shown."
    )
    return f"0 of {count(page.of)} match{last}.{states}"
