"""What the broker adds to a message's headers: why it died, how long it was held, how often it came back.

Words and order are RabbitMQ's. What a publisher itself put under these names is overwritten as soon as
the message dies here (as RabbitMQ 4 does; before, it was counted on).
"""

from msgspec.structs import replace

from mqstudio.model.events import DeliveryNotes
from mqstudio.model.message import Death, Header, Message, Past, Properties

_OURS = ("x-death", "x-first-death-", "x-last-death-")


def annotate(properties: Properties, message: Message, notes: DeliveryNotes | None) -> Properties:
    """Properties as a consumer is to see them."""
    headers = list(properties.headers or ())
    past = message.past
    if past is not None and past.deaths:
        headers = _with_deaths(headers, past)
        properties = replace(properties, expiration=None)
    if past is not None and past.delay_us is not None:
        headers = [_negated(header) if header.name == "x-delay" else header for header in headers]
    if notes is not None:
        own = _notes(notes)
        names = {header.name for header in own}
        headers = [header for header in headers if header.name not in names] + own
    # As RabbitMQ has it: a table is sorted once something was put into it.
    return replace(properties, headers=sorted(headers, key=lambda header: header.name))


def _with_deaths(headers: list[Header], past: Past) -> list[Header]:
    kept = [
        header
        for header in headers
        if not header.name.startswith(_OURS) and not (past.has_new_key and header.name == "CC")
    ]
    deaths = Header("x-death", "list", [Header("", "table", _death(death, past)) for death in past.deaths])
    last = past.deaths[0]
    return [
        *kept,
        deaths,
        *_named("x-first-death-", past.first or ("", "", "")),
        *_named("x-last-death-", (last.reason, last.queue, last.exchange)),
    ]


def _named(prefix: str, values: tuple[str, str, str]) -> list[Header]:
    reason, queue, exchange = values
    pairs = (("exchange", exchange), ("queue", queue), ("reason", reason))
    return [Header(prefix + name, "string", value) for name, value in pairs]


def _death(death: Death, past: Past) -> list[Header]:
    fields = [
        Header("count", "int64", death.count),
        Header("reason", "string", death.reason),
        Header("queue", "string", death.queue),
        Header("time", "timestamp", death.at_us // 1_000_000),
        Header("exchange", "string", death.exchange),
        Header("routing-keys", "list", [Header("", "string", key) for key in death.routing_keys]),
    ]
    if death.ttl_us is not None:
        fields.append(Header("original-expiration", "string", str(death.ttl_us // 1000)))
    # As RabbitMQ has it: the very first death is written down in this order, all else is sorted.
    is_first = death.count == 1 and past.first is not None and past.first[:2] == (death.reason, death.queue)
    return fields if is_first else sorted(fields, key=lambda field: field.name)


def _negated(header: Header) -> Header:
    """A delay that is over, as RabbitMQ's plug-in marks it."""
    value = header.value
    return (
        Header(header.name, "int32", -int(value)) if isinstance(value, str) else replace(header, value=-value)
    )


def _notes(notes: DeliveryNotes) -> list[Header]:
    headers = []
    if notes.returns:
        headers.append(Header("x-delivery-count", "int64", notes.returns))
    if notes.offset is not None:
        headers.append(Header("x-stream-offset", "int64", notes.offset))
    return headers
