"""Users, permissions and limits."""

from collections.abc import Generator
from typing import Any

from mqstudio.model import access as a
from mqstudio.protocols.base import Request
from mqstudio.protocols.management import looking, reading, shapes
from mqstudio.protocols.management.answers import (
    NO_CONTENT,
    NOT_FOUND,
    BadRequestError,
    Desk,
    HttpRequest,
    Json,
    Response,
    Steps,
    problem,
    put,
)
from mqstudio.protocols.management.visitors import SAYS, Need, visible_vhosts


def _table() -> Generator[Request, Any, a.AccessTable]:
    table: a.AccessTable = yield a.GetAccess()
    return table


def user_json(one: a.User, table: a.AccessTable) -> Json:
    """A user with its limits."""
    limits = [limits_json(each) for each in table.user_limits if each.user == one.name]
    return {**shapes.user(one), "limits": limits[0] if limits else {}}


def all_users(request: HttpRequest, desk: Desk) -> Steps:
    """All users."""
    table = yield from _table()
    return (yield from looking.listed(request, [user_json(each, table) for each in table.users]))


def without_permissions(request: HttpRequest, desk: Desk) -> Steps:
    """Users that no virtual host lets in."""
    table = yield from _table()
    have = {each.user for each in table.permissions}
    return (
        yield from looking.listed(
            request, [user_json(each, table) for each in table.users if each.name not in have]
        )
    )


def one_user(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """One user."""
    table = yield from _table()
    found = [user_json(each, table) for each in table.users if each.name == name]
    return Response(content=found[0]) if found else NOT_FOUND


def put_user(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """Make a user, or change one."""
    reply: a.PutReply = yield read_user(name, request.object())
    return put(is_new=reply.is_new)


def read_user(name: str, asked: dict[str, Json]) -> a.PutUser:
    """A user as JSON describes it. Raises: BadRequestError."""
    if "tags" not in asked:
        raise BadRequestError("bad_request", "tags_not_present")
    tags = asked.get("tags", "")
    if not isinstance(tags, str | list):
        raise BadRequestError("bad_request", "'tags' must be a list, or a text with commas.")
    names = tags.split(",") if isinstance(tags, str) else [str(tag) for tag in tags]
    kind = asked.get("hashing_algorithm") or a.HashKind.SHA256
    if kind not in tuple(a.HashKind):
        raise BadRequestError("bad_request", f"Unknown hashing algorithm '{kind!s:.60}'.")
    password, hashed = asked.get("password"), asked.get("password_hash")
    if password is not None and hashed is not None:
        raise BadRequestError("bad_request", "both_password_and_password_hash_are_provided")
    if not isinstance(password, str | None) or not isinstance(hashed, str | None):
        raise BadRequestError("bad_request", "'password' and 'password_hash' must be texts.")
    return a.PutUser(
        name,
        tuple(tag.strip() for tag in names if tag.strip()),
        password or None,
        hashed or None,
        a.HashKind(kind),
        has_no_password=hashed == "" or password == "",
    )


def delete_user(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """Delete a user; its connections are closed."""
    yield a.DeleteUser(name)
    return NO_CONTENT


def delete_users(request: HttpRequest, desk: Desk) -> Steps:
    """Delete several users."""
    asked = request.object()
    reading.need(asked, "users")
    names = asked["users"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadRequestError("bad_request", "'users' must be a list of names.")
    table = yield from _table()
    known = {each.name for each in table.users}
    for name in names:
        if name not in known:
            raise BadRequestError("bad_request", ["no_such_user", name])
    for name in dict.fromkeys(names):
        yield a.DeleteUser(name)
    return NO_CONTENT


def permissions(request: HttpRequest, desk: Desk) -> Steps:
    """All permissions."""
    table = yield from _table()
    return (yield from looking.listed(request, [shapes.permission(each) for each in table.permissions]))


def permissions_of_vhost(request: HttpRequest, desk: Desk, vhost: str) -> Steps:
    """Permissions in a virtual host."""
    looking.check_vhost(vhost, (yield from looking.topology()))
    table = yield from _table()
    found = [shapes.permission(each) for each in table.permissions if each.vhost == vhost]
    return (yield from looking.listed(request, found))


def permissions_of_user(request: HttpRequest, desk: Desk, user: str) -> Steps:
    """Permissions of a user."""
    table = yield from _table()
    if all(each.name != user for each in table.users):
        return NOT_FOUND
    found = [shapes.permission(each) for each in table.permissions if each.user == user]
    return (yield from looking.listed(request, found))


def one_permission(request: HttpRequest, desk: Desk, vhost: str, user: str) -> Steps:
    """What a user may do in a virtual host."""
    table = yield from _table()
    found = [each for each in table.permissions if (each.vhost, each.user) == (vhost, user)]
    return Response(content=shapes.permission(found[0])) if found else NOT_FOUND


def put_permission(request: HttpRequest, desk: Desk, vhost: str, user: str) -> Steps:
    """Let a user into a virtual host, or change what it may do there."""
    asked = request.object()
    reading.need(asked, "configure", "write", "read")
    verbs = [reading.text(asked, verb) for verb in ("configure", "write", "read")]
    yield from _check_both(user, vhost)
    reply: a.PutReply = yield a.PutPermission(user, vhost, *verbs)
    return put(is_new=reply.is_new)


def _check_both(user: str, vhost: str) -> Generator[Request, Any, None]:
    """Raises: BadRequestError if there is no such user, or no such virtual host."""
    topology, table = (yield from looking.topology()), (yield from _table())
    if all(each.name != user for each in table.users) or all(each.name != vhost for each in topology.vhosts):
        raise BadRequestError("bad_request", "vhost_or_user_not_found")


def delete_permission(request: HttpRequest, desk: Desk, vhost: str, user: str) -> Steps:
    """Keep a user out of a virtual host."""
    table = yield from _table()
    if all((each.vhost, each.user) != (vhost, user) for each in table.permissions):
        return NOT_FOUND
    yield a.DeletePermission(user, vhost)
    return NO_CONTENT


def topic_permissions(request: HttpRequest, desk: Desk) -> Steps:
    """All topic permissions."""
    table = yield from _table()
    return (
        yield from looking.listed(
            request, [shapes.topic_permission(each) for each in table.topic_permissions]
        )
    )


def topic_permissions_of(request: HttpRequest, desk: Desk, vhost: str, user: str) -> Steps:
    """A user's topic permissions in a virtual host."""
    table = yield from _table()
    found = [each for each in table.topic_permissions if (each.vhost, each.user) == (vhost, user)]
    return Response(content=[shapes.topic_permission(each) for each in found]) if found else NOT_FOUND


def topic_permissions_of_user(request: HttpRequest, desk: Desk, user: str) -> Steps:
    """A user's topic permissions everywhere."""
    table = yield from _table()
    if all(each.name != user for each in table.users):
        return NOT_FOUND
    found = [shapes.topic_permission(each) for each in table.topic_permissions if each.user == user]
    return Response(content=found)


def topic_permissions_of_vhost(request: HttpRequest, desk: Desk, vhost: str) -> Steps:
    """Topic permissions in a virtual host."""
    looking.check_vhost(vhost, (yield from looking.topology()))
    table = yield from _table()
    found = [shapes.topic_permission(each) for each in table.topic_permissions if each.vhost == vhost]
    return Response(content=found)


def put_topic_permission(request: HttpRequest, desk: Desk, vhost: str, user: str) -> Steps:
    """Restrict a user's routing keys at an exchange."""
    asked = request.object()
    reading.need(asked, "exchange", "write", "read")
    exchange, write, read = (reading.text(asked, key) for key in ("exchange", "write", "read"))
    yield from _check_both(user, vhost)
    reply: a.PutReply = yield a.PutTopicPermission(user, exchange, vhost, write, read)
    return put(is_new=reply.is_new)


def delete_topic_permission(request: HttpRequest, desk: Desk, vhost: str, user: str) -> Steps:
    """Lift a user's restrictions in a virtual host."""
    yield a.DeleteTopicPermission(user, None, vhost)
    return NO_CONTENT


_LIMITS = {"max-connections": "max_connections", "max-queues": "max_queues", "max-channels": "max_channels"}


def vhost_limits(request: HttpRequest, desk: Desk, *names: str) -> Steps:
    """Limits of virtual hosts, of those that who asks may know of."""
    topology, table = (yield from looking.topology()), (yield from _table())
    known = {spec.name for spec in visible_vhosts(request, desk, topology.vhosts)}
    if names:
        looking.check_vhost(names[0], topology)
        if names[0] not in known:
            return problem(401, "not_authorised", SAYS[Need.VHOST])
        known = {names[0]}
    found = [each for each in table.vhost_limits if each.vhost in known]
    return Response(content=[{"vhost": each.vhost, "value": limits_json(each)} for each in found])


def user_limits(request: HttpRequest, desk: Desk, *names: str) -> Steps:
    """Limits of users."""
    table = yield from _table()
    found = [each for each in table.user_limits if not names or each.user == names[0]]
    return Response(content=[{"user": each.user, "value": limits_json(each)} for each in found])


def limits_json(limits: a.VhostLimits | a.UserLimits) -> dict[str, int]:
    """Limits by RabbitMQ's names, those that are set."""
    values = {key: getattr(limits, field, None) for key, field in _LIMITS.items()}
    return {key: value for key, value in values.items() if value is not None}


def read_limits(given: Json, *, of_vhost: bool) -> dict[str, int | None]:
    """Limits as JSON has them, by our names. Raises: BadRequestError."""
    if not isinstance(given, dict):
        raise BadRequestError("bad_request", "Limits must be an object: names and numbers.")
    fields = _OF_VHOST if of_vhost else _OF_USER
    return {_LIMITS[key]: _as_limit(value, key) for key, value in given.items() if _LIMITS.get(key) in fields}


_OF_VHOST = ("max_connections", "max_queues")
_OF_USER = ("max_connections", "max_channels")


def set_limit(request: HttpRequest, desk: Desk, subject: str, key: str) -> Steps:
    """Set a limit of a virtual host or user; DELETE lifts it, and so does a negative one."""
    is_vhost = "vhost-limits" in request.path
    fields = _OF_VHOST if is_vhost else _OF_USER
    field = _LIMITS.get(key)
    if field not in fields:
        known = ", ".join(name for name, each in _LIMITS.items() if each in fields)
        raise BadRequestError(
            "bad_request", f"Validation failed: '{key}' is no limit of this. Known: {known}."
        )
    value = _read_limit(request.object(), key) if request.method == "PUT" else None
    table = yield from _table()
    if not is_vhost and all(each.name != subject for each in table.users):
        raise BadRequestError("bad_request", ["no_such_user", subject])
    rows: list[Any] = [*(table.vhost_limits if is_vhost else table.user_limits)]  # Any: either kind
    old = next((row for row in rows if (row.vhost if is_vhost else row.user) == subject), None)
    values = {name: getattr(old, name, None) for name in fields} | {field: value}
    yield a.PutVhostLimits(subject, **values) if is_vhost else a.PutUserLimits(subject, **values)
    return NO_CONTENT


def _read_limit(asked: dict[str, Json], key: str) -> int | None:
    reading.need(asked, "value")
    return _as_limit(asked["value"], key)


def _as_limit(value: Json, key: str) -> int | None:
    """A negative number is RabbitMQ's way to say that there is no limit."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadRequestError("bad_request", f"Validation failed: {key} should be a number, is {value!s:.40}")
    return None if value < 0 else value
