"""The client's part for users, permissions and limits: one method per request."""

from mqstudio.client.wire import Wire
from mqstudio.model.access import (
    AccessTable,
    CheckLogin,
    DeletePermission,
    DeleteTopicPermission,
    DeleteUser,
    GetAccess,
    LoggedIn,
    PutPermission,
    PutReply,
    PutTopicPermission,
    PutUser,
    PutUserLimits,
    PutVhostLimits,
    UserLimits,
    VhostLimits,
)
from mqstudio.model.topology import DEFAULT_VHOST


class AccessCalls:
    """What a client can ask about who may do what. Refusals are raised as RefusedError."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def table(self) -> AccessTable:
        """All users, permissions and limits."""
        return await self._wire.call(GetAccess(), AccessTable)

    async def put_user(
        self,
        name: str,
        *,
        tags: tuple[str, ...] = (),
        password: str | None = None,
        has_no_password: bool = False,
    ) -> bool:
        """Make a user, or change one; returns whether it is new. One without a new password keeps its own."""
        request = PutUser(name, tags, password, has_no_password=has_no_password)
        return (await self._wire.call(request, PutReply)).is_new

    async def delete_user(self, name: str) -> None:
        """Delete a user with its permissions; its connections are closed."""
        await self._wire.call(DeleteUser(name), type(None))

    async def check_login(self, user: str, password: str) -> LoggedIn:
        """Whether this user and password fit: as if a program on this computer logged in."""
        return await self._wire.call(CheckLogin(user, password), LoggedIn)

    async def put_permission(
        self, user: str, *, configure: str = "", write: str = "", read: str = "", vhost: str = DEFAULT_VHOST
    ) -> bool:
        """Let a user into a virtual host, or change what it may do there; returns whether that is new."""
        return (await self._wire.call(PutPermission(user, vhost, configure, write, read), PutReply)).is_new

    async def delete_permission(self, user: str, *, vhost: str = DEFAULT_VHOST) -> None:
        """Keep a user out of a virtual host."""
        await self._wire.call(DeletePermission(user, vhost), type(None))

    async def put_topic_permission(
        self, user: str, exchange: str, *, write: str = "", read: str = "", vhost: str = DEFAULT_VHOST
    ) -> bool:
        """Restrict a user's routing keys at a topic exchange; returns whether that is new."""
        return (
            await self._wire.call(PutTopicPermission(user, exchange, vhost, write, read), PutReply)
        ).is_new

    async def delete_topic_permission(
        self, user: str, exchange: str | None = None, *, vhost: str = DEFAULT_VHOST
    ) -> None:
        """Lift the restriction at an exchange, or at all of the virtual host."""
        await self._wire.call(DeleteTopicPermission(user, exchange, vhost), type(None))

    async def put_user_limits(self, limits: UserLimits) -> None:
        """Set all limits of a user; None lifts one."""
        request = PutUserLimits(limits.user, limits.max_connections, limits.max_channels)
        await self._wire.call(request, type(None))

    async def put_vhost_limits(self, limits: VhostLimits) -> None:
        """Set all limits of a virtual host; None lifts one."""
        request = PutVhostLimits(limits.vhost, limits.max_connections, limits.max_queues)
        await self._wire.call(request, type(None))
