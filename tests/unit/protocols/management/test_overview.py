"""Overview, node, and what tools ask first."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from mqstudio.model.rows import Listener
from tests.support.management import Office


async def test_everything_in_few_figures(office: Office) -> None:
    """What every tool reads."""
    office.broker.listeners.append(Listener("amqp091", ["127.0.0.1", "::1"], 5672, 5672, ""))
    office.ask("PUT", "api/queues/%2F/q", {})
    office.publish("q", b"1")
    office.connect()
    shown = office.get("api/overview")
    assert shown["rabbitmq_version"] == "3.13.7"
    assert shown["object_totals"] == {
        "channels": 1,
        "connections": 1,
        "consumers": 0,
        "exchanges": 7,
        "queues": 1,
    }
    assert shown["queue_totals"]["messages_ready"] == 1
    assert shown["message_stats"]["publish"] == 1
    assert {each["name"] for each in shown["exchange_types"]} >= {"direct", "fanout", "topic", "headers"}
    assert [(each["protocol"], each["ip_address"], each["port"]) for each in shown["listeners"]] == [
        ("amqp", "127.0.0.1", 5672),
        ("amqp", "::1", 5672),
    ]


async def test_figures_of_the_node_are_for_monitors(office: Office) -> None:
    """Others see their own part."""
    office.add_user("u", "management", configure=".*")
    office.ask("PUT", "api/vhosts/hidden", {})
    office.connect("of guest")
    shown = office.get("api/overview", user="u", tags=("management",))
    assert not {"node", "listeners", "contexts"} & set(shown)
    assert (shown["object_totals"]["connections"], shown["object_totals"]["exchanges"]) == (0, 7)


async def test_exchange_kinds_are_the_engines(office: Office) -> None:
    """None is forgotten."""
    named = {each["name"] for each in office.get("api/overview")["exchange_types"]}
    assert named == set(office.broker.engine.kinds)


async def test_the_node(office: Office) -> None:
    """One, by its name."""
    (node,) = office.get("api/nodes")
    assert (node["running"], node["type"], node["mem_alarm"]) == (True, "disc", False)
    assert node["mem_used"] > 10_000_000
    assert office.get(f"api/nodes/{node['name']}")["name"] == node["name"]
    assert office.get("api/nodes?columns=name") == [{"name": node["name"]}]
    assert office.ask("GET", "api/nodes/other@host").status == 404


async def test_figures_of_the_node_are_its_own(office: Office) -> None:
    """As they were set, and as the machine has them; none of a disk where nothing is kept on one."""
    office.broker.memory_high_water_bytes = 123_456_789
    (node,) = office.get("api/nodes")
    assert node["mem_limit"] == 123_456_789
    assert node["disk_free_limit"] == office.broker.disk_alarm.low_bytes
    assert "disk_free" not in node
    assert node["processors"] == psutil.cpu_count()
    files = node["fd_used"]
    with open_files(5):
        (node,) = office.get("api/nodes")
    assert files + 5 <= node["fd_used"] <= node["fd_total"]
    assert node["proc_used"] == psutil.Process().num_threads() <= node["proc_total"]


@contextmanager
def open_files(count: int) -> Iterator[None]:
    with ExitStack() as files:
        for _ in range(count):
            files.enter_context(Path(__file__).open("rb"))
        yield


async def test_streams_are_announced(office: Office) -> None:
    """Some clients refuse to start without that feature."""
    states = {each["name"]: each["state"] for each in office.get("api/feature-flags")}
    assert states["stream_queue"] == states["quorum_queue"] == "enabled"


async def test_who_asks(office: Office) -> None:
    assert office.get("api/whoami", user="u", tags=("management", "x")) == {
        "name": "u",
        "tags": ["management", "x"],
    }
    assert office.get("api/auth", user="", tags=())["oauth_enabled"] is False
    assert office.get("api/cluster-name")["name"]
    for path in ("extensions", "global-parameters", "deprecated-features"):
        assert office.get(f"api/{path}") == []
