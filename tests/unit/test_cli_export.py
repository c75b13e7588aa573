"""`mqstudio export` against a real broker: what is in the file is what pika and the window know."""

import csv
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from mqstudio.client.client import Client
from mqstudio.client.exporting import Wanted, export
from mqstudio.exporters.base import Options
from mqstudio.exporters.jsonl import EXPORTER
from mqstudio.model.errors import RefusedError
from mqstudio.model.message import Header, Properties
from tests.support.waiting import eventually
from tests.unit.test_cli_commands import Run, client, complaint, run, start, text

__all__ = ["client", "run"]  # fixtures

PROPERTIES = Properties(content_type="application/json", headers=[Header("tenant", "string", "acme")])


async def fill(client: Client, queue: str, count: int = 3) -> None:
    await client.declare_queue(queue)
    for number in range(count):
        await client.publish("", queue, json.dumps({"total": number}).encode(), PROPERTIES)


async def test_messages_with_all_that_is_known_of_them(run: Run, client: Client, tmp_path: Path) -> None:
    await fill(client, "out-all")
    await client.publish("", "out-all", b"\xff\x00" * 70_000)
    path = tmp_path / "all.jsonl"
    assert "Wrote 4 messages" in text(run("export", "out-all", "--to", str(path)))
    with path.open("rb") as file:
        found = list(EXPORTER.read(iter(lambda: file.read(1000), b"")))
    assert [each.body for each in found[:3]] == [b'{"total": %d}' % n for n in range(3)]
    assert found[3].body == b"\xff\x00" * 70_000  # asked for in pieces
    assert found[0].properties == PROPERTIES
    assert found[0].life[0].what == "published"
    assert found[0].row.state.value == "ready"
    page = await client.page("out-all", is_oldest_first=True)
    assert [each.row.message_id for each in found] == [row.message_id for row in page.rows]


async def test_what_a_filter_finds_also_of_what_has_ended(run: Run, client: Client, tmp_path: Path) -> None:
    await fill(client, "out-some")
    await client.purge("out-some")
    path = tmp_path / "some.csv"
    arguments = ("--where", "body.total >= 1 and state == purged", "--column", "body.total", "--no-life")
    assert "Wrote 2 messages" in text(run("export", "out-some", "--to", str(path), *arguments))
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [(row["body.total"], row["state"], row["headers"]) for row in rows] == [
        ("1", "purged", '{"tenant":"acme"}'),
        ("2", "purged", '{"tenant":"acme"}'),
    ]


async def test_all_queues_when_none_is_named_and_not_older_than_said(
    run: Run, client: Client, tmp_path: Path
) -> None:
    await fill(client, "out-one", 1)
    await fill(client, "out-two", 1)
    path = tmp_path / "queues.jsonl"
    run("export", "--to", str(path), "--last", "1h", "--where", "headers.tenant == 'acme'")
    queues = {json.loads(line)["queue"] for line in path.read_bytes().splitlines()}
    assert {"out-one", "out-two"} <= queues


async def test_a_file_that_is_there_is_not_written_over(run: Run, client: Client, tmp_path: Path) -> None:
    await fill(client, "out-there", 1)
    path = tmp_path / "there.jsonl"
    path.write_text("mine")
    assert "is there already" in complaint(run("export", "out-there", "--to", str(path)))
    assert path.read_text() == "mine"
    assert "Wrote 1 message " in text(run("export", "out-there", "--to", str(path), "--force"))


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("none", "--to", "{}/a.jsonl"), 1, "none"),
        (("--to", "{}/a.xyz"), 1, ".jsonl"),
        (("--to", "{}/no/such/folder.csv"), 1, "folder.csv"),
        (("--to", "{}/a.csv", "--where", "state ="), 2, "state ="),
        (("--to", "{}/a.csv", "--last", "soon"), 2, "--last soon"),
    ],
)
def test_what_cannot_be_is_said(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = run("export", *(each.format(tmp_path) for each in arguments))
    assert says in complaint(done, code)


async def test_an_interrupted_export_is_a_whole_file(broker: Any, client: Client, tmp_path: Path) -> None:
    await client.declare_queue("out-many")
    for _ in range(3_000):
        await client.publish("", "out-many", b'{"x": "%s"}' % (b"y" * 5_000))
    path = tmp_path / "many.jsonl"
    process = start("export", "out-many", "--to", str(path), "--data-dir", str(broker.data_dir))
    beside = tmp_path / "many.jsonl.part"
    eventually(lambda: beside.exists() and beside.stat().st_size > 0)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    with path.open("rb") as file:
        count = sum(1 for _ in EXPORTER.read(iter(lambda: file.read(65_536), b"")))
    assert 0 < count < 3_000
    assert not beside.exists()
    assert f"Interrupted: wrote {count:,} message" in output


async def test_only_the_messages_that_were_chosen(client: Client, tmp_path: Path) -> None:
    await fill(client, "out-ids", 5)
    page = await client.page("out-ids")
    ids = frozenset(row.message_id for row in page.rows[1:3])
    wanted = Wanted((("/", "out-ids"),), ids=ids)
    told: list[tuple[int, int]] = []
    path = tmp_path / "ids.jsonl"
    count = await export(client, wanted, EXPORTER, Options(), path, lambda *each: told.append(each))
    assert count == 2
    assert told[-1] == (2, path.stat().st_size)
    assert {json.loads(line)["id"] for line in path.read_bytes().splitlines()} == ids


async def test_an_export_that_fails_leaves_what_was_there(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    path.write_text("mine")
    with pytest.raises(RefusedError):
        await export(client, Wanted((("/", "no-such-queue"),)), EXPORTER, Options(), path)
    assert path.read_text() == "mine"
    assert not path.with_name("kept.jsonl.part").exists()


async def test_a_few_of_many_are_read_alone(client: Client, tmp_path: Path) -> None:
    await fill(client, "out-few", 500)
    page = await client.page("out-few", limit=500, is_oldest_first=True)
    ids = [row.message_id for row in page.rows]
    pages: list[int] = []
    await export(
        client,
        Wanted((("/", "out-few"),), ids=frozenset((ids[400], ids[410]))),
        EXPORTER,
        Options(),
        tmp_path / "few.jsonl",
        lambda count, _: pages.append(count),
    )
    assert pages == [2, 2]  # one page, and the end
