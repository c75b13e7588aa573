"""The first page: where the broker listens, what to paste into a program, who has connected."""

from typing import NamedTuple

from mqstudio.model.rows import Listener
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import library, plain
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import ConnectionState, Workspace

PROTOCOL_TITLES = {
    "amqp091": "RabbitMQ",
    "native": "MQ Studio",
    "management": "RabbitMQ management API",
    "metrics": "Prometheus metrics",
    "sqs": "Amazon SQS",
}


class PortLine(NamedTuple):
    """One listener for people. `problem` says who holds the usual port, "" if nobody does."""

    title: str
    port: int
    problem: str


class Welcome:
    """What the welcome page says. `changed()` after every change of it."""

    def __init__(self, workspace: Workspace) -> None:
        self.changed = Signal()
        self._workspace = workspace
        self._said: tuple[object, ...] = ()
        workspace.state_changed.connect(self._look)
        workspace.sampled.connect(self._look)

    def _look(self) -> None:
        says = (self.headline, self.explanation, self.snippet, self.waiting, tuple(self.ports))
        if says != self._said:
            self._said = says
            self.changed.emit()

    @property
    def is_live(self) -> bool:
        """Whether the broker can be asked for anything."""
        return self._workspace.is_live

    @property
    def headline(self) -> str:
        """The state of the broker in one sentence."""
        state = self._workspace.state
        if state is ConnectionState.CONNECTING:
            return tr("Starting the broker…")
        if state is ConnectionState.LOST:
            return tr("The broker is not running.")
        return tr("Ready. Your broker is listening on this computer.")

    @property
    def explanation(self) -> str:
        """What that means, in two sentences."""
        if self._workspace.state is ConnectionState.LOST:
            return tr(
                "{lost_because} “Restart broker” starts it again.", lost_because=self._workspace.lost_because
            )
        return tr(
            "Unmodified clients connect to it; every step of every message is kept. Only "
            "this computer can reach it."
        )

    @property
    def ports(self) -> list[PortLine]:
        """The ports that programs can use."""
        info = self._workspace.info if self._workspace.is_live else None
        return [_port_line(x) for x in (info.listeners if info else []) if x.protocol != "native"]

    @property
    def url(self) -> str:
        """The address to give to a client."""
        return f"amqp://guest:guest@localhost:{self._workspace.port() or 5672}/"

    @property
    def snippet(self) -> str:
        """A whole pika program that sends one message."""
        port = self._workspace.port() or 5672
        where = "'localhost'" if port == 5672 else f"'localhost', {port}"
        return (
            "import pika\n\n"
            "connection = pika.BlockingConnection(\n"
            f"    pika.ConnectionParameters({where}))\n"
            "channel = connection.channel()\n"
            "channel.queue_declare('hello')\n"
            "channel.basic_publish('', 'hello', b'Hello World!')\n"
            "connection.close()\n"
        )

    @property
    def connected(self) -> str:
        """Who connected last; "" while nobody has."""
        newest = self._workspace.newest_app
        if newest is None:
            return ""
        client = library(newest.product, newest.version) or "A client"
        return tr("{client} from {name} connected", client=client, name=plain(newest.name))

    @property
    def waiting(self) -> str:
        """The line below the snippet: waiting, or who connected."""
        return self.connected or (tr("Waiting for your program…") if self._workspace.is_live else "")


def consumer_snippet(queue: str, port: int) -> str:
    """A pika program that prints what arrives in a queue."""
    where = "'localhost'" if port == 5672 else f"'localhost', {port}"
    return (
        "import pika\n\n"
        "connection = pika.BlockingConnection(\n"
        f"    pika.ConnectionParameters({where}))\n"
        "channel = connection.channel()\n"
        f"for method, properties, body in channel.consume({queue!r}, auto_ack=True):\n"
        "    print(body)\n"
    )


def _port_line(listener: Listener) -> PortLine:
    problem = ""
    if listener.port != listener.wanted_port and listener.wanted_port:
        owner = f" by {plain(listener.owner)}" if listener.owner else ""
        problem = f"{listener.wanted_port} is in use{owner}, so {listener.port} is used"
    title = PROTOCOL_TITLES.get(listener.protocol, listener.protocol)
    return PortLine(f"{title} over TLS" if listener.is_tls else title, listener.port, problem)
