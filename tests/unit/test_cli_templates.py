"""`mqstudio publish --template`: the same language as in the window, the same seed the same messages."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from mqstudio.client.client import Client
from tests.support.broker import RunningBroker

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(broker: RunningBroker) -> Run:
    def start(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [
            sys.executable,
            "-m",
            "mqstudio",
            "publish",
            *arguments,
            "--data-dir",
            str(broker.data_dir),
        ]
        return subprocess.run(command, capture_output=True, timeout=60, check=False, text=True)

    return start


async def bodies(client: Client, queue: str) -> list[bytes]:
    page = await client.page(queue, is_oldest_first=True)
    return [(await client.message(queue, row.message_id)).body for row in page.rows]


async def test_holes_are_filled_anew_and_alike(run: Run, broker: RunningBroker) -> None:
    """Twice the same seed: twice the same ten messages; a rate is kept; key and headers have holes too."""
    async with await broker.attach() as client:
        for queue in ("first", "second"):
            await client.declare_queue(queue)
            body = '{"id": {{seq}}, "name": {{faker.name | json}}, "u": "{{uuid}}"}'
            done = run(
                "-t", "-n", "10", "--rate", "200", "--seed", "7", "-H", "n={{seq | pad 3}}", queue, body
            )
            assert done.stdout == f"Published 10 messages, seed 7, to queue '{queue}'.\n", done.stderr
        first, second = await bodies(client, "first"), await bodies(client, "second")
        assert first == second
        assert [json.loads(each)["id"] for each in first] == list(range(1, 11))
        assert len({json.loads(each)["u"] for each in first}) == 10
        (row, *_) = (await client.page("first")).rows
        (header,) = (await client.message("first", row.message_id)).properties.headers or []
        assert (header.name, header.value) == ("n", "010")


async def test_a_seed_is_chosen_and_told(run: Run, broker: RunningBroker) -> None:
    """So that it can be had again."""
    async with await broker.attach() as client:
        await client.declare_queue("chosen")
        done = run("-t", "chosen", "{{uuid}}", "--json")
        seed = json.loads(done.stdout)["seed"]
        run("-t", "chosen", "{{uuid}}", "--seed", str(seed))
        assert len(set(await bodies(client, "chosen"))) == 1


def test_without_template_braces_are_braces(run: Run) -> None:
    assert "No queue took it" in run("nowhere", "{{uuid}}").stderr


def test_mistakes_have_places(run: Run) -> None:
    """Which argument, which line and character, and what would work; nothing is sent."""
    done = run("-t", "q", "ab\ncd {{sek}}")
    assert done.returncode == 2
    assert "BODY, line 2, character 6" in done.stderr
    assert "Did you mean seq?" in done.stderr
    assert "--property, character 12" in run("-t", "-p", "priority={{x}}", "q", "").stderr


def test_the_rate_is_a_positive_number(run: Run) -> None:
    assert run("--rate", "0", "q", "x").returncode == 2
