"""How refusals of the broker are answered: status, and RabbitMQ's words where it has some."""

from collections.abc import Mapping
from typing import Any

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.protocols.http import Response, problem

_NOT_FOUND = ("Object Not Found", "Not Found")
_BAD = "bad_request"
_ON = "{kind} '{name}' in vhost '{vhost}'"
_DENIED = (401, "not_authorised", "Access refused.")

ANSWERS: Mapping[Refusal, tuple[int, str, str]] = {
    Refusal.NO_SUCH_QUEUE: (404, "not_found", "no queue '{name}' in vhost '{vhost}'"),
    Refusal.NO_SUCH_EXCHANGE: (404, "not_found", "no exchange '{name}' in vhost '{vhost}'"),
    Refusal.NO_SUCH_VHOST: (404, "not_found", "vhost_not_found"),
    Refusal.NO_SUCH_POLICY: (404, *_NOT_FOUND),
    Refusal.NO_SUCH_USER: (404, *_NOT_FOUND),
    Refusal.NO_SUCH_CONNECTION: (404, *_NOT_FOUND),
    Refusal.NO_SUCH_MESSAGE: (404, *_NOT_FOUND),
    Refusal.NO_SUCH_BIN: (404, *_NOT_FOUND),
    Refusal.NO_SUCH_SUBSCRIPTION: (404, *_NOT_FOUND),
    Refusal.NO_SUCH_CHANNEL: (404, *_NOT_FOUND),
    Refusal.ACCESS_REFUSED: _DENIED,
    Refusal.TOPIC_REFUSED: _DENIED,
    Refusal.VHOST_REFUSED: _DENIED,
    Refusal.DEFAULT_EXCHANGE: _DENIED,
    Refusal.SYSTEM_EXCHANGE: _DENIED,
    Refusal.INTERNAL_EXCHANGE: (400, _BAD, "403 ACCESS_REFUSED - cannot publish to internal " + _ON),
    Refusal.DECLARED_DIFFERENTLY: (
        400,
        _BAD,
        "inequivalent arg '{attribute}' for " + _ON + ": received '{received}' but current is '{current}'",
    ),
    Refusal.LOCKED_BY_OTHER_CONNECTION: (
        400,
        _BAD,
        "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '{name}' in vhost '{vhost}'",
    ),
    Refusal.QUEUE_IN_USE: (400, _BAD, _ON + " in use"),
    Refusal.QUEUE_NOT_EMPTY: (400, _BAD, _ON + " not empty"),
    Refusal.EXCHANGE_IN_USE: (400, _BAD, _ON + " in use"),
    Refusal.TOO_MANY_QUEUES_OF_VHOST: (
        400,
        _BAD,
        "cannot declare queue '{name}': queue limit in vhost '{vhost}' ({limit}) is reached",
    ),
    Refusal.UNKNOWN_EXCHANGE_KIND: (400, _BAD, "unknown exchange type '{name}'"),
    Refusal.TOO_LARGE: (413, "payload_too_large", "{says}"),
    Refusal.OUT_OF_MEMORY: (503, "service_unavailable", "{says}"),
    Refusal.NOT_STORED: (503, "service_unavailable", "{says}"),
    Refusal.READ_ONLY: (405, "method_not_allowed", "{says}"),
}
"""Status, error and reason by refusal; what is not here is 400 with what the refusal says."""


class _Facts(dict[str, Any]):  # Any: facts are names, numbers, argument values
    """A refusal without a fact still gets its text."""

    def __missing__(self, key: str) -> str:
        return "?"


def refused(error: RefusedError) -> Response:
    """What a refusal is answered with."""
    status, kind, reason = ANSWERS.get(error.why, (400, _BAD, "{says}"))
    facts = {name: _erlang(value) for name, value in error.facts.items()}
    return problem(status, kind, reason.format_map(_Facts(facts, says=error.says)))


def _erlang(value: object) -> object:
    """Booleans and nothing as RabbitMQ prints them."""
    return str(value).lower() if isinstance(value, bool) else "none" if value is None else value
