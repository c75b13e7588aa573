"""`mqstudio record` and `mqstudio replay` as people use them: real processes, a real broker."""

import json
import signal
from pathlib import Path

import pytest

from mqstudio.client.client import Client
from mqstudio.client.replay_values import MARK
from mqstudio.model.message import Properties, plain_headers
from mqstudio.model.rows import MessageState
from tests.support.broker import RunningBroker
from tests.unit.test_cli_commands import Run, client, complaint, document, run, start, text

__all__ = ["client", "run"]  # fixtures


async def bodies(client: Client, queue: str) -> list[str]:
    return [row.preview for row in (await client.page(queue, is_oldest_first=True)).rows]


async def recorded(run: Run, client: Client, path: Path, queue: str, *texts: bytes) -> None:
    await client.declare_queue(queue)
    for each in texts:
        await client.publish("", queue, each, Properties(message_id="m"))
    text(run("export", queue, "--to", str(path)))


@pytest.mark.parametrize("suffix", ["jsonl", "msgpack", "mqs"])
async def test_what_goes_through_is_recorded_until_it_is_stopped(
    broker: RunningBroker, client: Client, tmp_path: Path, run: Run, suffix: str
) -> None:
    queue = f"live-{suffix}"
    await client.declare_queue(queue)
    await client.publish("", queue, b"before")
    path = tmp_path / f"run.{suffix}"
    recording = start("record", "--to", str(path), "--queue", queue, "--data-dir", str(broker.data_dir))
    assert recording.stderr is not None
    assert "Recording to" in recording.stderr.readline()

    for _ in range(3):
        await client.publish("", queue, b"during")
    recording.send_signal(signal.SIGINT)
    output, errors = recording.communicate(timeout=60)
    assert recording.returncode == 0, errors
    count = int(output.split()[1])
    assert count == 3
    trial = document(run("replay", str(path), "--dry-run", "--json"))
    assert (trial["messages"], trial["ways"][0]["queues"]) == (count, [queue])


async def test_a_time_ends_a_recording_and_secrets_stay_out(run: Run, client: Client, tmp_path: Path) -> None:
    await client.declare_queue("timed")
    path = tmp_path / "timed.jsonl"
    assert "Recorded 0 messages" in run("record", "--to", str(path), "--for", "1s").stdout
    assert "is there already" in complaint(run("record", "--to", str(path), "--for", "1s"))
    assert "says no format" in complaint(run("record", "--to", str(tmp_path / "x.docx")))
    assert "--for" in complaint(run("record", "--to", "x.jsonl", "--for", "soon"), 2)


async def test_a_recording_that_is_killed_can_be_read(
    broker: RunningBroker, client: Client, tmp_path: Path, run: Run
) -> None:
    await client.declare_queue("killed")
    path = tmp_path / "killed.jsonl"
    arguments = ("--to", str(path), "--queue", "killed", "--settle", "0s", "--data-dir", str(broker.data_dir))
    recording = start("record", *arguments)
    assert recording.stderr is not None
    recording.stderr.readline()

    while not path.exists() or path.stat().st_size < 40_000:  # the test's own time limit ends it
        await client.publish("", "killed", b"x" * 20_000)
    recording.kill()
    recording.communicate(timeout=60)
    lines = path.read_bytes().splitlines()
    assert all(json.loads(line)["queue"] == "killed" for line in lines[:-1])


async def test_a_file_is_replayed_and_changed_on_its_way(run: Run, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "it.jsonl"
    await recorded(run, client, path, "first", b'{"n":1}', b'{"n":2}', b'{"n":3}')
    await client.declare_queue("second")
    changes = ("--set", "$.n = $.n * 10", "--set", "header.test = true", "--new-ids")
    done = run(
        "replay", str(path), "--to", "queue:second", "--speed", "max", "--where", "body.n > 1", *changes
    )
    assert "Replayed 2 messages." in text(done)
    assert await bodies(client, "second") == ['{"n":20}', '{"n":30}']
    row = (await client.page("second")).rows[0]
    properties = (await client.message("second", row.message_id)).properties
    headers = plain_headers(properties.headers)
    assert headers["test"] is True
    assert headers[MARK].endswith(f"#{(await client.page('first')).rows[0].message_id}")
    assert properties.message_id not in (None, "m")


async def test_what_the_broker_has_kept_is_replayed_but_not_into_itself(run: Run, client: Client) -> None:
    await client.declare_queue("circle")
    await client.publish("", "circle", b"round")
    says = complaint(run("replay", "--from", "circle"))
    assert "into 'circle', where it is taken from" in says
    assert len(await bodies(client, "circle")) == 1
    assert "Replayed 1 message." in text(run("replay", "--from", "circle", "--loop", "--no-mark"))
    assert await bodies(client, "circle") == ["round", "round"]


async def test_what_does_not_arrive_is_told(run: Run, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "gone.jsonl"
    await recorded(run, client, path, "gone", *[b"%d" % n for n in range(5)])
    await client.delete_queue("gone")
    done = run("replay", str(path), "--dry-run")
    assert done.returncode == 1
    assert "No queue would take 5 of them." in done.stdout
    done = run("replay", str(path), "--speed", "max", "--max-failures", "2")
    says = complaint(done)
    assert "No queue took it." in says
    assert "It ended early: 2 messages did not arrive" in says
    facts = json.loads(run("replay", str(path), "--speed", "max", "--json").stdout)
    assert (facts["unroutable"], facts["confirmed"], len(facts["failed"])) == (5, 0, 5)


async def test_step_by_step(run: Run, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "steps.jsonl"
    await recorded(run, client, path, "steps", *[b"%d" % n for n in range(5)])
    await client.purge("steps")
    done = run("replay", str(path), "--step", stdin=b"\n2\n")
    assert done.returncode == 1  # it was stopped
    assert "Stopped: replayed 3 messages" in done.stdout
    ready = await client.page("steps", states=[MessageState.READY])
    assert len(ready.rows) == 3
    assert "Replayed 5 messages" in run("replay", str(path), "--step", stdin=b"g\n").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "a FILE, or --from"), (("none.jsonl", "--speed", "1000x"), "from 0.1x to 100x"),
        (("none.jsonl", "--to", "nowhere"), "queue:NAME"), (("none.jsonl", "--set", "$.x ="), "^"),
        (("none.jsonl", "--where", "body ="), "body ="),
    ],
)  # fmt: skip
def test_bad_input_is_a_usage_error(run: Run, arguments: tuple[str, ...], says: str) -> None:
    assert says in complaint(run("replay", *arguments), 2)


def test_a_file_that_is_none_is_told(run: Run, tmp_path: Path) -> None:
    assert "No such file" in complaint(run("replay", str(tmp_path / "none.jsonl")))
    path = tmp_path / "broken.jsonl"
    path.write_text("{}\n")
    assert "broken.jsonl: line 1" in complaint(run("replay", str(path)))


async def test_secrets_stay_out_unless_they_are_wanted(
    run: Run, client: Client, broker: RunningBroker, tmp_path: Path
) -> None:
    await client.declare_queue("secret")
    for name, options, found in (("a", (), "[redacted]"), ("b", ("--redact", "none"), "hunter2")):
        path = tmp_path / f"{name}.jsonl"
        arguments = ("--to", str(path), "--queue", "secret", *options, "--data-dir", str(broker.data_dir))
        recording = start("record", *arguments)
        assert recording.stderr is not None
        assert "Recording to" in recording.stderr.readline()
        await client.publish("", "secret", b'{"password": "hunter2"}')
        recording.send_signal(signal.SIGTERM)
        output, errors = recording.communicate(timeout=60)
        assert recording.returncode == 0, errors
        assert found in path.read_text()
        assert ("--redact none leaves them in" in output) is (not options)
    assert "nothing.json" in complaint(
        run("record", "--to", str(tmp_path / "c.jsonl"), "--redact", "nothing.json")
    )
