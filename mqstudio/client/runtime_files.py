"""Finds a running broker: what `<data-dir>/run/broker.json` says."""

from pathlib import Path

import msgspec
from msgspec import Struct

BROKER_FILE = Path("run") / "broker.json"


class Ports(Struct, frozen=True):
    """The ports a broker listens on; `amqps` is None without TLS."""

    amqp: int
    native: int
    amqps: int | None = None
    management: int = 0
    metrics: int = 0


class RunningBroker(Struct, frozen=True):
    """A broker that has announced itself. The token is a secret: it opens everything."""

    pid: int
    ports: Ports
    token: str
    version: str
    profile: str

    def __repr__(self) -> str:
        return f"RunningBroker(pid={self.pid}, ports={self.ports}, version={self.version!r})"


def default_data_dir() -> Path:
    """Where this user's broker keeps its files unless told otherwise."""
    from platformdirs import user_data_dir  # noqa: PLC0415 - only when no --data-dir was given

    return Path(user_data_dir("mqstudio", appauthor=False))


def find_broker(data_dir: Path) -> RunningBroker:
    """Read who runs in a data folder.

    Raises: ConnectionError saying that none does, or why its file cannot be used.
    """
    import psutil  # noqa: PLC0415 - `mqstudio serve` imports this module's neighbours and must start fast

    path = data_dir / BROKER_FILE
    try:
        broker = msgspec.json.decode(path.read_bytes(), type=RunningBroker)
    except (FileNotFoundError, NotADirectoryError):
        raise ConnectionError(f"No broker runs in {data_dir}. {_START_ONE}") from None
    except PermissionError as error:
        raise ConnectionError(f"{path} belongs to another user: only they can use that broker.") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise ConnectionError(
            f"{path} is not readable ({error}). Stop the broker, delete the file and start the broker again."
        ) from error
    if not psutil.pid_exists(broker.pid):
        raise ConnectionError(
            f"No broker runs in {data_dir}: process {broker.pid}, which ran there, has ended. {_START_ONE}"
        )
    return broker


_START_ONE = "Start one with `mqstudio` or `mqstudio serve`, or name another folder with --data-dir."
