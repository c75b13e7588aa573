"""How many messages a verb is about, and from when."""

from mqstudio.model.limits import BIN_MAX_BYTES, BIN_MAX_MESSAGES
from mqstudio.viewmodel.extent import Extent
from mqstudio.viewmodel.wording import clock, moment
from tests.support.list_broker import START_US, ListBroker

DAY_US = 86_400_000_000


def test_that_of_rows(broker: ListBroker) -> None:
    """Their number, their bytes, the first and the last."""
    broker.add_message("orders", b"12345")
    broker.clock.advance(2)
    broker.add_message("orders", b"1")
    extent = Extent.of(broker.queues["orders"])
    assert extent == Extent(2, 6, START_US, START_US + 2_000_000)
    assert Extent.of([]) == Extent()
    assert extent | Extent() == extent
    assert extent | Extent(1, 4, START_US - 5, START_US - 5) == Extent(
        3, 10, START_US - 5, START_US + 2_000_000
    )


def test_from_when_to_when() -> None:
    """Today to the millisecond, before that by the day; one moment is told once."""
    later = START_US + 2_000_000
    assert Extent(2, 0, START_US, later).says(later) == (f"published {clock(START_US)} to {clock(later)}")
    assert Extent(1, 0, START_US, START_US).says(later) == f"published {clock(START_US)}"
    assert Extent(1, 0, START_US, START_US).says(START_US + 9 * DAY_US) == (
        f"published {moment(START_US, START_US + 9 * DAY_US)}"
    )
    assert Extent(3).says(later) == ""


def test_a_bin_holds_so_many_and_so_much() -> None:
    """With what each message takes beside its body."""
    assert Extent(BIN_MAX_MESSAGES // 2).fits_bin
    assert not Extent(BIN_MAX_MESSAGES + 1).fits_bin
    assert not Extent(1, BIN_MAX_BYTES).fits_bin
