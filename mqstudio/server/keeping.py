"""What people ask about the profile itself: how its disk is, backups, going on after a failure."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from mqstudio.model.disk import (
    DiskRequest,
    GetBackup,
    GetStoreHealth,
    ResumePublishing,
    StartBackup,
    StopBackup,
    StoreHealth,
)
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.server.kept import journal_of
from mqstudio.store.memory import MemoryStore

if TYPE_CHECKING:
    from mqstudio.server.broker import Broker

_NOTHING_KEPT: Final = "This broker keeps nothing on disk, so that there is nothing to do this with."


def answer(broker: "Broker", request: DiskRequest) -> object:
    """The reply that the request's docstring names. Raises: RefusedError."""
    if isinstance(request, GetStoreHealth):
        return health(broker)
    store = journal_of(broker.store)
    if store is None:
        raise RefusedError(Refusal.NOT_STORED, _NOTHING_KEPT)
    match request:
        case ResumePublishing():
            store.go_on()
            return None
        case StartBackup(target, is_plain):
            return store.backups.start(store, Path(target), is_plain=is_plain)
        case StopBackup():
            return store.backups.stop()
        case GetBackup():
            return store.backups.state()


def health(broker: "Broker") -> StoreHealth:
    """How it stands with the profile."""
    blocked_by, began_us = broker.blocking.reasons(), broker.info().started_at_us
    if isinstance(broker.store, MemoryStore):
        return StoreHealth(blocked_by=blocked_by, recorded_since_us=began_us)
    store = journal_of(broker.store)
    if store is None:
        from mqstudio.server.looking_store import LookingStore  # noqa: PLC0415  # see `kept`

        assert isinstance(broker.store, LookingStore)
        return StoreHealth(str(broker.store.path), broker.store.is_encrypted, is_read_only=True)
    says = store.problem.says if store.problem is not None else ""
    is_encrypted, one_in = store.key is not None, store.projection.one_in
    return StoreHealth(
        str(store.path),
        is_encrypted,
        one_in,
        blocked_by,
        says,
        store.pending_bytes(),
        store.health,
        broker.disk_alarm.recorded_since_us or began_us,
        broker.disk_alarm.low_bytes,
        broker.disk_alarm.bare_bytes,
    )
