"""Topic permissions and limits."""

import pytest

from mqstudio.model.access import TopicPermission, UserLimits, VhostLimits
from mqstudio.viewmodel.access import Access
from mqstudio.viewmodel.limit_forms import TopicPermissionForm, UserLimitsForm, VhostLimitsForm
from tests.support.list_broker import run_now
from tests.unit.viewmodel.conftest import Shop


@pytest.fixture
def access(shop: Shop) -> Access:
    made = Access(shop.site.workspace)
    made.set_visible(True)
    return made


def lines(form: UserLimitsForm | VhostLimitsForm) -> list[str]:
    return [words for preview in form.previews() for _, words in preview.lines]


def test_routing_keys_are_restricted_and_that_is_undone(shop: Shop, access: Access) -> None:
    form = TopicPermissionForm(shop.site, access, "anna")
    assert form.missing()
    form.edit("exchange", "shop")
    form.edit("write", "^eu")
    assert form.summary() == "At shop, anna may publish with ^eu and bind with everything."
    assert run_now(form.submit())
    topics = shop.broker.limited.topics
    assert list(topics.values()) == [TopicPermission("anna", "/", "shop", "^eu", ".*")]
    old = TopicPermission("anna", "/", "shop", "^eu", ".*")
    again = TopicPermissionForm(shop.site, access, "anna", old)
    again.edit("write", "")
    assert run_now(again.submit())
    shop.undo()
    assert list(topics.values()) == [old]


def test_only_topic_exchanges_and_patterns_will_do(shop: Shop, access: Access) -> None:
    form = TopicPermissionForm(shop.site, access, "anna")
    form.edit("exchange", "amq.direct")
    form.edit("read", "(")
    assert "only at topic exchanges" in form.problems()["exchange"]
    assert form.problems()["read"]
    assert form.summary() == ""
    assert not run_now(form.submit())


def test_limits_of_a_user(shop: Shop, access: Access) -> None:
    shop.broker.limited.users["anna"] = UserLimits("anna", 5, None)
    run_now(access.refresh())
    form = UserLimitsForm(shop.site, access, "anna")
    assert (form.value("max_connections"), form.value("max_channels"), form.missing()) == ("5", "", True)
    form.edit("max_connections", "")
    form.edit("max_channels", "10")
    assert lines(form) == ["Connections: 5 → no limit", "Channels: no limit → 10"]
    assert run_now(form.submit())
    assert shop.broker.limited.users["anna"] == UserLimits("anna", None, 10)
    shop.undo()
    assert shop.broker.limited.users["anna"] == UserLimits("anna", 5, None)


def test_limits_of_a_virtual_host(shop: Shop, access: Access) -> None:
    form = VhostLimitsForm(shop.site, access, "/")
    form.edit("max_queues", "50")
    assert lines(form) == ["Queues: no limit → 50"]
    assert run_now(form.submit())
    assert shop.broker.limited.vhosts["/"] == VhostLimits("/", None, 50)
    shop.undo()
    assert shop.broker.limited.vhosts["/"] == VhostLimits("/", None, None)


@pytest.mark.parametrize("text", ["-1", "many", "1.5", "99999999999", "1000001"])
def test_what_is_no_limit(shop: Shop, access: Access, text: str) -> None:
    form = UserLimitsForm(shop.site, access, "anna")
    form.edit("max_channels", text)
    assert "A whole number up to 1,000,000" in form.problems()["max_channels"]
    assert (lines(form), form.summary(), form.missing()) == (["Nothing yet."], "", False)
    assert not run_now(form.submit())
