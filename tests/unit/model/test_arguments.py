"""Arguments and policy keys: each is validated, each rule comes from what is said of it."""

from typing import Any

import pytest

from mqstudio.model.arguments import (
    EXCHANGE_ARGUMENTS,
    POLICY_KEYS,
    QUEUE_ARGUMENTS,
    TIME_MAX_MS,
    Argument,
    ArgumentError,
    Problem,
    ValueKind,
    check,
    check_queue,
    queue_kind,
    queue_rules,
)
from mqstudio.model.rules import QueueKind, QueueRules

ALL = [*QUEUE_ARGUMENTS.values(), *EXCHANGE_ARGUMENTS.values()]


def samples(argument: Argument) -> tuple[list[Any], dict[Any, Problem]]:
    """Values it takes, and some that it does not, with what is wrong with them."""
    good, bad = SAMPLES[argument.value_kind]
    if argument.choices:
        good = [int(each) if argument.is_number else each for each in argument.choices]
    return good, bad


SAMPLES: dict[ValueKind, tuple[list[Any], dict[Any, Problem]]] = {
    ValueKind.COUNT: (
        [0, 1, 10**12],
        {-1: Problem.NEGATIVE, "1": Problem.WRONG_TYPE, True: Problem.WRONG_TYPE},
    ),
    ValueKind.TIME_MS: (
        [0, TIME_MAX_MS],
        {-1: Problem.NEGATIVE, TIME_MAX_MS + 1: Problem.TOO_LARGE, 1.5: Problem.WRONG_TYPE},
    ),
    ValueKind.POSITIVE_TIME_MS: (
        [1, TIME_MAX_MS],
        {0: Problem.ZERO, -1: Problem.NEGATIVE, TIME_MAX_MS + 1: Problem.TOO_LARGE, None: Problem.WRONG_TYPE},
    ),
    ValueKind.PRIORITY: ([0, 255], {256: Problem.TOO_LARGE, -1: Problem.NEGATIVE, "5": Problem.WRONG_TYPE}),
    ValueKind.LIMIT: ([-1, 0, 5], {"1": Problem.WRONG_TYPE, True: Problem.WRONG_TYPE}),
    ValueKind.TEXT: (["", "x"], {1: Problem.WRONG_TYPE, b"x": Problem.WRONG_TYPE, None: Problem.WRONG_TYPE}),
    ValueKind.FLAG: ([True, False], {"true": Problem.WRONG_TYPE, 1.0: Problem.WRONG_TYPE}),
    ValueKind.CHOICE: ([], {"nonsense": Problem.NOT_A_CHOICE, 1: Problem.WRONG_TYPE}),
    ValueKind.AGE: (
        ["7D", "12h", "1Y"],
        {"7": Problem.NOT_A_CHOICE, "D7": Problem.NOT_A_CHOICE, 7: Problem.WRONG_TYPE},
    ),
}


def test_every_kind_of_value_is_tried() -> None:
    assert set(SAMPLES) == set(ValueKind)


@pytest.mark.parametrize("argument", ALL, ids=lambda argument: argument.name)
def test_each_argument_takes_what_it_should_and_nothing_else(argument: Argument) -> None:
    good, bad = samples(argument)
    for value in good:
        check(argument, value)
    for value, problem in bad.items():
        with pytest.raises(ArgumentError) as refused:
            check(argument, value)
        assert refused.value.problem is problem
        assert argument.name in refused.value.says


@pytest.mark.parametrize("argument", QUEUE_ARGUMENTS.values(), ids=lambda argument: argument.name)
@pytest.mark.parametrize("kind", QueueKind)
def test_each_kind_of_queue_takes_its_own_arguments(argument: Argument, kind: QueueKind) -> None:
    if argument.name == "x-queue-type":
        assert queue_kind({argument.name: kind.value}) is kind
        return
    value = samples(argument)[0][-1]
    arguments = {"x-queue-type": kind.value, argument.name: value}
    if argument.name == "x-dead-letter-routing-key":
        arguments["x-dead-letter-exchange"] = "x"
    if kind in argument.kinds:
        check_queue(arguments)
        return
    with pytest.raises(ArgumentError) as refused:
        check_queue(arguments)
    assert refused.value.problem is Problem.NOT_FOR_KIND


def test_a_key_needs_an_exchange() -> None:
    with pytest.raises(ArgumentError) as refused:
        check_queue({"x-dead-letter-routing-key": "k"})
    assert refused.value.problem is Problem.KEY_WITHOUT_EXCHANGE


def test_unknown_arguments_have_no_effect() -> None:
    check_queue({"x-foo": object(), "foo": -1})
    assert queue_rules({"x-foo": 1}) == QueueRules()


def test_every_rule_can_be_set() -> None:
    arguments = {
        QueueKind.CLASSIC: {
            "x-message-ttl": 2, "x-expires": 3, "x-max-length": 4, "x-max-length-bytes": 5,
            "x-overflow": "reject-publish", "x-dead-letter-exchange": "e", "x-dead-letter-routing-key": "k",
            "x-max-priority": 6, "x-single-active-consumer": True, "x-consumer-timeout": 7,
            "mq-take-limit": 10, "mq-delay": 11, "mq-once": 12, "mq-ordering-keys": True,
            "mq-dead-letter-expired": False,
        },
        QueueKind.QUORUM: {"x-queue-type": "quorum", "x-delivery-limit": 8},
        QueueKind.LOG: {"x-queue-type": "stream", "x-max-age": "9s"},
    }  # fmt: skip
    plain, changed = QueueRules(), set()
    for each in arguments.values():
        rules = queue_rules(each)
        changed |= {name for name in rules.__struct_fields__ if getattr(rules, name) != getattr(plain, name)}
    assert changed == set(QueueRules.__struct_fields__)
    rules = queue_rules(arguments[QueueKind.CLASSIC])
    assert (rules.ttl_us, rules.expires_us, rules.lease_us) == (2_000, 3_000, 7_000)
    assert queue_rules(arguments[QueueKind.LOG]).max_age_us == 9_000_000


@pytest.mark.parametrize("key", POLICY_KEYS)
def test_each_policy_key_does_what_its_argument_does(key: str) -> None:
    argument = POLICY_KEYS[key]
    if argument.name in EXCHANGE_ARGUMENTS:
        return
    value = samples(argument)[0][-1]
    for kind in QueueKind:
        base = {"x-queue-type": kind.value}
        by_policy = queue_rules(base, {key: value})
        if kind in argument.kinds:
            assert by_policy == queue_rules({**base, argument.name: value})
            assert by_policy == queue_rules(base, None, {key: value})
        else:
            assert by_policy == queue_rules(base)
