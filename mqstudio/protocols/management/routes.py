"""The table of the API: method and path → handler, and who may use it.

A path's `{}` stands for one percent-encoded segment; each is an argument of the handler.
"""

from collections.abc import Callable, Mapping

from mqstudio.model.errors import RefusedError
from mqstudio.protocols.management import (
    bindings,
    connections,
    definitions,
    exchanges,
    health,
    hosts,
    looking,
    metrics,
    overview,
    parameters,
    queues,
    users,
)
from mqstudio.protocols.management.answers import (
    NOT_FOUND,
    BadRequestError,
    Desk,
    HttpRequest,
    Response,
    Steps,
    problem,
)
from mqstudio.protocols.management.refusals import refused
from mqstudio.protocols.management.visitors import Need, denied

Handler = Callable[..., Steps]

TABLE: tuple[tuple[str, str, Need, Handler], ...] = (
    ("GET", "api/overview", Need.ANY_TAG, overview.overview),
    ("GET", "api/whoami", Need.ANY_TAG, overview.whoami),
    ("GET", "api/auth", Need.ANY_TAG, overview.auth),
    ("GET", "api/cluster-name", Need.ANY_TAG, overview.cluster_name),
    ("GET", "api/nodes", Need.MONITOR, overview.nodes),
    ("GET", "api/nodes/{}", Need.MONITOR, overview.node),
    ("GET", "api/nodes/{}/memory", Need.MONITOR, overview.node_memory),
    ("GET", "api/extensions", Need.ANY_TAG, overview.nothing),
    ("GET", "api/feature-flags", Need.ADMINISTRATOR, overview.feature_flags),
    ("PUT", "api/feature-flags/{}/enable", Need.ADMINISTRATOR, overview.enable_feature),
    ("GET", "api/deprecated-features", Need.ANY_TAG, overview.nothing),
    ("GET", "api/deprecated-features/used", Need.ANY_TAG, overview.nothing),
    ("GET", "api/parameters", Need.POLICYMAKER, parameters.listed),
    ("GET", "api/parameters/{}", Need.POLICYMAKER, parameters.listed),
    ("GET", "api/parameters/{}/{}", Need.POLICYMAKER, parameters.listed),
    ("GET", "api/parameters/{}/{}/{}", Need.POLICYMAKER, parameters.one),
    ("PUT", "api/parameters/{}/{}/{}", Need.POLICYMAKER, parameters.put),
    ("GET", "api/global-parameters", Need.POLICYMAKER, overview.nothing),
    ("GET", "api/aliveness-test/{}", Need.VHOST, health.alive),
    ("GET", "api/health/checks/alarms", Need.ANY_TAG, health.alarms),
    ("GET", "api/health/checks/local-alarms", Need.ANY_TAG, health.alarms),
    ("GET", "api/health/checks/virtual-hosts", Need.ANY_TAG, health.virtual_hosts),
    ("GET", "api/health/checks/node-is-quorum-critical", Need.ANY_TAG, health.quorum),
    ("GET", "api/health/checks/node-is-mirror-sync-critical", Need.ANY_TAG, health.quorum),
    ("GET", "api/health/checks/certificate-expiration/{}/{}", Need.ANY_TAG, health.certificates),
    ("GET", "api/health/checks/port-listener/{}", Need.ANY_TAG, health.port),
    ("GET", "api/health/checks/protocol-listener/{}", Need.ANY_TAG, health.protocol),
    ("GET", "api/definitions", Need.ADMINISTRATOR, definitions.export),
    ("POST", "api/definitions", Need.ADMINISTRATOR, definitions.load),
    ("GET", "api/definitions/{}", Need.ADMINISTRATOR, definitions.export_vhost),
    ("POST", "api/definitions/{}", Need.ADMINISTRATOR, definitions.load_vhost),
    ("GET", "api/connections", Need.ANY_TAG, connections.all_connections),
    ("GET", "api/connections/username/{}", Need.ANY_TAG, connections.of_user),
    ("GET", "api/connections/{}", Need.ANY_TAG, connections.one),
    ("DELETE", "api/connections/{}", Need.ANY_TAG, connections.close),
    ("GET", "api/connections/{}/channels", Need.ANY_TAG, connections.channels_of),
    ("GET", "api/channels", Need.ANY_TAG, connections.channels),
    ("GET", "api/channels/{}", Need.ANY_TAG, connections.channel),
    ("GET", "api/consumers", Need.ANY_TAG, connections.consumers),
    ("GET", "api/consumers/{}", Need.ANY_TAG, connections.consumers_of_vhost),
    ("GET", "api/vhosts", Need.ANY_TAG, hosts.all_vhosts),
    ("GET", "api/vhosts/{}", Need.ADMINISTRATOR, hosts.one_vhost),
    ("PUT", "api/vhosts/{}", Need.ADMINISTRATOR, hosts.put_vhost),
    ("DELETE", "api/vhosts/{}", Need.ADMINISTRATOR, hosts.delete_vhost),
    ("GET", "api/vhosts/{}/permissions", Need.ADMINISTRATOR, users.permissions_of_vhost),
    ("GET", "api/vhosts/{}/topic-permissions", Need.ADMINISTRATOR, users.topic_permissions_of_vhost),
    ("GET", "api/vhosts/{}/connections", Need.VHOST, connections.of_vhost),
    ("GET", "api/vhosts/{}/channels", Need.VHOST, connections.channels_of_vhost),
    ("GET", "api/exchanges", Need.ANY_TAG, exchanges.all_exchanges),
    ("GET", "api/exchanges/{}", Need.VHOST, exchanges.of_vhost),
    ("GET", "api/exchanges/{}/{}", Need.VHOST, exchanges.one),
    ("PUT", "api/exchanges/{}/{}", Need.VHOST, exchanges.declare),
    ("DELETE", "api/exchanges/{}/{}", Need.VHOST, exchanges.delete),
    ("POST", "api/exchanges/{}/{}/publish", Need.VHOST, exchanges.publish),
    ("GET", "api/exchanges/{}/{}/bindings/source", Need.VHOST, bindings.from_exchange),
    ("GET", "api/exchanges/{}/{}/bindings/destination", Need.VHOST, bindings.to_exchange),
    ("GET", "api/queues", Need.ANY_TAG, queues.all_queues),
    ("GET", "api/queues/detailed", Need.ANY_TAG, queues.all_queues),
    ("GET", "api/queues/{}", Need.VHOST, queues.of_vhost),
    ("GET", "api/queues/{}/{}", Need.VHOST, queues.one),
    ("PUT", "api/queues/{}/{}", Need.VHOST, queues.declare),
    ("DELETE", "api/queues/{}/{}", Need.VHOST, queues.delete),
    ("DELETE", "api/queues/{}/{}/contents", Need.VHOST, queues.purge),
    ("POST", "api/queues/{}/{}/get", Need.VHOST, queues.get),
    ("POST", "api/queues/{}/{}/actions", Need.ADMINISTRATOR, queues.act),
    ("GET", "api/queues/{}/{}/bindings", Need.VHOST, bindings.of_queue),
    ("GET", "api/bindings", Need.ANY_TAG, bindings.all_bindings),
    ("GET", "api/bindings/{}", Need.VHOST, bindings.of_vhost),
    ("GET", "api/bindings/{}/e/{}/{}/{}", Need.VHOST, bindings.between),
    ("POST", "api/bindings/{}/e/{}/{}/{}", Need.VHOST, bindings.add),
    ("GET", "api/bindings/{}/e/{}/{}/{}/{}", Need.VHOST, bindings.one),
    ("DELETE", "api/bindings/{}/e/{}/{}/{}/{}", Need.VHOST, bindings.remove),
    ("GET", "api/users", Need.ADMINISTRATOR, users.all_users),
    ("GET", "api/users/without-permissions", Need.ADMINISTRATOR, users.without_permissions),
    ("POST", "api/users/bulk-delete", Need.ADMINISTRATOR, users.delete_users),
    ("GET", "api/users/{}", Need.ADMINISTRATOR, users.one_user),
    ("PUT", "api/users/{}", Need.ADMINISTRATOR, users.put_user),
    ("DELETE", "api/users/{}", Need.ADMINISTRATOR, users.delete_user),
    ("GET", "api/users/{}/permissions", Need.ADMINISTRATOR, users.permissions_of_user),
    ("GET", "api/users/{}/topic-permissions", Need.ADMINISTRATOR, users.topic_permissions_of_user),
    ("GET", "api/permissions", Need.ADMINISTRATOR, users.permissions),
    ("GET", "api/permissions/{}/{}", Need.ADMINISTRATOR, users.one_permission),
    ("PUT", "api/permissions/{}/{}", Need.ADMINISTRATOR, users.put_permission),
    ("DELETE", "api/permissions/{}/{}", Need.ADMINISTRATOR, users.delete_permission),
    ("GET", "api/topic-permissions", Need.ADMINISTRATOR, users.topic_permissions),
    ("GET", "api/topic-permissions/{}/{}", Need.ADMINISTRATOR, users.topic_permissions_of),
    ("PUT", "api/topic-permissions/{}/{}", Need.ADMINISTRATOR, users.put_topic_permission),
    ("DELETE", "api/topic-permissions/{}/{}", Need.ADMINISTRATOR, users.delete_topic_permission),
    ("GET", "api/vhost-limits", Need.ANY_TAG, users.vhost_limits),
    ("GET", "api/vhost-limits/{}", Need.ANY_TAG, users.vhost_limits),
    ("PUT", "api/vhost-limits/{}/{}", Need.ADMINISTRATOR, users.set_limit),
    ("DELETE", "api/vhost-limits/{}/{}", Need.ADMINISTRATOR, users.set_limit),
    ("GET", "api/user-limits", Need.ANY_TAG, users.user_limits),
    ("GET", "api/user-limits/{}", Need.ANY_TAG, users.user_limits),
    ("PUT", "api/user-limits/{}/{}", Need.ADMINISTRATOR, users.set_limit),
    ("DELETE", "api/user-limits/{}/{}", Need.ADMINISTRATOR, users.set_limit),
    ("GET", "api/policies", Need.ANY_TAG, hosts.all_policies),
    ("GET", "api/policies/{}", Need.VHOST, hosts.policies_of_vhost),
    ("GET", "api/policies/{}/{}", Need.POLICIES, hosts.one_policy),
    ("PUT", "api/policies/{}/{}", Need.POLICIES, hosts.put_policy),
    ("DELETE", "api/policies/{}/{}", Need.POLICIES, hosts.delete_policy),
    ("GET", "api/operator-policies", Need.ANY_TAG, hosts.all_policies),
    ("GET", "api/operator-policies/{}", Need.VHOST, hosts.policies_of_vhost),
    ("GET", "api/operator-policies/{}/{}", Need.ADMINISTRATOR, hosts.one_policy),
    ("PUT", "api/operator-policies/{}/{}", Need.ADMINISTRATOR, hosts.put_policy),
    ("DELETE", "api/operator-policies/{}/{}", Need.ADMINISTRATOR, hosts.delete_policy),
    ("POST", "api/rebalance/queues", Need.ADMINISTRATOR, health.rebalance),
    ("GET", "api/healthchecks/node", Need.ANY_TAG, health.fine),
    ("GET", "api/healthchecks/node/{}", Need.ANY_TAG, health.fine),
    ("GET", "metrics", Need.ANY_TAG, metrics.metrics),
    ("GET", "metrics/per-object", Need.ANY_TAG, metrics.per_object),
    ("GET", "metrics/detailed", Need.ANY_TAG, metrics.detailed),
)

METHODS = ("GET", "PUT", "POST", "DELETE")

OPEN_PATHS = ("metrics", "metrics/per-object", "metrics/detailed", "api/auth")
"""What needs no login: scrapers have none."""

Route = tuple[Need, Handler, tuple[str, ...]]
"""What a request has led to: who may, what is done, and the names in its path."""


class Management:
    """The API as the server sees it."""

    name = "management"
    title = "RabbitMQ management API"
    realm = "RabbitMQ Management"

    def __init__(self) -> None:
        self._routes = _by_length()

    def is_open(self, path: str) -> bool:
        """Whether a path may be read without a login."""
        return path.strip("/") in OPEN_PATHS

    def handle(self, request: HttpRequest, desk: Desk) -> Steps:
        """Answer a request; whatever is wrong with it ends here, in a response."""
        route = self._match(request.method, request.segments())
        if route is None:
            return self._no_route(request)
        need, handler, names = route
        turned_away = None if self.is_open(request.path) else denied(need, request, desk, names)
        if turned_away is not None:
            return turned_away
        try:
            response = yield from handler(request, desk, *names)
        except BadRequestError as error:
            return problem(error.status, error.error, error.reason)
        except RefusedError as error:
            return refused(error)
        return looking.with_columns(request, response)

    def _no_route(self, request: HttpRequest) -> Response:
        """Nothing of that kind, or nothing that can be done to it."""
        segments = request.segments()
        allowed = [method for method in METHODS if self._match(method, segments)]
        return Response(405, headers={"Allow": ", ".join(allowed)}) if allowed else NOT_FOUND

    def _match(self, method: str, segments: tuple[str, ...]) -> Route | None:
        for pattern, need, handler in self._routes.get((method, len(segments)), ()):
            if all(part in ("{}", segment) for part, segment in zip(pattern, segments, strict=True)):
                names = [s for part, s in zip(pattern, segments, strict=True) if part == "{}"]
                return need, handler, tuple(names)
        return None


Routes = Mapping[tuple[str, int], list[tuple[tuple[str, ...], Need, Handler]]]


def _by_length() -> Routes:
    """Routes by method and number of segments: few are left to be compared."""
    routes: dict[tuple[str, int], list[tuple[tuple[str, ...], Need, Handler]]] = {}
    for method, path, need, handler in TABLE:
        parts = tuple(path.split("/"))
        routes.setdefault((method, len(parts)), []).append((parts, need, handler))
    return routes
