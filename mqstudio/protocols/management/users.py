"""Users, permissions and limits."""

from collections.abc import Generator
from typing import Any

from mqstudio.model import access as a
from mqstudio.protocols.base import Request
from mqstudio.protocols.management import looking, shapes
from mqstudio.protocols.management.answers import (
    NO_CONTENT,
    NOT_FOUND,
    BadRequestError,
    Desk,
    HttpRequest,
    Json,
    Response,
    Steps,
    put,
)


def _table() -> Generator[Request, Any, a.AccessTable]:
    table: a.AccessTable = yield a.GetAccess()
    return table


def all_users(request: HttpRequest, desk: Desk) -> Steps:
    """All users."""
    table = yield from _table()
    return looking.listed(request, [shapes.user(each) for each in table.users])


def without_permissions(request: HttpRequest, desk: Desk) -> Steps:
    """Users that no virtual host lets in."""
    table = yield from _table()
    have = {each.user for each in table.permissions}
    return looking.listed(request, [shapes.user(each) for each in table.users if each.name not in have])


def one_user(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """One user."""
    table = yield from _table()
    found = [shapes.user(each) for each in table.users if each.name == name]
    return Response(content=found[0]) if found else NOT_FOUND


def put_user(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """Make a user, or change one."""
    reply: a.PutReply = yield read_user(name, request.object())
    return put(is_new=reply.is_new)


def read_user(name: str, asked: dict[str, Json]) -> a.PutUser:
    """A user as JSON describes it. Raises: BadRequestError."""
    tags = asked.get("tags", "")
    if not isinstance(tags, str | list):
        raise BadRequestError("bad_request", "'tags' must be a list, or a text with commas.")
    names = tags.split(",") if isinstance(tags, str) else [str(tag) for tag in tags]
    kind = asked.get("hashing_algorithm") or a.HashKind.SHA256
    if kind not in tuple(a.HashKind):
        raise BadRequestError("bad_request", f"Unknown hashing algorithm '{kind!s:.60}'.")
    password, hashed = asked.get("password"), asked.get("password_hash")
    return a.PutUser(
        name,
        tuple(tag.strip() for tag in names if tag.strip()),
        str(password) if password else None,
        str(hashed) if hashed and not password else None,
        a.HashKind(kind),
        has_no_password=hashed == "" or password == "",
    )


def delete_user(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """Delete a user; its connections are closed."""
    yield a.DeleteUser(name)
    return NO_CONTENT


def delete_users(request: HttpRequest, desk: Desk) -> Steps:
    """Delete several users."""
    for name in request.object().get("users", []):
        yield a.DeleteUser(str(name))
    return NO_CONTENT


def permissions(request: HttpRequest, desk: Desk) -> Steps:
    """All permissions."""
    table = yield from _table()
    return looking.listed(request, [shapes.permission(each) for each in table.permissions])


def permissions_of_vhost(request: HttpRequest, desk: Desk, vhost: str) -> Steps:
    """Permissions in a virtual host."""
    table = yield from _table()
    found = [shapes.permission(each) for each in table.permissions if each.vhost == vhost]
    return looking.listed(request, found)


def permissions_of_user(request: HttpRequest, desk: Desk, user: str) -> Steps:
    """Permissions of a user."""
    table = yield from _table()
    found = [shapes.permission(each) for each in table.permissions if each.user == user]
    return looking.listed(request, found)


def one_permission(request: HttpRequest, desk: Desk, vhost: str, user: str) -> Steps:
    """What a user may do in a virtual host."""
    table = yield from _table()
    found = [each for each in table.permissions if (each.vhost, each.user) == (vhost, user)]
    return Response(content=shapes.permission(found[0])) if found else NOT_FOUND


def put_permission(request: HttpRequest, desk: Desk, vhost: str, user: str) -> Steps:
    """Let a user into a virtual host, or change what it may do there."""
    asked = request.object()
    missing = [verb for verb in ("configure", "write", "read") if verb not in asked]
    if missing:
        raise BadRequestError("bad_request", f"Missing: {', '.join(missing)}.")
    verbs = (str(asked[verb]) for verb in ("configure", "write", "read"))
    reply: a.PutReply = yield a.PutPermission(user, vhost, *verbs)
    return put(is_new=reply.is_new)


def delete_permission(request: HttpRequest, desk: Desk, vhost: str, user: str) -> Steps:
    """Keep a user out of a virtual host."""
    yield a.DeletePermission(user, vhost)
    return NO_CONTENT


def topic_permissions(request: HttpRequest, desk: Desk) -> Steps:
    """All topic permissions."""
    table = yield from _table()
    return looking.listed(request, [shapes.topic_permission(each) for each in table.topic_permissions])


def topic_permissions_of(request: HttpRequest, desk: Desk, vhost: str, user: str) -> Steps:
    """A user's topic permissions in a virtual host."""
    table = yield from _table()
    found = [each for each in table.topic_permissions if (each.vhost, each.user) == (vhost, user)]
    return Response(content=[shapes.topic_permission(each) for each in found]) if found else NOT_FOUND


def topic_permissions_of_user(request: HttpRequest, desk: Desk, user: str) -> Steps:
    """A user's topic permissions everywhere."""
    table = yield from _table()
    found = [shapes.topic_permission(each) for each in table.topic_permissions if each.user == user]
    return Response(content=found)


def topic_permissions_of_vhost(request: HttpRequest, desk: Desk, vhost: str) -> Steps:
    """Topic permissions in a virtual host."""
    table = yield from _table()
    found = [shapes.topic_permission(each) for each in table.topic_permissions if each.vhost == vhost]
    return Response(content=found)


def put_topic_permission(request: HttpRequest, desk: Desk, vhost: str, user: str) -> Steps:
    """Restrict a user's routing keys at an exchange."""
    asked = request.object()
    exchange, write, read = (str(asked.get(key, "")) for key in ("exchange", "write", "read"))
    reply: a.PutReply = yield a.PutTopicPermission(user, exchange, vhost, write, read)
    return put(is_new=reply.is_new)


def delete_topic_permission(request: HttpRequest, desk: Desk, vhost: str, user: str) -> Steps:
    """Lift a user's restrictions in a virtual host."""
    yield a.DeleteTopicPermission(user, None, vhost)
    return NO_CONTENT


_LIMITS = {"max-connections": "max_connections", "max-queues": "max_queues", "max-channels": "max_channels"}


def vhost_limits(request: HttpRequest, desk: Desk, *names: str) -> Steps:
    """Limits of virtual hosts."""
    table = yield from _table()
    found = [each for each in table.vhost_limits if not names or each.vhost == names[0]]
    return Response(content=[{"vhost": each.vhost, "value": _limits(each)} for each in found])


def user_limits(request: HttpRequest, desk: Desk, *names: str) -> Steps:
    """Limits of users."""
    table = yield from _table()
    found = [each for each in table.user_limits if not names or each.user == names[0]]
    return Response(content=[{"user": each.user, "value": _limits(each)} for each in found])


def _limits(limits: a.VhostLimits | a.UserLimits) -> dict[str, int]:
    values = {key: getattr(limits, field, None) for key, field in _LIMITS.items()}
    return {key: value for key, value in values.items() if value is not None}


def set_limit(request: HttpRequest, desk: Desk, subject: str, key: str) -> Steps:
    """Set a limit of a virtual host or user; DELETE lifts it."""
    value = request.object().get("value") if request.method == "PUT" else None
    field = _LIMITS.get(key)
    if field is None or (request.method == "PUT" and not isinstance(value, int)):
        raise BadRequestError("bad_request", "Limits are max-connections, max-queues, max-channels; numbers.")
    if isinstance(value, int) and value < 0:
        value = None  # RabbitMQ's way to say: no limit
    table = yield from _table()
    is_vhost = "vhost-limits" in request.path
    rows: list[Any] = [*(table.vhost_limits if is_vhost else table.user_limits)]  # Any: either kind
    old = next((row for row in rows if (row.vhost if is_vhost else row.user) == subject), None)
    fields = ("max_connections", "max_queues") if is_vhost else ("max_connections", "max_channels")
    if field not in fields:
        raise BadRequestError("bad_request", f"'{key}' is no limit of this.")
    values = {name: getattr(old, name, None) for name in fields} | {field: value}
    yield a.PutVhostLimits(subject, **values) if is_vhost else a.PutUserLimits(subject, **values)
    return NO_CONTENT
