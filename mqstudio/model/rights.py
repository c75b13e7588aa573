"""What a user may do in a virtual host, ready to be asked: a permission with its patterns compiled."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final

from mqstudio.model.access import Permission, TopicPermission
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.patterns import compile_pattern

DEFAULT_EXCHANGE_SAID = "amq.default"
"""What patterns and texts call the default exchange, whose name is empty (as RabbitMQ does)."""

_NOTHING = "^$"
"""What an empty pattern of a permission means: no name but the empty one, which nothing has."""

_EXCHANGES_REMEMBERED: Final = 1_000

Finds = Callable[[str], bool]


class Verb(StrEnum):
    """What there is to be allowed."""

    CONFIGURE = "configure"
    WRITE = "write"
    READ = "read"


class Rights:
    """What a user may do in a virtual host at a moment. Without a permission: nothing."""

    def __init__(
        self, user: str, vhost: str, permission: Permission | None, topics: Iterable[TopicPermission] = ()
    ) -> None:
        self.user = user
        self.vhost = vhost
        given = permission or Permission(user, vhost)
        self._finds: Mapping[Verb, Finds] = {verb: _finder(getattr(given, verb)) for verb in Verb}
        self._topics = {topic.exchange: topic for topic in topics}
        self._publishable: dict[str, bool] = {}

    def may(self, verb: Verb, name: str) -> bool:
        """Whether a queue or exchange of this name may be used so."""
        return self._finds[verb](name)

    def may_publish(self, exchange: str) -> bool:
        """Whether any message may be published to this exchange, whatever its routing key. Remembered."""
        may = self._publishable.get(exchange)
        if may is None:
            if len(self._publishable) >= _EXCHANGES_REMEMBERED:
                self._publishable.clear()
            may = self.may(Verb.WRITE, exchange or DEFAULT_EXCHANGE_SAID) and exchange not in self._topics
            self._publishable[exchange] = may
        return may

    def has_topic_rule(self, exchange: str) -> bool:
        """Whether routing keys matter at this exchange, if it is a topic exchange."""
        return exchange in self._topics

    def may_topic(self, verb: Verb, exchange: str, key: str) -> bool:
        """Whether this key may be written to, or read from, a topic exchange."""
        topic = self._topics.get(exchange)
        if topic is None:
            return True
        pattern = topic.write if verb is Verb.WRITE else topic.read
        return _finder(pattern, {"{username}": self.user, "{vhost}": self.vhost})(key)

    def check(self, verb: Verb, kind: str, name: str) -> None:
        """Raises: RefusedError(ACCESS_REFUSED) where `may` says no. `kind` is queue or exchange."""
        said = name or DEFAULT_EXCHANGE_SAID
        if not self.may(verb, said):
            raise RefusedError(
                Refusal.ACCESS_REFUSED,
                f"User '{self.user}' may not {verb} {kind} '{said}' in virtual host '{self.vhost}': the "
                f"pattern of the permission to {verb} does not find that name.",
                kind=kind,
                name=said,
                vhost=self.vhost,
                user=self.user,
            )

    def check_topic(self, verb: Verb, exchange: str, key: str) -> None:
        """Raises: RefusedError(TOPIC_REFUSED) where `may_topic` says no."""
        if not self.may_topic(verb, exchange, key):
            raise RefusedError(
                Refusal.TOPIC_REFUSED,
                f"User '{self.user}' may not {verb} routing key '{key}' at exchange '{exchange}' in virtual "
                f"host '{self.vhost}': the pattern of the topic permission does not find that key.",
                name=exchange,
                key=key,
                vhost=self.vhost,
                user=self.user,
            )


def _finder(pattern: str, words: Mapping[str, str] | None = None) -> Finds:
    """The search of a pattern. One that has become none with its words filled in finds nothing."""
    for word, value in (words or {}).items():
        pattern = pattern.replace(word, value)
    try:
        return compile_pattern(pattern or _NOTHING).search
    except ValueError:
        return lambda _name: False


NO_RIGHTS = Rights("", "", None)
"""What somebody may do who has not logged in."""
