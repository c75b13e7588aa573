"""Starts the demo shop as a child of this process, and stops it again.

The child ends by itself when its standard input closes, so it never outlives its owner.
"""

import asyncio
import sys

READY_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 10.0


class DemoShop:
    """A shop that runs as our child."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def has_ended(self) -> bool:
        """Whether it has gone, by itself or because it was stopped."""
        return self._process.returncode is not None

    async def stop(self) -> None:
        """Close the shop, by force if it does not close by itself."""
        await _stop(self._process)

    async def wait(self) -> str:
        """Wait until it has gone; returns why, "" if it just closed."""
        assert self._process.stderr is not None  # asked for in _start()
        said = await self._process.stderr.read()
        return _reason(said) if await self._process.wait() else ""


async def open_shop(port: int) -> DemoShop:
    """Start a shop at a broker on this computer, and wait until it is open. Raises: OSError."""
    process = await _start("--owned", port=port)
    assert process.stdout is not None  # asked for in _start()
    try:
        async with asyncio.timeout(READY_TIMEOUT_S):
            line = await process.stdout.readline()
        if line:
            return DemoShop(process)
        raise OSError(f"The demo shop did not open. {await DemoShop(process).wait()}")
    except BaseException:
        await _stop(process)
        raise


async def clean_up(port: int) -> None:
    """Take away what shops have declared. Raises: OSError."""
    process = await _start("--clean", port=port)
    try:
        async with asyncio.timeout(READY_TIMEOUT_S):
            _, said = await process.communicate()
    except BaseException:
        await _stop(process)
        raise
    if process.returncode:
        raise OSError(f"The demo shop's queues are still there. {_reason(said)}")


async def _start(*options: str, port: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "mqstudio", "demo", *options),
        *("--amqp", f"amqp://guest:guest@127.0.0.1:{port}/"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def _stop(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None  # asked for in _start()
    process.stdin.close()
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _reason(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("Error: ") if lines else "It ended without a word."
