"""What version 2 of rabbitmqadmin asks, and what it cannot do without in the answers.

The tool is a binary that no test can install. So its requests are made here as its documentation and its
client library have them, command by command; of answers those values are looked at that it does not take
as absent, by the type it reads them as.
"""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any, NamedTuple

import pika
import pytest
from pika.exceptions import ConnectionClosedByBroker

from tests.support.broker import RunningBroker, running_broker
from tests.support.http_api import Api
from tests.support.waiting import eventually

Kinds = dict[str, type]

QUEUE: Kinds = {
    "name": str,
    "vhost": str,
    "type": str,
    "durable": bool,
    "auto_delete": bool,
    "exclusive": bool,
    "arguments": dict,
}
NODE: Kinds = {
    "name": str,
    "uptime": int,
    "run_queue": int,
    "processors": int,
    "os_pid": str,
    "fd_total": int,
    "proc_total": int,
    "mem_limit": int,
    "mem_alarm": bool,
    "disk_free_limit": int,
    "disk_free_alarm": bool,
    "rates_mode": str,
    "enabled_plugins": list,
    "being_drained": bool,
}
CONNECTION: Kinds = {
    "name": str,
    "node": str,
    "protocol": str,
    "user": str,
    "connected_at": int,
    "client_properties": dict,
}
CHANNEL: Kinds = {
    "number": int,
    "name": str,
    "connection_details": dict,
    "vhost": str,
    "state": str,
    "consumer_count": int,
    "confirm": bool,
    "prefetch_count": int,
    "messages_unacknowledged": int,
    "messages_unconfirmed": int,
}
CONSUMER: Kinds = {
    "consumer_tag": str,
    "active": bool,
    "ack_required": bool,
    "prefetch_count": int,
    "exclusive": bool,
    "arguments": dict,
    "consumer_timeout": int,
    "queue": dict,
    "channel_details": dict,
}
EXCHANGE: Kinds = {
    "name": str,
    "vhost": str,
    "type": str,
    "durable": bool,
    "auto_delete": bool,
    "arguments": dict,
}
BINDING: Kinds = {
    "vhost": str,
    "source": str,
    "destination": str,
    "destination_type": str,
    "routing_key": str,
    "arguments": dict,
}
USER: Kinds = {"name": str, "tags": list, "password_hash": str}
PERMISSION: Kinds = {"user": str, "vhost": str, "configure": str, "read": str, "write": str}
POLICY: Kinds = {
    "name": str,
    "vhost": str,
    "pattern": str,
    "apply-to": str,
    "priority": int,
    "definition": dict,
}
FLAG: Kinds = {
    "name": str,
    "state": str,
    "desc": str,
    "doc_url": str,
    "stability": str,
    "provided_by": str,
}
DEFINITIONS: Kinds = {
    "users": list,
    "vhosts": list,
    "permissions": list,
    "parameters": list,
    "policies": list,
    "queues": list,
    "exchanges": list,
    "bindings": list,
}
MESSAGE: Kinds = {
    "payload_bytes": int,
    "redelivered": bool,
    "exchange": str,
    "routing_key": str,
    "message_count": int,
    "properties": dict,
    "payload": str,
    "payload_encoding": str,
}


class Call(NamedTuple):
    """A command of the tool, the request it makes, the answer's status, and of which kinds its values are."""

    command: str
    method: str
    path: str
    body: Any = None
    status: int = 200
    kinds: Kinds | None = None


LISTS = (
    Call("list nodes", "GET", "nodes", kinds=NODE),
    Call("list queues", "GET", "queues", kinds=QUEUE),
    Call("list queues, in full", "GET", "queues/detailed", kinds=QUEUE),
    Call("list queues of a virtual host", "GET", "queues/v2", kinds=QUEUE),
    Call("list exchanges", "GET", "exchanges", kinds=EXCHANGE),
    Call("list bindings", "GET", "bindings", kinds=BINDING),
    Call("list connections", "GET", "connections", kinds=CONNECTION),
    Call("list user_connections", "GET", "connections/username/guest", kinds=CONNECTION),
    Call("list channels", "GET", "channels", kinds=CHANNEL),
    Call("list consumers", "GET", "consumers", kinds=CONSUMER),
    Call("list users", "GET", "users", kinds=USER),
    Call("list permissions", "GET", "permissions", kinds=PERMISSION),
    Call("list vhosts", "GET", "vhosts", kinds={"name": str}),
    Call("list policies", "GET", "policies", kinds=POLICY),
    Call("list operator_policies", "GET", "operator-policies", kinds=POLICY),
    Call("list vhost_limits", "GET", "vhost-limits", kinds={"vhost": str, "value": dict}),
    Call("list user_limits", "GET", "user-limits", kinds={"user": str, "value": dict}),
    Call("feature_flags list", "GET", "feature-flags", kinds=FLAG),
)
"""Each has something in it, and each of that is whole."""

SHOWN = (
    Call("show overview", "GET", "overview", kinds={"cluster_name": str, "rabbitmq_version": str}),
    Call("definitions export", "GET", "definitions", kinds=DEFINITIONS),
    Call("auth_attempts, whoami", "GET", "whoami", kinds={"name": str, "tags": list}),
    Call("health_check cluster_wide_alarms", "GET", "health/checks/alarms", kinds={"status": str}),
    Call("health_check local_alarms", "GET", "health/checks/local-alarms", kinds={"status": str}),
    Call("health_check node_is_quorum_critical", "GET", "health/checks/node-is-quorum-critical"),
    Call("health_check protocol_listener", "GET", "health/checks/protocol-listener/amqp"),
    Call("rebalance queues", "POST", "rebalance/queues", status=204),
    Call("feature_flags enable", "PUT", "feature-flags/quorum_queue/enable", {"name": "quorum_queue"}, 204),
    Call("feature_flags enable, unknown", "PUT", "feature-flags/nothing/enable", {"name": "nothing"}, 400),
    Call("deprecated_features list", "GET", "deprecated-features"),
    Call("deprecated_features list_used", "GET", "deprecated-features/used"),
    Call("parameters list_all", "GET", "parameters"),
    Call("global_parameters list", "GET", "global-parameters"),
    Call("shovels list_all", "GET", "shovels", status=404),
    Call("federation list_all_links", "GET", "federation-links", status=404),
)

QUEUE_BODY = {
    "name": "made",
    "type": "quorum",
    "durable": True,
    "auto_delete": False,
    "exclusive": False,
    "arguments": {"x-queue-type": "quorum"},
}
RIGHTS = {"user": "v2-user", "vhost": "v2-made", "configure": ".*", "read": ".*", "write": ".*"}
HASHED = {
    "name": "v2-user",
    "password_hash": b64encode(bytes(36)).decode(),
    "tags": "management",
}
POLICY_BODY = {
    "vhost": "v2-made",
    "name": "p",
    "pattern": "^made",
    "apply-to": "queues",
    "priority": 3,
    "definition": {"max-length": 5},
}
MESSAGE_BODY = {
    "routing_key": "a.b",
    "payload": "hi",
    "payload_encoding": "string",
    "properties": {"delivery_mode": 2},
}
GET_BODY = {"count": 1, "ackmode": "ack_requeue_false", "encoding": "auto"}
STREAM_BODY = QUEUE_BODY | {"name": "s", "type": "stream", "arguments": {"x-queue-type": "stream"}}

VHOST_BODY = {"name": "v2-made", "description": "", "tracing": False}
EXCHANGE_BODY = {"name": "x", "type": "topic", "durable": True, "auto_delete": False, "arguments": {}}
BINDING_BODY = {"routing_key": "a.#", "arguments": {}}

CHANGES = (
    Call("declare vhost", "PUT", "vhosts/v2-made", VHOST_BODY, 201),
    Call("declare user", "PUT", "users/v2-user", HASHED, 201),
    Call("declare permissions", "PUT", "permissions/v2-made/v2-user", RIGHTS, 201),
    Call("declare permissions, ours", "PUT", "permissions/v2-made/guest", RIGHTS | {"user": "guest"}, 204),
    Call("declare queue", "PUT", "queues/v2-made/made", QUEUE_BODY, 201),
    Call("declare queue, again", "PUT", "queues/v2-made/made", QUEUE_BODY, 204),
    Call("declare stream", "PUT", "queues/v2-made/s", STREAM_BODY, 201),
    Call("declare exchange", "PUT", "exchanges/v2-made/x", EXCHANGE_BODY, 201),
    Call("declare binding", "POST", "bindings/v2-made/e/x/q/made", BINDING_BODY, 201),
    Call("declare policy", "PUT", "policies/v2-made/p", POLICY_BODY, 201),
    Call("declare operator_policy", "PUT", "operator-policies/v2-made/p", POLICY_BODY, 201),
    Call("declare vhost_limit", "PUT", "vhost-limits/v2-made/max-queues", {"value": 9}, 204),
    Call("declare user_limit", "PUT", "user-limits/v2-user/max-channels", {"value": 9}, 204),
    Call("publish message", "POST", "exchanges/v2-made/x/publish", MESSAGE_BODY, 200, {"routed": bool}),
    Call("get messages", "POST", "queues/v2-made/made/get", GET_BODY, 200, MESSAGE),
    Call("purge queue", "DELETE", "queues/v2-made/made/contents", None, 204),
    Call("definitions export_from_vhost", "GET", "definitions/v2-made", None, 200, {"queues": list}),
    Call("delete binding", "DELETE", "bindings/v2-made/e/x/q/made/a.%2523", None, 204),
    Call("delete policy", "DELETE", "policies/v2-made/p", None, 204),
    Call("delete operator_policy", "DELETE", "operator-policies/v2-made/p", None, 204),
    Call("delete exchange", "DELETE", "exchanges/v2-made/x", None, 204),
    Call("delete queue", "DELETE", "queues/v2-made/made", None, 204),
    Call("delete queue, idempotently", "DELETE", "queues/v2-made/made", None, 404),
    Call("delete vhost_limit", "DELETE", "vhost-limits/v2-made/max-queues", None, 204),
    Call("delete user_limit", "DELETE", "user-limits/v2-user/max-channels", None, 204),
    Call("delete permissions", "DELETE", "permissions/v2-made/v2-user", None, 204),
    Call("delete user", "DELETE", "users/v2-user", None, 204),
    Call("delete vhost", "DELETE", "vhosts/v2-made", None, 204),
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    with running_broker(tmp_path_factory.mktemp("v2")) as broker:
        api = Api(broker.port_management)
        for path, body in (
            ("vhosts/v2", {}),
            ("permissions/v2/guest", RIGHTS),
            ("policies/v2/p", POLICY_BODY),
            ("operator-policies/v2/o", POLICY_BODY),
            ("vhost-limits/v2/max-queues", {"value": 100}),
            ("user-limits/guest/max-channels", {"value": 100}),
        ):
            assert api.ask("PUT", f"api/{path}", body).status in (201, 204)
        parameters = pika.ConnectionParameters("127.0.0.1", broker.port_amqp, "v2", heartbeat=0)
        connection = pika.BlockingConnection(parameters)
        channel = connection.channel()
        channel.queue_declare("q")
        channel.basic_consume("q", lambda *_: None)
        eventually(lambda: api.get("api/consumers"))
        yield broker
        connection.close()


@pytest.fixture
def api(served: RunningBroker) -> Api:
    return Api(served.port_management)


def check(api: Api, call: Call) -> Any:
    """Make a request; what it is answered with."""
    said = api.ask(call.method, f"api/{call.path}", call.body)
    assert said.status == call.status, (call.command, said.body)
    for shown in said.body if isinstance(said.body, list) else [said.body]:
        kinds = call.kinds or {}
        assert {name: type(shown.get(name)) for name in kinds} == kinds, call.command
    return said.body


@pytest.mark.parametrize("call", LISTS, ids=lambda call: call.command)
def test_lists(api: Api, call: Call) -> None:
    """Something is in each, and nothing in it lacks what the tool reads."""
    assert check(api, call)


@pytest.mark.parametrize("call", SHOWN, ids=lambda call: call.command)
def test_what_it_shows_and_checks(api: Api, call: Call) -> None:
    """With the status by which it tells whether all is well."""
    check(api, call)


def test_memory_of_a_node(api: Api) -> None:
    """RabbitMQ says so, too, when it cannot tell; then the tool shows nothing instead of failing."""
    (node,) = api.get("api/nodes")
    assert api.get(f"api/nodes/{node['name']}/memory") == {"memory": "not_available"}


def test_pages(api: Api) -> None:
    """Lists by pages have their rows in `items`."""
    page = api.get("api/queues?page=1&page_size=10")
    assert [each["name"] for each in page["items"]] == ["q"]


def test_declares_and_deletes(api: Api) -> None:
    """Each of its kinds of thing, one after the other; what comes back is what was put in."""
    said = {call.command: check(api, call) for call in CHANGES}
    (message,) = said["get messages"]
    assert (message["payload"], message["routing_key"], message["exchange"]) == ("hi", "a.b", "x")
    assert [each["name"] for each in said["definitions export_from_vhost"]["queues"]] == ["made", "s"]


def test_definitions_go_round(api: Api) -> None:
    """What it has exported, with what it leaves out and renames, can be imported again."""
    exported = api.get("api/definitions")
    kept = {name: exported[name] for name in DEFINITIONS}
    assert api.ask("POST", "api/definitions", kept).status == 204


def test_a_connection_is_closed(api: Api, served: RunningBroker) -> None:
    """By its name."""
    told = {"connection_name": "to be closed"}
    parameters = pika.ConnectionParameters(
        "127.0.0.1", served.port_amqp, "v2", heartbeat=0, client_properties=told
    )
    connection = pika.BlockingConnection(parameters)
    name = told["connection_name"]
    (mine,) = [each for each in api.get("api/connections") if each["user_provided_name"] == name]
    quoted = mine["name"].replace(" ", "%20").replace(">", "%3E")
    assert api.ask("DELETE", f"api/connections/{quoted}").status == 204
    with pytest.raises(ConnectionClosedByBroker):
        connection.process_data_events(time_limit=10)
