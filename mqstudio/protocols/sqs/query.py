"""The Query protocol: parameters of a form as the members that JSON would have had, and answers as XML.

Lists are flattened (`AttributeName.1`), maps are lists of pairs (`Attribute.1.Name`, `Attribute.1.Value`).

Source: AWS's API reference, version 2012-11-05; `docs/protocols/sqs.md`, section 1.
"""

import base64
from collections.abc import Mapping
from typing import Any, Final

from mqstudio.protocols.sqs.errors import SqsError

NAMESPACE: Final = "http://queue.amazonaws.com/doc/2012-11-05/"

_LISTS: Final = {
    "AttributeName": "AttributeNames",
    "MessageSystemAttributeName": "MessageSystemAttributeNames",
    "MessageAttributeName": "MessageAttributeNames",
    "TagKey": "TagKeys",
    "AWSAccountId": "AWSAccountIds",
    "ActionName": "Actions",
}
"""Parameter → member, where it is a list of texts."""

_MAPS: Final = {
    "Attribute": ("Attributes", "Name", "Value"),
    "Tag": ("Tags", "Key", "Value"),
    "MessageAttribute": ("MessageAttributes", "Name", "Value"),
    "MessageSystemAttribute": ("MessageSystemAttributes", "Name", "Value"),
}
"""Parameter → member and the names of its keys and values, where it is a map."""

_ENTRIES: Final = (
    "SendMessageBatchRequestEntry",
    "DeleteMessageBatchRequestEntry",
    "ChangeMessageVisibilityBatchRequestEntry",
)
_NUMBERS: Final = frozenset(
    {
        "DelaySeconds",
        "MaxNumberOfMessages",
        "VisibilityTimeout",
        "WaitTimeSeconds",
        "MaxResults",
        "MaxNumberOfMessagesPerSecond",
    }
)
_PARTS_MAX: Final = 1_000


def read(parameters: Mapping[str, str]) -> dict[str, Any]:
    """The members that parameters mean. Raises: SqsError."""
    if len(parameters) > _PARTS_MAX:
        raise SqsError("InvalidParameterValueException", f"There are more than {_PARTS_MAX} parameters.")
    tree: dict[str, Any] = {}
    for name, value in parameters.items():
        node = tree
        *parents, last = name.split(".")
        for part in parents:
            inner = node.setdefault(part, {})
            if not isinstance(inner, dict):
                inner = node[part] = {}
            node = inner
        node[last] = value
    return _members(tree)


def _members(tree: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in tree.items():
        if name in _LISTS and isinstance(value, dict):
            found[_LISTS[name]] = _in_order(value)
        elif name in _MAPS and isinstance(value, dict):
            member, key, of = _MAPS[name]
            pairs = [each for each in _in_order(value) if isinstance(each, dict)]
            found[member] = {str(each.get(key, "")): _value(each.get(of, "")) for each in pairs}
        elif name in _ENTRIES and isinstance(value, dict):
            found["Entries"] = [_members(each) for each in _in_order(value) if isinstance(each, dict)]
        elif name in _NUMBERS:
            found[name] = _number(name, value)
        else:
            found[name] = value
    return found


def _value(value: Any) -> Any:  # Any: a text, or a structure
    """A message attribute's BinaryValue travels in base64, as in JSON."""
    return value


def _in_order(numbered: Mapping[str, Any]) -> list[Any]:
    known = [key for key in numbered if key.isascii() and key.isdigit() and len(key) < 6]
    return [numbered[key] for key in sorted(known, key=int)]


def _number(name: str, value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        says = f"Value {value!s:.80} for parameter {name} is invalid. Reason: Must be an integer."
        raise SqsError("InvalidParameterValueException", says) from None


# ---- answers


_FLAT: Final = {
    "QueueUrls": "QueueUrl",
    "queueUrls": "QueueUrl",
    "Messages": "Message",
    "Results": "Result",
}
_BATCH: Final = {
    "SendMessageBatch": "SendMessageBatchResultEntry",
    "DeleteMessageBatch": "DeleteMessageBatchResultEntry",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibilityBatchResultEntry",
}
_PAIRS: Final = {
    "Attributes": ("Attribute", "Name", "Value"),
    "MessageAttributes": ("MessageAttribute", "Name", "Value"),
    "Tags": ("Tag", "Key", "Value"),
}


def write(action: str, output: Mapping[str, Any], request_id: str) -> bytes:
    """An answer as XML."""
    result = "".join(_member(action, name, value) for name, value in output.items())
    inner = f"<{action}Result>{result}</{action}Result>" if output else ""
    meta = f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
    return f'{_DECLARATION}<{action}Response xmlns="{NAMESPACE}">{inner}{meta}</{action}Response>'.encode()


_DECLARATION: Final = '<?xml version="1.0"?>\n'


def write_error(error: SqsError, request_id: str) -> bytes:
    """An error as XML."""
    who = "Sender" if error.is_senders else "Receiver"
    says = error.says
    if error.shape == "QueueDoesNotExist":
        says = "The specified queue does not exist for this wsdl version."
    told = f"<Type>{who}</Type><Code>{error.code}</Code><Message>{_text(says)}</Message><Detail/>"
    return (
        f'{_DECLARATION}<ErrorResponse xmlns="{NAMESPACE}"><Error>{told}</Error>'
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    ).encode()


def _member(action: str, name: str, value: Any) -> str:  # Any: what JSON holds
    if name in _FLAT:
        return "".join(_element(_FLAT[name], each) for each in value)
    if name == "Successful" and action in _BATCH:
        return "".join(_element(_BATCH[action], each) for each in value)
    if name == "Failed":
        return "".join(_element("BatchResultErrorEntry", each) for each in value)
    if name in _PAIRS and isinstance(value, dict):
        element, key, of = _PAIRS[name]
        return "".join(_element(element, {key: each, of: inner}) for each, inner in value.items())
    return _element(name, value)


def _element(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = "".join(_member("", each, part) for each, part in value.items())
    elif isinstance(value, bool):
        inner = "true" if value else "false"
    elif isinstance(value, bytes):
        inner = base64.b64encode(value).decode()
    else:
        inner = _text(str(value))
    return f"<{name}>{inner}</{name}>"


def _text(text: str) -> str:
    """A carriage return would be read as a line feed, and quotes are as AWS has them."""
    for plain, escaped in _ESCAPES:
        text = text.replace(plain, escaped)
    return text


_ESCAPES: Final = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("\r", "&#xD;"))
