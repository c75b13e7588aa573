"""Who may do what: the table, and what each request does to it."""

import asyncio
import re
from typing import Any

import pytest

from mqstudio.model import access as a
from mqstudio.model import commands as c
from mqstudio.model import limits
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import ConnectionKicked, EventBatch
from mqstudio.model.rights import Verb
from mqstudio.model.topology import ConnectionInfo, VhostSpec
from mqstudio.server import access as module
from mqstudio.server.access import Access
from tests.support.peers import Peer, new_broker


class Table:
    """An access table on a broker's engine."""

    def __init__(self) -> None:
        self.broker = new_broker()
        self.access: Access = self.broker.access
        self.events = EventBatch()

    def do(self, request: a.AccessVerb) -> Any:
        return self.access.answer(request, 5, self.events)

    def refused(self, request: a.AccessVerb) -> RefusedError:
        before = self.access.table()
        with pytest.raises(RefusedError) as caught:
            self.do(request)
        assert self.access.table() == before
        return caught.value


@pytest.fixture
def table() -> Table:
    return Table()


def test_guest_is_there_from_the_start_with_every_right(table: Table) -> None:
    (guest,) = table.access.table().users
    assert (guest.name, guest.tags, guest.has_password) == ("guest", ("administrator",), True)
    rights = table.access.rights("guest", "/")
    assert all(rights.may(verb, "anything") for verb in Verb)


async def test_a_new_user_has_a_slow_hash_and_no_permission(table: Table) -> None:
    assert await table.do(a.PutUser("anna", ("monitoring",), "secret")) == a.PutReply(is_new=True)
    anna = table.access.users["anna"]
    assert anna.tags == ("monitoring",)
    assert anna.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not table.access.rights("anna", "/").may(Verb.READ, "q")
    assert await table.do(a.PutUser("anna", (), "other")) == a.PutReply(is_new=False)


async def test_a_change_of_tags_keeps_the_password(table: Table) -> None:
    await table.do(a.PutUser("anna", (), "secret"))
    before = table.access.users["anna"].password_hash
    assert table.do(a.PutUser("anna", ("management",))) == a.PutReply(is_new=False)
    assert table.access.users["anna"] == a.User("anna", ("management",), before)


async def test_a_password_can_be_taken_away(table: Table) -> None:
    await table.do(a.PutUser("anna", (), "secret"))
    table.do(a.PutUser("anna", has_no_password=True))
    assert not table.access.users["anna"].has_password


def test_a_new_user_without_password_can_only_come_by_certificate(table: Table) -> None:
    table.do(a.PutUser("anna"))
    assert not table.access.users["anna"].has_password


def test_hashes_of_imported_definitions_stay_as_they_are(table: Table) -> None:
    text = "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"
    table.do(a.PutUser("anna", (), password_hash=text))
    assert table.access.users["anna"] == a.User("anna", (), text, a.HashKind.SHA256)


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (a.PutUser(""), "0 bytes"),
        (a.PutUser("ü" * 128), "256 bytes"),
        (a.PutUser("u", ("",)), "a tag"),
        (a.PutUser("u", ("t",) * 101), "101 tags"),
        (a.PutUser("u", (), ""), "0 bytes"),
        (a.PutUser("u", (), "p" * 1025), "1025 bytes"),
        (a.PutUser("u", (), "p", has_no_password=True), "only one"),
        (a.PutUser("u", (), password_hash="p"), "base64"),
        (a.PutPermission("guest", configure="("), "configure: .*is no pattern"),
        (a.PutPermission("guest", read="a" * 257), "256 is the most"),
        (a.PutTopicPermission("guest", "e", write="(a"), "write: "),
        (a.PutTopicPermission("guest", "e" * 256), "256 bytes"),
        (a.PutUserLimits("guest", max_channels=-1), "-1 is no limit"),
        (a.PutVhostLimits("/", max_queues=-5), "-5 is no limit"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    table: Table, request_: a.AccessVerb, says: str
) -> None:
    error = table.refused(request_)
    assert error.why is Refusal.INVALID_ARGUMENT
    assert re.search(says, error.says)


@pytest.mark.parametrize(
    "request_",
    [
        a.DeleteUser("nobody"),
        a.PutPermission("nobody"),
        a.DeletePermission("nobody"),
        a.PutTopicPermission("nobody", "e"),
        a.DeleteTopicPermission("nobody"),
        a.PutUserLimits("nobody"),
    ],
)
def test_nobody_is_no_user(table: Table, request_: a.AccessVerb) -> None:
    assert table.refused(request_).why is Refusal.NO_SUCH_USER


@pytest.mark.parametrize(
    "request_",
    [
        a.PutPermission("guest", "nowhere"),
        a.DeletePermission("guest", "nowhere"),
        a.PutTopicPermission("guest", "e", "nowhere"),
        a.DeleteTopicPermission("guest", None, "nowhere"),
        a.PutVhostLimits("nowhere"),
    ],
)
def test_nowhere_is_no_virtual_host(table: Table, request_: a.AccessVerb) -> None:
    assert table.refused(request_).why is Refusal.NO_SUCH_VHOST


def test_a_permission_is_put_changed_and_deleted(table: Table) -> None:
    """Each change makes a new version, by which sessions know that what they have learned is old."""
    table.do(a.PutUser("anna"))
    versions = [table.access.version]
    assert table.do(a.PutPermission("anna", read="^a")) == a.PutReply(is_new=True)
    versions.append(table.access.version)
    assert table.access.rights("anna", "/").may(Verb.READ, "abc")
    assert table.do(a.PutPermission("anna", read="^b")) == a.PutReply(is_new=False)
    versions.append(table.access.version)
    assert not table.access.rights("anna", "/").may(Verb.READ, "abc")
    table.do(a.DeletePermission("anna"))
    table.do(a.DeletePermission("anna"))
    versions.append(table.access.version)
    assert not table.access.rights("anna", "/").may(Verb.READ, "b")
    assert versions == sorted(set(versions))


def test_rights_are_kept_only_where_a_permission_is(table: Table) -> None:
    """Names that strangers ask about must not add up."""
    assert table.access.rights("guest", "/") is table.access.rights("guest", "/")
    for number in range(100):
        assert not table.access.rights("guest", f"nowhere {number}").may(Verb.READ, "q")
    assert len(table.access._rights) == 1


def test_topic_permissions_are_deleted_one_by_one_or_all_of_a_virtual_host(table: Table) -> None:
    for exchange in ("e", "f", "g"):
        table.do(a.PutTopicPermission("guest", exchange, write="^w", read="^r"))
    assert table.access.rights("guest", "/").has_topic_rule("e")
    table.do(a.DeleteTopicPermission("guest", "e"))
    assert [each.exchange for each in table.access.table().topic_permissions] == ["f", "g"]
    table.do(a.DeleteTopicPermission("guest"))
    assert table.access.table().topic_permissions == []
    assert not table.access.rights("guest", "/").has_topic_rule("e")


def test_limits_are_set_and_lifted(table: Table) -> None:
    table.do(a.PutUserLimits("guest", max_connections=5))
    table.do(a.PutVhostLimits("/", max_queues=0))
    assert table.access.table().user_limits == [a.UserLimits("guest", max_connections=5)]
    assert table.access.table().vhost_limits == [a.VhostLimits("/", max_queues=0)]
    table.do(a.PutUserLimits("guest"))
    table.do(a.PutVhostLimits("/"))
    assert table.access.table().user_limits == table.access.table().vhost_limits == []


def test_a_deleted_user_loses_everything_and_its_connections(table: Table) -> None:
    table.do(a.PutUser("anna"))
    table.do(a.PutPermission("anna"))
    table.do(a.PutTopicPermission("anna", "e"))
    table.do(a.PutUserLimits("anna", max_channels=1))
    peer = Peer(table.broker)
    info = ConnectionInfo(peer.link.connection_id, "scripted", "1.2.3.4:5", "a", "anna")
    peer.do(c.OpenConnection(info))
    other = Peer(table.broker).open()
    other.do(a.DeleteUser("anna"))
    (kicked,) = peer.session.mail
    assert kicked == ConnectionKicked(peer.link.connection_id, "user 'anna' is deleted")
    assert other.session.mail == []
    left = table.access.table()
    assert {each.name for each in left.users} == {"guest"}
    assert {each.user for each in left.permissions} == {"guest"}
    assert left.topic_permissions == left.user_limits == []


def test_guest_has_every_right_in_each_new_virtual_host_and_none_in_one_that_is_gone(table: Table) -> None:
    peer = Peer(table.broker).open()
    peer.do(c.PutVhost(VhostSpec("more")))
    assert table.access.rights("guest", "more").may(Verb.CONFIGURE, "q")
    table.do(a.PutVhostLimits("more", max_queues=1))
    peer.do(c.DeleteVhost("more"))
    assert [each.vhost for each in table.access.table().permissions] == ["/"]
    assert table.access.table().vhost_limits == []


def test_without_guest_nobody_gets_rights_by_himself(table: Table) -> None:
    table.do(a.DeleteUser("guest"))
    Peer(table.broker).open().do(c.PutVhost(VhostSpec("more")))
    assert table.access.table() == a.AccessTable([], [], [], [], [])


def test_users_and_permissions_are_bounded(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "USERS_MAX", 2)
    monkeypatch.setattr(limits, "PERMISSIONS_MAX", 1)
    table.do(a.PutUser("anna"))
    assert table.refused(a.PutUser("bert")).why is Refusal.TOO_MANY
    assert table.refused(a.PutPermission("anna")).why is Refusal.TOO_MANY
    table.do(a.PutUser("anna", ("tag",)))
    table.do(a.PutPermission("guest", read=""))


async def test_a_future_passes_on_what_becomes_of_another() -> None:
    loop = asyncio.get_running_loop()
    first: asyncio.Future[int]
    first, failed, cancelled = (loop.create_future() for _ in range(3))
    results = [module.then(each, lambda value: value + 1) for each in (first, failed, cancelled)]
    broken = module.then(first, lambda value: value / 0)
    first.set_result(1)
    failed.set_exception(KeyError("no"))
    cancelled.cancel()
    await asyncio.wait([*results, broken])
    assert results[0].result() == 2
    assert isinstance(results[1].exception(), KeyError)
    assert results[2].cancelled()
    assert isinstance(broken.exception(), ZeroDivisionError)
