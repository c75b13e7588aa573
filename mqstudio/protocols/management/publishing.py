"""A message as JSON describes it: body, properties, and what they ask of the broker."""

import base64
import binascii
from typing import Any

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import EXTRA_KEYS_MAX
from mqstudio.model.message import Header, Properties, Traits, traits
from mqstudio.protocols.management.answers import BadRequestError, HttpRequest, Json

_NUMBERS = frozenset({"delivery_mode", "priority", "timestamp_s"})
_CODES = {
    Refusal.NO_SUCH_EXCHANGE: "404 NOT_FOUND - no exchange '{name}' in vhost '{vhost}'",
    Refusal.ACCESS_REFUSED: (
        "403 ACCESS_REFUSED - access to exchange '{name}' in vhost '{vhost}' refused for user '{user}'"
    ),
    Refusal.TOPIC_REFUSED: (
        "403 ACCESS_REFUSED - access to topic '{key}' in exchange '{name}' in vhost '{vhost}' refused for "
        "user '{user}'"
    ),
}
"""What RabbitMQ's API passes on from AMQP, by which it publishes."""


def as_said(refused: RefusedError) -> Exception:
    """A refused publish as RabbitMQ's API tells it; other refusals stay what they are."""
    text = _CODES.get(refused.why)
    return refused if text is None else BadRequestError("bad_request", text.format_map(refused.facts))


def read_body(payload: Json, encoding: Json) -> bytes:
    """The body of a message. Raises: BadRequestError."""
    if not isinstance(payload, str):
        raise BadRequestError("bad_request", "payload_not_string")
    if encoding == "string":
        return payload.encode("utf-8", "surrogatepass")
    if encoding != "base64":
        raise BadRequestError("bad_request", ["unsupported_encoding", encoding])
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequestError("bad_request", ["not_base64", payload[:100]]) from None


def read_properties(given: Json, request: HttpRequest) -> Properties:
    """Properties by their AMQP names; unknown ones are passed over. Raises: BadRequestError."""
    if given == []:
        given = {}
    if not isinstance(given, dict):
        raise BadRequestError("bad_request", "'properties' must be an object.")
    values: dict[str, Any] = {}  # Any: by property
    for name, value in given.items():
        field = "timestamp_s" if name == "timestamp" else name
        if field == "headers" or field not in Properties.__struct_fields__:
            continue
        _check_type(name, value, is_number=field in _NUMBERS)
        values[field] = value
    _check_user(values.get("user_id"), request)
    headers = given.get("headers")
    if not isinstance(headers, dict | None):
        raise BadRequestError("bad_request", "'headers' must be an object.")
    fields = None if headers is None else [_header(name, value) for name, value in headers.items()]
    return Properties(headers=fields, **values)


def _check_type(name: str, value: Json, *, is_number: bool) -> None:
    if is_number and (isinstance(value, bool) or not isinstance(value, int)):
        raise BadRequestError("bad_request", ["not_int", name])
    if is_number and not 0 <= value < (2**63 if name.startswith("timestamp") else 256):
        raise BadRequestError("bad_request", f"'{name}' is {value!s:.40}, which does not fit.")
    if not is_number and not isinstance(value, str):
        raise BadRequestError("bad_request", ["not_string", name])
    if not is_number and len(value.encode("utf-8", "surrogatepass")) > 255:
        raise BadRequestError("bad_request", f"'{name}' has more than 255 bytes.")


def _check_user(user_id: str | None, request: HttpRequest) -> None:
    if user_id is not None and user_id != request.user and "impersonator" not in request.tags:
        says = f"user_id property set to '{user_id}' but authenticated user was '{request.user}'"
        raise BadRequestError("bad_request", f"406 PRECONDITION_FAILED - {says}")


def _header(name: str, value: Json) -> Header:
    if isinstance(value, bool):
        return Header(name, "bool", value)
    if isinstance(value, int):
        return Header(name, "int64", max(-(2**63), min(value, 2**63 - 1)))
    if isinstance(value, float):
        return Header(name, "double", value)
    if isinstance(value, dict):
        return Header(name, "table", [_header(key, each) for key, each in value.items()])
    if isinstance(value, list):
        return Header(name, "list", [_header("", each) for each in value])
    return Header(name, "null") if value is None else Header(name, "string", str(value))


def read_traits(properties: Properties) -> Traits:
    """What properties and headers ask of the broker. Raises: BadRequestError."""
    headers = {header.name: header for header in properties.headers or ()}
    delay = headers.get("x-delay")
    is_delayed = delay is not None and delay.kind == "int64" and delay.value > 0
    return traits(
        properties.delivery_mode == 2,
        properties.priority or 0,
        _read_expiration(properties.expiration),
        delay.value * 1000 if is_delayed and delay is not None else None,
        _keys(headers.get("CC")),
    )


def _read_expiration(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 13):
        says = f"406 PRECONDITION_FAILED - invalid expiration '{text:.40}': no_integer"
        raise BadRequestError("bad_request", says)
    return int(text) * 1000


def _keys(header: Header | None) -> tuple[str, ...]:
    """Further routing keys: the texts of a list. Raises: BadRequestError for too many."""
    if header is None or header.kind != "list":
        return ()
    keys = tuple(item.value for item in header.value if item.kind == "string")
    if len(keys) > EXTRA_KEYS_MAX:
        says = f"{len(keys)} routing keys in header 'CC', at most {EXTRA_KEYS_MAX}. Send several messages."
        raise BadRequestError("bad_request", says)
    return keys
