"""Where MQ Studio deliberately says something else than RabbitMQ 3.10.8, and why.

An entry names what each of the two says that the other does not; a difference that changes or
disappears fails its test. `SYSTEMATIC` lists what would show in very many conversations: those marks
are taken out before comparing, except in conversations that have an entry of their own.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """What RabbitMQ says and what we say, line by line, and the reason."""

    reason: str
    rabbitmq: tuple[str, ...]
    ours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """What is taken out of our lines, or of RabbitMQ's, before comparing."""

    reason: str
    pattern: re.Pattern[str]
    of_ours: bool


SYSTEMATIC: tuple[Mark, ...] = (
    Mark(
        "RabbitMQ 4.x also says what a message died of last, and where; old programs do not mind",
        re.compile(r", x-last-death-(exchange|queue|reason): '[^']*'"),
        of_ours=True,
    ),
    Mark(
        "RabbitMQ 4.x counts deliveries of quorum queues from the second on",
        re.compile(
            r"headers=\{x-delivery-count: l 0\}(?= \|)"
            r"|headers=\{x-delivery-count: l 0\} (?=\w)"
            r"|, x-delivery-count: l 0(?=[,}])"
        ),
        of_ours=False,
    ),
)

DIFFERENCES: dict[str, Difference] = {}
