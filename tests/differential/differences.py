"""Where MQ Studio deliberately says something else than RabbitMQ 3.10.8, and why.

The table is differences.txt: below each reason the conversations it holds for, each with the lines that
only RabbitMQ says and those that only we say. A difference that changes or disappears fails its test.
`SYSTEMATIC` lists what would show in very many conversations: those marks are taken out before comparing,
but for conversations that the table calls raw.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

TABLE = Path(__file__).with_name("differences.txt")


@dataclass(slots=True)
class Difference:
    """What RabbitMQ says and what we say, line by line, and the reason."""

    reason: str
    is_raw: bool = False
    rabbitmq: list[str] = field(default_factory=list)
    ours: list[str] = field(default_factory=list)


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


def read_table(text: str) -> dict[str, Difference]:
    """Differences by conversation. Lines begin with `=` (reason), `?` or `!` (conversation), `R` or `O`."""
    found: dict[str, Difference] = {}
    reason, current = "", Difference("")
    for line in filter(None, text.splitlines()):
        kind, said = line[0], line[2:]
        if kind == "=":
            reason = said
        elif kind in "?!":
            assert said not in found, said
            current = found[said] = Difference(reason, kind == "!")
        else:
            {"R": current.rabbitmq, "O": current.ours}[kind].append(said)
    return found


DIFFERENCES = read_table(TABLE.read_text())
