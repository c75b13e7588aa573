"""What several handlers look up first: everything declared, everything counted, and lists in pages."""

import re
from collections.abc import Generator, Iterable
from math import ceil
from typing import Any

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.queries import GetClients, GetHistory, GetSample, GetTopology
from mqstudio.model.rows import Clients, QueueRow, RateHistory, Topology
from mqstudio.model.samples import ConnectionSample, QueueSample, Sample
from mqstudio.protocols.base import Request
from mqstudio.protocols.management import shapes
from mqstudio.protocols.management.answers import BadRequestError, HttpRequest, Json, Response

Look = Generator[Request, Any, Any]  # Any: what is looked up

PAGE_SIZE_MAX = 500
HISTORIES_MAX = 200
"""Queues of one answer whose rates are looked up; in longer lists rates are 0."""


def topology() -> Generator[Request, Any, Topology]:
    """Everything declared."""
    answer: Topology = yield GetTopology()
    return answer


def sample() -> Generator[Request, Any, Sample]:
    """Everything counted."""
    answer: Sample = yield GetSample()
    return answer


def clients() -> Generator[Request, Any, tuple[Clients, dict[int, ConnectionSample]]]:
    """Channels and consumers, and the connections they belong to, by id."""
    counted = yield from sample()
    rows: Clients = yield GetClients()
    owners = {each.id: each for each in counted.connections if each.protocol == "amqp091"}
    return rows, owners


def consumers() -> Generator[Request, Any, list[Json]]:
    """All consumers as JSON."""
    rows, owners = yield from clients()
    return [
        shapes.consumer(row, owners[row.connection_id])
        for row in rows.subscriptions
        if row.connection_id in owners
    ]


def queues(rows: Iterable[QueueRow]) -> Generator[Request, Any, list[Json]]:
    """Queues as JSON, with their consumers and figures."""
    rows = list(rows)
    counted = yield from sample()
    samples: dict[int, QueueSample] = {each.id: each for each in counted.queues}
    by_queue: dict[tuple[str, str], list[Json]] = {}
    for each in (yield from consumers()):
        by_queue.setdefault((each["queue"]["vhost"], each["queue"]["name"]), []).append(each)
    shown = []
    for row in rows:
        history: RateHistory | None = None
        if len(rows) <= HISTORIES_MAX:
            history = yield GetHistory(row.spec.name, row.vhost)
        own = by_queue.get((row.vhost, row.spec.name), [])
        shown.append(shapes.queue(row, samples.get(row.id), history, own))
    return shown


def listed(request: HttpRequest, items: list[Json]) -> Response:
    """A list as the query asks for it: sorted, filtered by name, some columns, a page."""
    items = _sorted(request, items)
    if "page" not in request.query:
        return Response(content=_columns(request, items))
    page, size = (_number(request, "page", 1), min(_number(request, "page_size", 100), PAGE_SIZE_MAX))
    found = _filtered(request, items)
    pages = max(1, ceil(len(found) / size))
    if page > pages:
        raise BadRequestError("page_out_of_range", f"page out of range, page: {page} page_size: {size}")
    part = found[(page - 1) * size : page * size]
    return Response(
        content={
            "filtered_count": len(found),
            "item_count": len(part),
            "items": _columns(request, part),
            "page": page,
            "page_count": pages,
            "page_size": size,
            "total_count": len(items),
        }
    )


def _number(request: HttpRequest, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not int(text[:9]) > 0:
        raise BadRequestError("bad_request", f"'{name}' is '{text:.40}'; it must be a number from 1.")
    return int(text[:9])


def _filtered(request: HttpRequest, items: list[Json]) -> list[Json]:
    wanted = request.query.get("name", "")
    if not wanted:
        return items
    if not request.flag("use_regex"):
        return [item for item in items if wanted.lower() in str(item.get("name", "")).lower()]
    from mqstudio.model.patterns import compile_pattern  # noqa: PLC0415  # hardly ever asked for

    try:
        pattern = compile_pattern(wanted)
    except (ValueError, re.error) as error:
        raise BadRequestError("bad_request", str(error)) from None
    return [item for item in items if pattern.search(str(item.get("name", "")))]


def _sorted(request: HttpRequest, items: list[Json]) -> list[Json]:
    key = request.query.get("sort", "")
    if not key:
        return items
    return sorted(items, key=lambda item: _order(_at(item, key)), reverse=request.flag("sort_reverse"))


def _order(value: Json) -> tuple[int, float, str]:
    """Numbers before texts: values of different types do not compare."""
    if isinstance(value, int | float):
        return (0, float(value), "")
    return (1, 0.0, str(value))


def _at(item: Json, path: str) -> Json:
    for part in path.split("."):
        item = item.get(part) if isinstance(item, dict) else None
    return item


def _columns(request: HttpRequest, items: list[Json]) -> list[Json]:
    """Only the columns asked for; `a.b` keeps its nesting."""
    columns = [column for column in request.query.get("columns", "").split(",") if column]
    if not columns:
        return items
    return [_pick(item, columns) for item in items]


def _pick(item: Json, columns: list[str]) -> Json:
    picked: dict[str, Json] = {}
    for column in columns:
        value = _at(item, column)
        if value is None:
            continue
        *parents, last = column.split(".")
        inner = picked
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = value
    return picked


def of_vhost(items: list[Json], vhost: str) -> list[Json]:
    """Those of one virtual host."""
    return [item for item in items if item["vhost"] == vhost]


def check_vhost(name: str, known: Topology) -> None:
    """Raises: RefusedError(NO_SUCH_VHOST)."""
    if all(each.name != name for each in known.vhosts):
        raise RefusedError(Refusal.NO_SUCH_VHOST, f"There is no virtual host '{name}'.", name=name)
