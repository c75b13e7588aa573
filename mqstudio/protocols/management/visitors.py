"""Who may see and do what by this API: by a user's tags, and by its permissions in virtual hosts.

As RabbitMQ has it (measured on 3.10.8): administrators may look everywhere, but to change what is in a
virtual host, or to take messages from it, they need permissions as everybody does.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, auto

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.rights import Verb
from mqstudio.model.topology import ConnectionInfo, VhostSpec
from mqstudio.protocols.management.answers import Desk, HttpRequest, Json, Response, problem

ADMINISTRATOR, MONITORING, POLICYMAKER, MANAGEMENT = TAGS = (
    "administrator",
    "monitoring",
    "policymaker",
    "management",
)
"""A user must have one of these to use the API at all."""


class Need(Enum):
    """What a route asks of its visitors. Administrators are let in everywhere.

    VHOST: to be let into the virtual host that the route names first. POLICIES: to be a policymaker, and
    let into that virtual host.
    """

    ANY_TAG = auto()
    MONITOR = auto()
    ADMINISTRATOR = auto()
    VHOST = auto()
    POLICYMAKER = auto()
    POLICIES = auto()


_OBJECT = "User not authorised to access object"
SAYS: Mapping[Need, str] = {
    Need.ANY_TAG: "Not management user",
    Need.MONITOR: "Not monitor user",
    Need.ADMINISTRATOR: "Not administrator user",
    Need.VHOST: "User not authorised to access virtual host",
    Need.POLICYMAKER: _OBJECT,
    Need.POLICIES: _OBJECT,
}
"""What those hear who do not have what is needed."""


def denied(need: Need, request: HttpRequest, desk: Desk, names: Sequence[str]) -> Response | None:
    """The answer for one who may not use a route; None: who asks may."""
    tags = set(request.tags)
    if not tags & set(TAGS):
        return problem(401, "not_authorised", SAYS[Need.ANY_TAG])
    if ADMINISTRATOR in tags or need is Need.ANY_TAG:
        return None
    is_let_in = bool(names) and names[0] in desk.vhosts_of(request.user)
    is_allowed = {
        Need.MONITOR: MONITORING in tags,
        Need.VHOST: is_let_in,
        Need.POLICYMAKER: POLICYMAKER in tags,
        Need.POLICIES: POLICYMAKER in tags and is_let_in,
    }.get(need, False)
    return None if is_allowed else problem(401, "not_authorised", SAYS[need])


def is_monitor(request: HttpRequest) -> bool:
    """Whether who asks may see everybody's connections, and figures of the node."""
    return bool({ADMINISTRATOR, MONITORING} & set(request.tags))


def visible(request: HttpRequest, desk: Desk, items: Iterable[Json]) -> list[Json]:
    """What of a list is in virtual hosts that who asks is let into."""
    if ADMINISTRATOR in request.tags:
        return list(items)
    entered = desk.vhosts_of(request.user)
    return [item for item in items if item["vhost"] in entered]


def visible_vhosts(request: HttpRequest, desk: Desk, specs: Iterable[VhostSpec]) -> list[VhostSpec]:
    """The virtual hosts that who asks may know of."""
    entered = desk.vhosts_of(request.user)
    return [spec for spec in specs if is_monitor(request) or spec.name in entered]


def sees(request: HttpRequest, owner: ConnectionInfo) -> bool:
    """Whether who asks may know of a connection: one's own, or as a monitor any."""
    return is_monitor(request) or owner.user == request.user


def check(request: HttpRequest, desk: Desk, verb: Verb, resource: tuple[str, str, str]) -> None:
    """Raises: RefusedError(ACCESS_REFUSED) if who asks has no right to (virtual host, kind, name)."""
    vhost, kind, name = resource
    enter(request, desk, vhost)
    desk.rights(request.user, vhost).check(verb, kind, name)


def enter(request: HttpRequest, desk: Desk, vhost: str) -> None:
    """Raises: RefusedError(VHOST_REFUSED) if who asks is not let into a virtual host that exists."""
    desk.channel(vhost)
    if vhost not in desk.vhosts_of(request.user):
        says = f"User '{request.user}' has no permission in virtual host '{vhost}'. Give it one to let it in."
        raise RefusedError(Refusal.VHOST_REFUSED, says, user=request.user, vhost=vhost)
