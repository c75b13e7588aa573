"""Asks one broker's management API, and writes down what it says so that two can be compared.

What no two brokers say alike (memory, ports, process ids) is written as its type only.
"""

import json
import re
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

VARIES = frozenset(
    (
        "os_pid",
        "fd_used",
        "fd_total",
        "sockets_used",
        "sockets_total",
        "mem_used",
        "mem_limit",
        "disk_free",
        "disk_free_limit",
        "proc_used",
        "proc_total",
        "run_queue",
        "processors",
        "uptime",
        "memory",
        "reductions",
        "pid",
        "port",
        "peer_port",
        "connected_at",
        "idle_since",
        "rabbitmq_version",
        "management_version",
        "product_version",
        "rabbit_version",
        "erlang_version",
        "erlang_full_version",
        "password_hash",
        "hashing_algorithm",
        "rate",
        "recv_oct",
        "send_oct",
        "recv_cnt",
        "send_cnt",
        "send_pend",
        "timestamp",
        "connection_name",
        "version",
        "platform",
        "information",
        "backing_queue_status",
        "garbage_collection",
        "messages_ram",
        "message_bytes_ram",
        "messages_ready_ram",
        "total_count",
        "statistics_db_event_queue",
        "cluster_name",
        "channels",
        "messages_unacknowledged_ram",
        "head_message_timestamp",
        "copyright",
    )
)
"""Keys whose values no two brokers have alike."""

NODES = re.compile(r"\b(tests|rabbit)@localhost\b")
ENDS = re.compile(r"127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+")


def ask(
    port: int, method: str, path: str, body: Any = None, user: str = "guest:guest"
) -> tuple[int, Any, Any]:
    """Make one request. JSON that is none is given back as text, no body as None."""
    data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/{path}", method=method, data=data)
    request.add_header("Content-Type", "application/json")
    if user:
        request.add_header("Authorization", "Basic " + b64encode(user.encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.headers, _decoded(response.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, _decoded(error.read())


def _decoded(data: bytes) -> Any:
    try:
        return json.loads(data) if data else None
    except ValueError:
        return data.decode()


def transcript(port: int, asked: tuple[Any, ...]) -> list[str]:
    """What a broker says to one request, line by line: status, headers that matter, each value."""
    status, headers, content = ask(port, *asked)
    lines = [f"status {status}"]
    lines += [f"{name} {headers[name]}" for name in ("Location", "WWW-Authenticate") if headers[name]]
    lines += sorted(set(flat(content)))
    return lines


def flat(value: Any, path: str = "") -> Iterator[str]:
    """Each value with the path to it; what varies as its type. Members of lists have no place."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from flat(each, f"{path}.{key}")
    elif isinstance(value, list) and value:
        for each in value:
            yield from flat(each, f"{path}[{_name_of(each)}]")
    elif value is not None or path:
        shown = kind_of(value) if path.rpartition(".")[2] in VARIES else json.dumps(value)
        yield ENDS.sub("ENDS", NODES.sub("NODE", f"{path or '.'} = {shown}"))


def _name_of(item: Any) -> str:
    """What a member of a list is known by."""
    if not isinstance(item, dict):
        return ""
    for key in ("name", "properties_key", "consumer_tag", "user"):
        if isinstance(item.get(key), str) and "->" not in item[key]:
            return item[key]
    return ""


def kind_of(value: Any) -> str:
    """The type of a value, as JSON has it."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return {str: "text", list: "list", dict: "object"}.get(type(value), "null")
