"""Who may do what: users, permissions and limits, and what can be asked about them.

They belong to the broker, not to the engine: `server/access.py` keeps them and answers these
requests. Three verbs cover everything, for each virtual host by patterns on names: *configure*
(make and delete), *write* (put in) and *read* (take out).
"""

from enum import StrEnum

from msgspec import Struct

from mqstudio.model.topology import DEFAULT_VHOST

# ---- what there is


class HashKind(StrEnum):
    """How a password was hashed. We make argon2id; the others come with imported definitions."""

    ARGON2ID = "argon2id"
    SHA256 = "rabbit_password_hashing_sha256"
    SHA512 = "rabbit_password_hashing_sha512"


class User(Struct, frozen=True):
    """Somebody who can log in. `password_hash` is "" for one who cannot by password.

    The hash is argon2's own text, or base64 of a 4-byte salt and the digest of salt and password.
    """

    name: str
    tags: tuple[str, ...] = ()
    password_hash: str = ""
    hash_kind: HashKind = HashKind.ARGON2ID

    @property
    def has_password(self) -> bool:
        """Whether this user can log in by password."""
        return bool(self.password_hash)


class Permission(Struct, frozen=True):
    """What a user may do in a virtual host; having one at all is what lets the user in.

    Each verb is a pattern that finds the names it allows; "" allows none.
    """

    user: str
    vhost: str
    configure: str = ""
    write: str = ""
    read: str = ""


class TopicPermission(Struct, frozen=True):
    """Which routing keys a user may write to, and read from, at one topic exchange.

    Where a user has none for an exchange, every key is allowed. `{username}` and `{vhost}` in a
    pattern stand for those of the connection.
    """

    user: str
    vhost: str
    exchange: str
    write: str = ""
    read: str = ""


class UserLimits(Struct, frozen=True):
    """The most that a user may have open at once; None: no limit."""

    user: str
    max_connections: int | None = None
    max_channels: int | None = None


class VhostLimits(Struct, frozen=True):
    """The most that a virtual host may hold at once; None: no limit."""

    vhost: str
    max_connections: int | None = None
    max_queues: int | None = None


class AccessTable(Struct, frozen=True):
    """All of it, sorted by name."""

    users: list[User]
    permissions: list[Permission]
    topic_permissions: list[TopicPermission]
    user_limits: list[UserLimits]
    vhost_limits: list[VhostLimits]


# ---- what can be asked


class GetAccess(Struct, frozen=True, tag=True):
    """Everything about who may do what. Reply: AccessTable."""


class PutUser(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Make a user, or change one. Reply: PutReply.

    At most one of `password`, `password_hash` (of kind `hash_kind`) and `has_no_password` says how
    the user logs in; with none of them a user that exists keeps the password, a new one has none.
    Refused: INVALID_ARGUMENT, TOO_MANY.
    """

    name: str
    tags: tuple[str, ...] = ()
    password: str | None = None
    password_hash: str | None = None
    hash_kind: HashKind = HashKind.SHA256
    has_no_password: bool = False


class DeleteUser(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Delete a user with all permissions; its connections are closed. Refused: NO_SUCH_USER."""

    name: str


class PutPermission(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Let a user into a virtual host, or change what it may do there. Reply: PutReply.

    Refused: NO_SUCH_USER, NO_SUCH_VHOST, INVALID_ARGUMENT (a pattern that is none).
    """

    user: str
    vhost: str = DEFAULT_VHOST
    configure: str = ""
    write: str = ""
    read: str = ""


class DeletePermission(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Keep a user out of a virtual host; where it may not go anyway that is fine.

    Refused: NO_SUCH_USER, NO_SUCH_VHOST.
    """

    user: str
    vhost: str = DEFAULT_VHOST


class PutTopicPermission(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Restrict a user's routing keys at a topic exchange. Reply: PutReply.

    Refused: NO_SUCH_USER, NO_SUCH_VHOST, INVALID_ARGUMENT (a pattern that is none).
    """

    user: str
    exchange: str
    vhost: str = DEFAULT_VHOST
    write: str = ""
    read: str = ""


class DeleteTopicPermission(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Lift the restriction at an exchange, or at all of the virtual host (None); none is fine.

    Refused: NO_SUCH_USER, NO_SUCH_VHOST.
    """

    user: str
    exchange: str | None = None
    vhost: str = DEFAULT_VHOST


class PutUserLimits(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Set all limits of a user; None lifts one. Refused: NO_SUCH_USER, INVALID_ARGUMENT."""

    user: str
    max_connections: int | None = None
    max_channels: int | None = None


class PutVhostLimits(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Set all limits of a virtual host; None lifts one. Refused: NO_SUCH_VHOST, INVALID_ARGUMENT."""

    vhost: str
    max_connections: int | None = None
    max_queues: int | None = None


class CheckLogin(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Whether the one who asks may log in so. Reply: LoggedIn. Refused: LOGIN_REFUSED.

    Takes a while: a password is compared by work that is meant to be slow, in a thread.
    """

    user: str
    password: str


class CheckCertificate(Struct, frozen=True):
    """Log in as whom the peer's verified certificate names. Reply: LoggedIn. Refused: LOGIN_REFUSED."""


class EnterVhost(Struct, frozen=True):
    """Whether a user may open a connection to a virtual host now.

    Refused: NO_SUCH_VHOST, VHOST_REFUSED, TOO_MANY_CONNECTIONS_OF_USER, TOO_MANY_CONNECTIONS_OF_VHOST.
    """

    user: str
    vhost: str


# ---- what it is answered with


class PutReply(Struct, frozen=True):
    """It is so now; `is_new` unless one of that name was changed."""

    is_new: bool


class LoggedIn(Struct, frozen=True):
    """The user is who it says; `tags` are what it may do besides messaging."""

    user: str
    tags: tuple[str, ...]


AccessVerb = (
    PutUser
    | DeleteUser
    | PutPermission
    | DeletePermission
    | PutTopicPermission
    | DeleteTopicPermission
    | PutUserLimits
    | PutVhostLimits
    | CheckLogin
    | GetAccess
)
"""What anybody who runs the broker may ask; the native protocol carries these as they are."""

AccessRequest = AccessVerb | CheckCertificate | EnterVhost
