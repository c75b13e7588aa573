"""Runs a broker from its first port to its last goodbye: `serve`."""

import asyncio
import contextlib
import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from mqstudio import __version__
from mqstudio.model import limits
from mqstudio.model.rows import Listener
from mqstudio.server import admission, log
from mqstudio.server.broker import Broker
from mqstudio.server.config import ServerConfig
from mqstudio.server.http_door import HttpDoor
from mqstudio.server.link import Link
from mqstudio.server.ports import OpenPort, open_port
from mqstudio.server.runtime_files import RuntimeFiles
from mqstudio.store.opened import Opened
from mqstudio.store.problems import PROFILE_SUFFIX, ProfileError

if TYPE_CHECKING:
    from mqstudio.server.journal import Journal
    from mqstudio.server.reader_link import ReaderLink

GOODBYE_S = 2.0
"""Clients have this long to close after we said that we stop."""

OWNED_NICENESS = 5
"""How much a broker that a window owns stands back behind it."""

DAY_US = 86_400_000_000

EXIT_REFUSED = 1
EXIT_KEY = 3
"""The profile's passphrase is missing, or wrong."""
EXIT_BUG = 70

AMQP_OVER_TLS = "amqps"

HTTP = ("management", "metrics")
"""Listeners of RabbitMQ's management API; the second is where scrapers look for its metrics."""

LABELS = {"amqp091": "amqp"}
"""Listener → its key in the ready line and in broker.json, where that is not its own name."""


def serve(config: ServerConfig) -> int:
    """Run a broker until it is told to stop; returns the exit code.

    Prints one line of JSON on standard output when clients can connect. Exit codes: 0 stopped as
    asked, 1 could not start (a sentence on standard error says why), 3 for want of the right passphrase,
    70 a bug of ours.
    """
    log.set_up()
    files = RuntimeFiles(config.data_dir)
    try:
        files.claim()
        encrypt = _encryption(config)
        ports = _open_ports(config)
    except (OSError, ValueError) as error:
        says = error.strerror if isinstance(error, OSError) else None
        print(f"mqstudio: {says or error}", file=sys.stderr)  # noqa: T201
        files.release()
        return EXIT_REFUSED
    try:
        return _run(_serve(config, files, ports, encrypt))
    finally:
        files.release()


Encrypt = Callable[[Link], asyncio.Protocol]
"""Puts TLS between a socket and a link."""


def _open_ports(config: ServerConfig) -> dict[str, OpenPort]:
    if config.read_only is not None:
        return {"native": open_port(config.port_native)}
    ports = {
        "amqp091": open_port(config.port_amqp),
        "native": open_port(config.port_native),
        "management": open_port(config.port_management),
        "metrics": open_port(config.port_metrics),
    }
    if config.port_sqs is not None:
        ports["sqs"] = open_port(config.port_sqs)
    if config.is_tls:
        ports[AMQP_OVER_TLS] = open_port(config.port_amqps)
    return ports


def _encryption(config: ServerConfig) -> Encrypt | None:
    """Make or renew the certificates, if TLS is asked for. Raises: OSError, ValueError."""
    if not config.is_tls:
        return None
    from mqstudio.server.certificates import Certificates  # noqa: PLC0415  # slow to import
    from mqstudio.server.tls import Contexts, TlsLayer  # noqa: PLC0415

    contexts = Contexts(Certificates(config.data_dir))
    log.info("tls", authority=contexts.authority_path)
    return lambda link: TlsLayer(contexts, link)


def _factory(broker: Broker, name: str, encrypt: Encrypt | None) -> Callable[[], asyncio.Protocol]:
    """What a listener makes for each peer that connects."""
    if name == AMQP_OVER_TLS and encrypt is not None:
        return lambda: encrypt(broker.new_link("amqp091"))
    return lambda: broker.new_link(name)


def _run(main: Coroutine[Any, Any, int]) -> int:  # Any: what coroutines send and receive
    """On uvloop, where it exists, else on asyncio's own loop."""
    try:
        import uvloop  # noqa: PLC0415  # not on Windows
    except ImportError:
        return asyncio.run(main)
    return int(uvloop.run(main))


async def _serve(
    config: ServerConfig, files: RuntimeFiles, ports: dict[str, OpenPort], encrypt: Encrypt | None
) -> int:
    loop = asyncio.get_running_loop()
    try:
        broker, journal, reader = await _new_broker(config)
    except OSError as error:
        return _refuse(error, ports)
    stop = asyncio.Event()
    broker.on_failure = stop.set
    _stop_on_signals(loop, stop.set)
    if config.is_owned:
        _yield_to_window()
        _stop_when_input_closes(loop, stop.set)
    async with asyncio.TaskGroup() as tasks:
        ticking = tasks.create_task(_tick(broker))
        if journal is not None:
            journal.watch(lambda: _restart(journal, tasks))
            await _begin(journal, stop)
        if reader is not None:
            tasks.create_task(reader.run())
        servers = [
            await loop.create_server(_factory(broker, name, encrypt), sock=sock)
            for name, port in ports.items()
            if name not in HTTP
            for sock in port.sockets
        ]
        doors = [HttpDoor(broker, ports[name]) for name in HTTP if name in ports]
        broker.listeners = [_listener(name, port) for name, port in ports.items()]
        _announce(config, files, broker, ports)
        _spare_the_collector()
        for door in doors:
            door.watch(tasks)
        await stop.wait()
        ticking.cancel()
        if journal is not None:
            journal.watch(lambda: None)  # whoever closes it sees to its last words
        if reader is not None:
            reader.close()
        for door in doors:
            await door.close()
    for server in servers:
        server.close()
    await _say_goodbye(broker)
    if journal is not None:
        broker.note_counters(is_last=True)
        await journal.close()
    log.info("stopped", pid=os.getpid())
    return EXIT_BUG if broker.failure else 0


async def _new_broker(config: ServerConfig) -> "tuple[Broker, Journal | None, ReaderLink | None]":
    """A broker with its profile, or one that shows a file. Raises: ProfileError, OSError."""
    if config.read_only is not None:
        from mqstudio.server import looking  # noqa: PLC0415  # as journals are, loaded where it is used

        broker, reader = looking.new_broker(config.read_only, key=config.key)
        return broker, None, reader
    journal, found = await _open_profile(config)
    broker = Broker(
        profile=config.profile,
        store=journal,
        found=found,
        memory_high_water_bytes=_memory_high_water_bytes(),
        clients_max=_clients_max(),
        disk_low_bytes=config.disk_low_bytes,
    )
    return broker, journal, journal.reader if journal is not None else None


async def _begin(journal: "Journal", stop: asyncio.Event) -> None:
    """That a broker has begun is on disk before anybody can connect: else a crash soon after would look like
    the clean end before it, and what is then handed over again would not say so.

    If it cannot be written, the alarm says what is wrong with the disk, and it is the first thing written
    once there is room: until then nothing is promised to anybody.
    """
    begun = journal.flushed()
    while begun is not None and not (begun.done() or journal.problem or stop.is_set()):
        await asyncio.wait([begun], timeout=limits.SAMPLE_INTERVAL_US / 1e6)
    if begun is not None and begun.done():
        begun.exception()  # looked at, or the loop would report it


async def _open_profile(config: ServerConfig) -> "tuple[Journal | None, Opened | None]":
    """The profile's file and what is in it; None and None to keep nothing. Raises: ProfileError, OSError."""
    if config.in_memory:
        return None, None
    from mqstudio.server.journal import Journal  # noqa: PLC0415  # what is on disk is read by other code
    from mqstudio.store.bounds import KEEP_BYTES, KEEP_US, Amount  # noqa: PLC0415

    journal = Journal(config.data_dir / f"{config.profile}{PROFILE_SUFFIX}", key=config.key)
    found = await journal.open()
    if config.keep_days is not None:
        journal.remember(KEEP_US, Amount(config.keep_days * DAY_US))
    if config.keep_bytes is not None:
        journal.remember(KEEP_BYTES, Amount(config.keep_bytes))
    return journal, found


def _restart(journal: "Journal", tasks: asyncio.TaskGroup) -> None:
    tasks.create_task(journal.restart())


def _refuse(error: OSError, ports: dict[str, OpenPort]) -> int:
    """Say why this broker does not start."""
    for port in ports.values():
        for sock in port.sockets:
            sock.close()
    print(f"mqstudio: {error}", file=sys.stderr)  # noqa: T201
    is_key = isinstance(error, ProfileError) and error.problem.kind == "key"
    return EXIT_KEY if is_key else EXIT_REFUSED


def _memory_high_water_bytes() -> int:
    """A quarter of this computer's memory, but not more than the limit."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows
        return limits.MEMORY_HIGH_WATER_BYTES
    return min(limits.MEMORY_HIGH_WATER_BYTES, int(memory * limits.MEMORY_HIGH_WATER_SHARE))


def _clients_max() -> int:
    """As many as we want, or as the system allows; then the log says so."""
    files = admission.raise_file_limit()
    most = admission.clients_max(files)
    if most < limits.CONNECTIONS_MAX:
        log.warning("few_open_files", allowed=files, wanted=admission.FILES_WANTED, clients_max=most)
    return most


def _stop_on_signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


def _stop_when_input_closes(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    """Whoever started us holds the other end: when it is gone, so are we.

    A thread, since Windows cannot wait for a pipe in its event loop; daemonic, since it may never end.
    """

    def wait() -> None:
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(stop)

    threading.Thread(target=wait, name="owner", daemon=True).start()


def _yield_to_window() -> None:
    """Let the window go first when processors are short: a person looks at it (decision 0005)."""
    if hasattr(os, "nice"):  # not on Windows
        os.nice(OWNED_NICENESS)


def _listener(name: str, port: OpenPort) -> Listener:
    hosts = [str(sock.getsockname()[0]) for sock in port.sockets]
    if port.owner:
        log.warning("port_taken", protocol=name, wanted=port.wanted_port, by=port.owner, using=port.port)
    log.info("listening", protocol=name, port=port.port, hosts=",".join(hosts))
    is_tls = name == AMQP_OVER_TLS
    return Listener("amqp091" if is_tls else name, hosts, port.port, port.wanted_port, port.owner, is_tls)


def _announce(config: ServerConfig, files: RuntimeFiles, broker: Broker, ports: dict[str, OpenPort]) -> None:
    numbers = {"amqp": 0} | {LABELS.get(name, name): port.port for name, port in ports.items()}
    profile = config.profile if config.read_only is None else config.read_only.name
    facts = {"pid": os.getpid(), "ports": numbers, "profile": profile}
    files.announce({**facts, "token": broker.token, "version": __version__})
    print(json.dumps({"ready": True, **facts}), flush=True)  # noqa: T201  # programs wait for this line


def _spare_the_collector() -> None:
    """What lives on the hot path holds no cycles: look for them seldom, and never among the start-up's."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


async def _tick(broker: Broker) -> None:
    interval_s = limits.SAMPLE_INTERVAL_US / 1e6
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        due = max(due + interval_s, loop.time())
        await asyncio.sleep(due - loop.time())
        try:
            broker.tick()
        except Exception as error:  # the outer wall of the clock: samples and timeouts have stopped
            log.bug("tick_failed")
            broker.give_up(error)
            return


async def _say_goodbye(broker: Broker) -> None:
    all_gone = asyncio.Event()
    broker.on_last_link_lost = all_gone.set
    broker.shut_down("shutdown")
    for patience_s in (GOODBYE_S, 1.0):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s if broker.links else 0):
                await all_gone.wait()
        for link in list(broker.links.values()):
            link.abort()
