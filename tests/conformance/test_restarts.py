"""What there is after a restart, clean or by kill -9: topology, policies, users and limits."""

from collections.abc import Iterator
from pathlib import Path

import pika
import pytest
from pika.exceptions import ProbableAccessDeniedError, ProbableAuthenticationError

from tests.support.pika_client import ready, refused
from tests.support.restarts import KILLED, PERSISTENT, STOPPED, Lives, exists, keep, lives


@pytest.fixture(params=[STOPPED, KILLED])
def broker(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Lives]:
    """A broker that ends in both ways."""
    with lives(tmp_path, request.param) as made:
        yield made


def test_nobody_has_used_it_and_everybody_comes_in_again(broker: Lives) -> None:
    broker.restart()
    broker.restart()
    broker.channel()
    assert [each["name"] for each in broker.api.get("api/users")] == ["guest"]
    assert [each["name"] for each in broker.api.get("api/vhosts")] == ["/"]


def test_durable_queues_are_there_with_their_arguments_and_no_others(broker: Lives) -> None:
    channel = broker.channel()
    arguments = {
        "x-max-length": 5,
        "x-message-ttl": 60_000,
        "x-queue-mode": "lazy",
        "x-overflow": "drop-head",
    }
    channel.queue_declare("durable", durable=True, arguments=arguments)
    channel.queue_declare("transient")
    channel.queue_declare("auto", durable=True, auto_delete=True)
    channel.queue_declare("mine", durable=True, exclusive=True)
    named = channel.queue_declare("", durable=True).method.queue
    broker.restart()
    channel = broker.channel()
    channel.queue_declare("durable", durable=True, arguments=arguments)
    assert broker.queue("durable")["arguments"] == arguments
    assert broker.queue("auto")["auto_delete"]
    names = {each["name"] for each in broker.api.get("api/queues")}
    assert names == {"durable", "auto", named}
    with refused(406, "inequivalent arg 'x-max-length'"):
        channel.queue_declare("durable", durable=True, arguments=arguments | {"x-max-length": 6})


def test_a_deleted_queue_stays_deleted(broker: Lives) -> None:
    channel = broker.channel()
    channel.queue_declare("gone", durable=True)
    keep(channel, "gone", b"1", b"2")
    broker.restart()
    broker.channel().queue_delete("gone")
    broker.restart()
    assert not exists(broker, "queues", "gone")
    channel = broker.channel()
    channel.queue_declare("gone", durable=True)
    assert ready(channel, "gone") == 0


def test_durable_exchanges_are_there_and_no_others(broker: Lives) -> None:
    channel = broker.channel()
    channel.exchange_declare("durable", "topic", durable=True, internal=True)
    channel.exchange_declare("auto", "headers", durable=True, auto_delete=True)
    channel.exchange_declare("transient", "fanout")
    channel.exchange_declare("deleted", "direct", durable=True)
    channel.exchange_delete("deleted")
    broker.restart()
    found = broker.api.get("api/exchanges/%2F/durable")
    assert (found["type"], found["durable"], found["internal"]) == ("topic", True, True)
    assert exists(broker, "exchanges", "auto")
    assert not exists(broker, "exchanges", "transient")
    assert not exists(broker, "exchanges", "deleted")
    assert exists(broker, "exchanges", "amq.topic")


@pytest.mark.parametrize("is_exchange_durable", [True, False])
@pytest.mark.parametrize("is_queue_durable", [True, False])
def test_a_binding_lasts_if_both_its_ends_do(
    broker: Lives, is_exchange_durable: bool, is_queue_durable: bool
) -> None:
    def declare() -> None:
        channel.exchange_declare("x", "direct", durable=is_exchange_durable)
        channel.queue_declare("q", durable=is_queue_durable)

    channel = broker.channel()
    declare()
    channel.queue_bind("q", "x", "key")
    channel.queue_bind("q", "amq.direct", "other")
    channel.queue_bind("q", "x", "taken away")
    channel.queue_unbind("q", "x", "taken away")
    broker.restart()
    channel = broker.channel()
    declare()
    found = {(each["source"], each["routing_key"]) for each in broker.api.get("api/queues/%2F/q/bindings")}
    expected = {("", "q")}
    if is_queue_durable:
        expected |= {("amq.direct", "other")} | ({("x", "key")} if is_exchange_durable else set())
    assert found == expected
    channel.basic_publish("x", "key", b"")
    assert ready(channel, "q") == (is_queue_durable and is_exchange_durable)


def test_bindings_between_exchanges_with_arguments_are_there(broker: Lives) -> None:
    channel = broker.channel()
    channel.exchange_declare("from", "headers", durable=True)
    channel.exchange_declare("to", "fanout", durable=True)
    channel.queue_declare("q", durable=True)
    wanted = {"x-match": "any", "colour": "red", "size": 5, "is_new": True, "none": None}
    channel.exchange_bind("to", "from", arguments=wanted)
    channel.queue_bind("q", "to")
    broker.restart()
    channel = broker.channel()
    for headers in ({"colour": "red"}, {"size": 5}, {"colour": "blue"}):
        channel.basic_publish("from", "", b"", pika.BasicProperties(headers=headers))
    assert ready(channel, "q") == 2
    (binding,) = broker.api.get("api/exchanges/%2F/from/bindings/source")
    assert binding["arguments"] == wanted
    channel.exchange_unbind("to", "from", arguments=wanted)
    broker.restart()
    assert broker.api.get("api/exchanges/%2F/from/bindings/source") == []


def test_alternate_exchanges_catch_what_is_unroutable(broker: Lives) -> None:
    channel = broker.channel()
    channel.exchange_declare("caught", "fanout", durable=True)
    channel.exchange_declare("x", "direct", durable=True, arguments={"alternate-exchange": "caught"})
    channel.queue_declare("q", durable=True)
    channel.queue_bind("q", "caught")
    broker.restart()
    channel = broker.channel()
    channel.basic_publish("x", "nobody's", b"1", PERSISTENT, mandatory=True)
    broker.restart()
    assert ready(broker.channel(), "q") == 1


def test_policies_apply_again(broker: Lives) -> None:
    channel = broker.channel()
    channel.queue_declare("limited", durable=True)
    channel.queue_declare("free", durable=True)
    short = {"pattern": "^limited$", "definition": {"max-length": 2}, "priority": 3, "apply-to": "queues"}
    shorter = {"pattern": "^limited$", "definition": {"max-length": 1}, "apply-to": "queues"}
    for path, body in (("policies", short), ("operator-policies", shorter)):
        assert broker.api.ask("PUT", f"api/{path}/%2F/short", body).status == 201
    assert broker.api.ask("PUT", "api/policies/%2F/gone", short).status == 201
    assert broker.api.ask("DELETE", "api/policies/%2F/gone").status == 204
    broker.restart()
    found = broker.queue("limited")
    assert (found["policy"], found["operator_policy"]) == ("short", "short")
    assert broker.queue("free").get("policy") is None
    assert [each["name"] for each in broker.api.get("api/policies")] == ["short"]
    channel = broker.channel()
    keep(channel, "limited", b"1", b"2", b"3")
    assert ready(channel, "limited") == 1
    assert broker.api.ask("DELETE", "api/operator-policies/%2F/short").status == 204
    broker.restart()
    channel = broker.channel()
    keep(channel, "limited", b"4", b"5")
    assert ready(channel, "limited") == 2


def test_virtual_hosts_are_there_with_what_they_have(broker: Lives) -> None:
    wanted = {"description": "for tests", "tags": "a,b", "default_queue_type": "quorum"}
    assert broker.api.ask("PUT", "api/vhosts/other", wanted).status == 201
    assert broker.api.ask("PUT", "api/vhosts/gone").status == 201
    channel = broker.channel(virtual_host="other")
    channel.queue_declare("q", durable=True)
    keep(channel, "q", b"there")
    gone = broker.channel(virtual_host="gone")
    gone.queue_declare("q", durable=True)
    keep(gone, "q", b"gone")
    assert broker.api.ask("DELETE", "api/vhosts/gone").status == 204
    broker.restart()
    assert {each["name"] for each in broker.api.get("api/vhosts")} == {"/", "other"}
    found = broker.api.get("api/vhosts/other")
    assert (found["description"], found["tags"]) == ("for tests", ["a", "b"])
    channel = broker.channel(virtual_host="other")
    assert broker.queue("q", "other")["type"] == "quorum"
    assert channel.basic_get("q")[2] == b"there"
    channel.queue_declare("another", durable=True)
    assert broker.queue("another", "other")["type"] == "quorum"
    assert broker.api.ask("PUT", "api/vhosts/gone").status == 201
    broker.restart()
    assert broker.api.get("api/queues/gone") == []


def test_users_come_in_by_their_passwords_and_may_do_what_they_might(broker: Lives) -> None:
    api = broker.api
    assert api.ask("PUT", "api/users/ada", {"password": "secret", "tags": "monitoring"}).status == 201
    assert api.ask("PUT", "api/users/gone", {"password": "secret", "tags": ""}).status == 201
    rights = {"configure": "^mine-", "write": ".*", "read": "^mine-"}
    assert api.ask("PUT", "api/permissions/%2F/ada", rights).status == 201
    topics = {"exchange": "amq.topic", "write": "^a\\.", "read": ".*"}
    assert api.ask("PUT", "api/topic-permissions/%2F/ada", topics).status == 201
    assert api.ask("DELETE", "api/users/gone").status == 204
    broker.restart()
    ada = pika.PlainCredentials("ada", "secret")
    channel = broker.channel(credentials=ada)
    channel.queue_declare("mine-1", durable=True)
    with refused(403, "access to queue 'yours'"):
        channel.queue_declare("yours", durable=True)
    channel = broker.channel(credentials=ada)
    channel.basic_publish("amq.topic", "a.b", b"")
    with refused(403, "topic 'b.a'"):
        channel.basic_publish("amq.topic", "b.a", b"")
    with pytest.raises(ProbableAuthenticationError):
        broker.channel(credentials=pika.PlainCredentials("ada", "wrong"))
    with pytest.raises(ProbableAuthenticationError):
        broker.channel(credentials=pika.PlainCredentials("gone", "secret"))
    assert broker.api.get("api/users/ada")["tags"] == ["monitoring"]


def test_a_changed_password_and_lost_rights_stay_so(broker: Lives) -> None:
    api = broker.api
    assert api.ask("PUT", "api/users/ada", {"password": "old", "tags": ""}).status == 201
    assert api.ask("PUT", "api/permissions/%2F/ada", {"configure": "", "write": "", "read": ""}).status == 201
    assert api.ask("PUT", "api/users/ada", {"password": "new", "tags": ""}).status == 204
    assert api.ask("DELETE", "api/permissions/%2F/ada").status == 204
    broker.restart()
    with pytest.raises(ProbableAuthenticationError):
        broker.channel(credentials=pika.PlainCredentials("ada", "old"))
    with pytest.raises(ProbableAccessDeniedError):
        broker.channel(credentials=pika.PlainCredentials("ada", "new"))


def test_guest_that_was_deleted_does_not_come_back(broker: Lives) -> None:
    assert broker.api.ask("PUT", "api/users/root", {"password": "r", "tags": "administrator"}).status == 201
    assert broker.api.ask("DELETE", "api/users/guest").status == 204
    broker.restart()
    assert broker.api.ask("GET", "api/overview").status == 401
    with pytest.raises(ProbableAuthenticationError):
        broker.channel()


def test_limits_of_users_and_virtual_hosts_hold(broker: Lives) -> None:
    assert broker.api.ask("PUT", "api/user-limits/guest/max-channels", {"value": 1}).status in (201, 204)
    assert broker.api.ask("PUT", "api/vhost-limits/%2F/max-queues", {"value": 1}).status in (201, 204)
    broker.restart()
    channel = broker.channel()
    channel.queue_declare("one", durable=True)
    with refused(406, "queue limit"):
        channel.queue_declare("two", durable=True)
    (limits,) = broker.api.get("api/user-limits/guest")
    assert limits["value"] == {"max-channels": 1}
