"""Parameters: what RabbitMQ keeps of policies of operators and of limits, under names of components."""

from collections.abc import Generator
from typing import Any

from mqstudio.model import access as a
from mqstudio.model.rows import Topology
from mqstudio.protocols.base import Request
from mqstudio.protocols.management import looking, shapes
from mqstudio.protocols.management.answers import (
    NOT_FOUND,
    BadRequestError,
    Desk,
    HttpRequest,
    Json,
    Response,
    Steps,
)
from mqstudio.protocols.management.users import limits_json
from mqstudio.protocols.management.visitors import visible

OPERATOR_POLICY, VHOST_LIMITS = "operator_policy", "vhost-limits"


def shown(topology: Topology, table: a.AccessTable) -> list[Json]:
    """All there are."""
    policies = [
        {
            "component": OPERATOR_POLICY,
            "name": each.name,
            "vhost": each.vhost,
            "value": {k: v for k, v in shapes.policy(each).items() if k not in ("name", "vhost")},
        }
        for each in topology.policies
        if each.is_operator
    ]
    limits = [
        {"component": VHOST_LIMITS, "name": "limits", "vhost": each.vhost, "value": limits_json(each)}
        for each in table.vhost_limits
    ]
    return [*policies, *limits]


def _chosen(request: HttpRequest, desk: Desk, names: tuple[str, ...]) -> Generator[Request, Any, list[Json]]:
    """Those of a component, virtual host and name, as far as they are given and may be seen."""
    topology = yield from looking.topology()
    table: a.AccessTable = yield a.GetAccess()
    wanted = dict(zip(("component", "vhost", "name"), names, strict=False))
    found = visible(request, desk, shown(topology, table))
    return [each for each in found if all(each[key] == value for key, value in wanted.items())]


def listed(request: HttpRequest, desk: Desk, *names: str) -> Steps:
    """Policies of operators and limits of virtual hosts, as parameters."""
    return (yield from looking.listed(request, (yield from _chosen(request, desk, names))))


def one(request: HttpRequest, desk: Desk, *names: str) -> Steps:
    """One of them."""
    found = yield from _chosen(request, desk, names)
    return Response(content=found[0]) if found else NOT_FOUND


def put(request: HttpRequest, desk: Desk, component: str, *_names: str) -> Steps:
    """Refused: shovels and federation, which are set up so, are not here."""
    yield from ()
    raise BadRequestError("bad_request", f"Validation failed\n\ncomponent {component} not found\n")
