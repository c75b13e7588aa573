"""How many peers may be connected at once, by protocol and by what the system lets us have open.

A socket is an open file, and many systems allow a program 1,024 of them unless it asks for more.
"""

from collections import Counter

from mqstudio.model import limits

FILES_WANTED = limits.CONNECTIONS_MAX + limits.NATIVE_CONNECTIONS_MAX + limits.FILES_RESERVED


class Admission:
    """Counts who is in. The window is let in even when clients have taken all their places."""

    def __init__(self, clients_max: int = limits.CONNECTIONS_MAX) -> None:
        self._clients_max = clients_max
        self._counts: Counter[str] = Counter()

    def enter(self, protocol: str) -> str:
        """Count a peer in; returns why it must go again, "" if it may stay. Either way it has to `leave`."""
        self._counts[protocol] += 1
        if protocol == "native":
            is_full = self._counts[protocol] > limits.NATIVE_CONNECTIONS_MAX
            return f"{limits.NATIVE_CONNECTIONS_MAX} windows are connected already" if is_full else ""
        clients = self._counts.total() - self._counts["native"]
        return f"{self._clients_max} clients are connected already" if clients > self._clients_max else ""

    def leave(self, protocol: str) -> None:
        """A peer has gone."""
        self._counts[protocol] -= 1


def clients_max(files: int) -> int:
    """How many clients so many open files are enough for."""
    return min(limits.CONNECTIONS_MAX, max(files // 2, files - FILES_WANTED + limits.CONNECTIONS_MAX))


def raise_file_limit() -> int:
    """Ask for as many open files as all connections need; returns how many we may have."""
    try:
        import resource  # noqa: PLC0415  # not on Windows, which has no such limit
    except ImportError:
        return FILES_WANTED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return FILES_WANTED
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError):  # macOS has another limit of its own below the one it names
            return soft
    return max(soft, wanted)
