"""What is taken away is told, and can be had back where that is possible."""

from typing import Any

import pytest

from mqstudio.model.access import Permission, User
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.policies import Policy
from mqstudio.model.replies import PurgeReply
from mqstudio.model.rows import MessageState
from mqstudio.model.topology import VhostSpec
from mqstudio.viewmodel.access import Access
from mqstudio.viewmodel.undoing import Removals
from mqstudio.viewmodel.vhost_deletion import VhostDeletion
from tests.support.list_broker import run_now
from tests.unit.viewmodel.conftest import Shop


@pytest.fixture
def access(shop: Shop) -> Access:
    shop.broker.users = {"bot": User("bot", ("monitoring",), "hash")}
    shop.broker.permissions = {("bot", "/"): Permission("bot", "/", "", "a", "b")}
    access = Access(shop.site.workspace)
    run_now(access.refresh())
    return access


@pytest.fixture
def removals(shop: Shop, access: Access) -> Removals:
    return Removals(shop.site, access)


def test_a_binding(shop: Shop, removals: Removals) -> None:
    """Comes back with its key and arguments."""
    before = list(shop.broker.bound)
    run_now(removals.unbind("/", before[0]))
    assert shop.broker.bound == []
    assert shop.words() == ["Unbound orders from shop."]
    shop.undo()
    assert shop.broker.bound == before


def test_an_exchange(shop: Shop, removals: Removals) -> None:
    """Comes back as it was, with its bindings."""
    spec, bound = shop.broker.exchanges["shop"], list(shop.broker.bound)
    run_now(removals.delete_exchange("/", "shop"))
    assert "shop" not in shop.broker.exchanges
    assert shop.words() == ["Deleted exchange shop and 1 binding."]
    shop.undo()
    assert shop.broker.exchanges["shop"] == spec
    assert shop.broker.bound == bound


def test_an_empty_queue(shop: Shop, removals: Removals) -> None:
    """Comes back as it was, with its bindings."""
    spec, bound = shop.broker.specs["orders"], list(shop.broker.bound)
    assert removals.is_queue_undoable("/", "orders")
    run_now(removals.delete_queue("/", "orders"))
    assert shop.broker.bound == []
    shop.undo()
    assert shop.broker.specs["orders"] == spec
    assert shop.broker.bound == bound


def test_a_queue_with_messages(shop: Shop, removals: Removals) -> None:
    """Comes back with its bindings and all that was in it, held or not."""
    ids = [shop.broker.add_message("orders") for _ in range(3)]
    shop.broker.change("orders", ids[1], state=MessageState.IN_FLIGHT, holder="worker")
    shop.look()
    spec, bound = shop.broker.specs["orders"], list(shop.broker.bound)
    assert removals.is_queue_undoable("/", "orders")
    run_now(removals.delete_queue("/", "orders"))
    assert shop.words() == ["Deleted orders and 3 messages in it."]
    assert "orders" not in shop.broker.queues
    shop.undo()
    assert (shop.broker.specs["orders"], shop.broker.bound) == (spec, bound)
    assert [row.message_id for row in shop.broker.queues["orders"]] == ids
    assert shop.words()[-1] == "Queue orders is back with 3 messages."


def test_a_queue_that_the_bin_cannot_hold(shop: Shop, removals: Removals) -> None:
    """Is refused, and as it was; for good it goes with what is in it, which is told."""
    shop.broker.add_message("orders")
    shop.look()
    shop.broker.is_bin_full = True
    with pytest.raises(RefusedError) as refused:
        run_now(removals.delete_queue("/", "orders"))
    assert refused.value.why is Refusal.TOO_MANY
    assert len(shop.broker.queues["orders"]) == 1
    assert shop.broker.by_hand.paused == {"orders": False}
    run_now(removals.delete_queue("/", "orders", is_for_good=True))
    assert shop.words() == ["Deleted orders and 1 message that is gone for good."]
    assert shop.site.notices.shown[-1].action is None


def test_what_comes_while_a_queue_is_deleted(shop: Shop, removals: Removals) -> None:
    """Goes to the bin as well; if it never ends, the queue stays with all of it."""
    shop.broker.add_message("orders")
    shop.look()
    purge, late = shop.broker.purge, [1, 1, 0]

    async def purged(queue: str, **options: Any) -> PurgeReply:
        reply = await purge(queue, **options)
        for _ in range(late.pop(0) if late else 1):
            shop.broker.add_message("orders")
        return reply

    shop.broker.purge = purged  # type: ignore[method-assign]  # somebody who publishes meanwhile
    run_now(removals.delete_queue("/", "orders"))
    assert shop.words() == ["Deleted orders and 3 messages in it."]
    shop.undo()
    shop.look()
    with pytest.raises(RefusedError, match="keep coming"):
        run_now(removals.delete_queue("/", "orders"))
    assert len(shop.broker.queues["orders"]) == 9


def test_a_policy(shop: Shop, removals: Removals) -> None:
    """Applies again."""
    policy = Policy("/", "ttl", ".", {"max-length": 5}, 3)
    shop.broker.policies[False, "ttl"] = policy
    run_now(removals.delete_policy(policy))
    assert shop.broker.policies == {}
    shop.undo()
    assert shop.broker.policies[False, "ttl"] == policy


def test_a_user(shop: Shop, removals: Removals) -> None:
    """Comes back with password, tags and permissions."""
    users, permissions = dict(shop.broker.users), dict(shop.broker.permissions)
    run_now(removals.delete_user("bot"))
    assert shop.broker.users == {}
    shop.undo()
    assert (shop.broker.users, shop.broker.permissions) == (users, permissions)


def test_a_permission(shop: Shop, removals: Removals, access: Access) -> None:
    """Comes back."""
    before = dict(shop.broker.permissions)
    run_now(removals.delete_permission(access.permissions_of("bot")[0]))
    assert shop.broker.permissions == {}
    assert shop.words() == ["bot may no longer use /."]
    shop.undo()
    assert shop.broker.permissions == before


def test_a_virtual_host_needs_its_name_typed(shop: Shop, removals: Removals) -> None:
    """It cannot be had back."""
    shop.broker.vhosts["eu"] = VhostSpec("eu")
    shop.look()
    form = VhostDeletion(shop.site, removals, "eu")
    form.edit("name", "e")
    assert run_now(form.submit()) is False
    form.edit("name", "eu")
    assert "cannot be undone" in form.summary()
    assert run_now(form.submit()) is True
    assert "eu" not in shop.broker.vhosts
    assert shop.words() == ["Deleted virtual host eu with 0 queues and 0 exchanges."]
