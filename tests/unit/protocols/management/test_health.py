"""Health checks by the API."""

import pytest

from mqstudio.model.rows import Listener
from tests.support.management import Office


@pytest.fixture
async def listening(office: Office) -> Office:
    for protocol, port in (("amqp091", 5672), ("native", 15670), ("management", 15672), ("metrics", 15692)):
        office.broker.listeners.append(Listener(protocol, ["127.0.0.1"], port, port, ""))
    office.broker.listeners.append(Listener("amqp091", ["127.0.0.1"], 5671, 5671, "", is_tls=True))
    return office


@pytest.mark.parametrize(
    "check",
    [
        "aliveness-test/%2F",
        "healthchecks/node",
        "health/checks/alarms",
        "health/checks/local-alarms",
        "health/checks/virtual-hosts",
        "health/checks/node-is-quorum-critical",
        "health/checks/node-is-mirror-sync-critical",
        "health/checks/certificate-expiration/1/weeks",
        "health/checks/port-listener/5672",
        "health/checks/protocol-listener/amqp",
        "health/checks/protocol-listener/amqp091",
        "health/checks/protocol-listener/amqps",
        "health/checks/protocol-listener/http",
        "health/checks/protocol-listener/http/prometheus",
    ],
)
async def test_all_is_well(listening: Office, check: str) -> None:
    check = check.replace("http/prometheus", "http%2Fprometheus")
    assert listening.get(f"api/{check}")["status"] == "ok"


async def test_being_alive_leaves_nothing_behind(office: Office) -> None:
    """But the queue that RabbitMQ leaves, too."""
    for _ in range(2):
        assert office.get("api/aliveness-test/%2F") == {"status": "ok"}
    (queue,) = office.get("api/queues")
    assert (queue["name"], queue["messages"]) == ("aliveness-test", 0)


async def test_alarms(office: Office) -> None:
    """503 while publishers wait."""
    office.broker.sampler.is_publishing_blocked = True
    for check in ("alarms", "local-alarms"):
        assert office.ask("GET", f"api/health/checks/{check}").status == 503
    assert office.get("api/nodes")[0]["mem_alarm"] is True


@pytest.mark.parametrize(
    ("check", "status", "says"),
    [
        ("port-listener/1", 503, "No active listener"),
        ("protocol-listener/mqtt", 503, "No active listener"),
        ("port-listener/x", 400, "Invalid port"),
        ("certificate-expiration/1/parsecs", 400, "Time unit not recognised"),
        ("certificate-expiration/x/days", 400, "Invalid expiration value"),
    ],
)
async def test_what_is_not_well(listening: Office, check: str, status: int, says: str) -> None:
    response = listening.ask("GET", f"api/health/checks/{check}")
    assert response.status == status
    assert says in response.content["reason"]


async def test_a_virtual_host_that_is_not_there_is_not_alive(office: Office) -> None:
    assert office.ask("GET", "api/aliveness-test/nowhere").status == 404
