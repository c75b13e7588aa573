"""Who is told at a tick that time has passed: not everybody, for 10,000 connections may be at rest.

Restless links, those that shake hands, close, or have a deadline that is near, are told at each tick. The
rest takes turns: each is told once in `limits.CALM_ROUND_TICKS` ticks.
"""

from collections import OrderedDict
from typing import TYPE_CHECKING

from mqstudio.model.limits import CALM_ROUND_TICKS

if TYPE_CHECKING:
    from mqstudio.server.link import Link


class Pacing:
    """All links there are, in the order in which their turn comes."""

    def __init__(self) -> None:
        self._round: OrderedDict[Link, None] = OrderedDict()
        self._restless: dict[Link, None] = {}

    def join(self, link: "Link") -> None:
        """A new link: restless until it has shaken hands."""
        self._round[link] = None
        self._restless[link] = None

    def leave(self, link: "Link") -> None:
        """A link is gone."""
        self._round.pop(link, None)
        self._restless.pop(link, None)

    def look_at(self, link: "Link") -> None:
        """Something has happened on a link: it may not be calm any more."""
        if not link.session.is_calm() and link in self._round:
            self._restless[link] = None

    def due(self) -> list["Link"]:
        """The links whose time it is."""
        due = self._restless
        self._restless = {link: None for link in due if not link.session.is_calm()}
        for _ in range(-(-len(self._round) // CALM_ROUND_TICKS)):
            link = next(iter(self._round))
            self._round.move_to_end(link)
            due[link] = None
        return list(due)
