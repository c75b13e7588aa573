"""How much the ledger has recorded of the messages that somebody looks at."""

import pytest

from mqstudio.server.thinning import recorded_one_in

CHANGES = [(100, 8), (200, 64), (300, 1), (400, 2)]


@pytest.mark.parametrize(
    ("first_id", "last_id", "one_in"),
    [
        (1, 99, 1),
        (1, 100, 8),
        (1, 250, 64),
        (100, 150, 8),
        (250, 260, 64),
        (250, 300, 64),
        (300, 399, 1),
        (350, 450, 2),
        (150, None, 64),
        (500, None, 2),
    ],
)
def test_the_least_among_them_counts(first_id: int, last_id: int | None, one_in: int) -> None:
    assert recorded_one_in(CHANGES, first_id, last_id) == one_in


def test_without_changes_all_is_recorded() -> None:
    assert recorded_one_in([], 1, None) == 1
