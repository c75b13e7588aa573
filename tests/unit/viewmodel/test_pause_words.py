"""What is said while a view is paused."""

import pytest

from mqstudio.model.disk import DiskHealth, StoreHealth
from mqstudio.viewmodel.pause_words import buffer_share, pause_words
from mqstudio.viewmodel.queue_page import QueuePage
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker


@pytest.mark.parametrize(
    ("health", "share"),
    [
        (None, None),
        (StoreHealth(), None),
        (StoreHealth(disk=DiskHealth(file_bytes=5)), None),
        (StoreHealth(disk=DiskHealth(file_bytes=3, keep_bytes=100)), 0.03),
        (StoreHealth(disk=DiskHealth(file_bytes=300, keep_bytes=100)), 1.0),
    ],
)
def test_how_full_the_buffer_is(health: StoreHealth | None, share: float | None) -> None:
    assert buffer_share(health) == share


def test_it_counts_what_came_and_says_that_recording_goes_on(
    broker: ListBroker, workspace: Workspace, clock: Clock
) -> None:
    """Nothing is said while the view runs."""
    broker.add_queue("orders", 3)
    broker.feed(workspace)
    page = QueuePage(workspace, Structure(workspace), "/", "orders")
    assert pause_words(page, 0.03) == ""
    page.set_paused(True)
    broker.add_queue("orders", 214)
    broker.feed(workspace)
    assert pause_words(page, 0.031) == (
        "View paused: 214 new messages. Recording goes on; its buffer is 3 % full."
    )
    assert "<1 % full" in pause_words(page, 0.0001)
    assert pause_words(page, None).endswith("The broker and its recording go on.")
