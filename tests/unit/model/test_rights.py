"""What a permission means when it is asked."""

import pytest

from mqstudio.model.access import Permission, TopicPermission
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.rights import NO_RIGHTS, Rights, Verb


def rights(*topics: TopicPermission, **patterns: str) -> Rights:
    return Rights("u", "/", Permission("u", "/", **patterns), topics)


def test_each_verb_has_its_own_pattern_found_anywhere_in_the_name() -> None:
    mine = rights(configure="^mine-", write="box", read=".*")
    assert [mine.may(verb, "mine-1") for verb in Verb] == [True, False, True]
    assert [mine.may(verb, "inbox-2") for verb in Verb] == [False, True, True]


def test_an_empty_pattern_allows_nothing() -> None:
    assert not any(rights().may(verb, name) for verb in Verb for name in ("a", "amq.default"))


def test_without_a_permission_nothing_is_allowed() -> None:
    assert not any(NO_RIGHTS.may(verb, "a") for verb in Verb)


def test_the_default_exchange_is_called_amq_default() -> None:
    rights(write="^amq\\.default$").check(Verb.WRITE, "exchange", "")
    with pytest.raises(RefusedError) as caught:
        rights(write="^$").check(Verb.WRITE, "exchange", "")
    assert caught.value.why is Refusal.ACCESS_REFUSED
    assert caught.value.facts == {"kind": "exchange", "name": "amq.default", "vhost": "/", "user": "u"}


def test_routing_keys_are_free_where_no_rule_is() -> None:
    mine = rights(TopicPermission("u", "/", "t", write="^a\\.", read="^b\\."))
    assert mine.has_topic_rule("t")
    assert not mine.has_topic_rule("other")
    assert mine.may_topic(Verb.WRITE, "other", "anything")
    assert [mine.may_topic(Verb.WRITE, "t", key) for key in ("a.x", "b.x")] == [True, False]
    assert [mine.may_topic(Verb.READ, "t", key) for key in ("a.x", "b.x")] == [False, True]


def test_publishing_is_free_where_no_rule_is_and_that_is_remembered() -> None:
    """Within a bound."""
    mine = rights(TopicPermission("u", "/", "own.t", write=".*"), write="^(own|amq.default$)")
    for _ in range(2):
        answers = [mine.may_publish(name) for name in ("own.x", "own.t", "other", "")]
        assert answers == [True, False, False, True]
    for number in range(2_500):
        assert mine.may_publish(f"own.{number}")
    assert len(mine._publishable) <= 1_000


def test_words_in_topic_patterns_are_filled_in() -> None:
    mine = rights(TopicPermission("u", "/", "t", write="^{username}\\.", read="^x{vhost}$"))
    assert [mine.may_topic(Verb.WRITE, "t", key) for key in ("u.x", "v.x")] == [True, False]
    assert mine.may_topic(Verb.READ, "t", "x/")


def test_a_topic_pattern_that_a_name_breaks_finds_nothing() -> None:
    """A user may be called `(`."""
    broken = Rights("(", "/", None, [TopicPermission("(", "/", "t", write="^{username}", read=".*")])
    with pytest.raises(RefusedError) as caught:
        broken.check_topic(Verb.WRITE, "t", "(")
    assert caught.value.why is Refusal.TOPIC_REFUSED
    assert caught.value.facts["key"] == "("
