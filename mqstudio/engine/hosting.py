"""Virtual hosts: made, changed and deleted."""

from typing import TYPE_CHECKING

from mqstudio.engine import connecting, counting, delaying, removing
from mqstudio.engine.vhost import Exchange, VirtualHost
from mqstudio.model.commands import DeleteVhost, PutVhost
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import ConnectionKicked, EventBatch, ExchangeDeleted, VhostCreated, VhostDeleted
from mqstudio.model.limits import VHOSTS_MAX
from mqstudio.model.rules import QueueKind
from mqstudio.model.topology import DEFAULT_VHOST, ExchangeSpec, VhostSpec

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def put_vhost(engine: "Engine", command: PutVhost, now_us: int, events: EventBatch) -> None:
    """Make or change a virtual host. Raises: RefusedError: INVALID_ARGUMENT, TOO_MANY."""
    spec = command.spec
    if not spec.name:
        raise RefusedError(Refusal.INVALID_ARGUMENT, "A virtual host needs a name. Give one.", kind="vhost")
    if spec.default_kind and spec.default_kind not in tuple(QueueKind):
        known = ", ".join(QueueKind)
        says = f"There is no queue type '{spec.default_kind}'. Known: {known}."
        raise RefusedError(Refusal.INVALID_ARGUMENT, says, kind="vhost", name=spec.name)
    existing = engine.vhosts.get(spec.name)
    if existing is not None:
        existing.spec = spec
    elif len(engine.vhosts) >= VHOSTS_MAX:
        raise RefusedError(Refusal.TOO_MANY, f"There are {VHOSTS_MAX} virtual hosts, the most we take.")
    else:
        engine.vhosts[spec.name] = new_vhost(engine, spec)
    events.note(VhostCreated(now_us, spec))


def new_vhost(engine: "Engine", spec: VhostSpec) -> VirtualHost:
    """A virtual host with the exchanges that are always there."""
    vhost = VirtualHost(spec)
    for each in (ExchangeSpec("", "direct", is_durable=True), *engine.predeclared):
        vhost.exchanges[each.name] = Exchange(
            each, engine.kinds[each.kind], vhost, engine.surroundings, is_system=True
        )
    return vhost


def delete_vhost(engine: "Engine", command: DeleteVhost, now_us: int, events: EventBatch) -> None:
    """Delete a virtual host with everything in it. Raises: RefusedError: NO_SUCH_VHOST, INVALID_ARGUMENT."""
    vhost = engine.vhost(command.name)
    if command.name == DEFAULT_VHOST:
        says = f"The virtual host '{DEFAULT_VHOST}' is where every client begins: it stays."
        raise RefusedError(Refusal.INVALID_ARGUMENT, says, kind="vhost", name=command.name)
    for channel in [each for each in engine.channels.values() if each.vhost is vhost]:
        connecting.end_channel(engine, channel, now_us, events)
    for connection in engine.connections.values():
        if connection.vhost is vhost:
            reason = f"vhost '{command.name}' is down"
            engine.post(connection, ConnectionKicked(connection.info.id, reason))
    for queue in list(vhost.queues.values()):
        removing.remove_queue(engine, queue, "its virtual host was deleted", now_us, events)
    counting.tell_hops(engine)
    for name in vhost.exchanges:
        if name:
            events.note(ExchangeDeleted(now_us, vhost.name, name))
    for exchange in vhost.exchanges.values():
        exchange.is_deleted = True
        delaying.drop_held(engine, exchange, now_us, events)
    del engine.vhosts[command.name]
    events.note(VhostDeleted(now_us, command.name))
