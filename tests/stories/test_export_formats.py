"""Every format, made by `mqstudio export` of real messages and read by somebody else; also when stopped."""

import asyncio
import csv
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pika
import pyarrow.parquet as pq
import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from mqstudio.client.recordings import open_recording
from tests.support.broker import RunningBroker, running_broker
from tests.support.waiting import eventually

SECRET = "hunter2-Zq9"
NAMES = ("a.jsonl", "a.msgpack", "a.csv", "a.parquet", "a.mqs", "a.html", "a.trace.json", "a.otlp")


def fill(broker: RunningBroker, queue: str, count: int, size: int) -> None:
    """Messages with a secret each, the first of them consumed."""
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port_amqp))
    channel = connection.channel()
    channel.queue_declare(queue, durable=True)
    told = pika.BasicProperties(delivery_mode=2, headers={"Authorization": f"Bearer {SECRET}", "n": 1})
    for number in range(count):
        body = {"n": number, "password": SECRET, "text": "=1+1</script>\u202e" + "x" * size}
        channel.basic_publish("", queue, json.dumps(body).encode(), told)
    method, _, _ = channel.basic_get(queue)
    channel.basic_ack(method.delivery_tag)
    connection.close()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    with running_broker(tmp_path_factory.mktemp("formats")) as broker:
        fill(broker, "orders", 5, 10)
        fill(broker, "many", 2_500, 20_000)
        yield broker


def command(broker: RunningBroker, *arguments: str) -> list[str]:
    folder = str(broker.data_dir)
    return [sys.executable, "-m", "mqstudio", "export", *arguments, "--data-dir", folder]


def read_csv(path: Path) -> int:
    with path.open(newline="", encoding="utf-8") as file:
        return sum(1 for _ in csv.DictReader(file))


def read_trace(path: Path) -> int:
    """By the documented schema: events with a phase, times in µs, process and thread."""
    trace = json.loads(path.read_text())
    for event in trace["traceEvents"]:
        assert {"name", "ph", "pid", "tid", "ts"} <= event.keys()
        assert event["ph"] in {"M", "b", "e", "X"}
    return len({event["id"] for event in trace["traceEvents"] if event["ph"] == "b"})


def read_otlp(path: Path) -> int:
    found = json_format.Parse(path.read_text(), ExportTraceServiceRequest())
    spans = [span for each in found.resource_spans for scope in each.scope_spans for span in scope.spans]
    return sum(1 for span in spans if span.name.startswith("send"))


def read_html(path: Path) -> int:
    text = path.read_text()
    assert text.endswith("</html>\n")
    return text.count("<tr>") - 1


def read_sqlite(path: Path) -> int:
    sql = "SELECT count(*) FROM message; PRAGMA integrity_check;"
    done = subprocess.run(["sqlite3", str(path), sql], capture_output=True, text=True, check=True)
    count, check = done.stdout.split()
    assert check == "ok"
    assert sum(1 for _ in open_recording(path).records()) == int(count)
    return int(count)


READS: dict[str, Callable[[Path], int]] = {
    "a.csv": read_csv,
    "a.parquet": lambda path: pq.read_table(path).num_rows,
    "a.mqs": read_sqlite,
    "a.html": read_html,
    "a.trace.json": read_trace,
    "a.otlp": read_otlp,
}


def count_in(path: Path) -> int:
    read = READS.get(path.name)
    return read(path) if read is not None else sum(1 for _ in open_recording(path).records())


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_each_format_is_read_by_others_and_tells_no_secret(
    broker: RunningBroker, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    done = subprocess.run(
        command(broker, "orders", "--to", str(path)), capture_output=True, text=True, check=True, timeout=60
    )
    assert "Wrote 5 messages" in done.stdout
    assert "10 secrets were taken out of 5 messages." in done.stdout
    assert count_in(path) == 5
    assert SECRET.encode() not in path.read_bytes()
    assert list(map(str, tmp_path.iterdir())) == [str(path)]


@pytest.mark.parametrize("name", NAMES)
def test_a_stopped_one_is_whole_as_far_as_it_goes(broker: RunningBroker, tmp_path: Path, name: str) -> None:
    path, beside = tmp_path / name, tmp_path / f"{name}.part"
    process = subprocess.Popen(command(broker, "many", "--to", str(path)), stdout=subprocess.PIPE, text=True)
    eventually(lambda: (beside.exists() and beside.stat().st_size > 0) or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert not beside.exists()
    assert process.returncode == 130, said
    assert 0 <= count_in(path) < 2_500


async def test_what_goes_out_comes_back_and_goes_out_the_same(broker: RunningBroker, tmp_path: Path) -> None:
    first = tmp_path / "first.jsonl"
    await run(command(broker, "orders", "--to", str(first), "--redact", "none"))
    records = list(open_recording(first).records())
    assert SECRET.encode() in records[0].body
    source = first
    for name in ("a.mqs", "a.msgpack", "b.mqs", "b.jsonl"):
        target = tmp_path / name
        convert = [sys.executable, "-m", "mqstudio", "convert", str(source), str(target), "--redact", "none"]
        await run(convert)
        assert list(open_recording(target).records()) == records
        source = target
    assert source.read_bytes() == first.read_bytes()


async def run(command: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    assert await asyncio.wait_for(process.wait(), 60) == 0


def test_what_to_expect_is_said_before(broker: RunningBroker, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    arguments = command(broker, "orders", "--to", str(path))
    told = subprocess.run([*arguments, "--dry-run"], capture_output=True, text=True, check=True).stdout
    assert "It would be 5 messages" in told
    assert "password" in told
    assert SECRET not in told
    assert not path.exists()
    about = subprocess.run(
        command(broker, "many", "--to", str(path), "--dry-run"), capture_output=True, text=True, check=True
    ).stdout
    subprocess.run(command(broker, "many", "--to", str(path)), check=True, capture_output=True)
    size = float(about.split("messages, about ")[1].split()[0]) * 1e6
    assert 0.7 < size / path.stat().st_size < 1.4
