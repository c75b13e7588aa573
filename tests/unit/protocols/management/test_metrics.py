"""Metrics: read by Prometheus's own parser, with the names that dashboards read."""

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.support.management import Office

DASHBOARD = {
    "rabbitmq_build_info": "unknown",
    "rabbitmq_identity_info": "unknown",
    "rabbitmq_connections": "gauge",
    "rabbitmq_channels": "gauge",
    "rabbitmq_consumers": "gauge",
    "rabbitmq_queues": "gauge",
    "rabbitmq_queue_messages": "gauge",
    "rabbitmq_queue_messages_ready": "gauge",
    "rabbitmq_queue_messages_unacked": "gauge",
    "rabbitmq_process_resident_memory_bytes": "gauge",
    "rabbitmq_resident_memory_limit_bytes": "gauge",
    "rabbitmq_disk_space_available_limit_bytes": "gauge",
    "rabbitmq_process_open_fds": "gauge",
    "rabbitmq_process_max_fds": "gauge",
    "rabbitmq_process_open_tcp_sockets": "gauge",
    "rabbitmq_process_max_tcp_sockets": "gauge",
    "rabbitmq_global_messages_received": "counter",
    "rabbitmq_global_messages_received_confirm": "counter",
    "rabbitmq_global_messages_confirmed": "counter",
    "rabbitmq_global_messages_routed": "counter",
    "rabbitmq_global_messages_unroutable_returned": "counter",
    "rabbitmq_global_messages_unroutable_dropped": "counter",
    "rabbitmq_global_messages_delivered": "counter",
    "rabbitmq_global_messages_delivered_consume_manual_ack": "counter",
    "rabbitmq_global_messages_delivered_consume_auto_ack": "counter",
    "rabbitmq_global_messages_delivered_get_manual_ack": "counter",
    "rabbitmq_global_messages_delivered_get_auto_ack": "counter",
    "rabbitmq_global_messages_get_empty": "counter",
    "rabbitmq_global_messages_redelivered": "counter",
    "rabbitmq_global_messages_acknowledged": "counter",
}
"""Of Grafana's dashboard 10991: name (counters without their `_total`) and type, as 3.10.8 has them."""

NASTY = 'q"\\\n{}'


@pytest.fixture
async def busy(office: Office) -> Office:
    office.ask("PUT", "api/vhosts/v", {})
    for path in ("%2F/q", "%2F/q%22%5C%0A%7B%7D", "v/q"):
        assert office.ask("PUT", f"api/queues/{path}", {}).status == 201
    office.publish("q", b"1", b"2")
    office.connect()
    return office


def scrape(office: Office, path: str) -> dict[str, Metric]:
    """Without a login: scrapers have none."""
    response = office.ask("GET", path, user="", tags=())
    assert (response.status, response.content_type) == (200, "text/plain; version=0.0.4")
    return {each.name: each for each in text_string_to_metric_families(response.body().decode())}


def value(family: Metric) -> float:
    (sample,) = family.samples
    return float(sample.value)


async def test_names_types_and_sums(busy: Office) -> None:
    families = scrape(busy, "metrics")
    assert {name: families[name].type for name in DASHBOARD} == DASHBOARD
    assert value(families["rabbitmq_queue_messages_ready"]) == 2
    assert value(families["rabbitmq_global_messages_received"]) == 2
    assert value(families["rabbitmq_queues"]) == 3
    assert value(families["rabbitmq_connections"]) == 1
    assert value(families["rabbitmq_process_resident_memory_bytes"]) > 10_000_000
    assert value(families["rabbitmq_resident_memory_limit_bytes"]) == busy.broker.memory_high_water_bytes
    assert value(families["rabbitmq_disk_space_available_limit_bytes"]) == busy.broker.disk_alarm.low_bytes
    assert 0 < value(families["rabbitmq_process_open_fds"]) < value(families["rabbitmq_process_max_fds"])
    assert set(families["rabbitmq_identity_info"].samples[0].labels) >= {"rabbitmq_node", "rabbitmq_cluster"}


async def test_each_queue_on_its_own(busy: Office) -> None:
    """Whatever it is called."""
    samples = scrape(busy, "metrics/per-object")["rabbitmq_queue_messages_ready"].samples
    found = {(each.labels["vhost"], each.labels["queue"]): each.value for each in samples}
    assert found == {("/", "q"): 2, ("/", NASTY): 0, ("v", "q"): 0}


async def test_families_that_are_asked_for(busy: Office) -> None:
    """Under names of their own, and of some virtual hosts only."""
    path = "metrics/detailed?family=queue_coarse_metrics&family=queue_consumer_count&vhost=v&family=nonsense"
    families = scrape(busy, path)
    assert {name for name in families if "detailed" in name} == {
        "rabbitmq_detailed_queue_messages_ready",
        "rabbitmq_detailed_queue_messages_unacked",
        "rabbitmq_detailed_queue_messages",
        "rabbitmq_detailed_queue_consumers",
    }
    (sample,) = families["rabbitmq_detailed_queue_messages"].samples
    assert sample.labels == {"vhost": "v", "queue": "q"}
    assert set(scrape(busy, "metrics/detailed")) == {"rabbitmq_build_info", "rabbitmq_identity_info"}
