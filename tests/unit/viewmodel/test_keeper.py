"""A window's broker: found, switched to another profile, encrypted, unlocked. With real brokers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from mqstudio.client.launch import LaunchOptions
from mqstudio.client.profile_files import list_profiles
from mqstudio.model.errors import RefusedError
from mqstudio.viewmodel.keeper import Keeper
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.workspace import ConnectionState, Workspace, wall_clock_us
from tests.support.broker import running_broker
from tests.support.ports import ANY_OPTIONS
from tests.support.waiting import eventually_async


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept on the computer that runs the tests."""
    monkeypatch.setattr(keyring.core, "_keyring_backend", NoKeyring())


class Seat:
    """A keeper at work, and what it tells."""

    def __init__(self, options: LaunchOptions) -> None:
        self.workspace = Workspace(wall_clock_us)
        self.notices = Notices(wall_clock_us)
        self.keeper = Keeper(options, self.workspace, self.notices)
        self.asked = 0
        self.keeper.key_wanted.connect(self.on_key_wanted)

    def on_key_wanted(self) -> None:
        self.asked += 1

    async def is_open(self, profile: str) -> None:
        """Wait until this profile is shown."""
        info = self.workspace
        await eventually_async(lambda: info.is_live and info.info and info.info.profile == profile)


@asynccontextmanager
async def keeping(data_dir: Path, **options: str) -> AsyncIterator[Seat]:
    seat = Seat(LaunchOptions(data_dir, **ANY_OPTIONS, **options))  # type: ignore[arg-type]  # as they are named
    async with asyncio.TaskGroup() as group:
        running = group.create_task(seat.keeper.run())
        try:
            yield seat
        finally:
            running.cancel()
            await seat.keeper.stop_owned()


async def test_another_profile_is_opened_without_a_word_of_alarm(tmp_path: Path) -> None:
    async with keeping(tmp_path) as seat:
        await seat.is_open("default")
        await seat.workspace.client.declare_queue("here", is_durable=True)
        await seat.keeper.switch("shop")
        await seat.is_open("shop")
        assert (await seat.workspace.client.topology()).queues == []
        assert {each.name for each in seat.keeper.profiles()} == {"default", "shop"}
        await seat.keeper.switch("default")
        await seat.is_open("default")
        assert [row.spec.name for row in (await seat.workspace.client.topology()).queues] == ["here"]
        assert seat.notices.shown == []


async def test_a_profile_is_encrypted_and_asks_for_its_passphrase(tmp_path: Path) -> None:
    async with keeping(tmp_path) as seat:
        await seat.is_open("default")
        await seat.keeper.set_key("correct horse")
        await seat.is_open("default")
        assert list_profiles(tmp_path)[0].is_encrypted
        assert seat.keeper.fits("correct horse")
        assert not seat.keeper.fits("wrong")
    async with keeping(tmp_path) as seat:
        await eventually_async(lambda: seat.asked)
        assert seat.workspace.state is ConnectionState.LOST
        assert "encrypted" in seat.workspace.lost_because
        with pytest.raises(RefusedError, match="does not fit"):
            await seat.keeper.unlock("wrong")
        await seat.keeper.unlock("correct horse")
        await seat.is_open("default")
        assert seat.asked == 1


async def test_whoever_restarts_the_broker_meanwhile_has_to_wait(tmp_path: Path) -> None:
    """A broker that starts and a file that is written anew do not meet."""
    async with keeping(tmp_path) as seat:
        await seat.is_open("default")
        async with asyncio.TaskGroup() as group:
            changing = group.create_task(seat.keeper.set_key("correct horse"))

            def restart() -> bool:
                seat.keeper.restart()
                return changing.done()

            await eventually_async(restart)
        await seat.is_open("default")
        assert list_profiles(tmp_path)[0].is_encrypted
        assert [notice.text for notice in seat.notices.shown] == []


async def test_a_keyring_that_is_not_there_is_told(tmp_path: Path) -> None:
    keeper = Seat(LaunchOptions(tmp_path)).keeper
    with pytest.raises(RefusedError, match="Go on without it"):
        await keeper.keep_in_keyring("secret")


async def test_somebody_elses_broker_is_not_stopped(tmp_path: Path) -> None:
    with running_broker(tmp_path):
        async with keeping(tmp_path) as seat:
            await seat.is_open("default")
            for verb in (seat.keeper.switch("shop"), seat.keeper.set_key("key")):
                with pytest.raises(RefusedError, match="Stop it there"):
                    await verb
            assert seat.workspace.is_live
