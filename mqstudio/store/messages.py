"""Messages as the table `message` has them, read back and checked."""

from typing import Final

from mqstudio.model.limits import MESSAGE_OVERHEAD_BYTES
from mqstudio.model.message import Message
from mqstudio.store.changes import Value
from mqstudio.store.spec_text import read_past, read_traits
from mqstudio.store.sums import DamagedError, of_facts
from mqstudio.store.writer import checksum

COLUMNS: Final = (
    "message.id, published_at_us, publisher_id, message.exchange, routing_key, format, properties, traits, "
    "past, body, message.body_size, message.checksum, facts_checksum"
)
"""What `message_of` needs, in order."""

WIDTH: Final = 13


def message_of(row: tuple[Value, ...]) -> Message:
    """The message in a row of COLUMNS. Raises: DamagedError."""
    (
        message_id,
        published_at_us,
        publisher_id,
        exchange,
        key,
        format,
        properties,
        traits,
        past,
        body,
        body_size,
        written,
        facts,
    ) = row
    try:
        if (
            checksum(exchange, key, format, properties, body) != written  # type: ignore[arg-type]  # else damaged
            or of_facts(message_id, published_at_us, publisher_id, traits, past, body_size) != facts
        ):
            raise DamagedError(f"message {message_id!r} is not what was written: its checksum does not fit")
        return Message(
            message_id,  # type: ignore[arg-type]  # the table's types, from here on
            body,  # type: ignore[arg-type]
            properties,  # type: ignore[arg-type]
            exchange,  # type: ignore[arg-type]
            key,  # type: ignore[arg-type]
            published_at_us,  # type: ignore[arg-type]
            format,  # type: ignore[arg-type]
            publisher_id,  # type: ignore[arg-type]
            len(body) + len(properties) + MESSAGE_OVERHEAD_BYTES,  # type: ignore[arg-type]
            read_traits(traits),
            read_past(past),  # type: ignore[arg-type]
        )
    except DamagedError:
        raise
    except (TypeError, AttributeError, ValueError) as problem:
        raise DamagedError(f"message {message_id!r} is not what was written: {problem}") from None
