"""Policies: which one applies to a queue or exchange, and what changes when they change."""

from typing import TYPE_CHECKING

from mqstudio.engine import enqueueing, leasing
from mqstudio.engine.vhost import Exchange, VirtualHost
from mqstudio.model import arguments
from mqstudio.model.commands import DeletePolicy, PutPolicy
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch, PolicyDeleted, PolicyPut
from mqstudio.model.limits import POLICIES_MAX
from mqstudio.model.patterns import compile_pattern
from mqstudio.model.policies import FOR_EXCHANGES, FOR_QUEUES, Policy, best_policy
from mqstudio.model.rules import QueueRules
from mqstudio.model.topology import QueueSpec

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def put_policy(engine: "Engine", command: PutPolicy, now_us: int, events: EventBatch) -> None:
    """Make or change a policy. Raises: RefusedError: NO_SUCH_VHOST, INVALID_ARGUMENT, TOO_MANY."""
    policy = command.policy
    vhost = engine.vhost(policy.vhost)
    check(policy)
    if len(vhost.policies) >= POLICIES_MAX and (policy.is_operator, policy.name) not in vhost.policies:
        raise RefusedError(Refusal.TOO_MANY, f"There are {POLICIES_MAX} policies, the most we take.")
    vhost.policies[policy.is_operator, policy.name] = policy
    events.note(PolicyPut(now_us, policy))
    _apply_to_all(engine, vhost, now_us, events)


def check(policy: Policy) -> None:
    """Check a policy. Raises: RefusedError(INVALID_ARGUMENT)."""
    try:
        if not policy.name:
            raise ValueError("A policy needs a name. Give one.")
        if not policy.definition:
            raise ValueError("A policy must set something: its definition is empty.")
        compile_pattern(policy.pattern)
        for key, value in policy.definition.items():
            argument = arguments.POLICY_KEYS.get(key)
            if argument is None:
                known = ", ".join(sorted(arguments.POLICY_KEYS))
                raise ValueError(f"A policy cannot set '{key}'. It can set: {known}.")
            arguments.check(argument, value)
    except ValueError as problem:
        facts = {"kind": "policy", "name": policy.name, "vhost": policy.vhost}
        raise RefusedError(Refusal.INVALID_ARGUMENT, str(problem), **facts) from None


def delete_policy(engine: "Engine", command: DeletePolicy, now_us: int, events: EventBatch) -> None:
    """Delete a policy. Raises: RefusedError: NO_SUCH_VHOST, NO_SUCH_POLICY."""
    vhost = engine.vhost(command.vhost)
    if vhost.policies.pop((command.is_operator, command.name), None) is None:
        raise RefusedError(
            Refusal.NO_SUCH_POLICY,
            f"There is no {'operator ' if command.is_operator else ''}policy '{command.name}' "
            f"in virtual host '{command.vhost}'.",
            kind="policy",
            name=command.name,
            vhost=command.vhost,
        )
    events.note(PolicyDeleted(now_us, command.vhost, command.name, command.is_operator))
    _apply_to_all(engine, vhost, now_us, events)


def _apply_to_all(engine: "Engine", vhost: VirtualHost, now_us: int, events: EventBatch) -> None:
    for queue in list(vhost.queues.values()):
        queue.policy, queue.operator_policy, rules = for_queue(vhost, queue.spec)
        enqueueing.change_rules(engine, queue, rules, now_us, events)
    for channel in engine.channels.values():
        if channel.vhost is vhost:
            leasing.look(engine, channel)
    for exchange in vhost.exchanges.values():
        apply_to_exchange(exchange)
    vhost.forget_routes()


def for_queue(vhost: VirtualHost, spec: QueueSpec) -> tuple[Policy | None, Policy | None, QueueRules]:
    """The policy and the operator's policy for a queue, and the rules they make with its arguments."""
    if not vhost.policies:
        return None, None, arguments.queue_rules(spec.arguments)
    kinds = FOR_QUEUES[arguments.queue_kind(spec.arguments)]
    user, operator = (
        best_policy(vhost.policies.values(), spec.name, kinds, is_operator=is_operator)
        for is_operator in (False, True)
    )
    rules = arguments.queue_rules(
        spec.arguments, user.definition if user else None, operator.definition if operator else None
    )
    return user, operator, rules


def apply_to_exchange(exchange: Exchange) -> None:
    """Find an exchange's policy, and its alternate: the argument's, else the policy's."""
    name = exchange.spec.name
    policies = exchange.vhost.policies.values()
    policy = best_policy(policies, name, FOR_EXCHANGES, is_operator=False) if name else None
    exchange.policy = policy
    own = exchange.spec.arguments.get("alternate-exchange")
    exchange.alternate = (
        own if own is not None else (policy.definition if policy else {}).get("alternate-exchange")
    )
