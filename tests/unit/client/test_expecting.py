"""Waiting for messages looks at what is new, and at what may have changed, and at nothing else."""

from typing import Any

import pytest

from mqstudio.client.client import Client
from mqstudio.client.expecting import PAGE_ROWS, Expected, expect
from mqstudio.model.errors import RefusedError
from mqstudio.model.message import Header, Properties
from mqstudio.model.rows import MessagePage
from tests.unit.test_cli_commands import client

__all__ = ["client"]  # a fixture


class Counted:
    """A client that remembers which pages were asked for."""

    def __init__(self, client: Client, between: Any = None) -> None:
        self._client, self._between = client, between
        self.asked: list[int | None] = []
        self.rows = 0
        self.watch = client.watch

    async def page(self, queue: str, **options: Any) -> MessagePage:
        page = await self._client.page(queue, **options)
        if options.get("is_oldest_first"):
            self.asked.append(options["after_id"])
            self.rows += page.looked_at or len(page.rows)
        if self._between is not None:
            await self._between()
        return page


async def fill(client: Client, queue: str, number: int) -> None:
    await client.declare_queue(queue)
    for _ in range(number):
        await client.publish("", queue, b"x")


async def test_what_was_judged_is_not_read_again(client: Client) -> None:
    """A thousand are there; each that comes is looked at alone, where the filter asks what messages say."""
    await fill(client, "long", 1_000)
    left = 20

    async def publish() -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            await client.publish("", "long", b"wanted" if left == 0 else b"x")

    counted = Counted(client, publish)
    seen = await expect(counted, Expected("long", 1, 'body contains "wanted"', within_s=30))  # type: ignore[arg-type]
    assert seen.is_met
    assert counted.rows < 1_000 + 2 * 20
    assert len(counted.asked) > 1_000 // PAGE_ROWS
    assert None not in counted.asked[1_000 // PAGE_ROWS + 1 :]


async def test_where_a_message_stands_is_judged_again_with_each_of_its_events(client: Client) -> None:
    """It was ready when it was read first; taken by somebody it is what was waited for."""
    await fill(client, "state", 3)
    is_taken = False

    async def take() -> None:
        nonlocal is_taken
        if not is_taken:
            is_taken = True
            await client.verbs.remove("state", [(await client.page("state")).rows[0].message_id])

    counted = Counted(client, take)
    seen = await expect(counted, Expected("state", 1, "state == purged", within_s=30))  # type: ignore[arg-type]
    assert [row.state.value for row in seen.found] == ["purged"]


async def test_a_message_that_comes_late_is_found_although_younger_ones_were_read(client: Client) -> None:
    """An exchange held it for a while: its id is older than what was judged meanwhile."""
    await client.declare_queue("late")
    await client.declare_exchange("slow", "x-delayed-message", arguments={"x-delayed-type": "fanout"})
    await client.bind("slow", "late", "")
    headers = [Header("x-delay", "int32", 300)]
    await client.publish("slow", "", b"wanted", Properties(headers=headers))
    await client.publish("", "late", b"younger")
    seen = await expect(client, Expected("late", 1, 'body contains "wanted"', within_s=30))
    assert [row.preview for row in seen.found] == ["wanted"]


async def test_what_only_time_makes_so_is_waited_for(client: Client) -> None:
    """Nothing happens to it; it grows old."""
    await fill(client, "old", 1)
    assert (await expect(client, Expected("old", 1, "age > 300ms", within_s=30))).is_met


async def test_a_filter_that_cannot_be_read_is_refused(client: Client) -> None:
    """In the broker's words."""
    await fill(client, "odd", 1)
    with pytest.raises(RefusedError):
        await expect(client, Expected("odd", 1, "state ==", within_s=30))
