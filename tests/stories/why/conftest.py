"""One broker for the stories of a file."""

from collections.abc import Iterator

import pytest

from tests.support.broker import RunningBroker, running_broker
from tests.support.reasons import Asker


@pytest.fixture(scope="module")
def why_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    """A broker that keeps nothing."""
    with running_broker(tmp_path_factory.mktemp("why"), "--memory") as broker:
        yield broker


@pytest.fixture
def asker(why_broker: RunningBroker) -> Iterator[Asker]:
    """Asks that broker, and ends the programs of the story."""
    asker = Asker(why_broker)
    yield asker
    asker.close()
