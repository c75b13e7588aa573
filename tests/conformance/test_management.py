"""The management API with the tools that use it, on a running broker."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import amqpstorm
import pika
import pytest
from amqpstorm.management import ManagementApi
from pika.exceptions import ConnectionClosedByBroker
from prometheus_client.parser import text_string_to_metric_families

from mqstudio.model.limits import HTTP_BODY_MAX_BYTES
from tests.support.broker import RunningBroker, running_broker
from tests.support.http_api import Api
from tests.support.waiting import eventually

RABBITMQADMIN = Path("/usr/bin/rabbitmqadmin")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    with running_broker(tmp_path_factory.mktemp("management")) as broker:
        yield broker


@pytest.fixture
def api(served: RunningBroker) -> Api:
    return Api(served.port_management)


def admin(api: Api, *arguments: str, is_raw: bool = True) -> str:
    """Run RabbitMQ's own command line tool."""
    form = ["--format=raw_json"] if is_raw else []
    command = [sys.executable, str(RABBITMQADMIN), f"--port={api.port}", *form, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_rabbitmqadmin_declares_publishes_gets_and_deletes(api: Api, queue: str) -> None:
    """Version 1, as RabbitMQ ships it."""
    admin(api, "declare", "queue", f"name={queue}", "durable=false")
    admin(api, "declare", "exchange", f"name={queue}-x", "type=fanout", "durable=false")
    admin(api, "declare", "binding", f"source={queue}-x", f"destination={queue}")
    admin(api, "publish", f"exchange={queue}-x", "routing_key=k", "payload=hello")
    (message,) = json.loads(admin(api, "get", f"queue={queue}", "ackmode=ack_requeue_false"))
    assert (message["payload"], message["routing_key"], message["exchange"]) == ("hello", "k", f"{queue}-x")
    names = [each["name"] for each in json.loads(admin(api, "list", "queues", "name"))]
    assert queue in names
    admin(api, "purge", "queue", f"name={queue}")
    admin(api, "delete", "exchange", f"name={queue}-x")
    admin(api, "delete", "queue", f"name={queue}")
    assert api.ask("GET", f"api/queues/%2F/{queue}").status == 404


COMMANDS = """
    show overview
    list users
    list vhosts
    list connections
    list exchanges
    list bindings
    list permissions
    list channels
    list parameters
    list consumers
    list policies
    list operator_policies
    list nodes
    list vhost_limits
    declare vhost name=adm tracing=true
    declare user name=admu password=p tags=management
    declare permission vhost=adm user=admu configure=.* write=.* read=.*
    declare permission vhost=adm user=guest configure=.* write=.* read=.*
    -V adm declare queue name=q durable=true arguments={"x-max-length":5}
    -V adm declare exchange name=x type=topic
    -V adm declare binding source=x destination=q routing_key=a.#
    -V adm declare binding source=x destination=amq.fanout destination_type=exchange routing_key=b
    -V adm declare policy name=p pattern=^q definition={"max-length":3} apply-to=queues
    -V adm declare operator_policy name=p pattern=^q definition={"max-length":2} apply-to=queues
    -V adm declare vhost_limit vhost=adm name=max-queues value=5
    -V adm publish routing_key=q payload=hi properties={"delivery_mode":2}
    -V adm publish exchange=x routing_key=a.b payload=hi2
    -V adm get queue=q count=2 ackmode=ack_requeue_true encoding=base64
    -V adm list queues name messages policy
    -f long list queues
    -f kvp list queues vhost name
    -f tsv list queues
    -f bash list queues
    -V adm purge queue name=q
    -V adm delete binding source=x destination_type=queue destination=q properties_key=a.%23
    -V adm delete policy name=p
    -V adm delete operator_policy name=p
    -V adm delete vhost_limit vhost=adm name=max-queues
    -V adm delete exchange name=x
    -V adm delete queue name=q
    delete permission vhost=adm user=admu
    delete user name=admu
    delete vhost name=adm
"""


def test_every_command_of_rabbitmqadmin_is_understood(api: Api, served: RunningBroker) -> None:
    """Each that RabbitMQ 3.10.8 does without complaint, one after the other."""
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", served.port_amqp))
    connection.channel().queue_declare("", exclusive=True)  # so that there is something to list
    for line in COMMANDS.split("\n"):
        if line.strip():
            admin(api, *line.split(), is_raw=False)
    connection.close()
    assert "adm" not in [each["name"] for each in api.get("api/vhosts")]


def test_rabbitmqadmin_exports_and_imports(api: Api, queue: str, tmp_path: Path) -> None:
    """What was deleted is back after importing what was exported."""
    api.ask("PUT", f"api/queues/%2F/{queue}", {"durable": True, "arguments": {"x-max-length": 5}})
    api.ask("POST", f"api/bindings/%2F/e/amq.topic/q/{queue}", {"routing_key": "a.#"})
    file = tmp_path / "definitions.json"
    admin(api, "export", str(file))
    api.ask("DELETE", f"api/queues/%2F/{queue}")
    admin(api, "import", str(file))
    assert api.get(f"api/queues/%2F/{queue}")["arguments"] == {"x-max-length": 5}
    keys = [each["routing_key"] for each in api.get(f"api/queues/%2F/{queue}/bindings")]
    assert sorted(keys) == sorted(["a.#", queue])


def test_amqpstorm(api: Api, queue: str) -> None:
    """Its management client: what its own users' test suites do."""
    client = ManagementApi(f"http://127.0.0.1:{api.port}", "guest", "guest")
    assert client.aliveness_test("/")["status"] == "ok"
    assert client.overview()["rabbitmq_version"]
    client.queue.declare(queue, durable=False)
    client.queue.bind(queue=queue, exchange="amq.direct", routing_key="k")
    assert client.basic.publish("body", "k", exchange="amq.direct") == {"routed": True}
    (message,) = client.basic.get(queue, requeue=False)
    assert message.body == "body"
    client.virtual_host.create(queue)
    client.user.create(queue, "secret", tags="administrator")
    client.user.set_permission(queue, queue)
    with amqpstorm.Connection(
        "127.0.0.1", queue, "secret", port=_amqp(api), virtual_host=queue
    ) as connection:
        assert connection.is_open
    client.user.delete(queue)
    client.virtual_host.delete(queue)
    client.queue.delete(queue)


def _amqp(api: Api) -> int:
    ports = [each["port"] for each in api.get("api/overview")["listeners"] if each["protocol"] == "amqp"]
    return int(ports[0])


def test_a_closed_connection_hears_320(api: Api, served: RunningBroker) -> None:
    """DELETE of a connection, by its name: recovery tests of clients do this."""
    properties = {"connection_name": "to be closed"}
    parameters = pika.ConnectionParameters("127.0.0.1", served.port_amqp, client_properties=properties)
    connection = pika.BlockingConnection(parameters)

    def name() -> str:
        shown = [c for c in api.get("api/connections") if c["user_provided_name"] == "to be closed"]
        return str(shown[0]["name"]) if shown else ""

    quoted = eventually(name).replace(" ", "%20").replace(">", "%3E")
    assert api.ask("DELETE", f"api/connections/{quoted}", X_Reason="enough").status == 204
    with pytest.raises(ConnectionClosedByBroker, match=r"320.*enough"):
        connection.process_data_events(time_limit=20)
        connection.channel()


def test_consumers_and_channels_are_listed(api: Api, served: RunningBroker, queue: str) -> None:
    """With the keys that tools read, and who is active."""
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", served.port_amqp))
    channel = connection.channel()
    channel.queue_declare(queue, arguments={"x-single-active-consumer": True})
    channel.basic_qos(prefetch_count=7)
    channel.basic_consume(queue, lambda *_: None, consumer_tag="first")
    channel.basic_consume(queue, lambda *_: None, consumer_tag="second")

    def listed() -> list[tuple[str, bool, int]]:
        shown = [each for each in api.get("api/consumers/%2F") if each["queue"]["name"] == queue]
        return [(c["consumer_tag"], c["active"], c["prefetch_count"]) for c in shown]

    assert eventually(listed) == [("first", True, 7), ("second", False, 7)]
    assert api.get(f"api/queues/%2F/{queue}")["single_active_consumer_tag"] == "first"
    (shown,) = [each for each in api.get("api/channels") if each["consumer_count"] == 2]
    name = shown["connection_details"]["name"].replace(" ", "%20").replace(">", "%3E")
    assert len(api.get(f"api/connections/{name}/channels")) == 1
    channel.queue_delete(queue)
    connection.close()


@pytest.mark.parametrize(
    ("mode", "left", "is_redelivered"),
    [
        ("ack_requeue_true", 1, True),
        ("ack_requeue_false", 0, None),
        ("reject_requeue_true", 1, True),
        ("reject_requeue_false", 0, None),
    ],
)
def test_getting_messages(api: Api, queue: str, mode: str, left: int, is_redelivered: bool | None) -> None:
    """Each ackmode does to the queue what its name says."""
    api.ask("PUT", f"api/queues/%2F/{queue}", {"durable": False})
    sent = {"properties": {}, "routing_key": queue, "payload": "/w==", "payload_encoding": "base64"}
    assert api.ask("POST", "api/exchanges/%2F/amq.default/publish", sent).body == {"routed": True}
    asked = {"count": 5, "ackmode": mode, "encoding": "auto", "truncate": 50}
    (message,) = api.ask("POST", f"api/queues/%2F/{queue}/get", asked).body
    assert (message["payload"], message["payload_encoding"]) == ("/w==", "base64")
    assert (message["redelivered"], message["message_count"]) == (False, 0)
    assert api.get(f"api/queues/%2F/{queue}")["messages_ready"] == left
    again = api.ask("POST", f"api/queues/%2F/{queue}/get", {**asked, "ackmode": "ack_requeue_false"}).body
    assert [each["redelivered"] for each in again] == ([] if is_redelivered is None else [is_redelivered])
    api.ask("DELETE", f"api/queues/%2F/{queue}")


def test_pages(api: Api, queue: str) -> None:
    """Sorted, filtered by name or pattern, some columns, a part at a time."""
    for number in range(5):
        api.ask("PUT", f"api/queues/%2F/{queue}-{number}", {"durable": False})
    page = api.get(f"api/queues?page=2&page_size=2&name={queue}&sort=name&sort_reverse=true&columns=name")
    assert page["items"] == [{"name": f"{queue}-2"}, {"name": f"{queue}-1"}]
    assert (page["page"], page["page_count"], page["filtered_count"]) == (2, 3, 5)
    assert page["total_count"] >= 5
    found = api.get(f"api/queues?page=1&name={queue}-[03]$&use_regex=true")
    assert [each["name"] for each in found["items"]] == [f"{queue}-0", f"{queue}-3"]
    assert api.ask("GET", "api/queues?page=99").status == 400
    assert api.ask("GET", "api/queues?page=none").status == 400
    for number in range(5):
        api.ask("DELETE", f"api/queues/%2F/{queue}-{number}")


def test_policies_apply_at_once(api: Api, queue: str) -> None:
    """To queues that are there; an operator's limit is not got around."""
    api.ask("PUT", f"api/queues/%2F/{queue}", {"durable": False, "arguments": {"x-max-length": 9}})
    policy = {"pattern": f"^{queue}$", "definition": {"max-length": 2}, "apply-to": "queues"}
    assert api.ask("PUT", f"api/operator-policies/%2F/{queue}", policy).status == 201
    for number in range(4):
        sent = {"routing_key": queue, "payload": str(number), "payload_encoding": "string", "properties": {}}
        api.ask("POST", "api/exchanges/%2F/amq.default/publish", sent)
    shown = api.get(f"api/queues/%2F/{queue}")
    assert (shown["messages_ready"], shown["operator_policy"], shown["policy"]) == (2, queue, None)
    assert api.ask("PUT", f"api/policies/%2F/{queue}", {"pattern": "(a+)+", "definition": {}}).status == 400
    assert api.ask("DELETE", f"api/operator-policies/%2F/{queue}").status == 204
    assert api.ask("DELETE", f"api/operator-policies/%2F/{queue}").status == 404
    api.ask("DELETE", f"api/queues/%2F/{queue}")


def test_metrics_can_be_scraped(api: Api, served: RunningBroker, queue: str) -> None:
    """By Prometheus's own parser, without a login, on both ports, with the names of RabbitMQ's dashboard."""
    api.ask("PUT", f"api/queues/%2F/{queue}%22x", {"durable": False})

    def labels(port: int) -> list[str]:
        scraper, shown = Api(port, login=""), {}
        for path in ("metrics", "metrics/per-object"):
            shown = {each.name: each for each in text_string_to_metric_families(scraper.get(path))}
            wanted = {"rabbitmq_connections", "rabbitmq_queues", "rabbitmq_queue_messages_ready"}
            assert wanted <= set(shown)
        return [sample.labels["queue"] for sample in shown["rabbitmq_queue_messages_ready"].samples]

    for port in (served.port_management, served.port_metrics):
        eventually(lambda port=port: f'{queue}"x' in labels(port))
    api.ask("DELETE", f"api/queues/%2F/{queue}%22x")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example:15672"}, 421),
        ({"Host": "localhost:1"}, 421),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-origin"}, 200),
    ],
)
def test_web_pages_are_kept_out(api: Api, headers: dict[str, str], status: int) -> None:
    """Before anything else, the password included: a page can make a browser send it."""
    assert api.ask("GET", "api/overview", **headers).status == status


@pytest.mark.parametrize("login", ["", "guest:wrong", "nobody:x", "guest"])
def test_a_wrong_login(served: RunningBroker, login: str) -> None:
    """401, and how to log in; what was wrong only to those who tried (in RabbitMQ's spelling)."""
    answer = Api(served.port_management, login).ask("GET", "api/overview")
    assert answer.status == 401
    assert answer.body == ({"error": "not_authorized", "reason": "Login failed"} if login else "")
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


def test_users_without_a_tag_may_not_look(api: Api, served: RunningBroker, queue: str) -> None:
    """And a monitor may look, but not change users."""
    api.ask("PUT", f"api/users/{queue}", {"password": "p", "tags": ""})
    user = Api(served.port_management, f"{queue}:p")
    assert user.ask("GET", "api/queues").status == 401
    api.ask("PUT", f"api/users/{queue}", {"password": "p", "tags": "monitoring"})
    assert user.ask("GET", "api/queues").status == 200
    assert user.ask("PUT", "api/users/other", {"password": "p", "tags": ""}).status == 401
    api.ask("DELETE", f"api/users/{queue}")


def test_bodies_that_make_no_sense(api: Api) -> None:
    """Too large, not JSON, of the wrong shape: said so, and nothing else happens."""
    too_large = b" " * (HTTP_BODY_MAX_BYTES + 1)
    assert api.ask("POST", "api/definitions", raw=too_large).status == 413
    for raw in (b"{", b"[]", b"\xff", b"[" * 100_000, b'{"queues": [1]}', b'{"queues": [{"name": 5}]}'):
        assert api.ask("POST", "api/definitions", raw=raw).status == 400, raw[:20]
    assert api.ask("POST", "api/exchanges/%2F/amq.default/publish", {"payload": "x"}).status == 400
    assert api.ask("PATCH", "api/overview").status == 405
    assert api.get("api/whoami") == {"name": "guest", "tags": ["administrator"]}
