"""What several handlers look up first: everything declared, everything counted, and lists in pages."""

from collections.abc import Generator, Iterable
from math import ceil
from typing import Any

from msgspec.structs import replace

from mqstudio.model.policies import Policy
from mqstudio.model.queries import GetClients, GetHistory, GetSample, GetTopology
from mqstudio.model.rows import Clients, QueueRow, RateHistory, Topology
from mqstudio.model.samples import QueueSample, Sample
from mqstudio.model.topology import Arguments, ConnectionInfo
from mqstudio.protocols.base import Request
from mqstudio.protocols.http import PAUSE, Pause
from mqstudio.protocols.management import shapes
from mqstudio.protocols.management.answers import BadRequestError, HttpRequest, Json, Response
from mqstudio.protocols.management.visitors import sees

Look = Generator[Request, Any, Any]  # Any: what is looked up

PAGE_SIZE_MAX = 500
HISTORIES_MAX = 200
"""Queues of one answer whose rates are looked up; in longer lists rates are 0."""


SHOWN_AT_ONCE = 100
"""Queues put into words before others may go on: about 4 ms."""


def topology() -> Generator[Request, Any, Topology]:
    """Everything declared."""
    answer: Topology = yield GetTopology()
    return answer


def sample() -> Generator[Request, Any, Sample]:
    """Everything counted."""
    answer: Sample = yield GetSample()
    return answer


Owners = dict[int, ConnectionInfo]


def everybody() -> Generator[Request, Any, tuple[Clients, Owners]]:
    """Channels and consumers, and the clients they belong to, by id: not the window, nor this API."""
    rows: Clients = yield GetClients()
    return rows, {each.id: each for each in rows.connections if each.protocol == "amqp091"}


def clients(request: HttpRequest) -> Generator[Request, Any, tuple[Clients, Owners]]:
    """The same, of those that who asks may see."""
    rows, owners = yield from everybody()
    return rows, {key: each for key, each in owners.items() if sees(request, each)}


def consumers(request: HttpRequest) -> Generator[Request, Any, list[Json]]:
    """All consumers as JSON, as far as who asks may see them."""
    rows, owners = yield from clients(request)
    return [
        shapes.consumer(row, owners[row.connection_id])
        for row in rows.subscriptions
        if row.connection_id in owners
    ]


def queues(
    request: HttpRequest, rows: Iterable[QueueRow], policies: Iterable[Policy] = ()
) -> Generator[Request | Pause, Any, list[Json]]:
    """Queues as JSON, with their consumers and figures."""
    rows = list(rows)
    definitions = {(each.vhost, each.name, each.is_operator): each.definition for each in policies}
    counted = yield from sample()
    samples: dict[int, QueueSample] = {each.id: each for each in counted.queues}
    by_queue: dict[tuple[str, str], list[Json]] = {}
    for each in (yield from consumers(request)):
        by_queue.setdefault((each["queue"]["vhost"], each["queue"]["name"]), []).append(each)
    shown: list[Json] = []
    for row in rows:
        if len(shown) % SHOWN_AT_ONCE == SHOWN_AT_ONCE - 1:
            yield PAUSE
        history: RateHistory | None = None
        if len(rows) <= HISTORIES_MAX:
            history = yield GetHistory(row.spec.name, row.vhost)
        own = by_queue.get((row.vhost, row.spec.name), [])
        item = shapes.queue(row, samples.get(row.id), history, own)
        item["effective_policy_definition"] = _effective(
            definitions.get((row.vhost, row.policy, False), {}),
            definitions.get((row.vhost, row.operator_policy, True), {}),
        )
        shown.append(item)
    return shown


def _effective(own: Arguments, operators: Arguments) -> Arguments:
    """What both policies come to: of two limits the lower, else the operator's word."""
    both = dict(own)
    for key, value in operators.items():
        is_limit = isinstance(value, int) and isinstance(own.get(key), int)
        both[key] = min(value, own[key]) if is_limit else value
    return both


def listed(request: HttpRequest, items: list[Json]) -> Generator[Pause, Any, Response]:
    """A list as the query asks for it: sorted, filtered by name, some columns, a page."""
    items = _sorted(request, items)
    if "page" not in request.query:
        return Response(content=items)
    page, size = _number(request, "page"), _number(request, "page_size", 100)
    if page < 1 or not 0 < size <= PAGE_SIZE_MAX:
        says = f"Invalid pagination parameters: page number {page}, page size {size}"
        raise BadRequestError("invalid_pagination_parameters", says)
    found = yield from _filtered(request, items)
    pages = max(1, ceil(len(found) / size))
    if page > pages:
        says = f"Page out of range, page: {page} page size: {size}, len: {len(found)}"
        raise BadRequestError("page_out_of_range", says)
    part = found[(page - 1) * size : page * size]
    return Response(
        content={
            "filtered_count": len(found),
            "item_count": len(part),
            "items": part,
            "page": page,
            "page_count": pages,
            "page_size": size,
            "total_count": len(items),
        }
    )


def _number(request: HttpRequest, name: str, default: int = 0) -> int:
    text = request.query.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise BadRequestError("bad_request", "Pagination parameters are invalid")
    return int(text)


def _filtered(request: HttpRequest, items: list[Json]) -> Generator[Pause, Any, list[Json]]:
    wanted = request.query.get("name", "")
    if not wanted:
        return items
    if not request.flag("use_regex"):
        return [item for item in items if wanted.lower() in str(item.get("name", "")).lower()]
    from mqstudio.model.patterns import new_pattern  # noqa: PLC0415  # hardly ever asked for

    try:
        pattern = new_pattern(wanted)
    except ValueError as error:
        raise BadRequestError("bad_request", f"Pagination parameters are invalid: {error}") from None
    found = []
    for item in items:
        if pattern.search(str(item.get("name", ""))):
            found.append(item)
        yield PAUSE  # one search may take 50 ms, if pattern and name are meant to
    return found


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


def with_columns(request: HttpRequest, response: Response) -> Response:
    """Only the columns asked for; `a.b` keeps its nesting."""
    columns = [column for column in request.query.get("columns", "").split(",") if column]
    content = response.content
    if not columns or response.status != 200 or request.method != "GET":
        return response
    if isinstance(content, list):
        picked: Json = [_pick(item, columns) for item in content]
    elif isinstance(content, dict) and "items" in content and "page" in request.query:
        picked = {**content, "items": [_pick(item, columns) for item in content["items"]]}
    else:
        picked = _pick(content, columns)
    return replace(response, content=picked)


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
    """Raises: BadRequestError: 404 for a virtual host that is not there."""
    if all(each.name != name for each in known.vhosts):
        raise BadRequestError("Object Not Found", "Not Found", 404)
