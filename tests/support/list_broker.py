"""A broker made of lists, behind the client's methods: for view-models and widgets."""

from collections.abc import AsyncIterator, Awaitable, Coroutine
from typing import Any

from msgspec.structs import replace

from mqstudio.model import access
from mqstudio.model.arguments import queue_rules
from mqstudio.model.disk import BackupState, StoreHealth
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.filters.matching import compile_filter
from mqstudio.model.filters.syntax import parse
from mqstudio.model.flows import Flows
from mqstudio.model.lifecycle import Lifecycle
from mqstudio.model.message import Header, Past, Properties
from mqstudio.model.policies import FOR_QUEUES, Policy, best_policy
from mqstudio.model.queries import (
    GetFlows,
    GetHistory,
    GetTopology,
    GetValues,
    Search,
    WatchIncoming,
)
from mqstudio.model.records import GetRecords, Records
from mqstudio.model.replies import CountReply, PurgeReply, QueueStatus
from mqstudio.model.rows import (
    BinRow,
    BrokerInfo,
    ChannelRow,
    ClientDetail,
    ClientDetails,
    Clients,
    ExchangeRow,
    FailedHandshake,
    LifeStep,
    Listener,
    MessageDetail,
    MessagePage,
    MessageRow,
    MessageState,
    QueueRow,
    RateHistory,
    RoutePreview,
    SubscriptionRow,
    Topology,
)
from mqstudio.model.samples import ConnectionSample, Counters, ExchangeSample, QueueSample, Sample, Totals
from mqstudio.model.topology import (
    Arguments,
    BindingSpec,
    ConnectionInfo,
    ExchangeSpec,
    QueueSpec,
    VhostSpec,
)
from mqstudio.protocols.native import hand, messages
from mqstudio.protocols.native.messages import PublishReply
from mqstudio.viewmodel.workspace import ConnectionState, Workspace
from tests.support.list_access import Limited
from tests.support.list_declare import declare, take_away
from tests.support.list_hand import ByHand
from tests.support.list_stream import ListStream
from tests.support.list_telling import Telling
from tests.support.list_values import values_of
from tests.support.list_wiring import Wiring
from tests.support.one_by_one import OneByOne

START_US = 1_700_000_000_000_000


class Clock:
    """Time that a test moves by hand."""

    def __init__(self) -> None:
        self.now_us = START_US

    def __call__(self) -> int:
        return self.now_us

    def advance(self, seconds: float) -> None:
        self.now_us += int(seconds * 1_000_000)


def run_now(action: Awaitable[object]) -> Any:
    """Run an action that never really waits; fails if it does."""
    coroutine = action if isinstance(action, Coroutine) else _await(action)
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError(f"{coroutine} waits")


async def _await(action: Awaitable[object]) -> object:
    return await action


class ListBroker(OneByOne, Telling, Wiring):
    """Queues are lists of rows, newest last; samples are made of them on demand."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.queues: dict[str, list[MessageRow]] = {}
        self.counters: dict[str, Counters] = {}
        self.bodies: dict[int, bytes] = {}
        self.properties: dict[int, Properties] = {}
        self.connections: dict[int, ConnectionSample] = {}
        self.binned: dict[int, tuple[str, list[MessageRow]]] = {}
        self.pages_asked: list[tuple[int | None, list[MessageState]]] = []
        self.published: list[tuple[str, str, bytes, Properties]] = []
        self.kicked: list[int] = []
        self.route = RoutePreview([], "")
        self.samples: list[Sample] = []
        self.past = RateHistory([], [], [], [], [])
        self.rates_asked: list[GetHistory] = []
        self.refusal: RefusedError | None = None
        self.details: dict[int, ClientDetail] = {}
        self.failed: list[FailedHandshake] = []
        self.details_asked = 0
        self.listeners = [Listener("amqp091", ["127.0.0.1"], 5672, 5672, "")]
        self.consumers: dict[str, int] = {}
        self.specs: dict[str, QueueSpec] = {}
        self.exchanges = {name: ExchangeSpec(name, "direct", True) for name in ("", "amq.direct")}
        self.bound: list[BindingSpec] = []
        self.vhosts = {"/": VhostSpec("/")}
        self.policies: dict[tuple[bool, str], Policy] = {}
        self.subscriptions: list[SubscriptionRow] = []
        self.channels: list[ChannelRow] = []
        self.pasts: dict[int, Past] = {}
        self.lives: dict[int, list[LifeStep]] = {}
        self.lifecycles: dict[int, Lifecycle] = {}
        self.users: dict[str, access.User] = {}
        self.permissions: dict[tuple[str, str], access.Permission] = {}
        self.asked: list[Any] = []
        self.is_full = False
        self.is_bin_full = False
        self.totals = Totals()
        self.flows = Flows(clock.now_us)
        self.health = StoreHealth()
        self.backups: list[tuple[str, bool]] = []
        self.backup_states = [BackupState()]
        self.wheres_asked: list[tuple[str, int | None]] = []
        self.sift_at_once = 1_000
        self.by_hand = ByHand(self)
        self.limited = Limited()
        self.incoming = ListStream([])
        self._last_id = 0

    # ---- what tests do to it

    def add_queue(self, name: str, messages: int = 0) -> None:
        self.queues.setdefault(name, [])
        self.counters.setdefault(name, Counters())
        for _ in range(messages):
            self.add_message(name)

    def add_message(self, queue: str, body: bytes = b"hello", **fields: Any) -> int:
        self.add_queue(queue)
        self._last_id += 1
        row = MessageRow(
            message_id=self._last_id, queue=queue, state=MessageState.READY, exchange="", routing_key=queue,
            size_bytes=len(body), preview=body.decode(errors="replace")[:160],
            published_at_us=self.clock.now_us, enqueued_at_us=self.clock.now_us,
        )  # fmt: skip
        self.queues[queue].append(replace(row, **fields))
        self.bodies[self._last_id] = body
        old = self.counters[queue]
        self.counters[queue] = replace(old, published=old.published + 1)
        return self._last_id

    def change(self, queue: str, message_id: int, **fields: Any) -> None:
        rows = self.queues[queue]
        place = next(i for i, row in enumerate(rows) if row.message_id == message_id)
        rows[place] = replace(rows[place], **fields)

    def add_client(self, client_id: int, **fields: Any) -> None:
        sample = ConnectionSample(
            id=client_id, protocol="amqp091", name=f"app-{client_id}", address="127.0.0.1:40000",
            user="guest",
            product="pika", version="1.4.4", platform="Python", opened_at_us=self.clock.now_us + client_id,
            channels=1, subscriptions=1, unacked=0, published=0, delivered=0,
        )  # fmt: skip
        self.connections[client_id] = replace(sample, **fields)

    def sample(self) -> Sample:
        """Everything, as the first sample of a watch has it."""
        queues = [self._queue_sample(i + 1, name) for i, name in enumerate(self.queues)]
        totals = replace(
            self.totals,
            counters=Counters(published=sum(q.counters.published for q in queues)),
            ready=sum(q.ready for q in queues), in_flight=sum(q.in_flight for q in queues),
            queues=len(queues), connections=len(self.connections),
        )  # fmt: skip
        exchanges = [ExchangeSample("/", name, x.kind, 0, 0) for name, x in self.exchanges.items()]
        return Sample(
            self.clock.now_us, totals, queues, [], exchanges, [], list(self.connections.values()), [],
            [_arrival(connection) for connection in self.connections.values()],
        )  # fmt: skip

    def _queue_sample(self, queue_id: int, name: str) -> QueueSample:
        states = [row.state for row in self.queues[name]]
        return QueueSample(
            queue_id, "/", name, states.count(MessageState.READY), states.count(MessageState.IN_FLIGHT),
            self.consumers.get(name, 0), False, self.counters[name], self.by_hand.paused.get(name, False),
            sum(row.is_paused for row in self.subscriptions if row.queue == name),
        )  # fmt: skip

    def feed(self, workspace: Workspace) -> None:
        """Make a workspace live on this broker, or bring it up to date."""
        workspace.info = BrokerInfo("1", 1, "default", START_US, self.listeners)
        workspace._client = self
        if workspace.state is not ConnectionState.LIVE:
            workspace._become(ConnectionState.LIVE)
        sample = self.sample()
        alive = {queue.id for queue in sample.queues}
        gone = [queue_id for queue_id in workspace.queues if queue_id not in alive]
        left = [c for c in workspace.connections if c not in self.connections]
        lost = [key for key in workspace.exchanges if key[1] not in self.exchanges]
        workspace.take(replace(sample, queues_gone=gone, connections_gone=left, exchanges_gone=lost))

    # ---- the client's methods

    async def info(self) -> BrokerInfo:
        return BrokerInfo("1", 1, "default", START_US, self.listeners)

    async def page(
        self, queue: str, *, vhost: str = "/", limit: int = 200, after_id: int | None = None,
        is_oldest_first: bool = False, states: list[MessageState] | None = None, where: str = "",
    ) -> MessagePage:  # fmt: skip
        if is_oldest_first:
            return await self._upwards(queue, limit, after_id, states, where)
        if where:
            return await self._sifted(queue, limit, after_id, states or [], where)
        self.pages_asked.append((after_id, states or []))
        if queue not in self.queues:
            raise RefusedError(Refusal.NO_SUCH_QUEUE, f"There is no queue {queue}.")
        rows = [
            row for row in reversed(self.queues[queue])
            if (after_id is None or row.message_id < after_id) and (not states or row.state in states)
        ]  # fmt: skip
        more = len(rows) > limit
        return MessagePage(rows[:limit], rows[limit - 1].message_id if more else None, len(rows))

    async def _upwards(
        self, queue: str, limit: int, after_id: int | None, states: list[MessageState] | None, where: str
    ) -> MessagePage:
        """A page the other way round."""
        everything = await self.page(queue, limit=1_000_000, states=states, where=where)
        rows = [row for row in reversed(everything.rows) if after_id is None or row.message_id > after_id]
        next_id = rows[limit - 1].message_id if len(rows) > limit else None
        return MessagePage(rows[:limit], next_id, everything.total_live)

    async def _sifted(
        self, queue: str, limit: int, after_id: int | None, states: list[MessageState], where: str
    ) -> MessagePage:
        """A page by a filter: `sift_at_once` messages are looked at, as if time were over then."""
        self.wheres_asked.append((where, after_id))
        fits = compile_filter(parse(where), self.clock())
        everything = await self.page(queue, limit=100_000, after_id=after_id)
        looked_at = everything.rows[: self.sift_at_once]
        rows = []
        for row in looked_at:
            if fits(self.subject(row)) and (not states or row.state in states):
                rows.append(row)
        is_end = len(looked_at) == len(everything.rows) and len(rows) <= limit
        reached = rows[limit - 1] if len(rows) > limit else looked_at[-1] if looked_at else None
        next_id = None if is_end or reached is None else reached.message_id
        return MessagePage(rows[:limit], next_id, len(everything.rows), False, len(looked_at))

    async def records(self, _: GetRecords) -> Records:
        return Records(is_kept=False)

    async def message(
        self, queue: str, message_id: int, *, vhost: str = "/", body_offset: int = 0,
        body_limit: int | None = None,
    ) -> MessageDetail:  # fmt: skip
        row = next((row for row in self.queues.get(queue, []) if row.message_id == message_id), None)
        if row is None:
            raise RefusedError(Refusal.NO_SUCH_MESSAGE, "The ledger no longer has this message.")
        life = [LifeStep(row.published_at_us, "published", "", "by shop.py", message_id)]
        return MessageDetail(
            row,
            self.properties.get(message_id, Properties()),
            self._part(message_id, body_offset, body_limit),
            body_offset,
            "hub",
            "",
            self.lives.get(message_id, life),
            self.pasts.get(message_id),
        )

    def _part(self, message_id: int, offset: int, limit: int | None) -> bytes:
        return self.bodies[message_id][offset : None if limit is None else offset + limit]

    async def preview_route(
        self, exchange: str, routing_key: str, *, headers: list[Header] | None = None, vhost: str = "/"
    ) -> RoutePreview:
        return self.route

    async def history(self, queue: str | None = None, *, vhost: str = "/") -> RateHistory:
        return self.past

    async def rates(self, wanted: GetHistory) -> RateHistory:
        self.rates_asked.append(wanted)
        if self.refusal is not None:
            raise self.refusal
        return self.past

    async def client_details(self) -> ClientDetails:
        self.details_asked += 1
        return ClientDetails(list(self.details.values()), self.failed)

    async def publish(
        self, exchange: str, routing_key: str, body: bytes, properties: Properties = Properties(), *,  # noqa: B008 - frozen
        vhost: str = "/",
    ) -> bool:  # fmt: skip
        self.published.append((exchange, routing_key, body, properties))
        if routing_key in self.queues:
            self.add_message(routing_key, body)
        return routing_key in self.queues

    async def send(
        self, exchange: str, routing_key: str, body: bytes, properties: Properties = Properties(), *,  # noqa: B008 - frozen
        vhost: str = "/",
    ) -> PublishReply:  # fmt: skip
        if self.is_full:
            return PublishReply(True, was_refused=True)
        return PublishReply(await self.publish(exchange, routing_key, body, properties, vhost=vhost))

    async def purge(self, queue: str, *, needs_bin: bool = False, vhost: str = "/") -> PurgeReply:
        if needs_bin and self.is_bin_full:
            raise RefusedError(Refusal.TOO_MANY, "These are more than the bin holds.")
        ready = [row for row in self.queues[queue] if row.state is MessageState.READY]
        self.queues[queue] = [row for row in self.queues[queue] if row.state is not MessageState.READY]
        if not ready:
            return PurgeReply(0, None)
        if self.is_bin_full:
            return PurgeReply(len(ready), None)
        self.binned[len(self.binned) + 1] = (queue, ready)
        return PurgeReply(len(ready), len(self.binned))

    async def undo_purge(self, bin_id: int, *, vhost: str = "/") -> int:
        if bin_id not in self.binned:
            raise RefusedError(Refusal.NO_SUCH_BIN, f"Bin {bin_id} is gone.")
        queue, rows = self.binned.pop(bin_id)
        self.queues[queue] = sorted([*self.queues[queue], *rows], key=lambda row: row.message_id)
        return len(rows)

    async def bins(self) -> list[BinRow]:
        return [
            BinRow(bin_id, "/", queue, len(rows), self.clock.now_us)
            for bin_id, (queue, rows) in reversed(self.binned.items())
        ]

    async def store_health(self) -> StoreHealth:
        return self.health

    async def resume_publishing(self) -> None:
        self.totals = Totals()
        self.health = replace(self.health, blocked_by=(), problem="")

    async def start_backup(self, target: str, *, is_plain: bool = False) -> BackupState:
        self.backups.append((target, is_plain))
        return await self.backup()

    async def backup(self) -> BackupState:
        return self.backup_states.pop(0) if len(self.backup_states) > 1 else self.backup_states[0]

    async def stop_backup(self) -> BackupState:
        self.backup_states = [BackupState(self.backups[-1][0], problem="It was stopped.")]
        return await self.backup()

    async def kick(self, connection_id: int, reason: str = "") -> None:
        self.kicked.append(connection_id)
        self.connections.pop(connection_id)

    async def declare_queue(
        self, name: str, *, is_durable: bool = False, is_exclusive: bool = False,
        is_auto_delete: bool = False, arguments: Arguments | None = None, vhost: str = "/",
    ) -> QueueStatus:  # fmt: skip
        spec = QueueSpec(name, is_durable, is_exclusive, is_auto_delete, arguments or {})
        if self.specs.get(name, spec) != spec:
            raise RefusedError(Refusal.DECLARED_DIFFERENTLY, f"Queue '{name}' exists with other arguments.")
        self.specs[name] = spec
        self.add_queue(name)
        return QueueStatus(name, 0, 0)

    async def delete_queue(self, name: str, *, if_empty: bool = False, vhost: str = "/") -> int:
        ready = [row for row in self.queues[name] if row.state is MessageState.READY]
        if if_empty and ready:
            raise RefusedError(Refusal.QUEUE_NOT_EMPTY, f"Queue '{name}' still has {len(ready)} messages.")
        self.specs.pop(name, None)
        self.bound = [each for each in self.bound if each.destination != name]
        del self.queues[name]
        return len(ready)

    async def topology(self) -> Topology:
        exchanges = [
            ExchangeRow(spec, "/", [each for each in self.bound if each.exchange == name])
            for name, spec in self.exchanges.items()
        ]
        queues = [self._queue_row(i + 1, name) for i, name in enumerate(self.queues)]
        return Topology(exchanges, queues, list(self.vhosts.values()), list(self.policies.values()))

    def _queue_row(self, queue_id: int, name: str) -> QueueRow:
        spec = self.specs.get(name, QueueSpec(name))
        kinds = FOR_QUEUES[queue_rules(spec.arguments).kind]
        policy = best_policy(self.policies.values(), name, kinds, is_operator=False)
        rules = queue_rules(spec.arguments, policy.definition if policy else None)
        bound = [each for each in self.bound if each.destination == name]
        return QueueRow(spec, "/", queue_id, 0, 0, 0, bound, rules, policy.name if policy else "")

    async def clients(self) -> Clients:
        return Clients(self.channels, self.subscriptions)

    async def call(self, request: Any, returns: Any) -> Any:
        self.asked.append(request)
        match request:
            case access.PutUser(name, tags):
                secret = "" if request.has_no_password else request.password_hash or request.password
                old = self.users.get(name)
                hashed = (old.password_hash if old else "") if secret is None else secret
                self.users[name] = access.User(name, tags, hashed)
                return access.PutReply(old is None)
            case access.DeleteUser(name):
                del self.users[name]
                self.permissions = {k: row for k, row in self.permissions.items() if k[0] != name}
            case access.PutPermission(user, vhost):
                row = access.Permission(user, vhost, request.configure, request.write, request.read)
                self.permissions[user, vhost] = row
                return access.PutReply(True)
            case access.DeletePermission(user, vhost):
                del self.permissions[user, vhost]
            case access.PutTopicPermission() | access.PutUserLimits() | access.PutVhostLimits():
                return self.limited.put(request)
            case access.DeleteTopicPermission():
                self.limited.delete(request)
            case GetFlows():
                return self.flows
            case access.GetAccess():
                rows = list(self.permissions.values())
                return access.AccessTable(list(self.users.values()), rows, *self.limited.rows())
            case GetTopology():
                return await self.topology()
            case messages.PutVhost() | messages.DeclareQueue() | messages.DeclareExchange() | messages.Bind():
                return await declare(self, request)
            case messages.DeleteQueue() | messages.DeleteExchange() | messages.Unbind():
                return await take_away(self, request)
            case messages.UndoPurge():
                return CountReply(await self.undo_purge(request.bin_id, vhost=request.vhost))
            case messages.PublishByHand(exchange, key, body, properties):
                return self.by_hand.publish(exchange, key, body, properties)
            case _ if isinstance(request, hand.HandCall):
                return self.by_hand.do(request)
            case GetValues():
                return values_of(self, request)
        return None

    def watch(self, watch: object) -> Any:
        """Samples, what came in, or what a search finds, all at once."""
        if isinstance(watch, Search):
            return ListStream([self.search(watch)])
        return self.incoming if isinstance(watch, WatchIncoming) else self._watch()

    async def _watch(self) -> AsyncIterator[Sample]:
        for sample in self.samples:
            yield sample


def _arrival(connection: ConnectionSample) -> ConnectionInfo:
    return ConnectionInfo(
        connection.id,
        connection.protocol,
        connection.address,
        connection.name,
        product=connection.product,
        version=connection.version,
        opened_at_us=connection.opened_at_us,
    )
