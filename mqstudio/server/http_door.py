"""The door of an HTTP port: the server behind it is loaded when somebody first knocks.

Its library takes 0.2 s and 15 MiB, which most who run a broker never need.
"""

import asyncio
from typing import TYPE_CHECKING

from mqstudio.server.ports import OpenPort

if TYPE_CHECKING:
    from mqstudio.protocols.http import HttpProtocol
    from mqstudio.server.broker import Broker
    from mqstudio.server.http import HttpServer


def _load() -> "tuple[type[HttpServer], HttpProtocol]":
    """Import what is behind the door, in a thread: everybody else goes on meanwhile."""
    from mqstudio.protocols.management import HTTP_PROTOCOL  # noqa: PLC0415  # see above
    from mqstudio.server.http import HttpServer  # noqa: PLC0415

    return HttpServer, HTTP_PROTOCOL


class HttpDoor:
    """Listens on bound sockets of one port, at first only for the first who comes."""

    def __init__(self, broker: "Broker", port: OpenPort) -> None:
        self._broker = broker
        self._port = port
        self._server: HttpServer | None = None
        self._opening: asyncio.Task[None] | None = None
        self._is_watching = False

    def watch(self, tasks: asyncio.TaskGroup) -> None:
        """Wait for somebody to knock; what runs then runs in this group."""
        loop = asyncio.get_running_loop()
        self._is_watching = True
        try:
            for sock in self._port.sockets:
                loop.add_reader(sock.fileno(), self._on_knock, tasks)
        except NotImplementedError:  # Windows: its loop cannot watch sockets
            self._on_knock(tasks)

    def _on_knock(self, tasks: asyncio.TaskGroup) -> None:
        if self._is_watching:
            self._stop_watching()
            self._opening = tasks.create_task(self._open())

    def _stop_watching(self) -> None:
        loop = asyncio.get_running_loop()
        self._is_watching = False
        for sock in self._port.sockets:
            try:
                loop.remove_reader(sock.fileno())
            except NotImplementedError:
                return

    async def _open(self) -> None:
        server, protocol = await asyncio.to_thread(_load)
        self._server = server(self._broker, protocol, self._port.port)
        await self._server.start(self._port)

    async def close(self) -> None:
        """Stop listening."""
        if self._is_watching:
            self._stop_watching()
        if self._opening is not None:
            self._opening.cancel()
        if self._server is not None:
            await self._server.stop()
        for sock in self._port.sockets:
            sock.close()
