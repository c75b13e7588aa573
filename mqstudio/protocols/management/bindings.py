"""Bindings: listed, made and removed; in URLs one is known by its properties key."""

from collections.abc import Generator
from typing import Any
from urllib.parse import quote

from mqstudio.model.commands import Bind, Unbind
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.rights import DEFAULT_EXCHANGE_SAID, Verb
from mqstudio.model.topology import BindingSpec, DestinationKind
from mqstudio.protocols.base import Request
from mqstudio.protocols.management import looking, reading, shapes
from mqstudio.protocols.management.answers import (
    NO_CONTENT,
    NOT_FOUND,
    Desk,
    HttpRequest,
    Json,
    Response,
    Steps,
)
from mqstudio.protocols.management.exchanges import named
from mqstudio.protocols.management.visitors import check, visible

_KINDS = {"q": DestinationKind.QUEUE, "e": DestinationKind.EXCHANGE}


def _all(vhost: str | None = None) -> Generator[Request, Any, list[Json]]:
    """All bindings, those of the default exchange first: one for each queue."""
    topology = yield from looking.topology()
    if vhost is not None:
        looking.check_vhost(vhost, topology)
    shown = [
        shapes.binding(row.vhost, BindingSpec("", row.spec.name, row.spec.name)) for row in topology.queues
    ]
    shown += [shapes.binding(row.vhost, spec) for row in topology.exchanges for spec in row.bindings]
    return shown if vhost is None else looking.of_vhost(shown, vhost)


def all_bindings(request: HttpRequest, desk: Desk) -> Steps:
    """Bindings of all virtual hosts."""
    return (yield from looking.listed(request, visible(request, desk, (yield from _all()))))


def of_vhost(request: HttpRequest, desk: Desk, vhost: str) -> Steps:
    """Bindings of a virtual host."""
    return (yield from looking.listed(request, (yield from _all(vhost))))


def _chosen(vhost: str, **wanted: str) -> Generator[Request, Any, list[Json]]:
    shown = yield from _all(vhost)
    return [each for each in shown if all(each[key] == value for key, value in wanted.items())]


def of_queue(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Bindings that lead to a queue."""
    return (
        yield from looking.listed(
            request, (yield from _chosen(vhost, destination=name, destination_type="queue"))
        )
    )


def from_exchange(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Bindings of an exchange."""
    source = "" if name == DEFAULT_EXCHANGE_SAID else name
    return (yield from looking.listed(request, (yield from _chosen(vhost, source=source))))


def to_exchange(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Bindings that lead to an exchange."""
    shown = yield from _chosen(vhost, destination=name, destination_type="exchange")
    return (yield from looking.listed(request, shown))


def between(request: HttpRequest, desk: Desk, *route: str) -> Steps:
    """Bindings from an exchange to one destination."""
    shown = yield from _between(route)
    return NOT_FOUND if shown is None else (yield from looking.listed(request, shown))


def add(request: HttpRequest, desk: Desk, *route: str) -> Steps:
    """Add a binding; Location names it."""
    vhost, source, kind, destination = route
    if kind not in _KINDS:
        return NOT_FOUND
    asked = request.object()
    key, arguments = reading.text(asked, "routing_key"), reading.table(asked)
    yield from _check(request, desk, (vhost, source, kind, destination, key))
    yield Bind(desk.channel(vhost), source, destination, key, arguments, _KINDS[kind])
    location = f"{quote(destination, safe='')}/{quote(shapes.properties_key(key, arguments), safe='')}"
    return Response(201, headers={"Location": location})


def one(request: HttpRequest, desk: Desk, *route: str) -> Steps:
    """One binding."""
    found = yield from _find(route)
    return NOT_FOUND if found is None else Response(content=found)


def remove(request: HttpRequest, desk: Desk, *route: str) -> Steps:
    """Remove a binding."""
    found = yield from _find(route)
    if found is None:
        return NOT_FOUND
    vhost, source, kind, destination, _ = route
    yield from _check(request, desk, (vhost, source, kind, destination, found["routing_key"]))
    yield Unbind(
        desk.channel(vhost), source, destination, found["routing_key"], found["arguments"], _KINDS[kind]
    )
    return NO_CONTENT


def _check(request: HttpRequest, desk: Desk, route: tuple[str, ...]) -> Generator[Request, Any, None]:
    """Raises: RefusedError if who asks may not bind so: write to the destination, read from the source."""
    vhost, source, kind, destination, key = route
    if source in ("", DEFAULT_EXCHANGE_SAID):
        says = "Every queue is bound to the default exchange by its name, and by nothing else."
        raise RefusedError(Refusal.DEFAULT_EXCHANGE, says)
    check(request, desk, Verb.WRITE, (vhost, _KINDS[kind].value, destination))
    check(request, desk, Verb.READ, (vhost, "exchange", source))
    rows = yield from named(vhost, source)
    if rows and rows[0].spec.kind == "topic":
        desk.rights(request.user, vhost).check_topic(Verb.READ, source, key)


def _between(route: tuple[str, ...]) -> Generator[Request, Any, list[Json] | None]:
    """Bindings by virtual host, source, kind and name of the destination; None for an unknown kind."""
    vhost, source, kind, destination = route[:4]
    if kind not in _KINDS:
        return None
    source = "" if source == DEFAULT_EXCHANGE_SAID else source
    wanted = {"source": source, "destination": destination, "destination_type": _KINDS[kind].value}
    return (yield from _chosen(vhost, **wanted))


def _find(route: tuple[str, ...]) -> Generator[Request, Any, Json | None]:
    """The binding that a URL names by its properties key."""
    shown = yield from _between(route)
    return next((each for each in shown or () if each["properties_key"] == route[4]), None)
