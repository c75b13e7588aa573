"""Who may see and do what: as RabbitMQ 3.10.8 was seen to have it."""

import pytest

from tests.support.management import Office

VHOST = "User not authorised to access virtual host"
OBJECT = "User not authorised to access object"
ADMINISTRATOR = "Not administrator user"
POLICY = {"pattern": "^none$", "definition": {"max-length": 5}}


@pytest.fixture
async def guarded(office: Office) -> Office:
    """Users: in, out (management), eye (monitoring), maker (policymaker); in and maker have rights in /."""
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    office.ask("PUT", "api/vhosts/hidden", {})
    for vhost in ("%2F", "hidden"):
        office.ask("PUT", f"api/queues/{vhost}/q", {})
    office.add_user("in", "management", **everything)
    office.add_user("out", "management")
    office.add_user("eye", "monitoring")
    office.add_user("maker", "policymaker", **everything)
    return office


TAGS = {"in": "management", "out": "management", "eye": "monitoring", "maker": "policymaker"}


@pytest.mark.parametrize(
    ("user", "method", "path", "says"),
    [
        ("in", "GET", "overview", ""),
        ("in", "GET", "nodes", "Not monitor user"),
        ("eye", "GET", "nodes", ""),
        ("in", "GET", "users", ADMINISTRATOR),
        ("eye", "GET", "users", ADMINISTRATOR),
        ("in", "GET", "permissions", ADMINISTRATOR),
        ("in", "GET", "definitions", ADMINISTRATOR),
        ("in", "GET", "feature-flags", ADMINISTRATOR),
        ("in", "PUT", "vhosts/new", ADMINISTRATOR),
        ("in", "DELETE", "vhosts/hidden", ADMINISTRATOR),
        ("in", "PUT", "users/new", ADMINISTRATOR),
        ("in", "GET", "queues/%2F", ""),
        ("in", "GET", "queues/hidden", VHOST),
        ("in", "GET", "queues/hidden/q", VHOST),
        ("in", "GET", "bindings/hidden", VHOST),
        ("in", "GET", "vhosts/hidden/connections", VHOST),
        ("in", "GET", "vhost-limits/hidden", VHOST),
        ("eye", "GET", "vhost-limits/hidden", ""),
        ("eye", "GET", "queues/%2F", VHOST),
        ("out", "DELETE", "queues/%2F/q", VHOST),
        ("in", "DELETE", "queues/hidden/q", VHOST),
        ("in", "POST", "queues/hidden/q/get", VHOST),
        ("in", "GET", "policies/%2F/p", OBJECT),
        ("in", "PUT", "policies/%2F/p", OBJECT),
        ("maker", "PUT", "policies/%2F/p", ""),
        ("maker", "PUT", "policies/hidden/p", OBJECT),
        ("maker", "PUT", "operator-policies/%2F/p", ADMINISTRATOR),
        ("maker", "GET", "operator-policies/%2F", ""),
        ("maker", "GET", "parameters/shovel", ""),
        ("in", "GET", "parameters/shovel", OBJECT),
        ("in", "POST", "rebalance/queues", ADMINISTRATOR),
    ],
)
async def test_a_route_asks_for_what_it_needs(
    guarded: Office, user: str, method: str, path: str, says: str
) -> None:
    body = POLICY if "policies" in path and method == "PUT" else None
    response = guarded.ask(method, f"api/{path}", body, user, (TAGS[user],))
    if says:
        assert (response.status, response.content) == (401, {"error": "not_authorised", "reason": says})
    else:
        assert response.status < 300


async def test_nobody_without_a_tag(guarded: Office) -> None:
    """Whatever permissions a user has."""
    response = guarded.ask("GET", "api/queues", user="in", tags=("other",))
    assert (response.status, response.content["reason"]) == (401, "Not management user")


async def test_lists_show_what_may_be_seen(guarded: Office) -> None:
    """Administrators see everything, others what is in virtual hosts that let them in."""
    assert {each["vhost"] for each in guarded.get("api/queues")} == {"/", "hidden"}
    for kind in ("queues", "exchanges", "bindings"):
        seen = guarded.get(f"api/{kind}", user="in", tags=("management",))
        assert {each["vhost"] for each in seen} == {"/"}
        assert guarded.get(f"api/{kind}", user="out", tags=("management",)) == []
    names = [each["name"] for each in guarded.get("api/vhosts", user="in", tags=("management",))]
    assert names == ["/"]
    assert len(guarded.get("api/vhosts", user="eye", tags=("monitoring",))) == 2


async def test_connections_are_seen_by_their_users_and_by_monitors(guarded: Office) -> None:
    """And so are their channels; only these may be closed."""
    guarded.connect("of in", "in")
    guarded.connect("of guest", "guest")
    for who, names in (
        ({"user": "in", "tags": ("management",)}, ["of in"]),
        ({"user": "eye", "tags": ("monitoring",)}, ["of in", "of guest"]),
    ):
        assert [each["user_provided_name"] for each in guarded.get("api/connections", **who)] == names
        assert len(guarded.get("api/channels", **who)) == len(names)
    (other,) = [c for c in guarded.get("api/connections") if c["user"] == "guest"]
    path = f"api/connections/{other['name'].replace(' ', '%20')}"
    assert guarded.ask("DELETE", path, user="in", tags=("management",)).status == 404
    assert guarded.ask("DELETE", path).status == 204


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "queues/%2F/other", {}),
        ("DELETE", "queues/%2F/q", None),
        ("DELETE", "queues/%2F/q/contents", None),
        ("PUT", "exchanges/%2F/other", {"type": "direct"}),
        ("DELETE", "exchanges/%2F/other-x", None),
        ("POST", "bindings/%2F/e/amq.direct/q/q", {}),
        ("PUT", "queues/%2F/mine", {"arguments": {"x-dead-letter-exchange": "other-x"}}),
        ("PUT", "exchanges/%2F/mine", {"type": "direct", "arguments": {"alternate-exchange": "other-x"}}),
    ],
)
async def test_changes_need_rights(office: Office, method: str, path: str, body: object) -> None:
    """Of the user who asks, in that virtual host: the API is no way around them."""
    office.ask("PUT", "api/queues/%2F/q", {})
    office.ask("PUT", "api/exchanges/%2F/other-x", {"type": "direct"})
    office.add_user("few", "management", configure="^mine", write="^mine", read="^mine")
    response = office.ask(method, f"api/{path}", body, "few", ("management",))
    assert (response.status, response.content["reason"]) == (401, "Access refused.")
    assert [each["name"] for each in office.get("api/queues")] == ["q"]
    assert office.ask("PUT", "api/queues/%2F/mine", {}, "few", ("management",)).status == 201


async def test_publishing_and_getting_need_rights_too(office: Office) -> None:
    """In the words that RabbitMQ passes on from AMQP."""
    office.ask("PUT", "api/queues/%2F/q", {})
    office.add_user("few", "management", configure="^mine", write="^mine", read="^mine")
    who = ("few", ("management",))
    letter = {"properties": {}, "routing_key": "q", "payload": "x", "payload_encoding": "string"}
    response = office.ask("POST", "api/exchanges/%2F/amq.default/publish", letter, *who)
    says = "403 ACCESS_REFUSED - access to exchange 'amq.default' in vhost '/' refused for user 'few'"
    assert (response.status, response.content["reason"]) == (400, says)
    asked = {"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"}
    response = office.ask("POST", "api/queues/%2F/q/get", asked, *who)
    says = "ACCESS_REFUSED - access to queue 'q' in vhost '/' refused for user 'few'"
    assert (response.status, response.content["reason"]) == (401, says)
    response = office.ask("GET", "api/aliveness-test/%2F", None, *who)
    assert response.status == 401
    assert [each["messages"] for each in office.get("api/queues")] == [0]


async def test_topic_rights_count_as_well(office: Office) -> None:
    """For publishing and binding at topic exchanges."""
    office.ask("PUT", "api/queues/%2F/q", {})
    office.add_user("few", "management", configure=".*", write=".*", read=".*")
    office.ask("PUT", "api/topic-permissions/%2F/few", {"exchange": "amq.topic", "write": "^a", "read": "^a"})
    who = ("few", ("management",))
    letter = {"properties": {}, "routing_key": "b", "payload": "x", "payload_encoding": "string"}
    response = office.ask("POST", "api/exchanges/%2F/amq.topic/publish", letter, *who)
    assert "access to topic 'b' in exchange 'amq.topic'" in response.content["reason"]
    path = "api/bindings/%2F/e/amq.topic/q/q"
    assert office.ask("POST", path, {"routing_key": "b"}, *who).status == 401
    assert office.ask("POST", path, {"routing_key": "a"}, *who).status == 201


async def test_an_administrator_without_permission_may_look_but_not_touch(office: Office) -> None:
    """As in RabbitMQ: the tag is about users and virtual hosts, not about what is in them."""
    office.ask("PUT", "api/queues/%2F/q", {})
    office.add_user("boss", "administrator")
    assert office.get("api/queues/%2F", user="boss")
    for method, path in (("PUT", "api/queues/%2F/new"), ("DELETE", "api/queues/%2F/q")):
        response = office.ask(method, path, user="boss")
        assert (response.status, response.content["reason"]) == (401, "Access refused.")
