"""Requests to the management API: any route with any names, queries, bodies and visitors, spoiled or not.

Survived is what is answered in the API's own words: a status below 500 and a body that can be written.
"""

import json
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import quote

from mqstudio.protocols.management.routes import TABLE
from tests.fuzz import grammar
from tests.fuzz.house import Bugs, check_queues, watch_log
from tests.fuzz.mutate import chance, mutate, pick, some_bytes
from tests.support.management import Office

NAMES = (
    *("/", "/", "/", "v1", "q1", "q2", "q4", "x1", "x2", "guest", "other", "p1", "amq.topic"),
    *("q", "e", "~", "missing", "max-queues", "max-connections", "amq.default", ""),
)
_HOSTS = ("/", "/", "/", "v1")
_QUEUES, _EXCHANGES, _USERS = ("q1", "q2", "q4"), ("x1", "x2", "amq.topic", "amq.default"), ("guest", "other")
USUAL: dict[str, tuple[tuple[str, ...], ...]] = {
    "queues": (_HOSTS, _QUEUES),
    "exchanges": (_HOSTS, _EXCHANGES),
    "bindings": (_HOSTS, _EXCHANGES, ("q", "q", "e"), (*_QUEUES, "x2"), ("~", "a", "3")),
    "policies": (_HOSTS, ("p1", "p2")),
    "operator-policies": (_HOSTS, ("p1", "p2")),
    "permissions": (_HOSTS, _USERS),
    "topic-permissions": (_HOSTS, _USERS),
    "vhosts": (_HOSTS,),
    "users": (_USERS,),
    "parameters": (("operator_policy", "vhost-limits"), _HOSTS, ("p1", "limits")),
    "vhost-limits": (_HOSTS, ("max-queues", "max-connections")),
    "user-limits": (_USERS, ("max-channels", "max-connections")),
    "definitions": (_HOSTS,),
}
"""What stands in which place of paths about what."""

TAGS = (("administrator",), ("administrator",), ("administrator",), ("management",), ("policymaker",), ())
QUERIES = (
    ("columns", ("name", "name,vhost", "arguments,arguments.x", "message_stats.publish", "a.b.c", ",")),
    ("page", ("1", "2", "0", "-1", "x", "9999999999", "²")),
    ("page_size", ("1", "100", "0", "501", "x")),
    ("name", ("q", "^q", "(", "[a-", "(a|aa)+$")),
    ("use_regex", ("true", "false", "x")),
    ("sort", ("name", "messages", "arguments", "arguments.n", "a.b")),
    ("sort_reverse", ("true", "x")),
    ("if-unused", ("true",)),
    ("if-empty", ("true",)),
    ("family", ("queue_metrics", "queue_coarse_metrics", "connection_metrics", "x")),
    ("vhost", ("/", "v1", "missing")),
)
KEYS = (
    *("arguments", "arguments", "durable", "auto_delete", "internal", "type", "routing_key", "payload"),
    *("payload_encoding", "properties", "ackmode", "count", "encoding", "truncate", "action", "tags"),
    *("password_hash", "hashing_algorithm", "users", "configure", "write", "read", "exchange", "value"),
    *("pattern", "definition", "priority", "apply-to", "name", "vhost", "vhosts", "queues", "exchanges"),
    *("bindings", "policies", "permissions", "topic_permissions", "parameters", "source", "destination"),
    *("destination_type", "user", "metadata", "default_queue_type", "description", "tracing", "limits"),
    *("component", "headers", "delivery_mode", "expiration", "timestamp", "user_id", "x-death"),
)
TYPICAL: dict[str, tuple[Any, ...]] = {
    "type": ("direct", "topic", "fanout", "headers", "x-delayed-message", "no"),
    "payload": ("text", "aGVsbG8=", ""),
    "payload_encoding": ("string", "base64", "no"),
    "routing_key": grammar.KEYS,
    "ackmode": ("ack_requeue_true", "ack_requeue_false", "reject_requeue_true", "no"),
    "count": (1, 3, 0, -1, "2", 10**12),
    "encoding": ("auto", "base64", "no"),
    "truncate": (1, "2", "²", -1, 0),
    "action": ("sync", "cancel_sync", "no"),
    "tags": ("administrator", "management,monitoring", ["management"], [1, None], 5),
    "hashing_algorithm": ("rabbit_password_hashing_sha256", "rabbit_password_hashing_md5", "no", []),
    "pattern": ("^q", ".*", "(", "(a|aa)+$", "a{1000}"),
    "apply-to": ("queues", "exchanges", "all", "no"),
    "priority": (0, 5, -1, "1", 2.5),
    "destination_type": ("queue", "exchange", "no", []),
    "default_queue_type": ("classic", "quorum", "stream", "undefined", "no"),
    "configure": (".*", "", "(", "^q"),
    "write": (".*", "", "("),
    "read": (".*", "", "("),
    "value": (1, -1, 10**30, {}, {"max-queues": 5}, "x"),
    "component": ("operator_policy", "vhost-limits", "no"),
}
_NAMED = frozenset({"name", "vhost", "user", "exchange", "source", "destination", "users"})
_LISTS = frozenset(
    {"vhosts", "users", "queues", "exchanges", "bindings", "policies", "permissions", "topic_permissions"}
    | {"parameters"}
)
_WHOLE: dict[str, tuple[str, ...]] = {
    "publish": ("properties", "routing_key", "payload", "payload_encoding"),
    "get": ("ackmode", "count", "encoding"),
    "permissions": ("configure", "write", "read"),
    "topic-permissions": ("exchange", "write", "read"),
    "policies": ("pattern", "definition", "priority", "apply-to"),
    "operator-policies": ("pattern", "definition"),
    "definitions": ("vhosts", "queues", "exchanges", "bindings", "policies", "parameters"),
    "users": ("tags",),
    "actions": ("action",),
    "bulk-delete": ("users",),
}
"""What bodies must have at least, by a word of the path: else most would be refused for what is missing."""


class Requests:
    """Requests to one broker, one after the other."""

    batch = 400

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()

    async def tries(self, seed: int, first: int, count: int, done: Callable[[int], None]) -> None:
        bugs = watch_log()
        office = _furnished()
        for number in range(first, first + count):
            self._try(office, chance("requests", seed, number), bugs)
            done(number)
        office.desk.begin(office.broker.clock.now_us())
        check_queues(office.broker.engine)
        office.broker.access.close()

    def _try(self, office: Office, r: Random, bugs: Bugs) -> None:
        method, path = _target(r)
        user = ("guest", "other", "missing")[pick(r, 3)] if r.random() < 0.2 else "guest"
        response = office.ask(method, path, _body(r, path), user=user, tags=TAGS[pick(r, len(TAGS))])
        is_health = path.startswith(("api/health/", "api/aliveness-test/"))  # they say so what is not well
        assert response.status < 500 or (is_health and response.status == 503), (method, path, response)
        response.body()
        assert all(each.isascii() and each.isprintable() for each in response.headers.values()), response
        assert not bugs.seen, bugs.seen[0]
        self.outcomes[f"{method} {response.status}"] += 1


def _furnished() -> Office:
    """Something of everything: else most of what is asked would be about nothing."""
    office = Office()
    for path, body in (
        ("api/vhosts/v1", {}),
        ("api/queues/%2F/q1", {"durable": True}),
        ("api/queues/%2F/q2", {"durable": True, "arguments": {"x-queue-type": "quorum"}}),
        ("api/queues/%2F/q4", {"durable": True, "arguments": {"x-queue-type": "stream"}}),
        ("api/queues/v1/q1", {"arguments": {"x-max-length": 3}}),
        ("api/exchanges/%2F/x1", {"type": "topic"}),
        ("api/exchanges/%2F/x2", {"type": "headers"}),
        ("api/policies/%2F/p1", {"pattern": "^q", "definition": {"max-length": 5}}),
    ):
        assert office.ask("PUT", path, body).status == 201, path
    office.add_user("other", "management", configure="", write="^q", read=".*")
    office.connect("client")
    return office


def _target(r: Random) -> tuple[str, str]:
    """A method and a path with its query."""
    method, pattern, _, _ = TABLE[pick(r, len(TABLE))]
    if any(each in pattern for each in ("users", "permissions")) and r.random() < 0.9:
        method = "GET"  # soon nobody could do anything, else
    if r.random() < 0.03:
        method = ("GET", "PUT", "POST", "DELETE", "PATCH", "")[pick(r, 6)]
    noun, names = pattern.split("/")[1 % len(pattern.split("/"))], iter(range(5))
    parts = [_name(r, noun, next(names)) if part == "{}" else part for part in pattern.split("/")]
    path = "/".join(parts)
    if r.random() < 0.03:
        path = mutate(r, path.encode()).decode("latin-1").replace("?", "")
    asked = []
    for _ in range(pick(r, 4) if r.random() < 0.4 else 0):
        key, values = QUERIES[pick(r, len(QUERIES))]
        asked.append(f"{key}={quote(_text(r) if r.random() < 0.1 else values[pick(r, len(values))])}")
    return method, path + "?" + "&".join(asked)


def _name(r: Random, noun: str, at: int) -> str:
    """A name of what stands in this place of such paths; now and then any."""
    usual = USUAL.get(noun, ())
    if at < len(usual) and r.random() < 0.7:
        return quote(usual[at][pick(r, len(usual[at]))], safe="")
    if r.random() < 0.95:
        return quote(NAMES[pick(r, len(NAMES))], safe="")
    return quote(some_bytes(r, 60 if r.random() < 0.9 else 400), safe="")


def _text(r: Random) -> str:
    return some_bytes(r, 40).decode("utf-8", "replace")


def _body(r: Random, path: str) -> bytes:
    """Mostly what the route wants, with values that may be of any type."""
    keys = [KEYS[pick(r, len(KEYS))] for _ in range(pick(r, 4))]
    for word, whole in _WHOLE.items():
        if word in path and r.random() < 0.95:
            keys += whole
    if not keys and r.random() < 0.7:
        return b""
    body = json.dumps({key: _value(r, key) for key in keys}).encode()
    return mutate(r, body) if r.random() < 0.05 else body


def _value(r: Random, key: str, depth: int = 0) -> Any:
    """What a key usually has, now and then anything. Any: whatever JSON can hold."""
    if r.random() < 0.08 or depth > 3:
        return _anything(r)
    if key in _LISTS and depth == 0:
        items = [NAMES[pick(r, len(NAMES))] if r.random() < 0.2 else _item(r) for _ in range(pick(r, 4))]
        return items if r.random() < 0.5 else [each for each in items if isinstance(each, dict)]
    if key in _NAMED:
        return NAMES[pick(r, len(NAMES))]
    if key in ("arguments", "definition", "headers", "properties", "metadata", "limits"):
        return _arguments(r, key, depth)
    values = TYPICAL.get(key, (True, False, "true", 1, "text"))
    return values[pick(r, len(values))]


def _item(r: Random) -> dict[str, Any]:
    """One of what definitions list: it has most of what any of them needs."""
    keys = ("name", "vhost", "source", "destination", "destination_type", "routing_key", "type", "tags")
    keys += ("user", "configure", "write", "read", "pattern", "definition", "arguments", "metadata")
    return {key: _value(r, key, 1) for key in keys if r.random() < 0.85}


def _arguments(r: Random, key: str, depth: int) -> dict[str, Any]:
    if key == "properties":
        names = ("headers", "delivery_mode", "priority", "expiration", "timestamp", "user_id", "CC")
        return {name: _value(r, name, depth + 1) for name in names if r.random() < 0.2}
    chosen = {}
    for _ in range(pick(r, 4)):
        name, values = grammar.ARGUMENTS[pick(r, len(grammar.ARGUMENTS))]
        name = name.removeprefix("x-") if key in ("definition", "limits") else name
        chosen[name] = values[pick(r, len(values))] if r.random() < 0.95 else _anything(r)
    return chosen


def _anything(r: Random) -> Any:
    return _text(r) if r.random() < 0.2 else _ODD[pick(r, len(_ODD))]


_ODD = (
    *(None, True, 0, -1, 2**63, 10**40, 1.5, 1e308, "", "²", "\ud800"),
    *([], {}, [[]], {"a": {}}, [1, "a", None]),
)
