"""Runs the demo shop until it is to close: a thread for each role, as each would be a program elsewhere."""

import threading
from collections.abc import Callable

import pika.exceptions

from mqstudio.demo.shop import Role, Shift, declare, roles

FAILURES = (pika.exceptions.AMQPError, OSError, ValueError)
"""What a client may fail with: the broker, the system, or an address that is none."""

_REFUSED = (pika.exceptions.ProbableAuthenticationError, pika.exceptions.ProbableAccessDeniedError)

_BROKEN = (pika.exceptions.ConnectionClosed, pika.exceptions.StreamLostError)

JOIN_S = 5.0
"""Roles look up from their work several times a second; one that does not is left behind."""


class ShopFailedError(OSError):
    """The shop could not open, or had to close; the text says why."""


class Shop:
    """A shop at a broker. `closing`: set to close it; set by itself if a role fails."""

    def __init__(self, url: str, rate_per_s: float) -> None:
        self.closing = threading.Event()
        self._url, self._rate_per_s = url, rate_per_s
        self._failed: list[str] = []
        self._threads: list[threading.Thread] = []

    def open(self) -> None:
        """Declare what is needed, and let everybody begin. Raises: ShopFailedError."""
        shifts: list[tuple[Role, Shift]] = []
        try:
            for role in roles():
                shifts.append((role, Shift(self._url, role.name, self._rate_per_s, self.closing)))
                if len(shifts) == 1:
                    declare(shifts[0][1].channel)
        except FAILURES as error:
            for _, shift in shifts:
                shift.close()
            raise ShopFailedError(why(error)) from error
        for role, shift in shifts:
            thread = threading.Thread(target=self._work, args=(role, shift), name=role.name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self, role: Role, shift: Shift) -> None:
        try:
            try:
                role.work(shift)
            finally:
                shift.close()
        except FAILURES as error:
            if not self.closing.is_set():
                self._failed.append(f"The {role.name} had to stop. {why(error)}")
        finally:
            self.closing.set()

    def wait(self, seconds: float | None) -> None:
        """Wait until the shop is to close, so long at most; then close it. Raises: ShopFailedError."""
        self.closing.wait(seconds)
        self.close()
        if self._failed:
            raise ShopFailedError(self._failed[0])

    def close(self) -> None:
        """Let everybody finish and go."""
        self.closing.set()
        for thread in self._threads:
            thread.join(JOIN_S)


def guarded(work: Callable[[str], None], url: str) -> None:
    """Do something with the broker. Raises: ShopFailedError."""
    try:
        work(url)
    except FAILURES as error:
        raise ShopFailedError(why(error)) from error


def why(error: Exception) -> str:
    """What a client's error means, for people; never with the address, which may hold a password."""
    if isinstance(error, ValueError):
        return str(error)
    if isinstance(error, _REFUSED):
        return "The broker refused the login. Give another one: --amqp amqp://user:password@host:5672/"
    if isinstance(error, pika.exceptions.ChannelClosedByBroker | pika.exceptions.ConnectionClosedByBroker):
        return f"The broker said: {error.reply_text}."
    if isinstance(error, OSError | pika.exceptions.AMQPConnectionError) and not isinstance(error, _BROKEN):
        return "No broker answers there. Start one with `mqstudio serve`, or give its address with --amqp."
    return "The connection to the broker broke."
