"""A connection in a scripted conversation."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.differential.chan import WAIT_S, Chan, OverError
from tests.differential.wire import PROTOCOL_HEADER, HungUpError, Item, Link, SilenceError, write_method

if TYPE_CHECKING:
    from tests.differential.talk import Talk

CAPABILITIES = (
    "authentication_failure_close",
    "basic.nack",
    "connection.blocked",
    "consumer_cancel_notify",
    "publisher_confirms",
)


@dataclass
class Line:
    """A connection; channel 0 of it is spoken with directly."""

    talk: "Talk"
    link: Link
    number: int
    channels: int = 0
    is_open: bool = False

    def open(
        self,
        *,
        user: str = "guest",
        password: str = "guest",
        vhost: str = "/",
        capabilities: Iterable[str] = CAPABILITIES,
        frame_max: int = 131_072,
    ) -> "Line":
        """Shake hands, quietly; heartbeats are off."""
        self.link.send(PROTOCOL_HEADER)
        self.receive("connection.start")
        self.link.send(write_method(0, "connection.start-ok", login(user, password, capabilities)))
        self.receive("connection.tune")
        tuned = {"channel_max": 2047, "frame_max": frame_max, "heartbeat": 0}
        self.link.send(write_method(0, "connection.tune-ok", tuned))
        self.link.send(write_method(0, "connection.open", {"vhost": vhost}))
        self.receive("connection.open-ok")
        self.is_open = True
        return self

    def receive(self, *wanted: str) -> Item:
        """The next method of channel 0; one that was not wanted is written down and ends the talk."""
        item = self.next_item(0, WAIT_S)
        if wanted and item.name not in wanted:
            self.note(item)
            raise OverError
        return item

    def send(self, method: str, **values: Any) -> None:
        """Say something on channel 0."""
        self.link.send(write_method(0, method, values))

    def hear(self, *, within_s: float = WAIT_S) -> Item:
        """Write down the next method of channel 0."""
        item = self.next_item(0, within_s)
        self.note(item)
        if item.name == "connection.close":
            self.send("connection.close-ok")
        self.is_open = item.name == "connection.open-ok" or (self.is_open and "close" not in item.name)
        return item

    def hear_end(self, *, within_s: float = WAIT_S) -> None:
        """Write down how the broker ends the connection: with a word, or without."""
        try:
            self.note(self.link.receive(0, within_s))
            self.is_open = False
        except HungUpError:
            self.talk.say(f"{self.mark(0)}hung up")
        except SilenceError:
            self.talk.say(f"{self.mark(0)}still connected")

    def channel(self, number: int | None = None) -> Chan:
        """Open a channel, quietly."""
        self.channels += 1
        chan = Chan(self, number or self.channels)
        chan.send("channel.open")
        item = self.next_item(chan.number, WAIT_S)
        if item.name != "channel.open-ok":
            self.note(item)
            raise OverError
        return chan

    def bare(self, number: int) -> Chan:
        """A channel that has not been opened."""
        return Chan(self, number)

    def mark(self, channel: int) -> str:
        """What lines of a channel begin with; nothing for the first of all."""
        return "" if (self.number, channel) == (1, 1) else f"[{self.number}.{channel}] "

    def note(self, item: Item) -> None:
        """Write something down that came."""
        self.talk.say(self.mark(item.channel) + item.text())

    def next_item(self, channel: int, within_s: float) -> Item:
        """The next item of a channel; an end of the whole connection counts as one."""
        while True:
            if channel and self.link.inbox(0):
                self.hear()
                raise OverError
            try:
                return self._wait(channel, within_s)
            except SilenceError:
                self.talk.say(f"{self.mark(channel)}nothing came")
                raise OverError from None
            except HungUpError:
                self.talk.say(f"{self.mark(channel)}hung up")
                raise OverError from None

    def _wait(self, channel: int, within_s: float) -> Item:
        """Wait on a channel in steps, so that the end of the connection is noticed at once."""
        deadline = time.monotonic() + within_s
        while True:
            try:
                return self.link.receive(channel, min(0.02, max(0.0, deadline - time.monotonic())))
            except SilenceError:
                if channel and self.link.inbox(0):
                    self.hear()
                    raise OverError from None
                if time.monotonic() >= deadline:
                    raise

    def leave(self) -> None:
        """Say goodbye if that is still possible, and hang up."""
        if self.is_open:
            self.send("connection.close", code=200, text="")
            deadline = time.monotonic() + WAIT_S
            try:
                while time.monotonic() < deadline:
                    if self.link.receive(0, WAIT_S).name in ("connection.close-ok", "connection.close"):
                        break
            except (HungUpError, SilenceError, AssertionError):
                pass
        self.link.hang_up()


def login(
    user: str = "guest", password: str = "guest", capabilities: Iterable[str] = CAPABILITIES
) -> dict[str, Any]:
    """The fields of a start-ok."""
    return {
        "mechanism": "PLAIN",
        "response": f"\0{user}\0{password}".encode(),
        "locale": "en_US",
        "properties": {"capabilities": dict.fromkeys(capabilities, True)},
    }
