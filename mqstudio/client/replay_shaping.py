"""What of a recording is sent again, and as what: which records, to where, changed how. Pure."""

from collections.abc import Callable

from msgspec.structs import replace

from mqstudio.client.replay_values import KEY_HOLE, MARK, Target, TargetKind, Wishes
from mqstudio.client.sending import Parcel
from mqstudio.exporters.base import Record
from mqstudio.model.message import Header, Past, Properties
from mqstudio.model.patching.applying import apply_patch
from mqstudio.model.patching.syntax import parse_patch
from mqstudio.model.patching.tree import PatchError
from mqstudio.model.replay_limits import REPLAY_FAMILY_MAX


class UnfitError(Exception):
    """A message cannot be made as asked for; says why."""


class Chooser:
    """Tells which records go: a message once, and not what comes of others that go."""

    def __init__(self, target: Target) -> None:
        self._takes_all = target.kind is TargetKind.QUEUES
        self._last_id: int | None = None
        self._family: dict[int, None] = {}
        """Messages of which others may come, the oldest first."""

    def wants(self, record: Record) -> bool:
        """Whether to send it. Records come in the order of their messages' ids."""
        if self._takes_all:
            return True
        message_id, past = record.row.message_id, record.past
        is_again = message_id == self._last_id
        self._last_id = message_id
        if is_again:
            return False
        self._family[message_id] = None
        if len(self._family) > REPLAY_FAMILY_MAX:
            del self._family[next(iter(self._family))]
        return past is None or past.parent_id not in self._family


class Shaper:
    """Makes of a record the message to send. run: the replay's name in marks. Raises: PatchError."""

    def __init__(self, wishes: Wishes, run: str, new_id: Callable[[], str]) -> None:
        self._wishes, self._run, self._new_id = wishes, run, new_id
        self._patch = parse_patch(wishes.patch) if wishes.patch.strip() else None

    def is_own(self, record: Record) -> bool:
        """Whether this replay itself has sent it."""
        return any(
            header.name == MARK and str(header.value).startswith(f"{self._run} #")
            for header in record.properties.headers or ()
        )

    def parcel(self, record: Record) -> Parcel:
        """The message as it goes. Raises: UnfitError."""
        row, body, properties = record.row, record.body, record.properties
        if len(body) < row.size_bytes:
            raise UnfitError(
                f"Its recording has {len(body):,} of the {row.size_bytes:,} bytes of its body. "
                "Record it with whole bodies."
            )
        if self._patch is not None:
            try:
                body, properties = apply_patch(self._patch, body, properties)
            except PatchError as error:
                raise UnfitError(f"The change does not fit it: {error.says}") from error
        if self._wishes.has_new_ids:
            properties = replace(properties, message_id=self._new_id())
        if self._wishes.is_marked:
            properties = _marked(properties, f"{self._run} #{row.message_id}")
        vhost, exchange, key = self.address(record)
        return Parcel(exchange, key, body, properties, vhost)

    def address(self, record: Record) -> tuple[str, str, str]:
        """Where it goes: virtual host, exchange, routing key."""
        target, wishes = self._wishes.target, self._wishes
        vhost = record.vhost if target.vhost is None else target.vhost
        exchange, key = origin(record)
        key = wishes.key.replace(KEY_HOLE, key) if wishes.key else key
        match target.kind:
            case TargetKind.ORIGINAL:
                return vhost, exchange, key
            case TargetKind.EXCHANGE:
                return vhost, target.name, key
            case TargetKind.QUEUE:
                return vhost, "", target.name
            case TargetKind.QUEUES:
                if not record.row.queue:
                    raise UnfitError("It was in no queue, so there is none to put it into.")
                return vhost, "", record.row.queue


def origin(record: Record) -> tuple[str, str]:
    """The exchange and key by which its publisher sent it, before it died or was moved."""
    return _before(record.row.exchange, record.row.routing_key, record.past)


def _before(exchange: str, key: str, past: Past | None) -> tuple[str, str]:
    if past is None:
        return exchange, key
    if past.moved is not None:
        return _before(past.moved.exchange, past.moved.routing_key, past.moved.before)
    if past.first is not None:
        reason, queue, _ = past.first
        for death in past.deaths:
            if (death.reason, death.queue) == (reason, queue):
                return death.exchange, death.routing_keys[0] if death.routing_keys else key
    return exchange, key


def _marked(properties: Properties, mark: str) -> Properties:
    headers = [each for each in properties.headers or () if each.name != MARK]
    return replace(properties, headers=[*headers, Header(MARK, "string", mark)])
