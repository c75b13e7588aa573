"""A message as a Java program, with RabbitMQ's client."""

import base64

from mqstudio.model.message import Header
from mqstudio.viewmodel.code.letter import SHORT, Letter, decimal_parts, parts, properties_of, quoted

_NAMES = {
    "content_type": "contentType", "content_encoding": "contentEncoding", "delivery_mode": "deliveryMode",
    "correlation_id": "correlationId", "reply_to": "replyTo", "message_id": "messageId",
    "user_id": "userId", "app_id": "appId", "cluster_id": "clusterId",
}  # fmt: skip
_CASTS = {"int8": "(byte) ", "int16": "(short) ", "uint8": "(short) ", "float": "(float) "}


def text(value: str) -> str:
    r"""A text as a literal. \u000a, \u000d, \u0022 and \u005c would end it: a compiler reads them first."""
    return quoted(value, short=SHORT)


def write(letter: Letter) -> str:
    """The program."""
    headers = letter.properties.headers
    builder = [f"            .{_NAMES.get(name, name)}({_plain(name, value)})"
               for name, value in properties_of(letter)]  # fmt: skip
    if headers is not None:
        builder.append("            .headers(headers)")
    return f"""import com.rabbitmq.client.*;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.*;

public class Publish {{
    public static void main(String[] args) throws Exception {{
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri({text(letter.url)});
        try (Connection connection = factory.newConnection(); Channel channel = connection.createChannel()) {{
{_put_all(headers)}            AMQP.BasicProperties properties = new AMQP.BasicProperties.Builder()
{"".join(line + chr(10) for line in builder)}            .build();
            byte[] body = {_body(letter)};
            channel.confirmSelect();
            channel.basicPublish({text(letter.exchange)}, {text(letter.routing_key)}, properties, body);
            channel.waitForConfirmsOrDie(5_000);
        }}
    }}
}}
"""


def _put_all(headers: list[Header] | None) -> str:
    if headers is None:
        return ""
    lines = ["Map<String, Object> headers = new LinkedHashMap<>();"]
    lines += [f"headers.put({text(header.name)}, {_value(header)});" for header in headers]
    return "".join(f"            {line}\n" for line in lines)


def _joined(value: str) -> str:
    """A constant holds 65,535 bytes; what is longer is joined when it runs."""
    written = [text(part) for part in parts(value)]
    return written[0] if len(written) == 1 else f'String.join("", {", ".join(written)})'


def _body(letter: Letter) -> str:
    as_text = letter.body_text()
    if as_text is not None:
        return f"{_joined(as_text)}.getBytes(StandardCharsets.UTF_8)"
    return f"Base64.getDecoder().decode({_joined(letter.body_base64())})"


def _plain(name: str, value: str | int) -> str:
    if name == "timestamp_s":
        return f"new Date({value}L * 1000)"
    return text(value) if isinstance(value, str) else str(value)


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
            return f"new Date({value}L * 1000)"
        case "decimal":
            places, digits = decimal_parts(header)
            return f'new BigDecimal(new BigInteger("{digits}"), {places})'
        case "bytes":
            return f'Base64.getDecoder().decode("{base64.b64encode(value).decode()}")'
        case "double" | "float":
            return f"{_CASTS.get(header.kind, '')}{_float(value)}"
        case "table":
            pairs = ", ".join(f"Map.entry({text(each.name)}, {_value(each)})" for each in value)
            return f"Map.ofEntries({pairs})"
        case "list":
            return f"Arrays.asList({', '.join(_value(each) for each in value)})"
        case "int8" | "int16" | "uint8" | "int32" | "uint16":
            return f"{_CASTS.get(header.kind, '')}({value})"
    return f"{value}L"


def _float(value: float) -> str:
    written = repr(float(value))
    named = {"inf": "Double.POSITIVE_INFINITY", "-inf": "Double.NEGATIVE_INFINITY", "nan": "Double.NaN"}
    return named.get(written, written)
