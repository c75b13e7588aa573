"""A broker of its own for each test."""

import pytest

from tests.support.management import Office


@pytest.fixture
async def office() -> Office:
    return Office()
