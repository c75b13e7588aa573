"""What people ask about the profile of a running broker: health, its bounds, its key."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from mqstudio.client.client import Client
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.message import Properties
from mqstudio.store.doctor import examine
from tests.support.broker import RunningBroker, running_broker
from tests.support.waiting import eventually_async

PERSISTENT = Properties(delivery_mode=2)


async def fill(client: Client, count: int, size: int) -> None:
    await client.declare_queue("q", is_durable=True)
    for _ in range(count):
        await client.publish("", "q", b"m" * size, PERSISTENT)


async def test_health_is_told(tmp_path: Path) -> None:
    with running_broker(tmp_path, "--keep-days", "3", "--keep-bytes", "5M") as broker:
        async with await broker.attach() as client:
            await fill(client, 3, 10)

            async def is_told() -> bool:
                disk = (await client.store_health()).disk
                return disk is not None and disk.sync_us is not None and disk.keep_bytes == 5 << 20

            await eventually_async(is_told, within_s=20)
            health = await client.store_health()
    disk = health.disk
    assert disk is not None
    assert health.path == str(tmp_path / "default.mqs")
    assert (health.recorded_one_in, health.blocked_by, health.problem) == (1, (), "")
    assert disk.keep_us == 3 * 86_400_000_000
    assert 0 < disk.free_bytes <= disk.disk_bytes
    assert disk.file_bytes > 0
    assert 0 < health.recorded_since_us <= disk.at_us
    assert 0 < health.bare_bytes < health.low_bytes
    assert 0 < disk.commit_p50_us <= disk.commit_p99_us


async def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    with running_broker(tmp_path, "--memory") as broker:
        async with await broker.attach() as client:
            assert (await client.store_health()).path == ""
            for call in (client.start_backup("/x.mqs"), client.resume_publishing()):
                with pytest.raises(RefusedError) as refused:
                    await call
                assert refused.value.why is Refusal.NOT_STORED
    with running_broker(tmp_path) as broker:
        async with await broker.attach() as client:
            for target in ("x.mqs", str(tmp_path / "nowhere" / "x.mqs")):
                with pytest.raises(RefusedError) as refused:
                    await client.start_backup(target)
                assert refused.value.why is Refusal.INVALID_ARGUMENT


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mqstudio", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def publish(broker: RunningBroker) -> None:
    async def work() -> None:
        async with await broker.attach() as client:
            await fill(client, 5, 100)

    asyncio.run(work())


def count(broker: RunningBroker) -> int:
    async def work() -> int:
        async with await broker.attach() as client:
            return (await client.declare_queue("q", is_passive=True)).ready

    return asyncio.run(work())


def test_a_profile_is_encrypted_and_used_and_plain_again(tmp_path: Path) -> None:
    data, key = tmp_path / "data", tmp_path / "key"
    key.write_text("a passphrase\n")
    with running_broker(data) as broker:
        publish(broker)
        in_use = run("encrypt", "default", "--key-file", key, "--data-dir", data)
        assert (in_use.returncode, "Others can read" in in_use.stderr) == (1, True)
        key.chmod(0o600)
        in_use = run("encrypt", "default", "--key-file", key, "--data-dir", data)
        assert (in_use.returncode, "in use" in in_use.stderr) == (1, True)
    assert run("encrypt", "default", "--key-file", key, "--data-dir", data).returncode == 0
    without = run("serve", "--data-dir", data)
    assert without.returncode not in (0, 70)
    assert "encrypted" in without.stderr
    wrong = tmp_path / "wrong"
    wrong.write_text("another")
    wrong.chmod(0o600)
    with_wrong = run("serve", "--data-dir", data, "--key-file", wrong)
    assert with_wrong.returncode not in (0, 70)
    assert "key does not fit" in with_wrong.stderr
    with running_broker(data, "--key-file", str(key)) as broker:
        assert count(broker) == 5
    assert (
        run("rekey", "default", "--key-file", key, "--new-key-file", wrong, "--data-dir", data).returncode
        == 0
    )
    plain = tmp_path / "plain.mqs"
    copied = run("backup", plain, "--of", "default", "--plain", "--key-file", wrong, "--data-dir", data)
    assert copied.returncode == 0, copied.stderr
    assert examine(plain).damage == ()
    assert run("decrypt", "default", "--key-file", wrong, "--data-dir", data).returncode == 0
    with running_broker(data) as broker:
        assert count(broker) == 5


def test_a_second_program_on_the_same_file_is_refused(tmp_path: Path) -> None:
    data, other = tmp_path / "data", tmp_path / "other"
    other.mkdir()
    with running_broker(data) as broker:
        publish(broker)
        (other / "default.mqs").symlink_to(data / "default.mqs")
        second = run("serve", "--data-dir", other, "--port-amqp", 0, "--port-native", 0)
        assert second.returncode not in (0, 70)
        assert "in use by another MQ Studio" in second.stderr
        assert count(broker) == 5


def test_profiles_are_listed_and_chosen(tmp_path: Path) -> None:
    with running_broker(tmp_path, "--profile", "shop") as broker:
        publish(broker)
        backup = run("backup", tmp_path / "b.mqs", "--data-dir", tmp_path)
        assert backup.returncode == 0, backup.stderr
    listed = run("profiles", "--data-dir", tmp_path)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["profile", "b", "shop"]
    sound = run("doctor", "b", "--data-dir", tmp_path)
    assert (sound.returncode, "It is sound." in sound.stdout) == (0, True)
    data = (tmp_path / "b.mqs").read_bytes()
    (tmp_path / "b.mqs").write_bytes(data.replace(b"m" * 100, b"n" * 100, 1))
    assert run("doctor", "b", "--data-dir", tmp_path).returncode == 1
    saved = run("doctor", "b", "--salvage", tmp_path / "saved.mqs", "--data-dir", tmp_path)
    assert (saved.returncode, "1 messages could not" in saved.stdout) == (0, True), saved.stderr
    assert run("doctor", "nowhere", "--data-dir", tmp_path).returncode == 1
    assert run("serve", "--profile", "../x", "--data-dir", tmp_path).returncode == 2
