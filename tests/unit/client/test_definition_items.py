"""Files that RabbitMQ 3.10.8 wrote, beside what a broker has."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mqstudio.client import definition_items
from mqstudio.client.definition_items import Item, Verdict, compare, is_of_one_vhost, read_file
from mqstudio.model import access as a
from mqstudio.model.policies import AppliesTo, Policy
from mqstudio.model.rows import ExchangeRow, QueueRow, Topology
from mqstudio.model.topology import BindingSpec, ExchangeSpec, QueueSpec, VhostSpec
from mqstudio.protocols.native import messages

FILES = Path(__file__).parents[2] / "support" / "files"
WHOLE, ONE = ((FILES / f"definitions-3.10.8{end}.json").read_bytes() for end in ("", "-vhost"))
KINDS = ["direct", "fanout", "topic", "headers"]


def topology(**fields: Any) -> Topology:
    known = {"exchanges": [], "queues": [], "vhosts": [VhostSpec("/")], "exchange_kinds": KINDS, **fields}
    return Topology(**known)


def table(**fields: Any) -> a.AccessTable:
    names = ("users", "permissions", "topic_permissions", "user_limits", "vhost_limits")
    return a.AccessTable(*(fields.get(name, []) for name in names))


def queue(name: str, vhost: str = "shop", **fields: Any) -> QueueRow:
    return QueueRow(QueueSpec(name, **fields), vhost, 1, 0, 0, 0, [])


def items(
    data: bytes | dict[str, Any], there: Topology | None = None, who: a.AccessTable | None = None
) -> list[Item]:
    asked = read_file(data) if isinstance(data, bytes) else data
    return compare(asked, there or topology(), who or table(), "/")


def one(data: bytes | dict[str, Any], kind: str, name: str, *present: Any) -> Item:
    return next(each for each in items(data, *present) if (each.kind, each.name) == (kind, name))


def test_all_of_a_file_is_new_to_an_empty_broker_but_what_is_not_here() -> None:
    found = items(WHOLE)
    counts = Counter(each.verdict for each in found)
    assert counts == {Verdict.NEW: 20, Verdict.SAME: 1, Verdict.UNSUPPORTED: 2}
    assert {(each.name, each.says) for each in found if each.verdict is Verdict.UNSUPPORTED} == {
        ("ha", "A policy cannot set 'ha-mode' here; all that it sets would be refused."),
        ("internal_cluster_id", "It is about a cluster: there is none here."),
    }
    kinds = [each.kind for each in found]
    assert kinds.index("exchange") < kinds.index("queue") < kinds.index("binding")
    assert all(each.do and each.undo for each in found if each.is_takeable)


def test_a_file_of_one_virtual_host_goes_where_it_is_put() -> None:
    assert is_of_one_vhost(read_file(ONE))
    assert not is_of_one_vhost(read_file(WHOLE))
    found = compare(read_file(ONE), topology(vhosts=[VhostSpec("/"), VhostSpec("here")]), table(), "here")
    assert {each.vhost for each in found if each.is_takeable} == {"here"}
    assert one(ONE, "queue", "orders.dlq").do[0].arguments == {
        "x-queue-type": "quorum",
        "x-delivery-limit": 5,
    }


def test_what_is_there_equally_is_the_same() -> None:
    orders = json.loads(WHOLE)["queues"][0]
    there = topology(
        vhosts=[VhostSpec("/"), VhostSpec("shop")],
        queues=[queue(orders["name"], is_durable=True, arguments=orders["arguments"])],
        exchanges=[ExchangeRow(
            ExchangeSpec("orders", "topic", True, arguments={"alternate-exchange": "rest"}), "shop",
            [BindingSpec("orders", "orders", "eu.#", {"n": 1})],
        )],
        policies=[Policy("shop", "ttl", "^orders", {"max-length": 1000}, 3, AppliesTo.QUEUES)],
    )  # fmt: skip
    who = table(permissions=[a.Permission("app", "shop", "^app", ".*", ".*")])
    for kind, name in (
        ("virtual host", "shop"), ("queue", "orders"), ("exchange", "orders"), ("policy", "ttl"),
        ("binding", "orders → orders"), ("permission", "app"),
    ):  # fmt: skip
        assert one(WHOLE, kind, name, there, who).verdict is Verdict.SAME, name


def test_what_can_be_put_anew_is_changed_and_what_it_was_is_known() -> None:
    old = Policy("shop", "ttl", "^x", {"max-length": 5}, 1, AppliesTo.QUEUES)
    there = topology(policies=[old])
    policy = one(WHOLE, "policy", "ttl", there)
    assert policy.verdict is Verdict.CHANGED
    assert policy.says == (
        'pattern: ^x → ^orders; definition: {"max-length":5} → {"max-length":1000}; priority: 1 → 3.'
    )
    assert policy.undo == (messages.PutPolicy(**msgspec.structs.asdict(old)),)
    who = table(
        users=[a.User("app", ("monitoring",), "old", a.HashKind.SHA256)],
        permissions=[a.Permission("app", "shop", "", "", "")],
        topic_permissions=[a.TopicPermission("app", "shop", "orders", "", "")],
        vhost_limits=[a.VhostLimits("shop", None, 3)],
    )
    user = one(WHOLE, "user", "app", None, who)
    assert user.verdict is Verdict.CHANGED
    assert user.undo[0] == a.PutUser("app", ("monitoring",), None, "old", a.HashKind.SHA256)
    for kind, name in (("permission", "app"), ("topic permission", "app at orders"), ("limits", "limits")):
        assert one(WHOLE, kind, name, None, who).verdict is Verdict.CHANGED
    limits = one(WHOLE, "limits", "limits", None, who)
    assert (limits.says, limits.undo) == ("max queues: 3 → 50.", (a.PutVhostLimits("shop", None, 3),))


def test_what_cannot_be_changed_conflicts_and_stays() -> None:
    there = topology(
        vhosts=[VhostSpec("/"), VhostSpec("shop")],
        queues=[
            queue("orders", is_durable=True, arguments={"x-message-ttl": 1}),
            queue("mail", "/", is_durable=True),
        ],
        exchanges=[
            ExchangeRow(ExchangeSpec("orders", "direct", True), "shop", []),
            ExchangeRow(ExchangeSpec("rest", "fanout", True, arguments={"a": 1}), "shop", []),
        ],
    )  # fmt: skip
    stays = "It stays as it is: a {} cannot be changed, only made anew."
    for kind, name, says in (
        ("queue", "orders", "x-message-ttl 1, the file 30000"),
        ("queue", "mail", "durable on, the file off"),
        ("exchange", "orders", "type direct, the file topic"),
        ("exchange", "rest", 'arguments {"a":1}, the file {}'),
    ):
        item = one(WHOLE, kind, name, there)
        assert (item.verdict, item.do) == (Verdict.CONFLICT, ())
        assert item.says == f"The one here has {says}. {stays.format(kind)}"


@pytest.mark.parametrize(
    ("key", "each", "says"),
    [
        ("queues", {"name": "q", "vhost": "gone"}, "There is no virtual host 'gone'"),
        ("queues", {"name": "amq.q"}, "the broker's own"),
        ("queues", {"name": "q", "arguments": {"x-max-priority": 999}}, "at most 255"),
        ("queues", {}, "'name' is missing"),
        ("queues", {"name": "q", "arguments": "x"}, "must be an object"),
        ("exchanges", {"name": "x", "type": "x-odd"}, "no exchanges of type 'x-odd'"),
        ("bindings", {"source": "x", "destination": "q", "routing_key": ""}, "no exchange 'x' to bind"),
        ("bindings", {"source": "x", "destination_type": "y"}, "'y' is not a valid"),
        ("permissions", {"user": "nobody", "configure": "", "write": "", "read": ""}, "no user 'nobody'"),
        ("policies", {"name": "p", "pattern": "(", "definition": {"max-length": 1}}, "("),
        ("policies", {"name": "p", "pattern": "x"}, "cannot be read"),
        ("parameters", {"component": "shovel", "name": "s", "value": {}}, "It sets up shovel"),
        ("users", {"name": "u"}, "tags_not_present"),
        ("odd", [], "Nothing here is called so"),
    ],
)
def test_what_is_not_supported_says_why(key: str, each: Any, says: str) -> None:
    (item,) = items({"queues": [], key: [each] if isinstance(each, dict) else each})
    assert item.verdict is Verdict.UNSUPPORTED
    assert says in item.says


def test_a_binding_needs_both_ends() -> None:
    asked = {
        "exchanges": [{"name": "x", "type": "topic"}],
        "bindings": [{"source": "x", "destination": "q", "routing_key": "k"}],
    }
    assert items(asked)[-1].says == "There is no queue 'q' to lead to."
    found = items(asked, topology(queues=[queue("q", "/")]))[-1]
    assert (found.verdict, found.name, found.says) == (Verdict.NEW, "x → q", "With key “k”.")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"hello", "it is no JSON"),
        (b"\xff", "it is no JSON"),
        (b"[]", "it has no queues"),
        (b'{"a":1}', "it has no queues"),
        (b'{"queues":{"a":1}}', "'queues' is no list of objects"),
        (b'{"queues":[1]}', "'queues' is no list of objects"),
    ],
)
def test_what_is_no_file_of_definitions(data: bytes, says: str) -> None:
    with pytest.raises(ValueError, match="definitions") as error:
        read_file(data)
    assert says in str(error.value)


def test_a_file_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(definition_items, "DEFINITIONS_MAX_BYTES", 10)
    with pytest.raises(ValueError, match="10 is the most"):
        read_file(WHOLE)
