"""The command line as people and programs use it: real processes against a real broker."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mqstudio.client.client import Client
from mqstudio.model.message import Header, Properties
from mqstudio.model.queries import WatchSamples
from mqstudio.model.samples import Sample
from tests.support.broker import RunningBroker, running_broker
from tests.support.waiting import eventually_async

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def mqstudio(*arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    done = subprocess.run(_command(*arguments), input=stdin, capture_output=True, timeout=60, check=False)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def start(*arguments: str, **options: Any) -> "subprocess.Popen[str]":
    """Begin a command that goes on."""
    pipe = subprocess.PIPE
    return subprocess.Popen(_command(*arguments), stdout=pipe, stderr=pipe, text=True, **options)


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "mqstudio", *arguments]


@pytest.fixture
def run(broker: RunningBroker) -> Run:
    """Run a command on the module's broker."""
    return lambda *arguments, **options: mqstudio(*arguments, "--data-dir", str(broker.data_dir), **options)


@pytest.fixture
async def client(broker: RunningBroker) -> Any:
    async with await broker.attach() as client:
        yield client


def document(done: "subprocess.CompletedProcess[str]") -> Any:
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


def text(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def complaint(done: "subprocess.CompletedProcess[str]", exit_code: int = 1) -> str:
    assert done.returncode == exit_code
    assert "Traceback" not in done.stderr
    return done.stderr


# ---- info, queues


def test_info_says_what_runs_and_where(run: Run, broker: RunningBroker) -> None:
    output = text(run("info"))
    assert f"process {broker.process.pid}" in output
    assert f"amqp091: port {broker.port_amqp} on 127.0.0.1" in output
    assert str(broker.data_dir) in output
    facts = document(run("info", "--json"))
    assert facts["pid"] == broker.process.pid
    ports = {each["protocol"]: each["port"] for each in facts["listeners"]}
    assert set(ports) == {"amqp091", "native", "management", "metrics", "sqs"}
    assert (ports["amqp091"], ports["native"]) == (broker.port_amqp, broker.port_native)
    assert ports["management"] == broker.port_management


async def test_queues_are_listed_with_their_counts(run: Run, client: Client) -> None:
    await client.declare_queue("list-b", is_durable=True)
    await client.declare_queue("list-a\x1b[31m")
    await client.publish("", "list-b", b"x")
    lines = [line for line in text(run("queues")).splitlines() if line.startswith(("queue", "list-"))]
    assert lines[0].split() == ["queue", "ready", "in", "flight", "consumers", "declared", "as"]
    assert lines[1].startswith(r"list-a\x1b[31m ")
    assert lines[2].split() == ["list-b", "1", "0", "0", "durable"]
    rows = {row["spec"]["name"]: row for row in document(run("queues", "--json"))}
    assert rows["list-b"]["ready"] == 1
    assert "list-a\x1b[31m" in rows


def test_without_queues_it_says_how_one_is_made(tmp_path: Path) -> None:
    with running_broker(tmp_path / "empty") as broker:
        place = ("--data-dir", str(broker.data_dir))
        assert "There are no queues yet" in text(mqstudio("queues", *place))
        assert document(mqstudio("queues", "--json", *place)) == []


# ---- publish


async def test_publish_puts_a_message_in(run: Run, client: Client) -> None:
    await client.declare_queue("pub")
    assert text(run("publish", "pub", "Hi!")) == "Published 1 message of 3 bytes to queue 'pub'.\n"
    (row,) = (await client.page("pub")).rows
    assert (await client.message("pub", row.message_id)).body == b"Hi!"


async def test_publish_reads_bytes_from_standard_input(run: Run, client: Client) -> None:
    await client.declare_queue("pub-stdin")
    body = bytes(range(256))
    assert document(run("publish", "pub-stdin", "--json", stdin=body)) == {"published": 1, "routed": 1}
    (row,) = (await client.page("pub-stdin")).rows
    assert (await client.message("pub-stdin", row.message_id)).body == body


async def test_publish_goes_through_an_exchange_with_properties(run: Run, client: Client) -> None:
    await client.declare_queue("pub-props")
    await client.declare_exchange("pub-exchange")
    await client.bind("pub-exchange", "pub-props", "new")
    options = ("-e", "pub-exchange", "-p", "type=order", "-p", "priority=5", "-H", "source=shell")
    output = text(run("publish", *options, "-n", "2", "new", "{}"))
    assert "Published 2 messages of 2 bytes to exchange 'pub-exchange' with routing key 'new'." in output
    rows = (await client.page("pub-props")).rows
    assert len(rows) == 2
    detail = await client.message("pub-props", rows[0].message_id)
    assert detail.properties == Properties(
        type="order", priority=5, headers=[Header("source", "string", "shell")]
    )


def test_what_no_queue_takes_is_an_error(run: Run) -> None:
    says = complaint(run("publish", "nowhere\x07", "x"))
    assert says.startswith(r"Error: No queue took it: There is no queue 'nowhere\x07'.")
    done = run("publish", "nowhere", "x", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"published": 1, "routed": 0}


def test_an_exchange_that_is_not_there_is_an_error(run: Run) -> None:
    assert "no-such-exchange" in complaint(run("publish", "-e", "no-such-exchange", "k", "x"))


def test_a_property_that_is_not_there_is_a_usage_error(run: Run) -> None:
    assert "There is no property 'colour'" in complaint(run("publish", "-p", "colour=red", "q", "x"), 2)


# ---- peek


async def test_peek_shows_messages_and_takes_none(run: Run, client: Client) -> None:
    await client.declare_queue("peek")
    for number in range(12):
        await client.publish("", "peek", f"body {number}\x1b".encode())
    lines = text(run("peek", "peek")).splitlines()
    assert lines[0].split() == ["message", "state", "published", "routing", "key", "bytes", "body"]
    assert "body 0" in lines[1]
    assert len(lines) == 12  # heading, ten rows, and that there are more
    assert "12 messages" in lines[11]
    assert "\x1b" not in "".join(lines)
    page = document(run("peek", "peek", "--newest", "--limit", "2", "--json"))
    assert [row["preview"][:7] for row in page["rows"]] == ["body 11", "body 10"]
    assert page["total_live"] == 12
    (queue,) = [q for q in (await client.topology()).queues if q.spec.name == "peek"]
    assert (queue.ready, queue.in_flight) == (12, 0)


async def test_peek_shows_one_message_whole(run: Run, client: Client) -> None:
    await client.declare_queue("peek-one")
    properties = Properties(type="greeting", headers=[Header("n", "table", [Header("m", "int8", 1)])])
    await client.publish("", "peek-one", b"two\nlines\x1b", properties)
    await client.publish("", "peek-one", b"\x00\xff")
    first, second = [str(r.message_id) for r in reversed((await client.page("peek-one")).rows)]
    output = text(run("peek", "peek-one", "--message", first))
    assert "two\nlines\\x1b\n" in output
    assert "type         greeting" in output
    assert "header n     {'m': 1} (table)" in output
    assert "published" in output
    assert "00000000  00 ff" in text(run("peek", "peek-one", "--message", second))
    facts = document(run("peek", "peek-one", "--message", second, "--json"))
    assert (facts["body_text"], facts["body_base64"]) == (None, "AP8=")
    assert document(run("peek", "peek-one", "--message", first, "--json"))["body_text"] == "two\nlines\x1b"
    assert text(run("peek", "peek-one", "--message", first, "--raw")) == "two\nlines\x1b"


async def test_peek_shows_messages_in_a_state(run: Run, client: Client) -> None:
    await client.declare_queue("peek-state")
    await client.publish("", "peek-state", b"gone")
    await client.purge("peek-state")
    (row,) = document(run("peek", "peek-state", "--state", "purged", "--state", "done", "--json"))["rows"]
    assert (row["state"], row["preview"]) == ("purged", "gone")


async def test_search_finds_messages_wherever_they_are(run: Run, client: Client) -> None:
    await client.declare_queue("search")
    properties = Properties(headers=[Header("tenant", "string", "acme")])
    await client.publish("", "search", b'{"order": {"id": 17}, "note": "needle"}', properties)
    await client.purge("search")
    await client.publish("", "search", b"another needle\x1b")

    def found(done: Any) -> str:
        """What was found; how much was looked at is said on standard error."""
        assert done.returncode == 0, done.stderr
        assert "looked at" in done.stderr
        return str(done.stdout)

    lines = found(run("search", "needle", "--queue", "search")).splitlines()
    assert [line.split("  ")[2:5] for line in lines] == [
        ["search", "ready", "search"],
        ["search", "purged", "search"],
    ]
    assert "\x1b" not in "".join(lines)
    for more in (
        ("--header", "tenant=acme"),
        ("--json", "order.id=17"),
        ("--state", "purged", "-q", "search"),
        ("--since", "5m", "--json", "order.id=17", "--key", "sear", "--exchange", ""),
    ):
        (line,) = found(run("search", "needle", *more, "--json-output")).splitlines()
        assert json.loads(line)["state"] == "purged"
    assert found(run("search", "needle", "--header", "tenant=other")) == ""
    assert len(found(run("search", "-q", "search", "--limit", "1")).splitlines()) == 1


@pytest.mark.parametrize(
    "wrong", [("--header", "tenant"), ("--json", "=1"), ("--since", "soon"), ("--limit", "0")]
)
def test_search_says_what_it_does_not_understand(run: Run, wrong: tuple[str, str]) -> None:
    assert wrong[0] in complaint(run("search", "x", *wrong), 2)


async def test_peek_says_when_there_is_nothing_to_see(run: Run, client: Client) -> None:
    await client.declare_queue("peek-empty")
    assert "No such messages in queue 'peek-empty'." in text(run("peek", "peek-empty"))
    assert document(run("peek", "peek-empty", "--json"))["rows"] == []
    assert "There is no queue 'peek-nowhere'" in complaint(run("peek", "peek-nowhere"))
    assert "--raw needs --message" in complaint(run("peek", "peek-empty", "--raw"), 2)
    assert "12345678" in complaint(run("peek", "peek-empty", "--message", "12345678"))


# ---- purge


async def test_purge_can_be_undone(run: Run, client: Client) -> None:
    await client.declare_queue("purge")
    for _ in range(10):
        await client.publish("", "purge", b"x")
    output = text(run("purge", "purge"))
    assert output.startswith("Purged 10 messages from queue 'purge'. They are in bin ")
    assert "--undo" in output
    assert (await client.page("purge")).total_live == 0
    assert text(run("purge", "purge", "--undo")).startswith("Brought 10 messages of bin ")
    assert (await client.page("purge")).total_live == 10
    assert "No purge of queue 'purge' can be undone" in complaint(run("purge", "purge", "--undo"))


async def test_purge_in_json(run: Run, client: Client) -> None:
    await client.declare_queue("purge-json")
    await client.publish("", "purge-json", b"x")
    purged = document(run("purge", "purge-json", "--json"))
    assert purged["count"] == 1
    back = document(run("purge", "purge-json", "--undo", "--bin", str(purged["bin_id"]), "--json"))
    assert back == purged
    again = run("purge", "purge-json", "--undo", "--bin", str(purged["bin_id"]))
    assert f"Bin {purged['bin_id']} is gone" in complaint(again)


async def test_purging_an_empty_queue_does_nothing(run: Run, client: Client) -> None:
    await client.declare_queue("purge-empty")
    assert "There was nothing to do" in text(run("purge", "purge-empty"))
    assert "purge-nowhere" in complaint(run("purge", "purge-nowhere"))
    assert "--bin needs --undo" in complaint(run("purge", "purge-empty", "--bin", "1"), 2)


# ---- tail


def start_tail(broker: RunningBroker, *arguments: str) -> "subprocess.Popen[str]":
    """Start `tail` and wait until it says that it follows."""
    process = start("tail", *arguments, "--data-dir", str(broker.data_dir))
    assert process.stderr is not None
    assert process.stderr.readline().startswith("Following ")
    return process


async def test_tail_prints_what_happens_as_json_lines(broker: RunningBroker, client: Client) -> None:
    await client.declare_queue("tail")
    await client.declare_queue("tail-other")
    with start_tail(broker, "tail", "--count", "2", "--json") as tail:
        await client.publish("", "tail-other", b"not shown")
        await client.publish("", "tail", b"Hi!")
        output, errors = tail.communicate(timeout=60)
    assert (tail.returncode, errors) == (0, "")
    items = [json.loads(line) for line in output.splitlines()]
    assert [item["what"] for item in items] == ["routed", "enqueued"]
    assert items[1]["queue"] == "tail"
    assert items[1]["preview"] == "Hi!"


async def test_ctrl_c_ends_tail_in_peace(broker: RunningBroker, client: Client) -> None:
    await client.declare_queue("tail-int")
    with start_tail(broker) as tail:
        await client.publish("", "tail-int", b"x")
        assert tail.stdout is not None
        assert json.loads(tail.stdout.readline())["what"] == "published"
        tail.send_signal(signal.SIGINT)
        _, errors = tail.communicate(timeout=60)
    assert (tail.returncode, errors) == (0, "")


async def test_tail_ends_when_nobody_reads_it_any_more(broker: RunningBroker, client: Client) -> None:
    await client.declare_queue("tail-head")
    with start_tail(broker, "tail-head") as tail:
        assert tail.stdout is not None
        tail.stdout.close()
        await client.publish("", "tail-head", b"x")
        assert tail.stderr is not None
        assert (tail.wait(timeout=60), tail.stderr.read()) == (0, "")


def test_tail_says_when_the_broker_goes(tmp_path: Path) -> None:
    with running_broker(tmp_path / "going") as broker, start_tail(broker) as tail:
        broker.stop()
        _, errors = tail.communicate(timeout=60)
    assert tail.returncode == 1
    assert errors.startswith("Error: The broker hung up: ")


# ---- no broker, no display


@pytest.mark.parametrize(
    "arguments", [["info"], ["queues"], ["publish", "q", "x"], ["peek", "q"], ["tail"], ["purge", "q"]]
)
def test_without_a_broker_each_command_says_what_to_do(arguments: list[str], tmp_path: Path) -> None:
    done = mqstudio(*arguments, "--data-dir", str(tmp_path))
    says = complaint(done)
    assert says.startswith(f"Error: No broker runs in {tmp_path}.")
    assert "mqstudio serve" in says
    assert done.stdout == ""


async def test_without_a_display_the_program_runs_the_broker_and_says_so(tmp_path: Path) -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    options = (
        "--data-dir",
        str(tmp_path),
        "--port-amqp",
        "0",
        "--port-native",
        "0",
        "--port-management",
        "0",
        "--port-sqs",
        "0",
        "--port-metrics",
        "0",
        "--memory",
    )
    with start(*options, env=environment) as program:
        assert program.stdout is not None
        assert json.loads(program.stdout.readline())["ready"] is True
        async with await Client.attach(tmp_path) as client:
            assert (await client.info()).pid == program.pid
        program.terminate()
        output, errors = program.communicate(timeout=60)
    assert (program.returncode, output) == (0, "")
    assert errors.startswith("No display")


async def test_an_owned_broker_ends_with_its_owner(tmp_path: Path) -> None:
    options = (
        "--data-dir",
        str(tmp_path),
        "--port-amqp",
        "0",
        "--port-native",
        "0",
        "--port-management",
        "0",
        "--port-sqs",
        "0",
        "--port-metrics",
        "0",
        "--owned",
    )
    with start("serve", *options, stdin=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline()
        assert program.stdin is not None
        program.stdin.close()
        assert program.wait(timeout=60) == 0
    assert not (tmp_path / "run" / "broker.json").exists()


async def test_the_command_line_shows_up_as_a_client_that_leaves(run: Run, client: Client) -> None:
    """Commands hang up when done: nothing of them stays with the broker."""
    run("info")

    async def only_we_are_here() -> bool:
        async with client.watch(WatchSamples()) as samples:
            first = await anext(samples)  # has everything
        assert isinstance(first, Sample)
        return [each.product for each in first.connections] == ["test"]

    assert await eventually_async(only_we_are_here)
