"""A child process of ours: frames to it and from it, and its end."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from mqstudio.server.journal import STORE_MODULE
from mqstudio.server.store_child import StoreChild
from mqstudio.store.frames import Frame, OpenFile
from tests.support.waiting import eventually_async


class Heard:
    """What a child has said, and with which code it ended."""

    def __init__(self) -> None:
        self.frames: list[tuple[int, bytes]] = []
        self.codes: list[int] = []

    async def start(self, module: str = STORE_MODULE) -> StoreChild:
        on_frame = lambda kind, payload: self.frames.append((kind, payload))  # noqa: E731
        return await StoreChild.start(module, on_frame, self.codes.append)

    async def code(self) -> int:
        """The code, once it has ended; it ends once."""
        await eventually_async(lambda: bool(self.codes))
        await asyncio.sleep(0)
        (code,) = self.codes
        return code


async def test_it_answers_and_ends_when_its_input_does(tmp_path: Path) -> None:
    heard = Heard()
    child = await heard.start()
    child.send(Frame.OPEN, msgspec.json.encode(OpenFile(str(tmp_path / "p.mqs"))))
    child.end()
    assert await heard.code() == 0
    assert heard.frames[0][0] == Frame.STATE
    assert (tmp_path / "p.mqs").is_file()


async def test_all_it_has_said_is_heard_before_its_end(tmp_path: Path) -> None:
    heard = Heard()
    child = await heard.start()
    path = tmp_path / "folder"
    path.mkdir()
    child.send(Frame.OPEN, msgspec.json.encode(OpenFile(str(path))))
    assert await heard.code() == 1
    assert [kind for kind, _ in heard.frames] == [Frame.PROBLEM]


async def test_it_can_be_killed_and_takes_nothing_more() -> None:
    heard = Heard()
    child = await heard.start()
    assert child.pid > 0
    child.kill()
    assert await heard.code() == -9
    child.send(Frame.TEND, b"")
    child.end()
    child.kill()
    assert heard.frames == []


async def test_a_module_that_fails_ends_with_a_code(capfd: pytest.CaptureFixture[str]) -> None:
    heard = Heard()
    await heard.start("mqstudio.server.no_such_module")
    assert await heard.code() == 1
    assert "No module named" in capfd.readouterr().err
