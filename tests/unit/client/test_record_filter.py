"""Filters over records of a file."""

import pytest

from mqstudio.client.record_filter import RecordFilter
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.message import Header, Properties
from tests.support.replaying import BEGAN_US, a_record

RECORD = a_record(
    7, key="eu.new", properties=Properties(content_type="application/json",
                                           headers=[Header("tenant", "string", "acme")]),
)  # fmt: skip


@pytest.mark.parametrize(
    ("where", "fits"),
    [
        ("", True), ("body.total > 4", True), ("body.total > 5", False), ("headers.tenant == acme", True),
        ("headers.tenant == other", False), ("state == done", True), ("state == ready", False),
        ("content_type == 'application/json' and key startswith 'eu'", True), ("id == 7", True),
        ("queue == orders and exchange == shop", True),
    ],
)  # fmt: skip
def test_a_record_is_asked_as_a_message_is(where: str, fits: bool) -> None:
    assert RecordFilter(where, BEGAN_US).fits(RECORD) is fits


def test_a_text_that_is_no_filter_is_told_at_once() -> None:
    with pytest.raises(FilterError):
        RecordFilter("body.total >", BEGAN_US)
