"""The form of a policy: what it finds is shown while one types."""

import pytest

from mqstudio.model.policies import AppliesTo, Policy
from mqstudio.viewmodel.policy_form import PolicyForm
from tests.support.list_broker import run_now
from tests.unit.viewmodel.conftest import Shop


@pytest.fixture
def form(shop: Shop) -> PolicyForm:
    return PolicyForm(shop.site)


def lines(form: PolicyForm) -> list[str]:
    return [words for preview in form.previews() for _, words in preview.lines]


def test_what_the_pattern_finds_follows_the_typing(form: PolicyForm) -> None:
    """Queues and exchanges, and only those that it applies to."""
    assert form.summary().startswith("Type a pattern")
    form.edit("pattern", "o")
    assert lines(form) == ["orders (queue)", "shop (exchange)"]
    form.edit("applies_to", "queues")
    assert lines(form) == ["orders (queue)"]
    form.edit("pattern", "^x")
    assert form.previews()[0].title == "Matches nothing there is now"


def test_which_policy_wins_is_shown(form: PolicyForm, shop: Shop) -> None:
    """By priority."""
    run_now(shop.broker.put_policy(Policy("/", "strong", "orders", {"max-length": 1}, 5)))
    shop.look()
    form.edit("name", "weak")
    form.edit("pattern", "orders")
    assert lines(form) == ["orders (queue): policy strong wins"]
    assert form.previews()[0].title == "Applies to 0 names of 1 matched"
    form.edit("priority", "6")
    assert lines(form) == ["orders (queue)"]


def test_making_and_changing(form: PolicyForm, shop: Shop) -> None:
    """All of it reaches the broker, and is in the form the next time."""
    for name, text in (("name", "ttl"), ("pattern", "^orders"), ("priority", "3"), ("message-ttl", "60000")):
        assert form.missing()
        form.edit(name, text)
    assert form.summary() == "Sets message-ttl = 60000 for 1 name now."
    assert run_now(form.submit()) is True
    policy = Policy("/", "ttl", "^orders", {"message-ttl": 60_000}, 3)
    assert shop.broker.policies[False, "ttl"] == policy
    change = PolicyForm(shop.site, policy=policy)
    assert change.policy() == policy
    change.edit("message-ttl", "")
    change.edit("max-length", "7")
    assert run_now(change.submit()) is True
    assert shop.broker.policies[False, "ttl"].definition == {"max-length": 7}


def test_mistakes(form: PolicyForm, shop: Shop) -> None:
    """No pattern, no number, a name that is taken."""
    run_now(shop.broker.put_policy(Policy("/", "taken", ".", {"max-length": 1})))
    shop.look()
    for name, text in (("name", "taken"), ("pattern", "(("), ("priority", "high"), ("max-length", "x")):
        form.edit(name, text)
    assert set(form.problems()) == {"name", "pattern", "priority", "max-length"}
    assert lines(form) == []
    form.edit("is_operator", "true")
    assert "name" not in form.problems()


def test_keys_follow_what_it_applies_to(form: PolicyForm) -> None:
    """Exchanges have an alternate exchange, streams an age, and neither has the other."""

    def keys(applies_to: AppliesTo) -> set[str]:
        form.edit("applies_to", applies_to.value)
        return {entry.name for entry in form.entries() if entry.group}

    assert keys(AppliesTo.EXCHANGES) == {"alternate-exchange"}
    assert "max-age" in keys(AppliesTo.STREAMS)
    assert "alternate-exchange" not in keys(AppliesTo.QUEUES)
    assert {"alternate-exchange", "message-ttl"} <= keys(AppliesTo.ALL)


def test_a_change_shows_what_it_changes_before_it_is_applied(shop: Shop) -> None:
    """The difference, and for whom it counts no longer; without a difference there is nothing to apply."""
    old = Policy("/", "ttl", "^orders", {"message-ttl": 60_000}, 3, AppliesTo.QUEUES)
    run_now(shop.broker.put_policy(old))
    shop.look()
    form = PolicyForm(shop.site, policy=old)
    assert form.missing()
    assert form.previews()[0].lines == (("quiet", "Nothing yet."),)
    form.edit("pattern", "^mail")
    form.edit("message-ttl", "1000")
    form.edit("priority", "4")
    assert not form.missing()
    difference, costs, _ = form.previews()
    assert [words for _, words in difference.lines] == [
        "Pattern: ^orders → ^mail", "Priority: 3 → 4", "Message TTL: 60 s → 1 s",
    ]  # fmt: skip
    assert [words for _, words in costs.lines] == ["Applies to orders no longer."]
    assert run_now(form.submit())
    shop.undo()
    assert shop.broker.policies[False, "ttl"] == old


def test_a_new_one_is_undone_by_deleting_it(form: PolicyForm, shop: Shop) -> None:
    for name, text in (("name", "ttl"), ("pattern", "^orders"), ("message-ttl", "60000")):
        form.edit(name, text)
    assert run_now(form.submit())
    shop.undo()
    assert shop.broker.policies == {}
