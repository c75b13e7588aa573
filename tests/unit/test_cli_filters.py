"""Filters on the command line, against a real broker."""

import json
from typing import Any

import pytest

from mqstudio.client.client import Client
from mqstudio.model.limits import WINDOW_MESSAGES
from tests.unit.test_cli_commands import Run, client, complaint, document, run, start_tail, text

__all__ = ["client", "run"]  # fixtures


async def publish_orders(client: Client, queue: str, count: int) -> None:
    await client.declare_queue(queue)
    for number in range(count):
        await client.publish("", queue, json.dumps({"total": number}).encode())


async def test_peek_shows_what_a_filter_finds(run: Run, client: Client) -> None:
    await publish_orders(client, "peek-where", 20)
    rows = document(run("peek", "peek-where", "--where", "body.total >= 17", "--json"))["rows"]
    assert [row["preview"] for row in rows] == [f'{{"total": {number}}}' for number in (17, 18, 19)]
    assert "No such messages" in text(run("peek", "peek-where", "--where", "body.total > 99"))
    await client.purge("peek-where")
    output = text(run("peek", "peek-where", "--where", "state == purged and body.total == 3"))
    assert '{"total": 3}' in output
    assert output.count("purged") == 1


async def test_the_window_and_the_command_line_find_the_same(run: Run, client: Client) -> None:
    """Whatever asks, the broker answers, in as many looks as it takes."""
    count = WINDOW_MESSAGES + 500
    await publish_orders(client, "peek-many", count)
    page = await client.page("peek-many", where=f"body.total == {count - 1}", is_oldest_first=True)
    (row,) = page.rows
    where = f"body.total == {count - 1}"
    (shown,) = document(run("peek", "peek-many", "--where", where, "--json"))["rows"]
    assert shown["message_id"] == row.message_id


async def test_tail_prints_what_a_filter_finds(broker: Any, client: Client) -> None:
    await client.declare_queue("tail-where")
    tail = start_tail(broker, "tail-where", "--where", "body.total > 1", "--count", "1")
    await publish_orders(client, "tail-where", 3)
    output, _ = tail.communicate(timeout=30)
    assert json.loads(output)["preview"] == '{"total": 2}'


@pytest.mark.parametrize("command", [("peek", "q"), ("tail",), ("search",)])
def test_a_text_that_is_no_filter_is_shown_with_what_is_wrong(run: Run, command: tuple[str, ...]) -> None:
    """The place is marked, and the sentence says what would work."""
    said = complaint(run(*command, "--where", "size > 1KB and state == redy"), 2)
    assert "'redy' is no state. States are ready," in said
    lines = said.splitlines()
    (place,) = [line.index("redy") for line in lines if "size > 1KB" in line]
    assert lines[-1] == " " * place + "^^^^"
