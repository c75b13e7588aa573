"""How somebody chose to read the bodies of a queue; kept with the window's other settings."""

import msgspec

from mqstudio.model.limits import CHAIN_STEPS_MAX, CHAINS_REMEMBERED
from mqstudio.viewers.chain import Chain

Key = tuple[str, str]
"""A virtual host and a queue in it."""


class Chains:
    """Chosen chains by queue; the one chosen longest ago makes room."""

    def __init__(self) -> None:
        self._chosen: dict[Key, Chain] = {}

    def of(self, key: Key) -> Chain:
        """What was chosen for a queue; empty if nothing was."""
        return self._chosen.get(key, ())

    def choose(self, key: Key, chain: Chain) -> None:
        """Read the bodies of this queue so from now on."""
        self._chosen.pop(key, None)
        self._chosen[key] = chain[-CHAIN_STEPS_MAX - 1 :]
        while len(self._chosen) > CHAINS_REMEMBERED:
            del self._chosen[next(iter(self._chosen))]

    def forget(self, key: Key) -> None:
        """Guess again."""
        self._chosen.pop(key, None)

    def to_text(self) -> str:
        """All of it, for `restore`."""
        return msgspec.json.encode([[*key, *chain] for key, chain in self._chosen.items()]).decode()

    def restore(self, text: str) -> None:
        """What `to_text` gave; anything else counts for nothing."""
        try:
            entries = msgspec.json.decode(text or "[]", type=list[list[str]])
        except msgspec.DecodeError:
            return
        for vhost, queue, *chain in (entry for entry in entries if len(entry) > 2):
            self.choose((vhost, queue), tuple(chain))
