"""Starts a broker as a child of this process, and stops it again.

The child ends by itself when its standard input closes, so it never outlives its owner.
"""

import asyncio
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from msgspec import Struct

from mqstudio.client.client import Client
from mqstudio.client.runtime_files import BROKER_FILE, Ports, find_broker
from mqstudio.client.wire import LOOPBACK
from mqstudio.model.disk import PROFILE_SUFFIX

READY_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 10.0
KILL_TIMEOUT_S = 5.0
LOG_FILE = BROKER_FILE.with_name("broker.log")
LOG_TAIL_BYTES = 4_096

DEFAULT_PROFILE = "default"
EXIT_KEY = 3
"""A broker's exit code for want of the right passphrase."""

DEFAULT_PORT_AMQP = 5672
DEFAULT_PORT_NATIVE = 15670
DEFAULT_PORT_AMQPS = 5671
DEFAULT_PORT_MANAGEMENT = 15672
DEFAULT_PORT_SQS = 9324
DEFAULT_PORT_METRICS = 15692


@dataclass(frozen=True, slots=True)
class LaunchOptions:
    """How to start a broker; a port of 0 is any free one. `in_memory` keeps nothing on disk.

    `is_tls`: listen for AMQP over TLS, too, on `port_amqps`. `profile`: its name, "" for the usual one;
    `key`: its passphrase. `read_only`: a file that is to be shown only, in place of a profile.
    """

    data_dir: Path
    port_amqp: int = DEFAULT_PORT_AMQP
    port_native: int = DEFAULT_PORT_NATIVE
    in_memory: bool = False
    is_tls: bool = False
    port_amqps: int = DEFAULT_PORT_AMQPS
    port_management: int = DEFAULT_PORT_MANAGEMENT
    port_metrics: int = DEFAULT_PORT_METRICS
    port_sqs: int = DEFAULT_PORT_SQS
    profile: str = ""
    key: str | None = field(default=None, repr=False)
    read_only: Path | None = None

    @property
    def path(self) -> Path:
        """The file that the broker is to work on."""
        return self.read_only or self.data_dir / f"{self.profile or DEFAULT_PROFILE}{PROFILE_SUFFIX}"


class KeyWantedError(OSError):
    """A profile that is encrypted: its passphrase is missing, or the one that was given is wrong."""


class Ready(Struct, frozen=True):
    """The one line a broker prints when it accepts connections."""

    ready: bool
    pid: int
    ports: Ports
    profile: str


class OwnedBroker:
    """A broker that runs as our child: `ready` says where, `stop` ends it."""

    def __init__(self, process: asyncio.subprocess.Process, ready: Ready, log_path: Path) -> None:
        self._process = process
        self.ready = ready
        self.log_path = log_path

    async def stop(self) -> int:
        """End the broker cleanly, by force if it does not go; returns its exit code."""
        return await _stop(self._process)

    async def wait(self) -> int:
        """Wait until the broker has ended, for whatever reason; returns its exit code."""
        return await self._process.wait()


async def launch(options: LaunchOptions) -> OwnedBroker:
    """Start a broker and wait until it accepts connections.

    Raises: OSError with what its log says, when it does not come up; KeyWantedError.
    """
    log_path = options.data_dir / LOG_FILE
    log_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(OSError):  # there is none, or the system does not move open files
        log_path.replace(log_path.with_suffix(".log.old"))  # two logs are kept, not all there ever were
    with log_path.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *_command_line(options),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    if options.key is not None:
        assert process.stdin is not None  # asked for above
        process.stdin.write(f"{options.key}\n".encode())
    try:
        return OwnedBroker(process, await _wait_ready(process, log_path), log_path)
    except BaseException:
        await _stop(process)
        raise


async def attach_or_launch(options: LaunchOptions, *, name: str) -> tuple[Client, OwnedBroker | None]:
    """Connect to the broker of a data folder, started first where none runs.

    Returns: the client, and the broker if it was started here (and so is the caller's to stop).
    Raises:  OSError when no broker can be had.
    """
    try:
        return await Client.attach(options.data_dir, name=name), None
    except ConnectionError:
        broker = await launch(options)
    try:
        token = find_broker(options.data_dir).token
        return await Client.connect(LOOPBACK, broker.ready.ports.native, token, name=name), broker
    except BaseException:
        await broker.stop()
        raise


def _command_line(options: LaunchOptions) -> list[str]:
    return [
        sys.executable,
        *("-m", "mqstudio", "serve", "--owned"),
        *("--data-dir", str(options.data_dir)),
        *("--port-amqp", str(options.port_amqp)),
        *("--port-native", str(options.port_native)),
        *("--port-management", str(options.port_management)),
        *("--port-metrics", str(options.port_metrics)),
        *("--port-sqs", str(options.port_sqs)),
        *(["--memory"] if options.in_memory else []),
        *(["--profile", options.profile] if options.profile else []),
        *(["--read-only", str(options.read_only)] if options.read_only else []),
        *(["--key-file", "-"] if options.key is not None else []),
        *(["--tls", "--port-amqps", str(options.port_amqps)] if options.is_tls else []),
    ]


async def _wait_ready(process: asyncio.subprocess.Process, log_path: Path) -> Ready:
    assert process.stdout is not None  # asked for above
    try:
        async with asyncio.timeout(READY_TIMEOUT_S):
            line = await process.stdout.readline()
        return msgspec.json.decode(line, type=Ready)
    except TimeoutError as error:
        raise OSError(
            f"The broker was not ready within {READY_TIMEOUT_S:g} seconds. Its log is {log_path}."
        ) from error
    except msgspec.DecodeError as error:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            if await process.wait() == EXIT_KEY:
                raise KeyWantedError(_last_line(log_path).removeprefix("mqstudio: ")) from error
        raise OSError(f"The broker did not start: {_last_line(log_path)} Its log is {log_path}.") from error


async def _stop(process: asyncio.subprocess.Process) -> int:
    """Close its standard input, then ask, then force."""
    assert process.stdin is not None  # asked for in launch()
    process.stdin.close()
    for timeout_s, push in ((STOP_TIMEOUT_S, process.terminate), (KILL_TIMEOUT_S, process.kill)):
        try:
            async with asyncio.timeout(timeout_s):
                return await process.wait()
        except TimeoutError:
            push()
    return await process.wait()


def _last_line(log_path: Path) -> str:
    lines = log_path.read_text(errors="replace")[-LOG_TAIL_BYTES:].strip().splitlines()
    return lines[-1] if lines else "it ended without a word."
