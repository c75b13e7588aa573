"""Who may do what: keeps users, permissions and limits, and answers for them.

In memory, beginning with RabbitMQ's guest: an administrator with every right, let in from this computer
only. That user also gets every right in each virtual host made later.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from mqstudio.engine.engine import Engine
from mqstudio.model import access as a
from mqstudio.model import limits
from mqstudio.model.commands import KickConnection
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch, VhostCreated, VhostDeleted
from mqstudio.model.patterns import compile_pattern
from mqstudio.model.rights import Rights
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.server.passwords import Passwords, check_hash, salted_hash

DEFAULT_USER: Final = "guest"
ADMINISTRATOR: Final = "administrator"
_EVERYTHING: Final = ".*"

T = TypeVar("T")
R = TypeVar("R")


class Access:
    """The table of who may do what. `version` changes whenever anybody's rights do."""

    def __init__(self, engine: Engine) -> None:
        self.version = 0
        self.is_fixed = False
        """Whether it can only be looked at."""
        self.is_changed = False
        """Whether the table is another one than the store has."""
        self.users: dict[str, a.User] = {}
        self.permissions: dict[tuple[str, str], a.Permission] = {}
        self.topic_permissions: dict[tuple[str, str, str], a.TopicPermission] = {}
        self.user_limits: dict[str, a.UserLimits] = {}
        self.vhost_limits: dict[str, a.VhostLimits] = {}
        self.passwords = Passwords()
        self._engine = engine
        self._rights: dict[tuple[str, str], Rights] = {}
        # A password everybody knows is not worth a slow hash: guest logs in without one.
        known = salted_hash(DEFAULT_USER, a.HashKind.SHA256)
        self.users[DEFAULT_USER] = a.User(DEFAULT_USER, (ADMINISTRATOR,), known, a.HashKind.SHA256)
        self._grant_everything(DEFAULT_VHOST)

    def restore(self, rows: Iterable[object]) -> None:
        """Begin with what the store has, instead of with guest."""
        self.users.clear()
        self.permissions.clear()
        for row in rows:
            match row:
                case a.User():
                    self.users[row.name] = row
                case a.Permission():
                    self.permissions[row.user, row.vhost] = row
                case a.TopicPermission():
                    self.topic_permissions[row.user, row.vhost, row.exchange] = row
                case a.UserLimits():
                    self.user_limits[row.user] = row
                case a.VhostLimits():
                    self.vhost_limits[row.vhost] = row
        self._change()
        self.is_changed = False

    # ---- asking

    def answer(self, request: a.AccessVerb, now_us: int, events: EventBatch) -> object:
        """Do what is asked; the reply, or a future of it where a password must be hashed first.

        Raises: RefusedError. CheckLogin is for `logins`.
        """
        if self.is_fixed and not isinstance(request, a.GetAccess):
            raise RefusedError(Refusal.READ_ONLY, "Users and rights cannot be changed where nothing is kept.")
        return _VERBS[type(request)](self, request, now_us, events)

    def rights(self, user: str, vhost: str) -> Rights:
        """What a user may do in a virtual host, as of now."""
        key = user, vhost
        rights = self._rights.get(key)
        if rights is None:
            topics = [each for each in self.topic_permissions.values() if (each.user, each.vhost) == key]
            rights = Rights(user, vhost, self.permissions.get(key), topics)
            if key in self.permissions:  # whoever asks for others gets no memory for it
                self._rights[key] = rights
        return rights

    def table(self) -> a.AccessTable:
        """All of it."""
        return a.AccessTable(
            _sorted(self.users),
            _sorted(self.permissions),
            _sorted(self.topic_permissions),
            _sorted(self.user_limits),
            _sorted(self.vhost_limits),
        )

    def note(self, events: Iterable[object]) -> None:
        """Virtual hosts have come or gone: so have permissions for them."""
        for event in events:
            if type(event) is VhostCreated:
                self._grant_everything(event.spec.name)
            elif type(event) is VhostDeleted:
                self._forget(lambda of, vhost=event.name: getattr(of, "vhost", None) == vhost)  # type: ignore[misc]

    def close(self) -> None:
        """The broker stops."""
        self.passwords.close()

    # ---- users

    def _put_user(self, request: a.PutUser, _now_us: int, _events: EventBatch) -> object:
        old = self.users.get(request.name)
        _check_name("user", request.name)
        _check_tags(request.tags)
        _check_room(self.users, old is None, limits.USERS_MAX, "users")
        given = [request.password is not None, request.password_hash is not None, request.has_no_password]
        if sum(given) > 1:
            raise _invalid("A password, its hash, or none: only one of them can be given.")
        if request.password is not None:
            _check_password(request.password)
            hashing = self.passwords.hash(request.password)
            return then(hashing, lambda text: self._keep(request, text, a.HashKind.ARGON2ID))
        if request.password_hash is not None:
            kind = a.HashKind(request.hash_kind)
            _valid(lambda: check_hash(request.password_hash or "", kind), "")
            return self._keep(request, request.password_hash, kind)
        if request.has_no_password or old is None:
            return self._keep(request, "", a.HashKind.ARGON2ID)
        return self._keep(request, old.password_hash, old.hash_kind)

    def _keep(self, request: a.PutUser, password_hash: str, kind: a.HashKind) -> a.PutReply:
        is_new = request.name not in self.users
        self.users[request.name] = a.User(request.name, request.tags, password_hash, kind)
        self.is_changed = True
        return a.PutReply(is_new)

    def _delete_user(self, request: a.DeleteUser, now_us: int, events: EventBatch) -> None:
        self._check_user(request.name)
        del self.users[request.name]
        self._forget(lambda of: getattr(of, "user", None) == request.name)
        for connection in list(self._engine.connections.values()):
            if connection.info.user == request.name:
                kick = KickConnection(connection.info.id, f"user '{request.name}' is deleted")
                self._engine.apply(kick, now_us, events)

    # ---- permissions

    def _put_permission(self, request: a.PutPermission, _now_us: int, _events: EventBatch) -> a.PutReply:
        self._check_user(request.user)
        self._check_vhost(request.vhost)
        for verb in ("configure", "write", "read"):
            _check_pattern(verb, getattr(request, verb))
        permission = a.Permission(**msgspec.structs.asdict(request))
        return self._put(self.permissions, (request.user, request.vhost), permission)

    def _delete_permission(self, request: a.DeletePermission, _now_us: int, _events: EventBatch) -> None:
        self._check_user(request.user)
        self._check_vhost(request.vhost)
        self.permissions.pop((request.user, request.vhost), None)
        self._change()

    def _put_topic(self, request: a.PutTopicPermission, _now_us: int, _events: EventBatch) -> a.PutReply:
        self._check_user(request.user)
        self._check_vhost(request.vhost)
        _check_name("exchange", request.exchange, may_be_empty=True)
        for verb in ("write", "read"):
            _check_pattern(verb, getattr(request, verb))
        permission = a.TopicPermission(**msgspec.structs.asdict(request))
        return self._put(self.topic_permissions, (request.user, request.vhost, request.exchange), permission)

    def _delete_topic(self, request: a.DeleteTopicPermission, _now_us: int, _events: EventBatch) -> None:
        self._check_user(request.user)
        self._check_vhost(request.vhost)
        for key in list(self.topic_permissions):
            if key[:2] == (request.user, request.vhost) and request.exchange in (None, key[2]):
                del self.topic_permissions[key]
        self._change()

    def _put(self, table: dict[T, R], key: T, value: R) -> a.PutReply:
        is_new = key not in table
        _check_room(table, is_new, limits.PERMISSIONS_MAX, "permissions")
        table[key] = value
        self._change()
        return a.PutReply(is_new)

    # ---- limits

    def _put_user_limits(self, request: a.PutUserLimits, _now_us: int, _events: EventBatch) -> None:
        self._check_user(request.user)
        _check_limits(request.max_connections, request.max_channels)
        self.is_changed = True
        self.user_limits[request.user] = a.UserLimits(**msgspec.structs.asdict(request))
        if request.max_connections is None and request.max_channels is None:
            del self.user_limits[request.user]

    def _put_vhost_limits(self, request: a.PutVhostLimits, _now_us: int, _events: EventBatch) -> None:
        self._check_vhost(request.vhost)
        _check_limits(request.max_connections, request.max_queues)
        self.is_changed = True
        self.vhost_limits[request.vhost] = a.VhostLimits(**msgspec.structs.asdict(request))
        if request.max_connections is None and request.max_queues is None:
            del self.vhost_limits[request.vhost]

    # ---- what they share

    def _change(self) -> None:
        self.version += 1
        self.is_changed = True
        self._rights.clear()

    def _grant_everything(self, vhost: str) -> None:
        if DEFAULT_USER in self.users:
            everything = a.Permission(DEFAULT_USER, vhost, _EVERYTHING, _EVERYTHING, _EVERYTHING)
            self.permissions[DEFAULT_USER, vhost] = everything
            self._change()

    def _forget(self, concerns: Callable[[object], bool]) -> None:
        """Drop what belongs to a user or virtual host that is gone."""
        tables: tuple[dict[Any, Any], ...] = (  # Any: whatever their keys and values
            self.permissions,
            self.topic_permissions,
            self.user_limits,
            self.vhost_limits,
        )
        for table in tables:
            for key in [key for key, value in table.items() if concerns(value)]:
                del table[key]
        self._change()

    def _check_user(self, name: str) -> None:
        if name not in self.users:
            raise RefusedError(
                Refusal.NO_SUCH_USER,
                f"There is no user '{name}'. Make it first; {len(self.users)} exist.",
                name=name,
                user=name,
            )

    def _check_vhost(self, name: str) -> None:
        if name not in self._engine.vhosts:
            raise RefusedError(
                Refusal.NO_SUCH_VHOST,
                f"There is no virtual host '{name}'. Known: {', '.join(sorted(self._engine.vhosts)[:20])}.",
                kind="vhost",
                name=name,
                vhost=name,
            )


_VERBS: Mapping[type, Callable[[Access, Any, int, EventBatch], object]] = {  # Any: each takes its own request
    a.GetAccess: lambda access, _request, _now_us, _events: access.table(),
    a.PutUser: Access._put_user,
    a.DeleteUser: Access._delete_user,
    a.PutPermission: Access._put_permission,
    a.DeletePermission: Access._delete_permission,
    a.PutTopicPermission: Access._put_topic,
    a.DeleteTopicPermission: Access._delete_topic,
    a.PutUserLimits: Access._put_user_limits,
    a.PutVhostLimits: Access._put_vhost_limits,
}


def then(done: "asyncio.Future[T]", change: Callable[[T], R]) -> "asyncio.Future[R]":
    """A future of what is made of another's result; cancelling it leaves the other alone."""
    result: asyncio.Future[R] = done.get_loop().create_future()

    def pass_on(done: "asyncio.Future[T]") -> None:
        if result.done():
            return
        if done.cancelled():
            result.cancel()
            return
        try:
            result.set_result(change(done.result()))
        except Exception as error:  # it is for whoever waits
            result.set_exception(error)

    done.add_done_callback(pass_on)
    return result


def _sorted(table: Mapping[Any, T]) -> list[T]:  # Any: keys of one table compare with each other
    return [table[key] for key in sorted(table)]


def _invalid(says: str) -> RefusedError:
    return RefusedError(Refusal.INVALID_ARGUMENT, says)


def _valid(check: Callable[[], object], where: str) -> None:
    try:
        check()
    except ValueError as problem:
        raise _invalid(f"{where}{problem}") from None


def _check_name(kind: str, name: str, *, may_be_empty: bool = False) -> None:
    size = len(name.encode())
    if size > limits.SHORT_TEXT_BYTES or not (size or may_be_empty):
        raise _invalid(f"The name of {kind} has {size} bytes; it needs 1 to {limits.SHORT_TEXT_BYTES}.")


def _check_tags(tags: tuple[str, ...]) -> None:
    if len(tags) > limits.USER_TAGS_MAX:
        raise _invalid(f"{len(tags)} tags are too many; {limits.USER_TAGS_MAX} is the most.")
    for tag in tags:
        _check_name("a tag", tag)


def _check_password(password: str) -> None:
    size = len(password.encode())
    if not 0 < size <= limits.PASSWORD_BYTES:
        raise _invalid(f"This password has {size} bytes; it needs 1 to {limits.PASSWORD_BYTES}.")


def _check_pattern(verb: str, pattern: str) -> None:
    _valid(lambda: compile_pattern(pattern), f"{verb}: ")


def _check_limits(*values: int | None) -> None:
    for value in values:
        if value is not None and value < 0:
            raise _invalid(f"{value} is no limit; it can be 0 (nothing is let in) or more, or be left out.")


def _check_room(table: Mapping[Any, Any], is_new: bool, most: int, what: str) -> None:  # Any: any table
    if is_new and len(table) >= most:
        raise RefusedError(
            Refusal.TOO_MANY, f"There are {most} {what}, which is the most. Delete some first."
        )
