"""Pages that were open are opened again, if what they show is there."""

import pytest

from mqstudio.viewmodel.open_pages import PAGES_MAX, OpenPages, kept_pages
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker, run_now


@pytest.fixture
def structure() -> Structure:
    clock = Clock()
    broker, workspace = ListBroker(clock), Workspace(clock)
    structure = Structure(workspace)
    broker.add_queue("orders")
    broker.feed(workspace)
    run_now(structure.refresh())
    return structure


def test_what_is_kept_comes_back(structure: Structure) -> None:
    """In its order, with the page in front; what is gone is left out."""
    orders, gone, direct = ("queue", "/", "orders"), ("queue", "/", "gone"), ("exchange", "/", "amq.direct")
    kept = kept_pages(OpenPages([orders, gone, direct], direct).to_text())
    assert kept.there(structure) == OpenPages([orders, direct], direct)
    assert OpenPages([gone], gone).there(structure) == OpenPages()


@pytest.mark.parametrize("text", ["", "[]", '{"pages": [["queue"]]}', '{"front": 1}'])
def test_what_is_no_such_text_is_nothing(text: str) -> None:
    """A damaged file opens no page."""
    assert kept_pages(text) == OpenPages()


def test_only_so_many_are_kept() -> None:
    """Nothing that grows is unbounded."""
    pages = [("queue", "/", str(n)) for n in range(PAGES_MAX + 9)]
    assert len(kept_pages(OpenPages(pages).to_text()).pages) == PAGES_MAX


def test_two_side_by_side_are_kept_if_both_are_there(structure: Structure) -> None:
    """A pair of which one is gone is none."""
    orders, gone, direct = ("queue", "/", "orders"), ("queue", "/", "gone"), ("exchange", "/", "amq.direct")
    kept = kept_pages(OpenPages([orders, gone, direct], None, [(orders, gone), (direct, orders)]).to_text())
    assert kept.there(structure).pairs == [(direct, orders)]
