"""How a broker is to run."""

from dataclasses import dataclass
from pathlib import Path

PORT_AMQP = 5672
PORT_NATIVE = 15670
PORT_AMQPS = 5671
PORT_MANAGEMENT = 15672
PORT_METRICS = 15692
PORT_SQS = 9324
PORT_LOCALSTACK = 4566


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Options of `mqstudio serve`.

    A port of 0 is any free one, None: that protocol is off. `is_owned`: stop when standard input closes (a
    window owns us).
    `in_memory`: keep nothing on disk; runtime files (who runs, on which ports) are written always.
    `read_only`: a file to be shown; then nobody but the window and the command line can connect.
    `keep_days`, `keep_bytes`: how much of the past the profile keeps; None: as before. `disk_low_bytes`: with
    less free on the disk publishers wait; None: as memory has it. `key`: the profile's passphrase.
    `is_tls`: listen for AMQP over TLS, too, on `port_amqps`.
    """

    data_dir: Path
    port_amqp: int = PORT_AMQP
    port_native: int = PORT_NATIVE
    in_memory: bool = False
    is_owned: bool = False
    profile: str = "default"
    is_tls: bool = False
    port_amqps: int = PORT_AMQPS
    port_management: int = PORT_MANAGEMENT
    port_metrics: int = PORT_METRICS
    port_sqs: int | None = PORT_SQS
    keep_days: int | None = None
    keep_bytes: int | None = None
    disk_low_bytes: int | None = None
    key: str | None = None
    read_only: Path | None = None
