"""What the broker's process takes of the machine it runs on, and how much it may take."""

from typing import TYPE_CHECKING, Final

from mqstudio.protocols.http import Machine
from mqstudio.server.journal import Journal

if TYPE_CHECKING:
    from mqstudio.server.broker import Broker

_NO_LIMIT: Final = 2**31 - 1
"""Readers of this figure expect one that fits into 32 bits."""


def look(broker: "Broker") -> Machine:
    """Figures of this moment; of the disk those of the store's latest word."""
    import psutil  # noqa: PLC0415  # slow to import, and hardly ever asked for

    process = psutil.Process()
    health = broker.store.health if isinstance(broker.store, Journal) else None
    return Machine(
        process.memory_info().rss,
        broker.memory_high_water_bytes,
        None if health is None else health.free_bytes,
        broker.disk_alarm.low_bytes,
        process.num_fds() if hasattr(process, "num_fds") else process.num_handles(),
        _most("RLIMIT_NOFILE"),
        process.num_threads(),
        _most("RLIMIT_NPROC"),
        psutil.cpu_count() or 1,
    )


def _most(name: str) -> int:
    """What the system lets this process have of something; if it sets no limit, a number no smaller."""
    try:
        import resource  # noqa: PLC0415  # not everywhere
    except ImportError:
        return _NO_LIMIT
    soft, _ = resource.getrlimit(getattr(resource, name))
    return _NO_LIMIT if soft == resource.RLIM_INFINITY else min(soft, _NO_LIMIT)
