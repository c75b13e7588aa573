"""Which programs are at the other ends of local connections, as far as this user may know.

The system is asked in a thread, only when somebody wants to know, and not often: going through the files of
all processes takes 50 ms and more. What was not found is not looked for again.
"""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import PurePath

Program = tuple[int, str]
"""Process id and what is run; 0 and "" if that is not known."""

UNKNOWN: Program = (0, "")

LOOK_AGAIN_US = 3_000_000
"""The system is asked no more often than this."""

FOUND_MAX = 20_000
"""Ends of connections remembered."""


class Processes:
    """`of` says what is known of a peer's port now; `look` has those found that are not known yet."""

    def __init__(self, owners: "Callable[[frozenset[int]], dict[int, Program]] | None" = None) -> None:
        self._owners = owners or owners_of
        self._found: dict[int, Program] = {}
        self._looking: asyncio.Future[dict[int, Program]] | None = None
        self._looked_at_us = -LOOK_AGAIN_US

    def of(self, port: int) -> Program:
        """Who has this port."""
        return self._found.get(port, UNKNOWN)

    def forget(self, port: int) -> None:
        """A connection ended: its port may be somebody else's next."""
        self._found.pop(port, None)

    def look(self, ports: Iterable[int], now_us: int) -> "asyncio.Future[dict[int, Program]] | None":
        """Have those of these looked up that are new, if none are just now; a future of the work."""
        wanted = frozenset(ports) - self._found.keys()
        is_busy = self._looking is not None and not self._looking.done()
        if not wanted or is_busy or now_us - self._looked_at_us < LOOK_AGAIN_US:
            return None
        self._looked_at_us = now_us
        self._looking = asyncio.get_running_loop().run_in_executor(None, self._owners, wanted)
        self._looking.add_done_callback(lambda done: self._take(wanted, done))
        return self._looking

    def _take(self, wanted: frozenset[int], done: "asyncio.Future[dict[int, Program]]") -> None:
        if done.cancelled():
            return
        found = done.result() if done.exception() is None else {}
        self._found |= dict.fromkeys(wanted, UNKNOWN) | found
        while len(self._found) > FOUND_MAX:
            del self._found[next(iter(self._found))]


def owners_of(ports: frozenset[int]) -> dict[int, Program]:
    """The processes whose sockets have these local ports."""
    import psutil  # noqa: PLC0415  # slow to import, and asked for by windows only

    found: dict[int, Program] = {}
    try:
        connections = psutil.net_connections("tcp")
    except (psutil.Error, OSError):
        return found
    for connection in connections:
        if connection.pid and connection.laddr and connection.raddr and connection.laddr.port in ports:
            try:
                process = psutil.Process(connection.pid)
                found[connection.laddr.port] = (connection.pid, title(process.name(), process.cmdline()))
            except (psutil.Error, OSError):
                continue
    return found


def title(name: str, words: list[str]) -> str:
    """A program as people know it: its name, and the file that it runs if that says more.

    No other word of its command line: there may be passwords.
    """
    scripts = [word for word in words[1:] if not word.startswith("-")][:1]
    is_file = bool(scripts) and "." in PurePath(scripts[0]).name and "=" not in scripts[0]
    return f"{name} {PurePath(scripts[0]).name}" if is_file and "://" not in scripts[0] else name
