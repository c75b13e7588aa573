"""Definitions on the command line: real processes against a real broker, and files that RabbitMQ wrote."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mqstudio.client.client import Client
from mqstudio.model.topology import DestinationKind
from tests.support.broker import RunningBroker
from tests.unit.test_cli_commands import complaint, document, mqstudio, text

FILES = Path(__file__).parents[1] / "support" / "files"
WHOLE, ONE = FILES / "definitions-3.10.8.json", FILES / "definitions-3.10.8-vhost.json"
Run = Callable[..., Any]


@pytest.fixture
def run(broker: RunningBroker) -> Run:
    return lambda *arguments: mqstudio("definitions", *arguments, "--data-dir", str(broker.data_dir))


@pytest.fixture
async def client(broker: RunningBroker) -> Any:
    async with await broker.attach() as client:
        yield client


async def test_a_file_of_rabbitmq_is_shown_taken_over_and_then_the_same(run: Run, client: Client) -> None:
    said = text(run("import", str(WHOLE), "--dry-run"))
    assert "not supported  policy" in said and "ha-mode" in said
    assert "shop" not in [each.name for each in (await client.topology()).vhosts]
    assert "Took over" in text(run("import", str(WHOLE)))
    topology, table = await client.topology(), await client.access.table()
    queues = {(row.vhost, row.spec.name): row for row in topology.queues}
    assert queues["shop", "log"].rules.kind == "stream"
    assert queues["shop", "orders"].policy == "ttl"
    assert queues["shop", "orders"].operator_policy == "cap"
    bound = [b for row in topology.exchanges if row.vhost == "shop" for b in row.bindings if b.exchange]
    assert {(b.exchange, b.destination, b.destination_kind, b.routing_key) for b in bound} == {
        ("orders", "orders", DestinationKind.QUEUE, "eu.#"),
        ("rest", "log", DestinationKind.QUEUE, ""),
        ("rest", "orders", DestinationKind.EXCHANGE, "k"),
    }
    assert {user.name for user in table.users} >= {"app", "locked", "guest"}
    assert (await client.access.check_login("app", "secret")).user == "app"
    again = document(run("import", str(WHOLE), "--json"))
    verdicts = {(each["kind"], each["name"]): each["verdict"] for each in again["items"]}
    assert again["taken"] == 0
    assert {verdict for key, verdict in verdicts.items() if key[1] not in ("ha", "internal_cluster_id")} == {
        "same"
    }


async def test_what_was_exported_has_all_that_was_imported(run: Run, client: Client, tmp_path: Path) -> None:
    text(run("import", str(WHOLE)))
    target = tmp_path / "out.json"
    text(run("export", "--to", str(target)))
    ours, theirs = json.loads(target.read_bytes()), json.loads(WHOLE.read_bytes())
    for key in ("queues", "exchanges", "bindings", "users", "permissions", "topic_permissions", "parameters"):
        for each in theirs[key]:
            assert each in ours[key], (key, each)
    one = json.loads(text(run("export", "--vhost", "shop")))
    for each in json.loads(ONE.read_bytes())["queues"]:
        assert each in one["queues"]
    assert "no virtual host 'gone'" in complaint(run("export", "--vhost", "gone"))


async def test_a_file_of_one_virtual_host_goes_where_it_is_told(run: Run, client: Client) -> None:
    text(run("import", str(ONE), "--vhost", "/"))
    names = {row.spec.name for row in (await client.topology()).queues if row.vhost == "/"}
    assert names >= {"orders", "orders.dlq", "log"}


def test_what_conflicts_is_told_and_stays(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text(json.dumps({"queues": [{"name": "orders", "durable": False}]}))
    text(run("import", str(ONE)))
    said = text(run("import", str(file)))
    assert "conflicting" in said and "durable on, the file off" in said
    assert "Took over 0 definitions." in said


def test_what_is_no_file_of_definitions_says_so(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text("hello")
    assert "no file of definitions" in complaint(run("import", str(file)))
    file.write_text(json.dumps({"queues": [{"name": "q", "vhost": "gone"}]}))
    assert "There is no virtual host 'gone'" in text(run("import", str(file)))
