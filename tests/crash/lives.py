"""The ledger on disk tells legal lives: what happened to a message in a queue could have happened so."""

from collections import defaultdict
from typing import Final

from mqstudio.store.kinds import Kind
from tests.crash.world import World

READY: Final = "ready"
HELD: Final = "held"
RETURNING: Final = "returning"
REFUSED: Final = "refused"
DONE: Final = "done"
NONE: Final = "none"

STEPS: Final[dict[tuple[str, int], str]] = {
    (NONE, Kind.ENQUEUED): READY,
    (NONE, Kind.REFUSED): REFUSED,
    (NONE, Kind.DROPPED): DONE,  # a dead letter that would have come round again
    (READY, Kind.DELIVERED): HELD,
    (READY, Kind.REDELIVERED): HELD,
    (READY, Kind.DELIVERED_SETTLED): HELD,
    (READY, Kind.REDELIVERED_SETTLED): HELD,
    (READY, Kind.READ): READY,
    (READY, Kind.READ_ACCEPTED): READY,
    (DONE, Kind.READ_ACCEPTED): DONE,  # by a reader who had it before it went
    (NONE, Kind.READ_ACCEPTED): DONE,  # by one who had it before it was forgotten
    (READY, Kind.RELEASED): READY,  # by the reader of a log, likewise
    (DONE, Kind.RELEASED): DONE,
    (NONE, Kind.RELEASED): DONE,
    (HELD, Kind.ACCEPTED): DONE,
    (HELD, Kind.RELEASED): RETURNING,
    (HELD, Kind.REJECTED): REFUSED,
    (RETURNING, Kind.REQUEUED): READY,
    (RETURNING, Kind.DEAD_LETTERED): DONE,
    (RETURNING, Kind.DROPPED): DONE,
    (REFUSED, Kind.DEAD_LETTERED): DONE,
    (REFUSED, Kind.DROPPED): DONE,
    (READY, Kind.DEAD_LETTERED): DONE,
    (READY, Kind.DROPPED): DONE,
    (HELD, Kind.DROPPED): DONE,  # with its queue
    (READY, Kind.PURGED): DONE,
    (DONE, Kind.RESTORED): READY,
    (NONE, Kind.RESTORED): READY,  # and what came before is forgotten
}
"""What may happen to a message in a queue, and what it is then."""

_LOGS: Final = "SELECT id FROM queue WHERE name='log'"

READERS: Final = frozenset({Kind.RELEASED})


def check(world: World) -> list[str]:
    """Go through all lives. Returns: what cannot have been."""
    execute = world.connection.execute
    logs = {id for (id,) in execute("SELECT queue_id FROM event WHERE kind IN (18, 19) UNION " + _LOGS)}
    lives: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for id, message_id, kind, queue_id in execute(
        "SELECT id, message_id, kind, queue_id FROM event WHERE queue_id IS NOT NULL ORDER BY id"
    ):
        lives[queue_id, message_id].append((id, kind))
    places = set(execute("SELECT queue_id, message_id FROM place WHERE is_durable"))
    lasting = {
        (id, message) for id, queue in world.witness.durable.queues.items() for message in queue.places
    }
    wrongs = []
    for (queue_id, message_id), steps in lives.items():
        who = f"message {message_id} in queue {queue_id}"
        state = _live(steps, world.starts, who, wrongs, is_log=queue_id in logs)
        if ((queue_id, message_id) in places) != ((queue_id, message_id) in lasting):
            wrongs.append(f"{who}: its place and what should be differ")
        if (queue_id, message_id) in places and state not in (READY, HELD):
            wrongs.append(f"{who}: it has a place, though its life ended: {[kind for _, kind in steps]}")
    unknown = execute(
        "SELECT count(*) FROM place WHERE message_id NOT IN (SELECT id FROM message)"
    ).fetchone()
    if unknown != (0,):
        wrongs.append(f"{unknown[0]} places have no message")
    return wrongs


def _live(
    steps: list[tuple[int, int]], starts: list[int], who: str, wrongs: list[str], *, is_log: bool
) -> str:
    state = NONE
    last = 0
    for id, kind in steps:
        if any(last <= start < id for start in starts) and state in (HELD, RETURNING, REFUSED):
            state = READY  # the broker that knew who had it is gone
        last = id
        after = STEPS.get((state, kind))
        if after is None or (state in (READY, DONE, NONE) and kind in READERS and not is_log):
            wrongs.append(f"{who}: {kind} cannot come when it is {state}: {[kind for _, kind in steps]}")
            return DONE
        state = after
    return state
