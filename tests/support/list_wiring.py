"""What is declared in a broker made of lists, but for queues: exchanges, bindings, policies, vhosts."""

from mqstudio.model.policies import Policy
from mqstudio.model.topology import Arguments, BindingSpec, DestinationKind, ExchangeSpec, VhostSpec


class Wiring:
    """The half of that broker which is wired up."""

    exchanges: dict[str, ExchangeSpec]
    bound: list[BindingSpec]
    vhosts: dict[str, VhostSpec]
    policies: dict[tuple[bool, str], Policy]

    async def declare_exchange(
        self, name: str, kind: str = "direct", *, is_durable: bool = False, is_auto_delete: bool = False,
        is_internal: bool = False, arguments: Arguments | None = None, vhost: str = "/",
    ) -> None:  # fmt: skip
        self.exchanges[name] = ExchangeSpec(
            name, kind, is_durable, is_auto_delete, is_internal, arguments or {}
        )

    async def delete_exchange(self, name: str, *, vhost: str = "/") -> None:
        self.exchanges.pop(name)
        self.bound = [each for each in self.bound if name not in (each.exchange, each.destination)]

    async def bind(
        self, exchange: str, destination: str, routing_key: str = "", *, arguments: Arguments | None = None,
        destination_kind: DestinationKind = DestinationKind.QUEUE, vhost: str = "/",
    ) -> None:  # fmt: skip
        self.bound.append(BindingSpec(exchange, destination, routing_key, arguments or {}, destination_kind))

    async def unbind(
        self, exchange: str, destination: str, routing_key: str = "", *, arguments: Arguments | None = None,
        destination_kind: DestinationKind = DestinationKind.QUEUE, vhost: str = "/",
    ) -> None:  # fmt: skip
        spec = BindingSpec(exchange, destination, routing_key, arguments or {}, destination_kind)
        self.bound.remove(spec)

    async def put_vhost(self, spec: VhostSpec) -> None:
        self.vhosts[spec.name] = spec

    async def delete_vhost(self, name: str) -> None:
        del self.vhosts[name]

    async def put_policy(self, policy: Policy) -> None:
        self.policies[policy.is_operator, policy.name] = policy

    async def delete_policy(self, name: str, *, is_operator: bool = False, vhost: str = "/") -> None:
        del self.policies[is_operator, name]
