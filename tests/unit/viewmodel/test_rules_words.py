"""Rules in words."""

import pytest
from msgspec.structs import replace

from mqstudio.model.arguments import QUEUE_ARGUMENTS, queue_rules
from mqstudio.model.rows import ExchangeRow, QueueRow
from mqstudio.model.topology import Arguments, ExchangeSpec, QueueSpec
from mqstudio.viewmodel.rules_words import exchange_chips, queue_chips, rules_sentence, span

ROW = QueueRow(QueueSpec("q", is_durable=True), "/", 1, 0, 0, 0, [])


def row_of(**arguments: object) -> QueueRow:
    named = {name.replace("_", "-"): value for name, value in arguments.items()}
    return replace(ROW, spec=QueueSpec("q", arguments=named), rules=queue_rules(named))


@pytest.mark.parametrize(
    ("arguments", "chip"),
    [
        ({"x_message_ttl": 60_000}, "TTL 60 s"),
        ({"x_message_ttl": 1_500}, "TTL 1,500 ms"),
        ({"x_expires": 30_000}, "expires 30 s"),
        ({"x_max_length": 1000}, "max 1,000, drop head"),
        ({"x_max_length": 5, "x_overflow": "reject-publish"}, "max 5, refuse new"),
        ({"x_max_length_bytes": 10_000_000}, "max 10.0 MB, drop head"),
        ({"x_dead_letter_exchange": "orders.dead"}, "DLX orders.dead"),
        ({"x_dead_letter_exchange": ""}, "DLX (default)"),
        ({"x_max_priority": 10}, "priority 0–10"),
        ({"x_single_active_consumer": True}, "single active"),
        ({"x_queue_type": "quorum", "x_delivery_limit": 3}, "delivery limit 3"),
        ({"x_consumer_timeout": 600_000}, "consumer timeout 10 min"),
        ({"x_queue_type": "stream", "x_max_age": "7D"}, "max age 7 d"),
        ({"x_queue_mode": "lazy"}, "mode lazy"),
    ],
)
def test_each_rule_is_a_chip_with_the_tables_sentence(arguments: Arguments, chip: str) -> None:
    """Short, exact, and explained on hover."""
    found = {each.text: each.tip for each in queue_chips(row_of(**arguments))}
    assert chip in found
    assert any(found[chip].startswith(argument.says) for argument in QUEUE_ARGUMENTS.values())


def test_type_life_and_policy_come_first() -> None:
    """Also where nothing else is special."""
    row = replace(ROW, policy="short", operator_policy="safe")
    texts = [chip.text for chip in queue_chips(row)]
    assert texts == ["classic", "durable", "policy short", "operator policy safe"]


def test_an_exchange() -> None:
    """Kind, flags, policy, arguments."""
    spec = ExchangeSpec("x", "topic", is_internal=True, arguments={"alternate-exchange": "lost"})
    texts = [chip.text for chip in exchange_chips(ExchangeRow(spec, "/", [], "p"))]
    assert texts == ["topic", "transient", "internal", "policy p", "alternate-exchange lost"]


def test_sentences_of_a_queue_without_dead_letters() -> None:
    """What does not fit is dropped, and that is said."""
    rules = queue_rules({"x-max-length": 1, "x-message-ttl": 5_000, "x-single-active-consumer": True})
    assert rules_sentence(rules) == (
        "Messages that wait longer than 5 s are dropped. It holds at most 1 message; beyond it the oldest is "
        "dropped. One consumer at a time gets messages."
    )


@pytest.mark.parametrize(
    ("time_us", "text"),
    [(0, "0 ms"), (1_000_000, "1 s"), (60_000_000, "60 s"), (90_000_000, "90 s"), (120_000_000, "2 min"),
     (3_600_000_000, "60 min"), (172_800_000_000, "2 d")],
)  # fmt: skip
def test_times_are_never_rounded(time_us: int, text: str) -> None:
    """As they were set."""
    assert span(time_us) == text
