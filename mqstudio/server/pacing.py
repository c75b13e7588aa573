"""Who is told at a tick that time has passed: not everybody, for 10,000 connections may be at rest.

Restless links, those that shake hands, close, or have a deadline that is near, are told at each tick. The
rest takes turns: each is told once in `limits.CALM_ROUND_TICKS` ticks.
"""

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mqstudio.model.limits import CALM_ROUND_TICKS

if TYPE_CHECKING:
    from mqstudio.server.link import Link


class Pacing:
    """All links there are, in the order in which their turn comes."""

    def __init__(self, links: Mapping[int, "Link"]) -> None:
        self._links = links
        """The broker's own: who is not in it is gone."""
        self._round: deque[Link] = deque()
        self._restless: dict[Link, None] = {}

    def join(self, link: "Link") -> None:
        """A new link: restless until it has shaken hands."""
        self._round.append(link)
        self._restless[link] = None

    def look_at(self, link: "Link") -> None:
        """Something has happened on a link: it may not be calm any more."""
        if not link.session.is_calm():
            self._restless[link] = None

    def due(self) -> list["Link"]:
        """The links whose time it is. Links that are gone leave the round when it is their turn."""
        due = self._restless
        self._restless = {link: None for link in due if not link.session.is_calm() and self._is_there(link)}
        for _ in range(-(-len(self._round) // CALM_ROUND_TICKS)):
            link = self._round.popleft()
            if self._is_there(link):
                self._round.append(link)
                due[link] = None
        return [link for link in due if self._is_there(link)]

    def _is_there(self, link: "Link") -> bool:
        return link.connection_id in self._links
