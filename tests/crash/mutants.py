"""Mutants: a store or a broker with one thing wrong, which the suite must notice."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import apsw

from mqstudio.model import events as e
from mqstudio.store import log_rescue, paging, profile_file
from mqstudio.store.changes import FIELDS, Row
from mqstudio.store.projection import Projection
from mqstudio.store.writer import Writer


class Mutant:
    """Nothing is wrong with this one; others change a thing or two."""

    name = "none"
    confirms_early = False
    sends_twice = False
    lies = False
    """The disk says that it has synced what it has not."""

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Change what is changed for as long as it runs."""
        yield

    def opened(self, connection: apsw.Connection) -> None:
        """Change the settings of a connection."""

    def writer(self, connection: apsw.Connection) -> Writer:
        """The one who writes."""
        return Writer(connection)

    def note(self, projection: Projection, batch: e.EventBatch) -> None:
        """Turn events into rows."""
        projection.note(batch)

    def sections(self, sections: list[Row]) -> list[Row]:
        """What is to be written."""
        return sections


def _changed(sections: list[Row], **changes: object) -> list[Row]:
    return [
        tuple(changes.get(name, value) for name, value in zip(FIELDS, section, strict=True))
        for section in sections
    ]


class ConfirmsEarly(Mutant):
    """Publishers are told before the commit."""

    name = "confirm before commit"
    confirms_early = True


class SyncsLess(Mutant):
    """synchronous=NORMAL: the log is synced when it is brought over only."""

    name = "synchronous=NORMAL"

    def opened(self, connection: apsw.Connection) -> None:
        connection.pragma("synchronous", 1)


class NeverSyncs(Mutant):
    """synchronous=OFF."""

    name = "synchronous=OFF"

    def opened(self, connection: apsw.Connection) -> None:
        connection.pragma("synchronous", 0)


class Lies(Mutant):
    """The disk does not sync."""

    name = "no fsync"
    lies = True


class ForgetsCounters(Mutant):
    """How often a message was handed over is not written."""

    name = "delivery counter not written"

    def sections(self, sections: list[Row]) -> list[Row]:
        return _changed(sections, changed_places={})


class ForgetsRequeues(Mutant):
    """What a consumer gives back has no place any more."""

    name = "requeue forgotten"

    def note(self, projection: Projection, batch: e.EventBatch) -> None:
        for event in batch:
            if isinstance(event, e.MessageRequeued):
                projection.give_up_place(event.queue, event.message)
        projection.note(batch)


class PagesBackwards(Mutant):
    """Pages are read from their end."""

    name = "wrong order in paging"

    @contextmanager
    def applied(self) -> Iterator[None]:
        backwards = paging._BY_ARRIVAL.replace("ORDER BY message_id", "ORDER BY message_id DESC")
        with patch.object(paging, "_BY_ARRIVAL", backwards):
            yield


class _AppliesAnything(Writer):
    def commit(self, number: int, sections: object, progress: object, *, is_clean: bool) -> None:
        self.last_commit = number - 1
        super().commit(number, sections, progress, is_clean=is_clean)  # type: ignore[arg-type]  # as they came


class AppliesTwice(Mutant):
    """What was sent again is written again."""

    name = "commit applied twice"
    sends_twice = True

    def writer(self, connection: apsw.Connection) -> Writer:
        return _AppliesAnything(connection)


class KeepsPlaces(Mutant):
    """What is acknowledged keeps its place."""

    name = "place not removed on ack"

    def sections(self, sections: list[Row]) -> list[Row]:
        return _changed(sections, gone_places={})


class TrustsTheLog(Mutant):
    """A log that another process has left is taken as it is."""

    name = "log not emptied at start"

    @contextmanager
    def applied(self) -> Iterator[None]:
        as_it_is = patch.object(log_rescue, "secure_log", lambda *_, **__: None)
        with as_it_is, patch.object(profile_file, "_empty_log", lambda *_: None):
            yield


class TrustsSyncs(Mutant):
    """A log that another process has left is brought over without having been written again."""

    name = "log not written again at start"

    @contextmanager
    def applied(self) -> Iterator[None]:
        with patch.object(log_rescue, "secure_log", lambda *_, **__: None):
            yield


class KeepsNoCopy(Mutant):
    """A log that is written again has no copy beside it meanwhile."""

    name = "log written again without a copy"

    @contextmanager
    def applied(self) -> Iterator[None]:
        with patch.object(log_rescue, "put_back_log", lambda *_, **__: None):
            yield


MUTANTS = (
    ConfirmsEarly,
    SyncsLess,
    NeverSyncs,
    Lies,
    ForgetsCounters,
    ForgetsRequeues,
    PagesBackwards,
    AppliesTwice,
    KeepsPlaces,
    TrustsTheLog,
    TrustsSyncs,
    KeepsNoCopy,
)
