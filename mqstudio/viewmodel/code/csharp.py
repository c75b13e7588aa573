"""A message as a C# program, with RabbitMQ.Client 7."""

import base64

from mqstudio.model.message import Header
from mqstudio.viewmodel.code.letter import SHORT, Letter, properties_of, quoted

_NAMES = {
    "content_type": "ContentType", "content_encoding": "ContentEncoding", "delivery_mode": "DeliveryMode",
    "priority": "Priority", "correlation_id": "CorrelationId", "reply_to": "ReplyTo",
    "expiration": "Expiration", "message_id": "MessageId", "timestamp_s": "Timestamp", "type": "Type",
    "user_id": "UserId", "app_id": "AppId", "cluster_id": "ClusterId",
}  # fmt: skip
_CASTS = {
    "int8": "(sbyte)", "int16": "(short)", "uint8": "(byte)", "uint16": "(ushort)", "int32": "(int)",
    "uint32": "(uint)", "int64": "(long)", "uint64": "(ulong)",
}  # fmt: skip


def text(value: str) -> str:
    """A text as a literal."""
    return quoted(value, short=SHORT)


def write(letter: Letter) -> str:
    """The program."""
    said = [f"    {_NAMES[name]} = {_plain(name, value)}," for name, value in properties_of(letter)]
    if letter.properties.headers is not None:
        said.append(f"    Headers = {_table(letter.properties.headers)},")
    return f"""using System.Text;
using RabbitMQ.Client;

var factory = new ConnectionFactory {{ Uri = new Uri({text(letter.url)}) }};
await using var connection = await factory.CreateConnectionAsync();
await using var channel = await connection.CreateChannelAsync();
var properties = new BasicProperties
{{
{"".join(line + chr(10) for line in said)}}};
byte[] body = {_body(letter)};
await channel.BasicPublishAsync(
    {text(letter.exchange)}, {text(letter.routing_key)}, mandatory: false, basicProperties: properties, body: body);
"""  # noqa: E501  # a line of theirs


def _body(letter: Letter) -> str:
    as_text = letter.body_text()
    if as_text is not None:
        return f"Encoding.UTF8.GetBytes({text(as_text)})"
    return f'Convert.FromBase64String("{letter.body_base64()}")'


def _plain(name: str, value: str | int) -> str:
    if name == "timestamp_s":
        return f"new AmqpTimestamp({value})"
    if name == "delivery_mode":
        return f"(DeliveryModes){value}"
    return text(value) if isinstance(value, str) else str(value)


def _table(headers: list[Header]) -> str:
    pairs = ", ".join(f"[{text(header.name)}] = {_value(header)}" for header in headers)
    return f"new Dictionary<string, object?> {{ {pairs} }}"


def _value(header: Header) -> str:
    value = header.value
    match header.kind:
        case "string":
            return text(value)
        case "bool":
            return "true" if value else "false"
        case "null":
            return "null"
        case "timestamp":
            return f"new AmqpTimestamp({value})"
        case "decimal":
            return f"{value}m"
        case "bytes":
            return f'new BinaryTableValue(Convert.FromBase64String("{base64.b64encode(value).decode()}"))'
        case "double":
            return _float(value, "double")
        case "float":
            return f"(float){_float(value, 'double')}"
        case "table":
            return _table(value)
        case "list":
            return f"new List<object?> {{ {', '.join(_value(each) for each in value)} }}"
    return f"{_CASTS[header.kind]}({value})"


def _float(value: float, kind: str) -> str:
    written = repr(float(value))
    named = {"inf": "PositiveInfinity", "-inf": "NegativeInfinity", "nan": "NaN"}
    return f"{kind}.{named[written]}" if written in named else f"{written}d"
