"""Topic permissions and limits of a broker made of lists."""

from typing import Any

from mqstudio.model import access


class Limited:
    """What users are kept to."""

    def __init__(self) -> None:
        self.topics: dict[tuple[str, str, str], access.TopicPermission] = {}
        self.users: dict[str, access.UserLimits] = {}
        self.vhosts: dict[str, access.VhostLimits] = {}

    def put(self, request: Any) -> access.PutReply | None:
        """Put a topic permission, or limits."""
        match request:
            case access.PutTopicPermission(user, exchange, vhost, write, read):
                key = (user, vhost, exchange)
                is_new = key not in self.topics
                self.topics[key] = access.TopicPermission(user, vhost, exchange, write, read)
                return access.PutReply(is_new)
            case access.PutUserLimits(user, connections, channels):
                self.users[user] = access.UserLimits(user, connections, channels)
            case access.PutVhostLimits(vhost, connections, queues):
                self.vhosts[vhost] = access.VhostLimits(vhost, connections, queues)
        return None

    def delete(self, request: access.DeleteTopicPermission) -> None:
        """Lift a topic permission."""
        del self.topics[request.user, request.vhost, request.exchange or ""]

    def rows(self) -> tuple[list[Any], list[Any], list[Any]]:
        """As GetAccess has them."""
        return list(self.topics.values()), list(self.users.values()), list(self.vhosts.values())
