"""Connections, channels and consumers: listed, and a connection closed."""

from collections import Counter

from mqstudio.model.commands import KickConnection
from mqstudio.protocols.management import looking, shapes
from mqstudio.protocols.management.answers import (
    NO_CONTENT,
    NOT_FOUND,
    Desk,
    HttpRequest,
    Response,
    Steps,
)


def _shown(request: HttpRequest) -> looking.Look:
    rows, owners = yield from looking.clients(request)
    sample = yield from looking.sample()
    channels = Counter(row.connection_id for row in rows.channels)
    waiting = {each.id for each in sample.connections if each.is_blocked}
    return [
        shapes.connection(each, channels[each.id], is_blocked=each.id in waiting) for each in owners.values()
    ]


def all_connections(request: HttpRequest, desk: Desk) -> Steps:
    """All clients."""
    return (yield from looking.listed(request, (yield from _shown(request))))


def of_vhost(request: HttpRequest, desk: Desk, vhost: str) -> Steps:
    """Clients of a virtual host."""
    looking.check_vhost(vhost, (yield from looking.topology()))
    return (yield from looking.listed(request, looking.of_vhost((yield from _shown(request)), vhost)))


def of_user(request: HttpRequest, desk: Desk, user: str) -> Steps:
    """Clients of a user."""
    return (
        yield from looking.listed(
            request, [each for each in (yield from _shown(request)) if each["user"] == user]
        )
    )


def one(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """One client."""
    found = [each for each in (yield from _shown(request)) if each["name"] == name]
    return Response(content=found[0]) if found else NOT_FOUND


def close(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """Close a client's connection: it is told 320, with the reason given in X-Reason."""
    _, owners = yield from looking.clients(request)
    found = [each for each in owners.values() if shapes.connection_name(each) == name]
    if not found:
        return NOT_FOUND
    reason = request.query.get("reason", "Closed via management plugin")
    yield KickConnection(found[0].id, reason)
    return NO_CONTENT


def _channels(request: HttpRequest) -> looking.Look:
    rows, owners = yield from looking.clients(request)
    prefetch = {row.channel_id: row.credit for row in rows.subscriptions}
    return [
        shapes.channel(row, owners[row.connection_id], prefetch.get(row.id, 0))
        for row in rows.channels
        if row.connection_id in owners
    ]


def channels(request: HttpRequest, desk: Desk) -> Steps:
    """All channels."""
    return (yield from looking.listed(request, (yield from _channels(request))))


def channels_of_vhost(request: HttpRequest, desk: Desk, vhost: str) -> Steps:
    """Channels in a virtual host."""
    looking.check_vhost(vhost, (yield from looking.topology()))
    return (yield from looking.listed(request, looking.of_vhost((yield from _channels(request)), vhost)))


def channels_of(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """Channels of a connection."""
    _, owners = yield from looking.clients(request)
    if all(shapes.connection_name(each) != name for each in owners.values()):
        return NOT_FOUND
    shown = [each for each in (yield from _channels(request)) if each["connection_details"]["name"] == name]
    return (yield from looking.listed(request, shown))


def channel(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """One channel."""
    found = [each for each in (yield from _channels(request)) if each["name"] == name]
    return Response(content=found[0]) if found else NOT_FOUND


def consumers(request: HttpRequest, desk: Desk) -> Steps:
    """All consumers."""
    return (yield from looking.listed(request, (yield from looking.consumers(request))))


def consumers_of_vhost(request: HttpRequest, desk: Desk, vhost: str) -> Steps:
    """Consumers in a virtual host."""
    looking.check_vhost(vhost, (yield from looking.topology()))
    shown = yield from looking.consumers(request)
    return (yield from looking.listed(request, [each for each in shown if each["queue"]["vhost"] == vhost]))
