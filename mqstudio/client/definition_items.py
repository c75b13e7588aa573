"""What a file of definitions says, item by item, beside what the broker has: new, the same, changed …

The file is RabbitMQ's: its management API, `rabbitmqctl export_definitions` and this broker write it. Each
item knows the requests that bring it about, and those that take it back, so that nothing is decided twice.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from mqstudio.model import access as a
from mqstudio.model.arguments import POLICY_KEYS, ArgumentError, check, check_queue, differing
from mqstudio.model.limits import DEFINITIONS_MAX_BYTES
from mqstudio.model.patterns import compile_pattern
from mqstudio.model.policies import Policy
from mqstudio.model.rows import ExchangeRow, QueueRow, Topology
from mqstudio.model.topology import BindingSpec, DestinationKind, VhostSpec
from mqstudio.protocols.http import BadRequestError
from mqstudio.protocols.management import hosts, parameters, reading
from mqstudio.protocols.management.users import read_limits, read_user
from mqstudio.protocols.native import messages

Json = Any  # what JSON has
T = TypeVar("T")


class Verdict(StrEnum):
    """What an item of a file is to the broker."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    CONFLICT = "conflicting"
    UNSUPPORTED = "not supported"


TAKEN: Final = frozenset({Verdict.NEW, Verdict.CHANGED})
"""What can be taken over; all else stays as it is."""


class Item(Struct, frozen=True):
    """One thing that is defined. do: requests that bring it about; undo: those that take it back."""

    kind: str
    vhost: str
    name: str
    verdict: Verdict
    says: str
    do: tuple[Any, ...] = ()
    undo: tuple[Any, ...] = ()

    @property
    def is_takeable(self) -> bool:
        """Whether it can be taken over."""
        return self.verdict in TAKEN


KNOWN_KEYS: Final = frozenset({
    "rabbit_version", "rabbitmq_version", "product_name", "product_version", "users", "vhosts", "permissions",
    "topic_permissions", "parameters", "global_parameters", "policies", "queues", "exchanges", "bindings",
    "rabbitmq_definition_format", "original_cluster_name", "original_vhost_name", "explanation",
    "description", "metadata",
})  # fmt: skip
USUAL_KINDS: Final = ("direct", "fanout", "topic", "headers")
"""Kinds of exchange that every broker has."""

LISTS: Final = (
    "users", "vhosts", "permissions", "topic_permissions", "parameters", "policies", "queues", "exchanges",
    "bindings",
)  # fmt: skip


def read_file(data: bytes) -> dict[str, Json]:
    """What a file says. Raises: ValueError, with a sentence for people."""
    if len(data) > DEFINITIONS_MAX_BYTES:
        raise ValueError(
            f"The file has {len(data):,} bytes; {DEFINITIONS_MAX_BYTES:,} is the most that is read."
        )
    try:
        asked = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"This is no file of definitions: it is no JSON ({error}).") from error
    if not isinstance(asked, dict) or not any(key in asked for key in LISTS):
        raise ValueError(
            "This is no file of definitions: it has no queues, exchanges, users or virtual hosts. RabbitMQ "
            "writes such files under Overview, Export definitions."
        )
    for key in LISTS:
        items = asked.get(key) or []
        if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
            raise ValueError(f"This file of definitions is damaged: '{key}' is no list of objects.")
    return asked


def is_of_one_vhost(asked: dict[str, Json]) -> bool:
    """Whether the file is of one virtual host, whose name it does not say: one has to be chosen."""
    # RabbitMQ names it in such a file with policies and parameters, with nothing else (measured on 3.10.8).
    declared = [each for key in ("queues", "exchanges", "bindings") for each in asked.get(key) or []]
    return "vhosts" not in asked and not any(
        "vhost" in each for each in declared or asked.get("policies") or []
    )


def compare(asked: dict[str, Json], topology: Topology, table: a.AccessTable, vhost: str) -> list[Item]:
    """All items, in the order in which they can be brought about. vhost: of a file that names none."""
    return list(_Comparison(asked, topology, table, vhost).items())


class _Comparison:
    """A file beside a broker."""

    def __init__(self, asked: dict[str, Json], topology: Topology, table: a.AccessTable, vhost: str) -> None:
        self._asked, self._topology, self._table, self._vhost = asked, topology, table, vhost
        self._vhosts = {each.name: each for each in topology.vhosts}
        self._queues = {(row.vhost, row.spec.name): row for row in topology.queues}
        self._exchanges = {(row.vhost, row.spec.name): row for row in topology.exchanges}
        self._policies = {(p.vhost, p.is_operator, p.name): p for p in topology.policies}
        self._bindings = {_key(row.vhost, b) for row in topology.exchanges for b in row.bindings}
        self._users = {each.name: each for each in table.users}
        self._known_vhosts = {*self._vhosts, *(str(each.get("name")) for each in self._list("vhosts"))}
        self._known_users = {*self._users, *(str(each.get("name")) for each in self._list("users"))}
        self._is_of_one = is_of_one_vhost(asked)
        self._usable_queues = set(self._queues)
        self._usable_exchanges = set(self._exchanges)

    def _list(self, key: str) -> list[dict[str, Json]]:
        return self._asked.get(key) or []

    def items(self) -> Iterator[Item]:
        """Virtual hosts before what is in them, both ends before bindings."""
        of_kind: tuple[tuple[str, str, Callable[[dict[str, Json]], Item]], ...] = (
            ("vhosts", "virtual host", self._of_vhost),
            ("users", "user", self._of_user),
            ("permissions", "permission", self._of_permission),
            ("topic_permissions", "topic permission", self._of_topic_permission),
            ("parameters", "parameter", self._of_parameter),
            ("policies", "policy", self._of_policy),
            ("exchanges", "exchange", self._of_exchange),
            ("queues", "queue", self._of_queue),
            ("bindings", "binding", self._of_binding),
        )
        for key, kind, read in of_kind:
            for each in self._list(key):
                yield self._read(kind, each, read)
        for each in self._list("global_parameters"):
            name = str(each.get("name", "")) if isinstance(each, dict) else ""
            yield Item(
                "parameter", "", name, Verdict.UNSUPPORTED, "It is about a cluster: there is none here."
            )
        for key in sorted(self._asked.keys() - KNOWN_KEYS):
            yield Item("other", "", str(key), Verdict.UNSUPPORTED, "Nothing here is called so.")

    def _read(self, kind: str, each: dict[str, Json], read: Callable[[dict[str, Json]], Item]) -> Item:
        """One item; one that cannot be read is told, and the others are taken all the same."""
        try:
            return read(each)
        except BadRequestError as error:
            says = f"It cannot be read: {error}"
        except (ArgumentError, ValueError) as error:
            says = str(error)
        name = str(each.get("name", each.get("source", each.get("user", ""))))
        return Item(kind, self._vhost_of(each), name, Verdict.UNSUPPORTED, says)

    def _vhost_of(self, each: dict[str, Json]) -> str:
        return self._vhost if self._is_of_one else str(each.get("vhost", self._vhost))

    def _place(self, each: dict[str, Json]) -> str:
        """The virtual host of an item. Raises: ValueError if there is none."""
        vhost = self._vhost_of(each)
        if vhost not in self._known_vhosts:
            raise ValueError(f"There is no virtual host '{vhost}', and the file does not make one.")
        return vhost

    # ---- virtual hosts, users, permissions

    def _of_vhost(self, each: dict[str, Json]) -> Item:
        name = _text(each, "name")
        old = self._vhosts.get(name)
        before = old or VhostSpec(name)
        told = {**each, **reading.table(each, "metadata")}
        kind = told.get("default_queue_type", before.default_kind)
        spec = VhostSpec(
            name,
            str(told.get("description", before.description)),
            reading.words({"tags": list(before.tags), **told}, "tags"),
            "" if kind in (None, "undefined") else str(kind),
            before.is_traced,
        )
        put = messages.PutVhost(**msgspec.structs.asdict(spec))
        back = messages.PutVhost(**msgspec.structs.asdict(old)) if old else messages.DeleteVhost(name)
        return _put("virtual host", "", name, old, spec, put, back)

    def _of_user(self, each: dict[str, Json]) -> Item:
        put = read_user(_text(each, "name"), each)
        name, old = put.name, self._users.get(put.name)
        limits = a.PutUserLimits(name, **read_limits(each.get("limits") or {}, of_vhost=False))
        had = next((row for row in self._table.user_limits if row.user == name), a.UserLimits(name))
        is_same = (
            old is not None
            and put.password is None
            and old.password_hash == (put.password_hash or "")
            and (old.hash_kind == put.hash_kind or not old.password_hash)
            and old.tags == put.tags
            and (had.max_connections, had.max_channels) == (limits.max_connections, limits.max_channels)
        )
        back: list[Any] = [a.DeleteUser(name)]  # Any: requests
        if old is not None:
            secret = old.password_hash or None
            back = [
                a.PutUser(name, old.tags, None, secret, old.hash_kind, has_no_password=secret is None),
                a.PutUserLimits(name, had.max_connections, had.max_channels),
            ]
        verdict = Verdict.SAME if is_same else Verdict.CHANGED if old else Verdict.NEW
        says = {
            Verdict.SAME: "",
            Verdict.NEW: "Logs in with the password it has there." if put.password_hash else "No password.",
            Verdict.CHANGED: "Its password, tags or limits become those of the file.",
        }[verdict]
        return Item("user", "", name, verdict, says, (put, limits), tuple(back))

    def _of_permission(self, each: dict[str, Json]) -> Item:
        vhost, user = self._place(each), self._user_of(each)
        new = a.Permission(user, vhost, *(_text(each, verb) for verb in ("configure", "write", "read")))
        old = next((row for row in self._table.permissions if (row.user, row.vhost) == (user, vhost)), None)
        for pattern in (new.configure, new.write, new.read):
            compile_pattern(pattern)
        put = a.PutPermission(**msgspec.structs.asdict(new))
        back = a.PutPermission(**msgspec.structs.asdict(old)) if old else a.DeletePermission(user, vhost)
        return _put("permission", vhost, user, old, new, put, back)

    def _of_topic_permission(self, each: dict[str, Json]) -> Item:
        vhost, user, exchange = self._place(each), self._user_of(each), _text(each, "exchange")
        new = a.TopicPermission(user, vhost, exchange, _text(each, "write"), _text(each, "read"))
        rows = self._table.topic_permissions
        key = (user, vhost, exchange)
        old = next((row for row in rows if (row.user, row.vhost, row.exchange) == key), None)
        put = a.PutTopicPermission(user, exchange, vhost, new.write, new.read)
        back: Any = a.DeleteTopicPermission(user, exchange, vhost)  # Any: a request
        if old is not None:
            back = a.PutTopicPermission(user, exchange, vhost, old.write, old.read)
        return _put("topic permission", vhost, f"{user} at {exchange}", old, new, put, back)

    def _user_of(self, each: dict[str, Json]) -> str:
        user = _text(each, "user")
        if user not in self._known_users:
            raise ValueError(f"There is no user '{user}', and the file does not make one.")
        return user

    # ---- policies and parameters

    def _of_parameter(self, each: dict[str, Json]) -> Item:
        vhost, component = self._place(each), str(each.get("component", ""))
        value = reading.table(each, "value")
        if component == parameters.OPERATOR_POLICY:
            return self._put_policy(hosts.read_policy(vhost, _text(each, "name"), value, is_operator=True))
        if component != parameters.VHOST_LIMITS:
            says = f"It sets up {component or 'something'}, which is not here."
            return Item("parameter", vhost, str(each.get("name", "")), Verdict.UNSUPPORTED, says)
        limits = read_limits(value, of_vhost=True)
        new = a.VhostLimits(vhost, **limits)
        old = next((row for row in self._table.vhost_limits if row.vhost == vhost), None)
        put = a.PutVhostLimits(vhost, **limits)
        had = old or a.VhostLimits(vhost)
        back = a.PutVhostLimits(vhost, had.max_connections, had.max_queues)
        return _put("limits", vhost, "limits", old, new, put, back)

    def _of_policy(self, each: dict[str, Json]) -> Item:
        vhost = self._place(each)
        return self._put_policy(hosts.read_policy(vhost, _text(each, "name"), each, is_operator=False))

    def _put_policy(self, new: Policy) -> Item:
        compile_pattern(new.pattern)
        for key, value in new.definition.items():
            if key not in POLICY_KEYS:
                raise ValueError(f"A policy cannot set '{key}' here; all that it sets would be refused.")
            check(POLICY_KEYS[key], value)
        old = self._policies.get((new.vhost, new.is_operator, new.name))
        put = messages.PutPolicy(**msgspec.structs.asdict(new))
        back: Any = messages.DeletePolicy(new.name, new.is_operator, new.vhost)  # Any: a request
        if old is not None:
            back = messages.PutPolicy(**msgspec.structs.asdict(old))
        kind = "operator policy" if new.is_operator else "policy"
        item = _put(kind, new.vhost, new.name, old, new, put, back)
        if old is not None:
            return item
        sets = ", ".join(f"{key} = {_short(value)}" for key, value in new.definition.items())
        return msgspec.structs.replace(item, says=f"Sets {sets} for names like {new.pattern}.")

    # ---- exchanges, queues, bindings

    def _of_exchange(self, each: dict[str, Json]) -> Item:
        vhost, name, kind = self._place(each), _text(each, "name"), _text(each, "type")
        put = messages.DeclareExchange(
            name,
            kind,
            bool(each.get("durable")),
            bool(each.get("auto_delete")),
            bool(each.get("internal")),
            arguments=reading.table(each),
            vhost=vhost,
        )
        if (vhost, name) in self._exchanges:
            return _declared("exchange", vhost, name, _exchange_difference(self._exchanges[vhost, name], put))
        if kind not in (self._topology.exchange_kinds or USUAL_KINDS):
            raise ValueError(f"There are no exchanges of type '{kind}' here.")
        _check_own(name)
        self._usable_exchanges.add((vhost, name))
        undo = (messages.DeleteExchange(name, vhost=vhost),)
        return Item("exchange", vhost, name, Verdict.NEW, f"A {kind} exchange.", (put,), undo)

    def _of_queue(self, each: dict[str, Json]) -> Item:
        vhost, name, given = self._place(each), _text(each, "name"), reading.table(each)
        if each.get("type") not in (None, "classic") and "x-queue-type" not in given:
            given = {**given, "x-queue-type": each["type"]}
        check_queue(given)
        put = messages.DeclareQueue(
            name,
            bool(each.get("durable")),
            False,
            bool(each.get("auto_delete")),
            arguments=given,
            vhost=vhost,
        )
        if (vhost, name) in self._queues:
            return _declared("queue", vhost, name, _queue_difference(self._queues[vhost, name], put))
        _check_own(name)
        self._usable_queues.add((vhost, name))
        kind = given.get("x-queue-type", "classic")
        says = f"A {kind} queue."
        undo: tuple[Any, ...] = (messages.DeleteQueue(name, if_empty=True, vhost=vhost),)  # Any: requests
        if kind != "classic":  # these are not deleted on a condition: it is looked before
            undo = (
                messages.DeclareQueue(name, is_passive=True, vhost=vhost),
                messages.DeleteQueue(name, vhost=vhost),
            )
        return Item("queue", vhost, name, Verdict.NEW, says, (put,), undo)

    def _of_binding(self, each: dict[str, Json]) -> Item:
        vhost = self._place(each)
        kind = DestinationKind(str(each.get("destination_type", "queue")))
        spec = BindingSpec(
            _text(each, "source"),
            _text(each, "destination"),
            _text(each, "routing_key"),
            reading.table(each),
            kind,
        )
        name = f"{spec.exchange or '(default)'} → {spec.destination}"
        if _key(vhost, spec) in self._bindings or not spec.exchange:
            return Item("binding", vhost, name, Verdict.SAME, "")
        if (vhost, spec.exchange) not in self._usable_exchanges:
            raise ValueError(f"There is no exchange '{spec.exchange}' to bind.")
        ends = self._usable_queues if kind is DestinationKind.QUEUE else self._usable_exchanges
        if (vhost, spec.destination) not in ends:
            raise ValueError(f"There is no {kind.value} '{spec.destination}' to lead to.")
        values = (spec.exchange, spec.destination, spec.routing_key, spec.arguments, kind, vhost)
        says = f"With key “{spec.routing_key}”." if spec.routing_key else "Without a key."
        do, undo = (messages.Bind(*values),), (messages.Unbind(*values),)
        return Item("binding", vhost, name, Verdict.NEW, says, do, undo)


def _put(kind: str, vhost: str, name: str, old: T | None, new: T, put: Any, back: Any) -> Item:  # noqa: PLR0917
    """Something that can be put in place of what there is. Any: requests."""
    if old is None:
        return Item(kind, vhost, name, Verdict.NEW, "", (put,), (back,))
    if old == new:
        return Item(kind, vhost, name, Verdict.SAME, "")
    fields = [field for field in _fields(old) if getattr(old, field) != getattr(new, field)]
    changes = "; ".join(
        f"{field.removeprefix('is_').replace('_', ' ')}: {_short(getattr(old, field))} → "
        f"{_short(getattr(new, field))}"
        for field in fields
    )
    return Item(kind, vhost, name, Verdict.CHANGED, f"{changes}.", (put,), (back,))


def _fields(value: object) -> tuple[str, ...]:
    assert isinstance(value, Struct)  # all that is put is
    return value.__struct_fields__


def _short(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    text = text or "nothing"
    return f"{text[:60]}…" if len(text) > 60 else text


def _declared(kind: str, vhost: str, name: str, difference: str) -> Item:
    """A queue or exchange that is there: it cannot be changed, only made anew."""
    if not difference:
        return Item(kind, vhost, name, Verdict.SAME, "")
    says = f"The one here has {difference}. It stays as it is: a {kind} cannot be changed, only made anew."
    return Item(kind, vhost, name, Verdict.CONFLICT, says)


def _queue_difference(row: QueueRow, put: messages.DeclareQueue) -> str:
    flags = _flag_difference(row.spec, put)
    if flags:
        return flags
    found = differing(put.arguments, row.spec.arguments)
    if found is None:
        return ""
    name, asked, there = found
    return f"{name} {_or_none(there)}, the file {_or_none(asked)}"


def _exchange_difference(row: ExchangeRow, put: messages.DeclareExchange) -> str:
    if row.spec.kind != put.kind:
        return f"type {row.spec.kind}, the file {put.kind}"
    flags = _flag_difference(row.spec, put)
    if flags or row.spec.arguments == put.arguments:
        return flags
    return f"arguments {_short(row.spec.arguments)}, the file {_short(put.arguments)}"


def _flag_difference(here: Any, there: Any) -> str:  # Any: specs and declarations have the same fields
    for field in ("is_durable", "is_auto_delete", "is_internal"):
        mine, theirs = getattr(here, field, False), getattr(there, field, False)
        if mine != theirs:
            word = field.removeprefix("is_").replace("_", "-")
            return f"{word} {'on' if mine else 'off'}, the file {'on' if theirs else 'off'}"
    return ""


def _or_none(value: object) -> str:
    return "none" if value is None else _short(value)


def _check_own(name: str) -> None:
    if not name or name.startswith("amq."):
        raise ValueError("Names that begin with 'amq.' are the broker's own.")


def _text(each: dict[str, Json], key: str) -> str:
    value = each.get(key)
    if not isinstance(value, str):
        raise ValueError(f"'{key}' is missing, or no text.")
    return value


def _key(vhost: str, spec: BindingSpec) -> tuple[str, ...]:
    arguments = msgspec.json.encode(sorted(spec.arguments.items())).decode()
    return vhost, spec.exchange, spec.destination_kind.value, spec.destination, spec.routing_key, arguments
