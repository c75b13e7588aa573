"""How many peers may be connected at once."""

import pytest

from mqstudio.model import limits
from mqstudio.server import admission
from mqstudio.server.admission import Admission


def test_clients_are_let_in_up_to_their_number_and_again_when_one_has_left() -> None:
    door = Admission(clients_max=2)
    assert [door.enter("amqp091") for _ in range(3)] == ["", "", "2 clients are connected already"]
    door.leave("amqp091")
    door.leave("amqp091")
    assert door.enter("amqp091") == ""


def test_clients_take_no_places_from_windows_nor_windows_from_clients() -> None:
    door = Admission(clients_max=1)
    assert [door.enter("native") for _ in range(limits.NATIVE_CONNECTIONS_MAX)] == [
        ""
    ] * limits.NATIVE_CONNECTIONS_MAX
    assert door.enter("amqp091") == ""
    assert door.enter("amqp091") == "1 clients are connected already"
    assert door.enter("native") == "100 windows are connected already"


@pytest.mark.parametrize(
    ("files", "clients"),
    [
        (admission.FILES_WANTED + 1, limits.CONNECTIONS_MAX),
        (admission.FILES_WANTED, limits.CONNECTIONS_MAX),
        (admission.FILES_WANTED - 1, limits.CONNECTIONS_MAX - 1),
        (1024, 796),
        (256, 128),
    ],
)
def test_few_open_files_mean_few_clients(files: int, clients: int) -> None:
    """Windows, and what is open besides, have theirs first; of very few, each gets half."""
    assert admission.clients_max(files) == clients
