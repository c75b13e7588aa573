"""Queues: made, found, changed, emptied, deleted; and their tags."""

import json
import re
from collections.abc import Generator, Mapping
from typing import Any, Final

from mqstudio.model.commands import DeclareQueue, DeleteQueue, PurgeQueue
from mqstudio.model.lending import AlterQueue, GatherQueue
from mqstudio.protocols.base import Request
from mqstudio.protocols.sqs import attributes, names
from mqstudio.protocols.sqs.attributes import COUNTED, OURS, READABLE, Settings, settings_of, to_arguments
from mqstudio.protocols.sqs.errors import SqsError, invalid, invalid_value, missing
from mqstudio.protocols.sqs.names import Scope
from mqstudio.protocols.sqs.visit import Found, Steps, Visit

TAGS_MAX: Final = 50
PURGE_PAUSE_US: Final = 60_000_000
_PAGE_MAX: Final = 1000


def create_queue(visit: Visit) -> Steps:
    """CreateQueue: makes a queue, or meets one that is set the same."""
    given = visit.given.get("Attributes")
    is_fifo = isinstance(given, dict) and given.get("FifoQueue") == "true"
    name = names.check_name(visit.given.get("QueueName"), is_fifo=is_fifo)
    wanted = attributes.check(given, is_fifo=is_fifo, is_new=True)
    tags = _tags(visit.given.get("tags") or visit.given.get("Tags"))
    states = yield from visit.states(visit.scope, name)
    if states:
        _meet(settings_of(name, states[0].arguments), wanted)
        return {"QueueUrl": visit.scope.url(visit.host_header, name)}
    seconds = str(visit.now_us // 1_000_000)
    stored = {**_without_empty(wanted), "CreatedTimestamp": seconds, "LastModifiedTimestamp": seconds}
    settings = Settings(stored, tags, is_fifo)
    yield from _check_target(visit, settings)
    channel_id = yield from visit.channel(visit.scope.vhost)
    arguments = to_arguments(settings)
    yield from visit.ask(DeclareQueue(channel_id, name, is_durable=True, arguments=arguments))
    return {"QueueUrl": visit.scope.url(visit.host_header, name)}


def _without_empty(wanted: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in wanted.items() if value != ""}


def _meet(there: Settings, wanted: Mapping[str, str]) -> None:
    """Compare what was given, and only that, with how a queue is. Raises: SqsError."""
    for name, value in wanted.items():
        current = "true" if name == "FifoQueue" and there.is_fifo else there.text(name)
        if current != value and not _means_the_same(name, current, value):
            says = f"A queue already exists with the same name and a different value for attribute {name}"
            raise SqsError("QueueNameExists", says)


def _means_the_same(name: str, current: str, value: str) -> bool:
    if name not in ("RedrivePolicy", "Policy", "RedriveAllowPolicy") or not (current and value):
        return False
    one, other = (json.loads(each) for each in (current, value))
    if name == "RedrivePolicy":
        one, other = ({key: str(each) for key, each in policy.items()} for policy in (one, other))
    return bool(one == other)


def _check_target(visit: Visit, settings: Settings) -> Generator[Request, None, None]:
    """A dead-letter queue must be there, and be of the same type. Raises: SqsError."""
    redrive = settings.redrive
    if redrive is None:
        return
    policy = settings.given["RedrivePolicy"]
    found = names.read_arn(redrive.target_arn)
    states = (yield from visit.states(*found)) if found is not None else ()
    if not states or found is None or found[0].vhost != visit.scope.vhost:
        raise invalid_value(policy, "RedrivePolicy", "Dead letter target does not exist.")
    if settings_of(found[1], states[0].arguments).is_fifo is not settings.is_fifo:
        raise invalid_value(
            policy, "RedrivePolicy", "Dead-letter queue must be same type of queue as the source."
        )


def get_queue_url(visit: Visit) -> Steps:
    """GetQueueUrl: by name, and perhaps the owner's account."""
    name = visit.text("QueueName")
    account = visit.given.get("QueueOwnerAWSAccountId")
    scope = Scope(account, visit.scope.region) if isinstance(account, str) and account else visit.scope
    found = yield from visit.find(scope, name)
    return {"QueueUrl": found.scope.url(visit.host_header, name)}


def list_queues(visit: Visit) -> Steps:
    """ListQueues: by prefix, in pages if asked for."""
    prefix = visit.given.get("QueueNamePrefix") or ""
    states = yield from visit.states(visit.scope)
    found = [state.name for state in states if state.name.startswith(prefix) and _is_nameable(state.name)]
    return _page(visit, found, "QueueUrls")


_NAMEABLE: Final = re.compile(r"[A-Za-z0-9_-]{1,80}(\.fifo)?")


def _is_nameable(name: str) -> bool:
    """Whether a queue of another protocol has a name that SQS can say."""
    return _NAMEABLE.fullmatch(name) is not None


def _page(visit: Visit, found: list[str], member: str) -> dict[str, Any]:
    most = visit.number("MaxResults", 1, _PAGE_MAX)
    token = visit.given.get("NextToken")
    if token is not None:
        if most is None or not isinstance(token, str):
            raise invalid("NextToken needs MaxResults.")
        found = [name for name in found if name > token]
    shown = found[: most or _PAGE_MAX]
    output: dict[str, Any] = {}
    if shown or member == "queueUrls":
        output[member] = [visit.scope.url(visit.host_header, name) for name in shown]
    if most is not None and len(found) > len(shown):
        output["NextToken"] = shown[-1]
    return output


def delete_queue(visit: Visit) -> Steps:
    """DeleteQueue, with all that is in it."""
    found = yield from visit.find_queue()
    channel_id = yield from visit.channel(found.scope.vhost)
    yield from visit.ask(DeleteQueue(channel_id, found.name))
    return {}


def get_queue_attributes(visit: Visit) -> Steps:
    """GetQueueAttributes: those that are asked for."""
    found = yield from visit.find_queue()
    wanted = visit.given.get("AttributeNames") or []
    for name in wanted:
        if name != "All" and name not in READABLE:
            raise SqsError("InvalidAttributeName", f"Unknown Attribute {name!s:.80}.")
    if not wanted:
        return {}
    values = _readable(found)
    shown = {name: value for name, value in values.items() if "All" in wanted or name in wanted}
    return {"Attributes": shown} if shown else {}


def _readable(found: Found) -> dict[str, str]:
    state, given = found.state, found.settings.given
    counts = (state.ready, state.in_flight, state.held_back)
    return {
        **found.settings.listed(),
        **dict(zip(COUNTED, map(str, counts), strict=True)),
        "CreatedTimestamp": given.get("CreatedTimestamp", "0"),
        "LastModifiedTimestamp": given.get("LastModifiedTimestamp", "0"),
        "QueueArn": found.scope.arn(found.name),
    }


def set_queue_attributes(visit: Visit) -> Steps:
    """SetQueueAttributes: those that are given; the others stay."""
    found = yield from visit.find_queue()
    given = visit.given.get("Attributes")
    if not given:
        raise missing("Attributes")
    wanted = attributes.check(given, is_fifo=found.settings.is_fifo, is_new=False)
    stored = {**found.settings.given, **wanted}
    if wanted.get("KmsMasterKeyId"):
        stored.pop("SqsManagedSseEnabled", None)
    if wanted.get("SqsManagedSseEnabled") == "true":
        stored.pop("KmsMasterKeyId", None)
    stored["LastModifiedTimestamp"] = str(visit.now_us // 1_000_000)
    settings = Settings(_without_empty(stored), found.settings.tags, found.settings.is_fifo)
    if "RedrivePolicy" in wanted:
        yield from _check_target(visit, settings)
    yield from _alter(visit, found, settings)
    return {}


def _alter(visit: Visit, found: Found, settings: Settings) -> Generator[Request, None, None]:
    channel_id = yield from visit.channel(found.scope.vhost)
    kept = {
        name: value
        for name, value in found.state.arguments.items()
        if not (name == OURS or name.startswith("mq-") or name in _DERIVED)
    }
    arguments = {**kept, **to_arguments(settings)}
    yield from visit.ask(AlterQueue(channel_id, found.name, arguments))


_DERIVED: Final = ("x-message-ttl", "x-dead-letter-exchange", "x-dead-letter-routing-key")


def purge_queue(visit: Visit) -> Steps:
    """PurgeQueue: what is in flight and delayed, too."""
    found = yield from visit.find_queue()
    last_us = int(found.settings.given.get("PurgedMicroseconds", "0"))
    if visit.now_us - last_us < PURGE_PAUSE_US:
        says = f"Only one PurgeQueue operation on {found.name} is allowed every 60 seconds."
        raise SqsError("PurgeQueueInProgress", says)
    stored = {**found.settings.given, "PurgedMicroseconds": str(visit.now_us)}
    yield from _alter(visit, found, Settings(stored, found.settings.tags, found.settings.is_fifo))
    channel_id = yield from visit.channel(found.scope.vhost)
    yield from visit.ask(GatherQueue(channel_id, found.name))
    yield from visit.ask(PurgeQueue(channel_id, found.name))
    return {}


# ---- tags


def _tags(given: object) -> dict[str, str]:
    """Tags as given. Raises: SqsError."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise invalid("Tags must be a map.")
    if len(given) > TAGS_MAX:
        raise invalid(f"Too many tags added for queue: at most {TAGS_MAX}.")
    for key, value in given.items():
        if not isinstance(value, str) or not 1 <= len(key) <= 128 or len(value) > 256:
            raise invalid("A tag has a key of 1 to 128 characters and a value of at most 256.")
        if key.lower().startswith("aws:"):
            raise invalid("Tag keys that begin with aws: are reserved.")
    return dict(given)


def tag_queue(visit: Visit) -> Steps:
    """TagQueue: adds tags, or gives those that are there other values."""
    found = yield from visit.find_queue()
    added = _tags(visit.given.get("Tags"))
    if not added:
        raise missing("Tags")
    tags = {**found.settings.tags, **added}
    if len(tags) > TAGS_MAX:
        raise invalid(f"Too many tags added for queue {found.name}: at most {TAGS_MAX}.")
    yield from _alter(visit, found, Settings(found.settings.given, tags, found.settings.is_fifo))
    return {}


def untag_queue(visit: Visit) -> Steps:
    """UntagQueue: takes tags away; those that are not there do not matter."""
    found = yield from visit.find_queue()
    keys = visit.given.get("TagKeys")
    if not keys:
        raise missing("TagKeys")
    tags = {key: value for key, value in found.settings.tags.items() if key not in keys}
    yield from _alter(visit, found, Settings(found.settings.given, tags, found.settings.is_fifo))
    return {}


def list_queue_tags(visit: Visit) -> Steps:
    """ListQueueTags."""
    found = yield from visit.find_queue()
    return {"Tags": dict(found.settings.tags)} if found.settings.tags else {}


# ---- who may, and where dead letters come from


def add_permission(visit: Visit) -> Steps:
    """AddPermission: a statement more in the policy, which is kept and not enforced."""
    found = yield from visit.find_queue()
    label, accounts, actions = (
        visit.text("Label"),
        visit.given.get("AWSAccountIds"),
        visit.given.get("Actions"),
    )
    if not accounts or not actions:
        raise missing("Actions" if accounts else "AWSAccountIds")
    policy = json.loads(found.settings.given.get("Policy") or "{}")
    statements = policy.setdefault("Statement", [])
    if any(each.get("Sid") == label for each in statements):
        raise invalid_value(label, "Label", "Already exists.")
    arn = found.scope.arn(found.name)
    principals = [f"arn:aws:iam::{each}:root" for each in accounts]
    statements.append(
        {
            "Sid": label,
            "Effect": "Allow",
            "Principal": {"AWS": principals if len(principals) > 1 else principals[0]},
            "Action": [f"SQS:{each}" for each in actions] if len(actions) > 1 else f"SQS:{actions[0]}",
            "Resource": arn,
        }
    )
    policy.setdefault("Version", "2012-10-17")
    policy.setdefault("Id", f"{arn}/SQSDefaultPolicy")
    yield from _set_policy(visit, found, policy)
    return {}


def remove_permission(visit: Visit) -> Steps:
    """RemovePermission: takes a statement out of the policy."""
    found = yield from visit.find_queue()
    label = visit.text("Label")
    policy = json.loads(found.settings.given.get("Policy") or "{}")
    statements = policy.get("Statement", [])
    left = [each for each in statements if each.get("Sid") != label]
    if len(left) == len(statements):
        raise invalid_value(label, "Label", "can't find label.")
    yield from _set_policy(visit, found, {**policy, "Statement": left} if left else {})
    return {}


def _set_policy(visit: Visit, found: Found, policy: dict[str, Any]) -> Generator[Request, None, None]:
    stored = {**found.settings.given, "Policy": json.dumps(policy) if policy else ""}
    settings = Settings(_without_empty(stored), found.settings.tags, found.settings.is_fifo)
    yield from _alter(visit, found, settings)


def list_dead_letter_source_queues(visit: Visit) -> Steps:
    """ListDeadLetterSourceQueues: those whose redrive policy leads here."""
    found = yield from visit.find_queue()
    arn = found.scope.arn(found.name)
    sources = []
    for state in (yield from visit.states(found.scope)):
        redrive = settings_of(state.name, state.arguments).redrive
        if redrive is not None and redrive.target_arn == arn:
            sources.append(state.name)
    return _page(visit, sources, "queueUrls")
