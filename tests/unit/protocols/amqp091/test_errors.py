"""Every refusal has RabbitMQ's code and words."""

import pytest

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.protocols.amqp091 import errors
from tests.support.amqp091 import refusal

QUEUE = {"kind": "queue", "name": "p.q", "vhost": "/"}
EXCHANGE = {"kind": "exchange", "name": "p.x", "vhost": "/"}
ACCESS = QUEUE | {"user": "u"}
LIMIT = {"user": "u", "vhost": "/", "limit": 2}
DIFFERENT = QUEUE | {"attribute": "durable", "received": True, "current": False}

TEXTS: list[tuple[Refusal, dict[str, object], int, str]] = [
    (Refusal.NO_SUCH_QUEUE, QUEUE, 404, "NOT_FOUND - no queue 'p.q' in vhost '/'"),
    (Refusal.NO_SUCH_EXCHANGE, EXCHANGE, 404, "NOT_FOUND - no exchange 'p.x' in vhost '/'"),
    (Refusal.NO_SUCH_VHOST, {"name": "nowhere"}, 530, "NOT_ALLOWED - vhost nowhere not found"),
    (Refusal.NO_SUCH_CONNECTION, {}, 541, "INTERNAL_ERROR - The engine says why."),
    (Refusal.NO_SUCH_CHANNEL, {}, 504, "CHANNEL_ERROR - The engine says why."),
    (
        Refusal.NO_SUCH_DELIVERY,
        {"delivery_tag": 9},
        406,
        "PRECONDITION_FAILED - unknown delivery tag 9",
    ),
    (Refusal.NO_SUCH_BIN, {}, 404, "NOT_FOUND - The engine says why."),
    (Refusal.NO_SUCH_SUBSCRIPTION, {}, 404, "NOT_FOUND - The engine says why."),
    (Refusal.NO_SUCH_MESSAGE, {}, 404, "NOT_FOUND - The engine says why."),
    (Refusal.NO_SUCH_USER, {}, 404, "NOT_FOUND - The engine says why."),
    (Refusal.LOGIN_REFUSED, {}, 403, "ACCESS_REFUSED - The engine says why."),
    (
        Refusal.VHOST_REFUSED,
        ACCESS,
        530,
        "NOT_ALLOWED - access to vhost '/' refused for user 'u'",
    ),
    (
        Refusal.ACCESS_REFUSED,
        ACCESS,
        403,
        "ACCESS_REFUSED - access to queue 'p.q' in vhost '/' refused for user 'u'",
    ),
    (
        Refusal.TOPIC_REFUSED,
        EXCHANGE | {"key": "a.b", "user": "u"},
        403,
        "ACCESS_REFUSED - access to topic 'a.b' in exchange 'p.x' in vhost '/' refused for user 'u'",
    ),
    (
        Refusal.TOO_MANY_CONNECTIONS_OF_USER,
        LIMIT,
        530,
        "NOT_ALLOWED - connection refused for user 'u': user connection limit (2) is reached",
    ),
    (
        Refusal.TOO_MANY_CHANNELS_OF_USER,
        LIMIT,
        530,
        "NOT_ALLOWED - number of channels opened for user 'u' has reached the maximum allowed user "
        "limit of (2)",
    ),
    (
        Refusal.TOO_MANY_CONNECTIONS_OF_VHOST,
        LIMIT,
        530,
        "NOT_ALLOWED - access to vhost '/' refused for user 'u': connection limit (2) is reached",
    ),
    (
        Refusal.TOO_MANY_QUEUES_OF_VHOST,
        QUEUE | LIMIT,
        406,
        "PRECONDITION_FAILED - cannot declare queue 'p.q': queue limit in vhost '/' (2) is reached",
    ),
    (
        Refusal.DECLARED_DIFFERENTLY,
        DIFFERENT,
        406,
        "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'p.q' in vhost '/': "
        "received 'true' but current is 'false'",
    ),
    (
        Refusal.DECLARED_DIFFERENTLY,
        DIFFERENT | {"attribute": "x-queue-type", "received": "classic", "current": "quorum"},
        406,
        "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'p.q' in vhost '/': "
        "received 'classic' but current is 'quorum'",
    ),
    (
        Refusal.DECLARED_DIFFERENTLY,
        DIFFERENT | {"attribute": "x-message-ttl", "received": 5, "current": None},
        406,
        "PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'p.q' in vhost '/': "
        "received the value '5' of type 'signedint' but current is none",
    ),
    (
        Refusal.LOCKED_BY_OTHER_CONNECTION,
        QUEUE,
        405,
        "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'p.q' in vhost '/'. It could be "
        "originally declared on another connection or the exclusive property value does not match that of "
        "the original declaration.",
    ),
    (
        Refusal.EXCLUSIVE_SUBSCRIPTION,
        QUEUE,
        403,
        "ACCESS_REFUSED - queue 'p.q' in vhost '/' in exclusive use",
    ),
    (
        Refusal.DUPLICATE_SUBSCRIPTION,
        {"tag": "t"},
        530,
        "NOT_ALLOWED - attempt to reuse consumer tag 't'",
    ),
    (Refusal.QUEUE_IN_USE, QUEUE, 406, "PRECONDITION_FAILED - queue 'p.q' in vhost '/' in use"),
    (Refusal.QUEUE_NOT_EMPTY, QUEUE, 406, "PRECONDITION_FAILED - queue 'p.q' in vhost '/' not empty"),
    (Refusal.EXCHANGE_IN_USE, EXCHANGE, 406, "PRECONDITION_FAILED - exchange 'p.x' in vhost '/' in use"),
    (
        Refusal.UNKNOWN_EXCHANGE_KIND,
        {"name": "nonsense"},
        406,
        "PRECONDITION_FAILED - unknown exchange type 'nonsense'",
    ),
    (
        Refusal.INVALID_ARGUMENT,
        QUEUE | {"attribute": "x-what"},
        406,
        "PRECONDITION_FAILED - The engine says why.",
    ),
    (
        Refusal.DEFAULT_EXCHANGE,
        {},
        403,
        "ACCESS_REFUSED - operation not permitted on the default exchange",
    ),
    (
        Refusal.SYSTEM_EXCHANGE,
        {"name": "amq.direct", "vhost": "/"},
        403,
        "ACCESS_REFUSED - deletion of system exchange 'amq.direct' in vhost '/' not allowed",
    ),
    (
        Refusal.INTERNAL_EXCHANGE,
        EXCHANGE,
        403,
        "ACCESS_REFUSED - cannot publish to internal exchange 'p.x' in vhost '/'",
    ),
    (Refusal.NO_SUCH_POLICY, {}, 404, "NOT_FOUND - The engine says why."),
    (Refusal.NO_TRANSACTION, {}, 406, "PRECONDITION_FAILED - channel is not transactional"),
    (Refusal.TOO_LARGE, {}, 406, "PRECONDITION_FAILED - The engine says why."),
    (Refusal.TOO_MANY, {}, 506, "RESOURCE_ERROR - The engine says why."),
    (Refusal.OUT_OF_MEMORY, {}, 506, "RESOURCE_ERROR - The engine says why."),
    (Refusal.NOT_STORED, {}, 541, "INTERNAL_ERROR - The engine says why."),
    (Refusal.READ_ONLY, {}, 403, "ACCESS_REFUSED - The engine says why."),
    (Refusal.NOT_SUPPORTED, {}, 540, "NOT_IMPLEMENTED - The engine says why."),
]


@pytest.mark.parametrize(("why", "facts", "code", "text"), TEXTS, ids=lambda v: getattr(v, "name", None))
def test_refusal_in_rabbitmq_s_words(why: Refusal, facts: dict[str, object], code: int, text: str) -> None:
    """Code and text are those that clients know."""
    error = errors.translate(refusal(why, **facts))
    assert (error.code, errors.reply_text(error.code, error.says)) == (code, text)


def test_no_refusal_is_missing() -> None:
    """A new refusal needs a code here, and a line in the table above."""
    assert set(errors.REFUSALS) == set(Refusal)
    assert {why for why, *_ in TEXTS} == set(Refusal)


@pytest.mark.parametrize("why", Refusal)
def test_missing_facts_do_no_harm(why: Refusal) -> None:
    """A refusal that lacks a fact still closes with its code."""
    assert errors.translate(RefusedError(why, "so")).code == errors.REFUSALS[why][0]


@pytest.mark.parametrize(
    ("code", "ends_connection"),
    [
        (403, False),
        (404, False),
        (405, False),
        (406, False),
        (501, True),
        (504, True),
        (530, True),
        (540, True),
    ],
)
def test_scope(code: int, ends_connection: bool) -> None:
    """The code decides whether a channel dies or the connection."""
    assert errors.closes_connection(code) is ends_connection


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"", "type 9, all octets = <<>>"),
        (b"\0\1", "type 9, all octets = <<0,1>>"),
        (
            b"GET / HTTP/1.1\r\nHost",
            "type 9, first 16 octets = <<71,69,84,32,47,32,72,84,84,80,47,49,46,49,13,10>>",
        ),
        (b"abc", 'type 9, all octets = <<"abc">>'),
    ],
)
def test_frames_are_shown_as_rabbitmq_shows_them(payload: bytes, text: str) -> None:
    """Type and first octets, as text where they are text."""
    assert errors.frame_says(9, payload) == text


@pytest.mark.parametrize(("name", "ends"), [("n" * 300, "nnn..."), ("ü" * 300, "üü...")])
def test_a_text_that_does_not_fit_ends_in_dots(name: str, ends: str) -> None:
    """A reply text has 255 bytes, and letters stay whole."""
    text = errors.reply_text(404, f"no queue '{name}'")
    assert 253 <= len(text.encode()) <= 255
    assert text.endswith(ends)
