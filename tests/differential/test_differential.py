"""What RabbitMQ and MQ Studio say in the same conversations is the same, or listed as different."""

import pytest

from tests.differential import conversations  # noqa: F401  # fills the table
from tests.differential.conftest import Pair
from tests.differential.differences import DIFFERENCES
from tests.differential.table import CONVERSATIONS


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_conversation(pair: Pair, name: str) -> None:
    """The transcripts agree but for the listed difference."""
    pair.compare(name)


def test_every_listed_difference_is_looked_for() -> None:
    """Entries of conversations that no longer exist would hide nothing and mislead."""
    assert set(DIFFERENCES) <= set(CONVERSATIONS)
