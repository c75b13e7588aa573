"""A running profile is copied to another file, whole; a copy that is given up leaves nothing."""

from pathlib import Path

import pytest

from mqstudio.client.client import Client
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.store.backup import part_of
from mqstudio.store.doctor import examine
from tests.support.broker import running_broker
from tests.support.waiting import eventually_async
from tests.unit.server.test_keeping import fill


async def backed_up(client: Client) -> bool:
    return not (await client.backup()).is_running


async def test_a_running_profile_is_copied(tmp_path: Path) -> None:
    target = tmp_path / "copy.mqs"
    with running_broker(tmp_path / "data") as broker:
        async with await broker.attach() as client:
            await fill(client, 20, 1_000)
            state = await client.start_backup(str(target))
            assert state.target == str(target)
            await eventually_async(lambda: backed_up(client), within_s=30)
            state = await client.backup()
            assert (state.problem, state.done_share) == ("", 1.0)
            with pytest.raises(RefusedError) as refused:
                await client.start_backup(str(target))
            assert refused.value.why is Refusal.INVALID_ARGUMENT
            assert "exists" in refused.value.says
    report = examine(target)
    assert report.damage == ()
    assert any("20 messages" in each for each in report.facts)


async def test_a_backup_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "copy.mqs"
    with running_broker(tmp_path / "data") as broker:
        async with await broker.attach() as client:
            await fill(client, 100, 200_000)
            await client.start_backup(str(target))
            state = await client.stop_backup()
            assert state.problem == "It was stopped."
            assert not target.exists()
            assert not part_of(target).exists()
