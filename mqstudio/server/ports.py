"""Listening sockets: loopback only, both IP versions, the next port when the wanted one is taken."""

import errno
import socket
from dataclasses import dataclass

HOSTS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
TRIES = 100
"""How many ports above a taken one are tried."""


@dataclass(frozen=True, slots=True)
class OpenPort:
    """Bound sockets of one port. `owner`: who holds the port that was wanted instead, "" if none."""

    sockets: list[socket.socket]
    port: int
    wanted_port: int
    owner: str


def open_port(wanted: int) -> OpenPort:
    """Bind a port on all loopback addresses (0: any free one).

    Raises: OSError saying that no port near the wanted one is free.
    """
    if not wanted:
        sockets = _bind_any()
        return OpenPort(sockets, sockets[0].getsockname()[1], 0, "")
    for port in range(wanted, min(wanted + TRIES, 65_536)):
        sockets = _bind(port)
        if sockets:
            return OpenPort(sockets, port, wanted, "" if port == wanted else owner_of(wanted))
    raise OSError(
        errno.EADDRINUSE,
        f"Ports {wanted} to {wanted + TRIES - 1} are all in use (the first by {owner_of(wanted)}). "
        "Stop what uses them, or choose another with --port-amqp, --port-native, --port-management …",
    )


def _bind_any() -> list[socket.socket]:
    for _ in range(TRIES):
        with socket.socket(socket.AF_INET) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        sockets = _bind(port)
        if sockets:
            return sockets
    raise OSError(errno.EADDRINUSE, "No free port on the loopback addresses.")


def _bind(port: int) -> list[socket.socket]:
    """Bind all hosts, or none: half a port would send half of the clients elsewhere."""
    bound: list[socket.socket] = []
    for family, host in HOSTS:
        try:
            bound.append(_bind_one(family, host, port))
        except OSError as error:
            if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                continue  # a machine without IPv6
            for each in bound:
                each.close()
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return []
            raise
    return bound


def _bind_one(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows: REUSEADDR would let others steal the port
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.setblocking(False)
        opened.bind((host, port))
        opened.listen(1024)
    except OSError:
        opened.close()
        raise
    return opened


def owner_of(port: int) -> str:
    """Program and pid that listen on a port, as far as this user may know."""
    import psutil  # noqa: PLC0415  # slow to import, needed only when a port is taken

    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:
        pass
    return "another program"
