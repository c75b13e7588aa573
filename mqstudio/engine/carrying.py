"""Carrying: all messages of a queue are moved to another, so many a second, until done or told to stop.

What comes while it lasts stays. Tasks end with the broker: what was carried by then is where it was to go.
"""

from itertools import islice
from typing import TYPE_CHECKING

from mqstudio.engine import moving, paging
from mqstudio.engine.channel import Channel
from mqstudio.engine.deadlines import Deadline
from mqstudio.engine.queue import Queue
from mqstudio.engine.vhost import find_queue
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch
from mqstudio.model.lending import CarryTask, StartCarrying, StopCarrying, TaskState
from mqstudio.model.lending_limits import CARRY_TASKS_KEPT
from mqstudio.model.verbs import Destination, MoveMessages, NotInHand, RedriveMessages

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine

TICK_US = 50_000


class Task:
    """A queue that is being emptied into another, or into those where its messages died."""

    __slots__ = ("channel", "due", "last_id", "moved", "owed", "queue", "state", "told", "why")

    def __init__(self, queue: Queue, channel: Channel, told: CarryTask, last_id: int) -> None:
        self.queue = queue
        self.channel = channel
        self.told = told
        self.last_id = last_id
        self.moved = 0
        self.owed = 0.0
        self.state = TaskState.RUNNING
        self.why = ""
        self.due: Deadline | None = None


def start(engine: "Engine", command: StartCarrying, now_us: int, events: EventBatch) -> CarryTask:
    """Begin to empty a queue. Raises: RefusedError: NO_SUCH_QUEUE, TOO_MANY if one runs there already."""
    channel = engine.channel(command.channel_id)
    queue = engine.queue(channel, command.queue)
    if command.to is not None:
        find_queue(channel.vhost, command.to)
    if any(each.queue is queue and each.state is TaskState.RUNNING for each in engine.carrying.values()):
        raise RefusedError(
            Refusal.TOO_MANY, f"Queue '{command.queue}' is being emptied already. Stop that, or wait for it."
        )
    told = CarryTask(
        engine.next_task_id,
        queue.ref.vhost,
        queue.ref.name,
        command.to,
        command.per_second,
        now_us,
        TaskState.RUNNING,
        0,
        queue.ready_count,
    )
    engine.next_task_id += 1
    task = Task(queue, channel, told, engine.next_message_id - 1)
    engine.carrying[told.id] = task
    ended = [key for key, each in engine.carrying.items() if each.state is not TaskState.RUNNING]
    for key in ended[: max(0, len(ended) - CARRY_TASKS_KEPT)]:
        del engine.carrying[key]
    task.due = engine.deadlines.add(now_us, _on_tick, task)
    return told


def stop(engine: "Engine", command: StopCarrying, now_us: int, events: EventBatch) -> CarryTask | None:
    """Carry no more; the answer says how far it came, None if no such task runs."""
    task = engine.carrying.get(command.task_id)
    if task is None or task.state is not TaskState.RUNNING:
        return None
    engine.deadlines.cancel(task.due)
    task.state = TaskState.CANCELLED
    return describe(task)


def describe(task: Task) -> CarryTask:
    """A task as it is now."""
    told = task.told
    return CarryTask(
        told.id,
        told.vhost,
        told.queue,
        told.to,
        told.per_second,
        told.started_at_us,
        task.state,
        task.moved,
        told.to_move,
        task.why,
    )


def _on_tick(engine: "Engine", task: Task, now_us: int, events: EventBatch) -> None:
    task.due = None
    queue = task.queue
    if queue.is_deleted:
        task.state, task.why = TaskState.FAILED, "The queue was deleted."
        return
    task.owed += task.told.per_second * TICK_US / 1e6
    count = int(task.owed)
    ids = tuple(message.id for message in islice(queue.ready, count) if message.id <= task.last_id)
    task.owed -= len(ids)
    try:
        moved = _carry(engine, task, ids, now_us, events)
    except RefusedError as refused:
        task.state, task.why = TaskState.FAILED, refused.says
        return
    task.moved += moved
    if queue.beyond is not None and not queue.ready:
        queue.beyond.is_wanted = True
        paging.look(engine, queue)
    elif count and not moved:
        task.state = TaskState.COMPLETED
        return
    task.due = engine.deadlines.add(now_us + TICK_US, _on_tick, task)


def _carry(engine: "Engine", task: Task, ids: tuple[int, ...], now_us: int, events: EventBatch) -> int:
    if not ids:
        return 0
    name, to = task.queue.ref.name, task.told.to
    if to is None:
        redrive = RedriveMessages(task.channel.ref.id, name, ids, keeps_deaths=False)
        reply = moving.redrive_for(engine, task.channel, redrive, now_us, events)
    else:
        move = MoveMessages(task.channel.ref.id, name, ids, Destination(queue=to), keeps_deaths=False)
        reply = moving.move_for(engine, task.channel, move, now_us, events)
    return 0 if isinstance(reply, NotInHand) else reply.count
