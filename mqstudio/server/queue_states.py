"""How queues are set and what is in them, as protocols ask that have queues by name."""

from mqstudio.engine.carrying import describe
from mqstudio.engine.engine import Engine
from mqstudio.engine.sending import held_back
from mqstudio.model.lending import CarryTask
from mqstudio.model.queries import DescribeQueues, ListCarrying
from mqstudio.model.rows import QueueState


def describe_queues(engine: Engine, query: DescribeQueues) -> tuple[QueueState, ...]:
    """The queues of a virtual host, or one of them."""
    vhost = engine.vhosts.get(query.vhost)
    if vhost is None:
        return ()
    names = sorted(vhost.queues) if query.name is None else [query.name]
    queues = [vhost.queues[name] for name in names if name in vhost.queues]
    return tuple(
        QueueState(
            queue.ref.id,
            queue.ref.name,
            queue.spec.arguments,
            queue.ready_count,
            queue.in_flight,
            len(held_back(engine, queue)) if query.name is not None else 0,
        )
        for queue in queues
    )


def list_carrying(engine: Engine, query: ListCarrying) -> tuple[CarryTask, ...]:
    """The tasks of a queue, the newest first."""
    found = [describe(task) for task in engine.carrying.values()]
    mine = [each for each in found if (each.vhost, each.queue) == (query.vhost, query.queue)]
    return tuple(sorted(mine, key=lambda each: -each.id))
