"""The table of the API: method and path → handler, and who may use it.

A path's `{}` stands for one percent-encoded segment; each is an argument of the handler.
"""

from collections.abc import Callable, Mapping
from typing import Any

from mqstudio.model.errors import RefusedError
from mqstudio.protocols.management import (
    bindings,
    connections,
    definitions,
    exchanges,
    health,
    hosts,
    metrics,
    overview,
    queues,
    users,
)
from mqstudio.protocols.management.answers import (
    NOT_ADMINISTRATOR,
    NOT_AUTHORISED,
    NOT_FOUND,
    BadRequestError,
    Desk,
    HttpRequest,
    Response,
    Steps,
    problem,
    refused,
)

Handler = Callable[..., Steps]

TABLE: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "api/overview", overview.overview),
    ("GET", "api/whoami", overview.whoami),
    ("GET", "api/auth", overview.auth),
    ("GET", "api/cluster-name", overview.cluster_name),
    ("GET", "api/nodes", overview.nodes),
    ("GET", "api/nodes/{}", overview.node),
    ("GET", "api/extensions", overview.nothing),
    ("GET", "api/feature-flags", overview.nothing),
    ("GET", "api/deprecated-features", overview.nothing),
    ("GET", "api/parameters", overview.nothing),
    ("GET", "api/parameters/{}", overview.nothing),
    ("GET", "api/parameters/{}/{}", overview.nothing),
    ("GET", "api/global-parameters", overview.nothing),
    ("GET", "api/aliveness-test/{}", health.alive),
    ("GET", "api/health/checks/alarms", health.alarms),
    ("GET", "api/health/checks/local-alarms", health.alarms),
    ("GET", "api/health/checks/virtual-hosts", health.virtual_hosts),
    ("GET", "api/health/checks/node-is-quorum-critical", health.quorum),
    ("GET", "api/health/checks/node-is-mirror-sync-critical", health.quorum),
    ("GET", "api/health/checks/certificate-expiration/{}/{}", health.certificates),
    ("GET", "api/health/checks/port-listener/{}", health.port),
    ("GET", "api/health/checks/protocol-listener/{}", health.protocol),
    ("GET", "api/definitions", definitions.export),
    ("POST", "api/definitions", definitions.load),
    ("GET", "api/definitions/{}", definitions.export_vhost),
    ("POST", "api/definitions/{}", definitions.load_vhost),
    ("GET", "api/connections", connections.all_connections),
    ("GET", "api/connections/username/{}", connections.of_user),
    ("GET", "api/connections/{}", connections.one),
    ("DELETE", "api/connections/{}", connections.close),
    ("GET", "api/connections/{}/channels", connections.channels_of),
    ("GET", "api/channels", connections.channels),
    ("GET", "api/channels/{}", connections.channel),
    ("GET", "api/consumers", connections.consumers),
    ("GET", "api/consumers/{}", connections.consumers_of_vhost),
    ("GET", "api/vhosts", hosts.all_vhosts),
    ("GET", "api/vhosts/{}", hosts.one_vhost),
    ("PUT", "api/vhosts/{}", hosts.put_vhost),
    ("DELETE", "api/vhosts/{}", hosts.delete_vhost),
    ("GET", "api/vhosts/{}/permissions", users.permissions_of_vhost),
    ("GET", "api/vhosts/{}/topic-permissions", users.topic_permissions_of_vhost),
    ("GET", "api/vhosts/{}/connections", connections.of_vhost),
    ("GET", "api/vhosts/{}/channels", connections.channels_of_vhost),
    ("GET", "api/exchanges", exchanges.all_exchanges),
    ("GET", "api/exchanges/{}", exchanges.of_vhost),
    ("GET", "api/exchanges/{}/{}", exchanges.one),
    ("PUT", "api/exchanges/{}/{}", exchanges.declare),
    ("DELETE", "api/exchanges/{}/{}", exchanges.delete),
    ("POST", "api/exchanges/{}/{}/publish", exchanges.publish),
    ("GET", "api/exchanges/{}/{}/bindings/source", bindings.from_exchange),
    ("GET", "api/exchanges/{}/{}/bindings/destination", bindings.to_exchange),
    ("GET", "api/queues", queues.all_queues),
    ("GET", "api/queues/{}", queues.of_vhost),
    ("GET", "api/queues/{}/{}", queues.one),
    ("PUT", "api/queues/{}/{}", queues.declare),
    ("DELETE", "api/queues/{}/{}", queues.delete),
    ("DELETE", "api/queues/{}/{}/contents", queues.purge),
    ("POST", "api/queues/{}/{}/get", queues.get),
    ("POST", "api/queues/{}/{}/actions", queues.act),
    ("GET", "api/queues/{}/{}/bindings", bindings.of_queue),
    ("GET", "api/bindings", bindings.all_bindings),
    ("GET", "api/bindings/{}", bindings.of_vhost),
    ("GET", "api/bindings/{}/e/{}/{}/{}", bindings.between),
    ("POST", "api/bindings/{}/e/{}/{}/{}", bindings.add),
    ("GET", "api/bindings/{}/e/{}/{}/{}/{}", bindings.one),
    ("DELETE", "api/bindings/{}/e/{}/{}/{}/{}", bindings.remove),
    ("GET", "api/users", users.all_users),
    ("GET", "api/users/without-permissions", users.without_permissions),
    ("POST", "api/users/bulk-delete", users.delete_users),
    ("GET", "api/users/{}", users.one_user),
    ("PUT", "api/users/{}", users.put_user),
    ("DELETE", "api/users/{}", users.delete_user),
    ("GET", "api/users/{}/permissions", users.permissions_of_user),
    ("GET", "api/users/{}/topic-permissions", users.topic_permissions_of_user),
    ("GET", "api/permissions", users.permissions),
    ("GET", "api/permissions/{}/{}", users.one_permission),
    ("PUT", "api/permissions/{}/{}", users.put_permission),
    ("DELETE", "api/permissions/{}/{}", users.delete_permission),
    ("GET", "api/topic-permissions", users.topic_permissions),
    ("GET", "api/topic-permissions/{}/{}", users.topic_permissions_of),
    ("PUT", "api/topic-permissions/{}/{}", users.put_topic_permission),
    ("DELETE", "api/topic-permissions/{}/{}", users.delete_topic_permission),
    ("GET", "api/vhost-limits", users.vhost_limits),
    ("GET", "api/vhost-limits/{}", users.vhost_limits),
    ("PUT", "api/vhost-limits/{}/{}", users.set_limit),
    ("DELETE", "api/vhost-limits/{}/{}", users.set_limit),
    ("GET", "api/user-limits", users.user_limits),
    ("GET", "api/user-limits/{}", users.user_limits),
    ("PUT", "api/user-limits/{}/{}", users.set_limit),
    ("DELETE", "api/user-limits/{}/{}", users.set_limit),
    *(
        (method, path.replace("policies", kind, 1), handler)
        for kind in ("policies", "operator-policies")
        for method, path, handler in (
            ("GET", "api/policies", hosts.all_policies),
            ("GET", "api/policies/{}", hosts.policies_of_vhost),
            ("GET", "api/policies/{}/{}", hosts.one_policy),
            ("PUT", "api/policies/{}/{}", hosts.put_policy),
            ("DELETE", "api/policies/{}/{}", hosts.delete_policy),
        )
    ),
    ("GET", "metrics", metrics.metrics),
    ("GET", "metrics/per-object", metrics.metrics),
    ("GET", "metrics/detailed", metrics.metrics),
)

OPEN_PATHS = ("metrics", "metrics/per-object", "metrics/detailed", "api/auth")
"""What needs no login: scrapers have none."""

TAGS = ("administrator", "monitoring", "policymaker", "management")
"""A user must have one of these to use the API at all."""

_ADMINISTRATORS_ONLY = ("users", "permissions", "topic-permissions", "user-limits", "operator-policies")


class Management:
    """The API as the server sees it."""

    name = "management"
    title = "RabbitMQ management API"
    realm = "RabbitMQ Management"

    def __init__(self) -> None:
        self._routes: Mapping[tuple[str, int], list[tuple[tuple[str, ...], Handler]]] = _by_length()

    def is_open(self, path: str) -> bool:
        """Whether a path may be read without a login."""
        return path.strip("/") in OPEN_PATHS

    def handle(self, request: HttpRequest, desk: Desk) -> Steps:
        """Answer a request; whatever is wrong with it ends here, in a response."""
        handler, names = self._find(request)
        if handler is None:
            return NOT_FOUND if names is None else problem(405, "Method Not Allowed", request.method)
        denied = _denied(request)
        if denied is not None:
            return denied
        try:
            return (yield from handler(request, desk, *(names or ())))
        except BadRequestError as error:
            return problem(400, error.error, error.reason)
        except RefusedError as error:
            return refused(error)

    def _find(self, request: HttpRequest) -> tuple[Handler | None, tuple[str, ...] | None]:
        """The handler and its arguments; without a handler, names are () where another method would do."""
        segments = request.segments()
        handler, names = self._match(request.method, segments)
        if handler is not None:
            return handler, names
        others = [method for method in ("GET", "PUT", "POST", "DELETE") if self._match(method, segments)[0]]
        return None, () if others else None

    def _match(self, method: str, segments: tuple[str, ...]) -> tuple[Handler | None, tuple[str, ...]]:
        for pattern, handler in self._routes.get((method, len(segments)), ()):
            if all(part in ("{}", segment) for part, segment in zip(pattern, segments, strict=True)):
                names = [s for part, s in zip(pattern, segments, strict=True) if part == "{}"]
                return handler, tuple(names)
        return None, ()


def _by_length() -> dict[tuple[str, int], list[tuple[tuple[str, ...], Handler]]]:
    routes: dict[tuple[str, int], list[tuple[tuple[str, ...], Any]]] = {}
    for method, path, handler in TABLE:
        parts = tuple(path.split("/"))
        routes.setdefault((method, len(parts)), []).append((parts, handler))
    return routes


def _denied(request: HttpRequest) -> Response | None:
    """What a user's tags do not allow."""
    path = request.path.strip("/")
    if path in OPEN_PATHS:
        return None
    if not set(request.tags) & set(TAGS):
        return NOT_AUTHORISED
    subject = path.split("/")[1] if "/" in path else ""
    is_change = request.method != "GET"
    needs_administrator = subject in _ADMINISTRATORS_ONLY or (
        is_change and subject in ("vhosts", "definitions", "vhost-limits")
    )
    if needs_administrator and "administrator" not in request.tags:
        return NOT_ADMINISTRATOR
    return None
