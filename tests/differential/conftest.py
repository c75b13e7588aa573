"""Both brokers, started once, and how their transcripts are compared."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from difflib import SequenceMatcher

import pytest

from tests.differential.differences import DIFFERENCES, SYSTEMATIC, Difference
from tests.differential.holding import transcript
from tests.differential.table import SLOW
from tests.differential.talk import Place
from tests.support.broker import running_broker
from tests.support.rabbitmq import RabbitNode, missing_rabbitmq, running_rabbitmq

PLUGINS = (
    "rabbitmq_management",
    "rabbitmq_consistent_hash_exchange",
    "rabbitmq_random_exchange",
    "rabbitmq_sharding",
)


@dataclass(frozen=True, slots=True)
class Pair:
    """RabbitMQ and MQ Studio."""

    rabbitmq: Place
    ours: Place
    pool: ThreadPoolExecutor
    early: dict[str, list[Future[list[str]]]] = field(default_factory=dict)

    def begin(self, names: Iterable[str]) -> None:
        """Hold slow conversations beside the others; these are waited for when their turn comes."""
        for name in names:
            places = (self.rabbitmq, self.ours)
            self.early[name] = [self.pool.submit(transcript, place, name) for place in places]

    def compare(self, name: str) -> None:
        """Hold a conversation with both at once; they agree, or differ as listed."""
        if name not in self.early:
            self.begin([name])
        theirs, ours = (future.result() for future in self.early.pop(name))
        listed = DIFFERENCES.get(name, AGREED)
        if not listed.is_raw:
            theirs, ours = without_marks(theirs, of_ours=False), without_marks(ours, of_ours=True)
        found = difference(theirs, ours)
        assert found == (listed.rabbitmq, listed.ours), f"{listed.reason}\n{shown(name, *found)}"


AGREED = Difference("nothing is listed")


def shown(name: str, theirs: list[str], ours: list[str]) -> str:
    """What only one of the two said, as it would stand in the table of differences."""
    return "\n".join([f"? {name}", *(f"R {line}" for line in theirs), *(f"O {line}" for line in ours)])


def without_marks(lines: list[str], *, of_ours: bool) -> list[str]:
    """A transcript without the marks of known systematic differences."""
    for mark in SYSTEMATIC:
        if mark.of_ours == of_ours:
            lines = [mark.pattern.sub("", line) for line in lines]
    return lines


def difference(theirs: list[str], ours: list[str]) -> tuple[list[str], list[str]]:
    """The lines that only one of the two has."""
    only_theirs: list[str] = []
    only_ours: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(a=theirs, b=ours, autojunk=False).get_opcodes():
        if kind != "equal":
            only_theirs += theirs[a:b]
            only_ours += ours[c:d]
    return only_theirs, only_ours


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitNode]:
    """A RabbitMQ of our own, with guest/guest and the management API."""
    if reason := missing_rabbitmq():
        pytest.skip(f"nothing to compare with: {reason}")
    with running_rabbitmq(*PLUGINS) as node:
        yield node


@pytest.fixture(scope="session")
def pair(
    request: pytest.FixtureRequest, rabbitmq: RabbitNode, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    """Both brokers, for all conversations."""
    chosen = {item.callspec.params.get("name") for item in request.session.items if hasattr(item, "callspec")}
    with ThreadPoolExecutor(48) as pool, running_broker(tmp_path_factory.mktemp("differential")) as ours:
        pair = Pair(
            Place("RabbitMQ", rabbitmq.port, rabbitmq.port_http),
            Place("MQ Studio", ours.port_amqp, ours.port_management),
            pool,
        )
        pair.begin(name for name in SLOW if name in chosen)
        yield pair
