"""Virtual hosts and policies."""

from collections.abc import Generator
from typing import Any

from mqstudio.model.commands import DeletePolicy, DeleteVhost, PutPolicy, PutVhost
from mqstudio.model.policies import AppliesTo, Policy
from mqstudio.model.rows import Topology
from mqstudio.model.topology import VhostSpec
from mqstudio.protocols.base import Request
from mqstudio.protocols.management import looking, reading, shapes
from mqstudio.protocols.management.answers import (
    NO_CONTENT,
    NOT_FOUND,
    BadRequestError,
    Desk,
    HttpRequest,
    Json,
    Response,
    Steps,
    put,
)
from mqstudio.protocols.management.visitors import visible, visible_vhosts


def _shown(topology: Topology, specs: list[VhostSpec]) -> list[Json]:
    return [
        shapes.vhost(
            spec,
            sum(row.ready for row in topology.queues if row.vhost == spec.name),
            sum(row.in_flight for row in topology.queues if row.vhost == spec.name),
        )
        for spec in specs
    ]


def all_vhosts(request: HttpRequest, desk: Desk) -> Steps:
    """All virtual hosts."""
    topology = yield from looking.topology()
    return (
        yield from looking.listed(request, _shown(topology, visible_vhosts(request, desk, topology.vhosts)))
    )


def one_vhost(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """One virtual host."""
    topology = yield from looking.topology()
    found = _shown(topology, [spec for spec in topology.vhosts if spec.name == name])
    return Response(content=found[0]) if found else NOT_FOUND


def put_vhost(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """Make a virtual host, or change it."""
    is_new = yield from make_vhost(name, request.object())
    return put(is_new=is_new)


def make_vhost(name: str, asked: dict[str, Json]) -> Generator[Request, Any, bool]:
    """Make or change a virtual host as JSON describes it; whether it is new."""
    topology = yield from looking.topology()
    old = next((spec for spec in topology.vhosts if spec.name == name), None)
    before = old or VhostSpec(name)
    kind = asked.get("default_queue_type", asked.get("defaultqueuetype", before.default_kind))
    spec = VhostSpec(
        name,
        str(asked.get("description", before.description)),
        reading.words({"tags": list(before.tags), **asked}, "tags"),
        "" if kind in (None, "undefined") else str(kind),
        reading.flag({"tracing": before.is_traced, **asked}, "tracing"),
    )
    yield PutVhost(spec)
    return old is None


def delete_vhost(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """Delete a virtual host."""
    looking.check_vhost(name, (yield from looking.topology()))
    yield DeleteVhost(name)
    return NO_CONTENT


def _policies(is_operator: bool) -> Generator[Request, Any, list[Policy]]:
    topology = yield from looking.topology()
    return [policy for policy in topology.policies if policy.is_operator is is_operator]


def _is_operator(request: HttpRequest) -> bool:
    return "operator-policies" in request.path


def all_policies(request: HttpRequest, desk: Desk) -> Steps:
    """Policies, or operator policies, of all virtual hosts."""
    found = yield from _policies(_is_operator(request))
    return (
        yield from looking.listed(request, visible(request, desk, [shapes.policy(each) for each in found]))
    )


def policies_of_vhost(request: HttpRequest, desk: Desk, vhost: str) -> Steps:
    """Policies of a virtual host."""
    looking.check_vhost(vhost, (yield from looking.topology()))
    found = yield from _policies(_is_operator(request))
    return (
        yield from looking.listed(request, [shapes.policy(each) for each in found if each.vhost == vhost])
    )


def one_policy(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """One policy."""
    found = yield from _policies(_is_operator(request))
    shown = [shapes.policy(each) for each in found if (each.vhost, each.name) == (vhost, name)]
    return Response(content=shown[0]) if shown else NOT_FOUND


def put_policy(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Make a policy, or change it."""
    is_operator = _is_operator(request)
    found = yield from _policies(is_operator)
    policy = read_policy(vhost, name, request.object(), is_operator=is_operator)
    yield PutPolicy(policy)
    return put(is_new=all((each.vhost, each.name) != (vhost, name) for each in found))


def read_policy(vhost: str, name: str, asked: dict[str, Json], *, is_operator: bool) -> Policy:
    """A policy as JSON describes it. Raises: BadRequestError."""
    reading.need(asked, "pattern", "definition")
    applies_to = asked.get("apply-to", "all")
    if applies_to not in tuple(AppliesTo):
        raise BadRequestError(
            "bad_request", f"Validation failed: 'apply-to' must be one of {', '.join(AppliesTo)}."
        )
    if not isinstance(asked["definition"], dict):
        raise BadRequestError("bad_request", "Validation failed: 'definition' must be an object.")
    priority = asked.get("priority") or 0
    if isinstance(priority, bool) or not isinstance(priority, int):
        raise BadRequestError("bad_request", "Validation failed: 'priority' must be a number.")
    pattern = str(asked["pattern"])
    return Policy(vhost, name, pattern, asked["definition"], priority, AppliesTo(applies_to), is_operator)


def delete_policy(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Delete a policy."""
    yield DeletePolicy(vhost, name, _is_operator(request))
    return NO_CONTENT
