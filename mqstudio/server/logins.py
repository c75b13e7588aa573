"""Who is let in: by password or certificate, into which virtual host, and up to which limits."""

import asyncio
from typing import Final

from mqstudio.engine.engine import Engine
from mqstudio.model.access import EnterVhost, LoggedIn, User
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.server.access import DEFAULT_USER, Access, then

LOOPBACK_ONLY: Final = (DEFAULT_USER,)
"""Users whose password everybody knows: let in from this computer only."""


class Logins:
    """Decides by the table of who may do what, and by what is open now."""

    def __init__(self, access: Access, engine: Engine) -> None:
        self._access = access
        self._engine = engine

    def check(
        self, user: str, password: str, *, is_loopback_peer: bool
    ) -> "LoggedIn | asyncio.Future[LoggedIn]":
        """Whether somebody may log in: at once where that is known, else a future of it.

        Raises, or the future has: RefusedError(LOGIN_REFUSED); TOO_MANY when too many ask at once.
        """
        known = self._access.users.get(user)
        _check_peer(user, is_loopback_peer)
        passwords = self._access.passwords
        if known is not None and passwords.is_right_at_once(known, password):
            return _let_in(known)
        return then(passwords.check(known, password), lambda is_right: self._judge(user, is_right))

    async def log_in(self, user: str, password: str, *, is_loopback_peer: bool) -> LoggedIn:
        """The same for those who can wait. Raises: RefusedError."""
        answer = self.check(user, password, is_loopback_peer=is_loopback_peer)
        return answer if isinstance(answer, LoggedIn) else await answer

    def check_certificate(self, name: str, *, is_loopback_peer: bool) -> LoggedIn:
        """Let in whom a verified certificate names. Raises: RefusedError(LOGIN_REFUSED)."""
        _check_peer(name, is_loopback_peer)
        known = self._access.users.get(name)
        if known is None:
            raise _refused(f"the certificate names user '{name}', and there is no such user", name)
        return _let_in(known)

    def enter(self, request: EnterVhost) -> None:
        """Raises: RefusedError if the user may not open a connection to the virtual host now."""
        user, vhost = request.user, request.vhost
        if vhost not in self._engine.vhosts:
            raise RefusedError(
                Refusal.NO_SUCH_VHOST,
                f"There is no virtual host '{vhost}'.",
                kind="vhost",
                name=vhost,
                vhost=vhost,
            )
        self._check_connections(user, vhost)
        if (user, vhost) not in self._access.permissions:
            raise RefusedError(
                Refusal.VHOST_REFUSED,
                f"User '{user}' has no permission in virtual host '{vhost}'. Give it one to let it in.",
                user=user,
                vhost=vhost,
            )

    def check_channel_limit(self, user: str) -> None:
        """Raises: RefusedError(TOO_MANY_CHANNELS_OF_USER) if the user may not open one more."""
        limits = self._access.user_limits.get(user)
        if limits is None or limits.max_channels is None:
            return
        open_now = sum(
            len(connection.channels)
            for connection in self._engine.connections.values()
            if connection.info.user == user
        )
        if open_now >= limits.max_channels:
            raise RefusedError(
                Refusal.TOO_MANY_CHANNELS_OF_USER,
                f"User '{user}' has {open_now} channels open; {limits.max_channels} is its limit.",
                user=user,
                limit=limits.max_channels,
            )

    def check_queue_limit(self, vhost: str, name: str) -> None:
        """Raises: RefusedError(TOO_MANY_QUEUES_OF_VHOST) if there is no room for one more queue."""
        limits = self._access.vhost_limits.get(vhost)
        host = self._engine.vhosts.get(vhost)
        if limits is None or limits.max_queues is None or host is None or name in host.queues:
            return
        if (count := len(host.queues)) >= limits.max_queues:
            raise RefusedError(
                Refusal.TOO_MANY_QUEUES_OF_VHOST,
                f"Virtual host '{vhost}' may have {limits.max_queues} queues, and has {count}. "
                "Raise its limit, or delete one.",
                kind="queue",
                name=name,
                vhost=vhost,
                limit=limits.max_queues,
            )

    def _check_connections(self, user: str, vhost: str) -> None:
        of_vhost, of_user = self._access.vhost_limits.get(vhost), self._access.user_limits.get(user)
        most_of_vhost = of_vhost.max_connections if of_vhost else None
        most_of_user = of_user.max_connections if of_user else None
        if most_of_vhost is None and most_of_user is None:
            return
        infos = [each.info for each in self._engine.connections.values() if each.info.user]
        count_of_vhost = sum(info.vhost == vhost for info in infos)
        count_of_user = sum(info.user == user for info in infos)
        if most_of_vhost is not None and count_of_vhost >= most_of_vhost:
            why, limit = Refusal.TOO_MANY_CONNECTIONS_OF_VHOST, most_of_vhost
            says = f"Virtual host '{vhost}' has {count_of_vhost} connections; {limit} is its limit."
        elif most_of_user is not None and count_of_user >= most_of_user:
            why, limit = Refusal.TOO_MANY_CONNECTIONS_OF_USER, most_of_user
            says = f"User '{user}' has {count_of_user} connections; {limit} is its limit."
        else:
            return
        raise RefusedError(why, says, user=user, vhost=vhost, limit=limit)

    def _judge(self, user: str, is_right: bool) -> LoggedIn:
        known = self._access.users.get(user)  # it may have gone in the meantime
        if not is_right or known is None:
            says = f"user '{user}' and password do not fit" if known else f"there is no user '{user}'"
            raise _refused(says, user)
        return _let_in(known)


def _let_in(user: User) -> LoggedIn:
    return LoggedIn(user.name, user.tags)


def _check_peer(user: str, is_loopback_peer: bool) -> None:
    if user in LOOPBACK_ONLY and not is_loopback_peer:
        raise _refused(f"user '{user}' is let in from this computer only", user)


def _refused(says: str, user: str) -> RefusedError:
    return RefusedError(Refusal.LOGIN_REFUSED, says[0].upper() + says[1:] + ".", user=user)
