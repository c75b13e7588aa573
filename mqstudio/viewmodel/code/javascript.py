"""A message as a JavaScript program, for Node with amqplib."""

import json

from mqstudio.model.message import Header
from mqstudio.viewmodel.code.letter import SHORT, Letter, decimal_parts, properties_of, quoted

_SAFE_INTEGER = 2**53
_NAMES = {
    "content_type": "contentType", "content_encoding": "contentEncoding", "delivery_mode": "deliveryMode",
    "correlation_id": "correlationId", "reply_to": "replyTo", "message_id": "messageId",
    "timestamp_s": "timestamp", "user_id": "userId", "app_id": "appId", "cluster_id": "clusterId",
}  # fmt: skip


def text(value: str) -> str:
    """A text as a literal."""
    return quoted(value, short=SHORT)


def write(letter: Letter) -> str:
    """The program."""
    said = [f"    {_NAMES.get(name, name)}: {_plain(value)}," for name, value in properties_of(letter)]
    if letter.properties.headers is not None:
        said.append(f"    headers: {_table(letter.properties.headers)},")
    options = "\n".join(["{", *said, "  }"]) if said else "{}"
    return f"""const amqp = require("amqplib");

(async () => {{
  const connection = await amqp.connect({text(letter.url)});
  const channel = await connection.createConfirmChannel();
  const body = {_body(letter)};
  channel.publish({text(letter.exchange)}, {text(letter.routing_key)}, body, {options});
  await channel.waitForConfirms();
  await connection.close();
}})();
"""


def _body(letter: Letter) -> str:
    as_text = letter.body_text()
    if as_text is not None:
        return f'Buffer.from({text(as_text)}, "utf8")'
    return f'Buffer.from("{letter.body_base64()}", "base64")'


def _plain(value: str | int) -> str:
    return text(value) if isinstance(value, str) else _whole(value)


def _whole(value: int) -> str:
    """Beyond 53 bits a number would lose digits."""
    return str(value) if abs(value) < _SAFE_INTEGER else f"{value}n"


def _table(headers: list[Header]) -> str:
    return "{" + ", ".join(f"[{text(header.name)}]: {_value(header)}" for header in headers) + "}"


def _value(header: Header) -> str:
    value = header.value
    match header.kind:
        case "string":
            return text(value)
        case "timestamp":
            return f'{{"!": "timestamp", value: {_whole(value)}}}'
        case "decimal":
            places, digits = decimal_parts(header)
            return f'{{"!": "decimal", value: {{places: {places}, digits: {digits}}}}}'
        case "float" | "double":
            return f'{{"!": "{header.kind}", value: {_float(value)}}}'
        case "bytes":
            return f'Buffer.from("{bytes(value).hex()}", "hex")'
        case "table":
            return _table(value)
        case "list":
            return "[" + ", ".join(_value(each) for each in value) + "]"
        case "bool" | "null":
            return json.dumps(value)
    return _whole(value)


def _float(value: float) -> str:
    written = repr(float(value))
    return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(written, written)
