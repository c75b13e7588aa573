"""Both brokers, started once, and how their transcripts are compared."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import SequenceMatcher

import pytest

from tests.differential.differences import DIFFERENCES, SYSTEMATIC
from tests.differential.holding import transcript
from tests.differential.talk import Place
from tests.support.broker import running_broker
from tests.support.rabbitmq import missing_rabbitmq, running_rabbitmq

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

    def compare(self, name: str) -> None:
        """Hold a conversation with both at once; they agree, or differ as listed."""
        theirs, ours = self.pool.map(transcript, (self.rabbitmq, self.ours), (name, name))
        listed = DIFFERENCES.get(name)
        if listed is None:
            found = difference(without_marks(theirs, of_ours=False), without_marks(ours, of_ours=True))
            assert found == ((), ()), shown(*found)
        else:
            found = difference(theirs, ours)
            assert found == (listed.rabbitmq, listed.ours), f"{listed.reason}\n{shown(*found)}"


def shown(theirs: tuple[str, ...], ours: tuple[str, ...]) -> str:
    """What only one of the two said."""
    return "\n".join(
        ["", *(f"RabbitMQ:  {line}" for line in theirs), *(f"MQ Studio: {line}" for line in ours)]
    )


def without_marks(lines: list[str], *, of_ours: bool) -> list[str]:
    """A transcript without the marks of known systematic differences."""
    for mark in SYSTEMATIC:
        if mark.of_ours == of_ours:
            lines = [mark.pattern.sub("", line) for line in lines]
    return lines


def difference(theirs: list[str], ours: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines that only one of the two has."""
    only_theirs: list[str] = []
    only_ours: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(a=theirs, b=ours, autojunk=False).get_opcodes():
        if kind != "equal":
            only_theirs += theirs[a:b]
            only_ours += ours[c:d]
    return tuple(only_theirs), tuple(only_ours)


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both brokers, for all conversations."""
    if reason := missing_rabbitmq():
        pytest.skip(f"nothing to compare with: {reason}")
    folder = tmp_path_factory.mktemp("differential")
    with ThreadPoolExecutor(2) as pool, running_broker(folder) as ours, running_rabbitmq(*PLUGINS) as node:
        yield Pair(Place("RabbitMQ", node.port), Place("MQ Studio", ours.port_amqp), pool)
