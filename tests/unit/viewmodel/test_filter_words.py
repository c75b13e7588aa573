"""What is said of a filter."""

from mqstudio.viewmodel.filter_words import filter_words, nothing_words
from mqstudio.viewmodel.queue_page import QueuePage, StateFilter
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import START_US


def test_how_far_it_is_and_what_was_found(workspace: Workspace) -> None:
    """A share of what there is, while it looks; the whole, when it has."""
    page = QueuePage(workspace, Structure(workspace), "/", "orders")
    assert filter_words(page) == ""
    page.filter.active = "x"
    page.reading.is_searching, page.reading.looked_at = True, 1_500
    assert filter_words(page) == " · by the filter, looked at 1,500 of 1,500 (100 %) …"
    assert nothing_words(page) == "Looked at 1,500 of 1,500 …"
    page.reading.is_searching, page.reading.is_loaded = False, True
    assert filter_words(page) == " · by the filter, of 1,500 messages"
    assert nothing_words(page) == "0 of 1,500 match."
    page.reading.last_match_us = START_US
    page.state_filter = StateFilter.READY
    said = nothing_words(page)
    assert said.startswith("0 of 1,500 match; last match ")
    assert said.endswith(". Only ready ones are shown.")
